/**
 * A review as the API shows it: who caused it, how long it has waited, and what each outcome would
 * post. Agents stand in it by key and are shown by their own id; one who was erased stays a key.
 * Decides nothing and refuses nothing.
 */
import * as z from 'zod';
import { printInstant } from '../kernel/instant';
import { printAmount } from '../kernel/units';
import { agentOf } from '../ledger/account';
import {
  ageOf,
  DECISIONS,
  dueAtOf,
  type Foreseen,
  type FrozenSet,
  isOverdue,
  OUTCOMES,
  type ReviewKind,
  type StoredReview,
  stateOf,
} from './review';

const HASH =
  'Of the content. Sent back as `ifHash` of the decision it makes sure that what is decided is what ' +
  'was read.';

const decided = z.object({
  decision: z
    .enum(DECISIONS)
    .meta({ description: 'The act: `APPROVE` left the state `APPROVED`, `REJECT` `REJECTED`.' }),
  by: z.string().nullable().meta({ description: 'Null once it was erased.' }),
  reason: z.string().nullable(),
  at: z.string(),
});

export const reviewItem = z
  .object({
    id: z.string(),
    kind: z.string().meta({ examples: ['ADJUSTMENT'] }),
    state: z.enum(['OPEN', ...OUTCOMES]).meta({
      description:
        '`OPEN` until somebody decides; then what the decision came to: `APPROVED` by `APPROVE`, ' +
        '`REJECTED` by `REJECT`.',
    }),
    subject: z.string(),
    openedAt: z.string(),
    ageSeconds: z.int().meta({ description: 'How long it has waited, or waited until decided.' }),
    dueAt: z.string().meta({ description: 'Until when it is to be decided.' }),
    overdue: z.boolean(),
    permission: z.string().meta({ description: 'Who holds it may decide, unless they caused it.' }),
    hash: z.string().meta({ description: HASH }),
    openedBy: z.string().nullable(),
    reason: z.string().nullable(),
    decision: decided.nullable().meta({ description: 'Null while it is open.' }),
  })
  .meta({ id: 'Review' });

export const posting = z
  .object({
    kind: z.string(),
    from: z.string(),
    to: z.string(),
    amount: z.string(),
    unit: z.string(),
    occurredAt: z.string(),
    later: z
      .literal(true)
      .optional()
      .meta({ description: 'Follows from the decision and is posted after it.' }),
  })
  .meta({ id: 'Posting' });

const preview = z.object({
  postings: z.array(posting),
  otherRows: z.int().meta({ description: 'Rows beside the postings that would be written.' }),
});

export const reviewWhole = reviewItem
  .extend({
    evidence: z.record(z.string(), z.unknown()).nullable(),
    outcomes: z.object({ APPROVED: preview, REJECTED: preview }).nullable().meta({
      description:
        'By the state that a decision leads to, what it writes. Null once it was erased.',
    }),
  })
  .meta({ id: 'ReviewInFull' });

export type Names = ReadonlyMap<string, string>;

/** The agent keys that a review names. */
export function keysOfReview({ subject, content }: StoredReview): string[] {
  const texts = textsOf([subject, content?.evidence ?? null]);
  const rows = OUTCOMES.flatMap((outcome) => content?.outcomes[outcome].rows ?? []);
  const accounts = rows.flatMap(({ values }) => [values.from_account, values.to_account]);
  const later = OUTCOMES.flatMap((outcome) => content?.outcomes[outcome].later ?? []);
  accounts.push(...later.flatMap(({ from, to }) => [from, to]));
  const keys = [...texts, ...accounts.filter((one) => typeof one === 'string')].flatMap(
    (text) => agentOf(text) ?? [],
  );
  return [...new Set(keys)];
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

/** `agent:<key>…` with the agent's own id in place of the key. */
function showText(text: string, names: Names): string {
  const key = agentOf(text);
  const name = key === null ? undefined : names.get(key);
  return name === undefined ? text : `agent:${name}${text.slice(`agent:${key}`.length)}`;
}

function shownValue(value: unknown, names: Names): unknown {
  if (typeof value === 'string') return showText(value, names);
  if (Array.isArray(value)) return value.map((one) => shownValue(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, shownValue(one, names)]),
  );
}

export function shownReview(
  review: StoredReview,
  kind: ReviewKind,
  names: Names,
  now: number,
): z.output<typeof reviewItem> {
  const { opened, decided: act } = review;
  return {
    id: review.id,
    kind: review.kind,
    state: stateOf(review),
    subject: showText(review.subject, names),
    openedAt: printInstant(review.openedAt),
    ageSeconds: Math.floor(ageOf(review, now) / 1000),
    dueAt: printInstant(dueAtOf(review, kind)),
    overdue: isOverdue(review, kind, now),
    permission: kind.permission,
    hash: review.hash,
    openedBy: opened?.actor ?? null,
    reason: opened?.reason ?? null,
    decision:
      act === null
        ? null
        : {
            decision: act.act === 'APPROVED' ? 'APPROVE' : 'REJECT',
            by: act.actor,
            reason: act.reason,
            at: printInstant(act.at),
          },
  };
}

export function shownInFull(
  review: StoredReview,
  kind: ReviewKind,
  names: Names,
  now: number,
): z.output<typeof reviewWhole> {
  const { content } = review;
  const item = shownReview(review, kind, names, now);
  if (content === null) return { ...item, evidence: null, outcomes: null };
  return {
    ...item,
    evidence: shownValue(content.evidence, names) as Record<string, unknown>,
    outcomes: {
      APPROVED: shownOutcome(content.outcomes.APPROVED, names),
      REJECTED: shownOutcome(content.outcomes.REJECTED, names),
    },
  };
}

/** What the rows of an outcome would move, and what would follow from them. */
export function shownOutcome(
  { rows, later = [] }: FrozenSet,
  names: Names,
): z.output<typeof preview> {
  const entries = rows.filter(({ table }) => table === 'entries');
  const now = entries.map(({ values }) =>
    shownPosting(
      {
        kind: String(values.kind),
        from: String(values.from_account),
        to: String(values.to_account),
        amount: Number(values.amount ?? 0),
        unit: String(values.unit),
        occurredAt: Number(values.occurred_at),
      },
      names,
    ),
  );
  const then = later.map((one) => ({ ...shownPosting(one, names), later: true as const }));
  return { postings: [...now, ...then], otherRows: rows.length - entries.length };
}

const shownPosting = (
  { kind, from, to, amount, unit, occurredAt }: Foreseen,
  names: Names,
): z.output<typeof posting> => ({
  kind,
  from: showText(from, names),
  to: showText(to, names),
  amount: printAmount(BigInt(amount), unit),
  unit,
  occurredAt: printInstant(occurredAt),
});

/** Of a kind that is registered no more: compliance decides what was left behind. */
export const unregistered = (kind: string): ReviewKind => ({
  kind,
  permission: 'compliance',
  overdueAfterDays: 0,
});
