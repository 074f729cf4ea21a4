/**
 * What waits for a second person. A review carries, frozen and opaque, the rows that an approval
 * and a rejection would write; the feature that opens it builds both. Decides the rows of a review
 * and of what was done about it, and what is committed when it is decided. Refuses frozen rows that
 * the journal would refuse: that must show when a review is opened, not when it is approved.
 */
import { personOf } from '../access/role';
import {
  absent,
  type ChangeSet,
  checkChangeSet,
  type Guard,
  MAX_SET_GUARDS,
  MAX_SET_ROWS,
  type Row,
} from '../kernel/change-set';
import { canonicalJson, hashFields, keyedHash } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { DAY_MS } from '../kernel/instant';
import { invariant } from '../kernel/result';

export const OUTCOMES = ['APPROVED', 'REJECTED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const DECISIONS = ['APPROVE', 'REJECT'] as const;
export type Decision = (typeof DECISIONS)[number];

export const outcomeOf = (decision: Decision): Outcome =>
  decision === 'APPROVE' ? 'APPROVED' : 'REJECTED';

/** What compose registers of each kind of review. */
export interface ReviewKind {
  /** In capitals, e.g. `ADJUSTMENT`. */
  readonly kind: string;
  /** Permission that decides it. */
  readonly permission: string;
  /** An open one is overdue after this. */
  readonly overdueAfterDays: number;
}

/** A kind of which somebody acts on the decisions. */
export interface HandledKind<E> extends ReviewKind {
  /** Tells whoever acts on a decision at once; they find it by themselves where this is lost. */
  readonly decided?: (env: E, subject: string, now: number) => Promise<void>;
}

/** The rows of one outcome; none where nothing is written but the decision itself. */
export interface FrozenSet {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
  /** What follows from these rows and is posted after them: shown beside what they post. */
  readonly later?: readonly Foreseen[];
}

/** A posting that will follow, in the unit's smallest part. */
export interface Foreseen {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly unit: string;
  readonly occurredAt: number;
}

/** What is frozen. It knows agents by key only (`agent:<key>…`), so that it need not be erased. */
export interface ReviewContent {
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Agent keys of those who gain or lose by it: none of them decides. */
  readonly parties: readonly string[];
  /** Hashes of further persons who caused it, e.g. by what they configured: none of them decides. */
  readonly causedBy?: readonly string[];
  readonly outcomes: Readonly<Record<Outcome, FrozenSet>>;
}

export interface NewReview extends Omit<ReviewContent, 'causedBy'> {
  readonly kind: string;
  /** Names it within its kind; the same cause is the same review. */
  readonly cause: string;
  /** What it is about, in chained form: keys and hashes only. */
  readonly subject: string;
  /** UTC ms. */
  readonly openedAt: number;
  /** Person who caused it; null: no person did. */
  readonly person: string | null;
  /** Further persons who caused it; only their hashes are kept. */
  readonly persons?: readonly string[];
  /** Who or what opened it, as it is shown. */
  readonly actor: string;
  readonly reason: string | null;
  /** Random text fixed with the cause. */
  readonly salt: string;
}

export const reviewIdOf = (kind: string, cause: string): string => causeId('review', kind, cause);

/** The audit subject of a review. */
export const reviewSubject = (id: string): string => `review:${id}`;

/** Rows that a decision adds to the frozen ones: itself, its audit entry, the stored answer. */
const ROWS_OF_A_DECISION = 3;
/** A decision adds its own and that of an Idempotency-Key. */
export const MAX_REVIEW_GUARDS = MAX_SET_GUARDS - 2;
const MAX_CONTENT_LENGTH = 300_000;

/** The rows that open a review; they go with the rows of whatever opens it. */
export function reviewRows(review: NewReview, secretsKey: string): Row[] {
  const { kind, cause, subject, openedAt, person, actor, reason, salt } = review;
  const { evidence, parties, outcomes } = review;
  for (const { rows, guards } of Object.values(outcomes)) {
    if (rows.length === 0) continue;
    const wrong = checkChangeSet(guards === undefined ? { rows } : { rows, guards });
    invariant(wrong === null, `rows that can be written: ${wrong}`);
    invariant(rows.length <= MAX_SET_ROWS - ROWS_OF_A_DECISION, 'room for the decision');
    invariant((guards ?? []).length <= MAX_REVIEW_GUARDS, 'room for the guards of the decision');
  }
  const hashes = (review.persons ?? []).map((name) => personHash(secretsKey, name));
  const causedBy = [...new Set(hashes)].sort();
  const content = canonicalJson({
    evidence,
    parties,
    outcomes,
    ...(causedBy.length > 0 && { causedBy }),
  });
  invariant(content.length <= MAX_CONTENT_LENGTH, 'content that fits into a change set');
  const id = reviewIdOf(kind, cause);
  const hash = hashFields(salt, content);
  return [
    {
      table: 'reviews',
      id,
      values: { kind, subject, opened_at: openedAt, content_hash: hash },
      side: { content, salt },
    },
    actRow(
      { id: openedId(id), act: 'OPENED', at: openedAt, hash, person, actor, reason, salt },
      secretsKey,
    ),
  ];
}

const openedId = (review: string): string => `${review}/opened`;
const decidedId = (review: string): string => `${review}/decided`;

interface Act {
  readonly id: string;
  readonly act: 'OPENED' | Outcome;
  readonly at: number;
  readonly hash: string;
  readonly person: string | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly salt: string;
}

function actRow({ id, act, at, hash, person, actor, reason, salt }: Act, secretsKey: string): Row {
  const said = reason ?? '';
  return {
    table: 'review_acts',
    id,
    values: {
      act,
      at,
      content_hash: hash,
      person: person === null ? null : personHash(secretsKey, person),
      note_hash: hashFields(salt, actor, said),
    },
    side: { actor, reason: said, salt },
  };
}

/** Two names of one person have one hash; without the key it says nobody's name. */
export const personHash = (secretsKey: string, person: string): string =>
  keyedHash(secretsKey, `person:${personOf(person)}`);

/** A review as it stands. What was emptied is null. */
export interface StoredReview {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly openedAt: number;
  readonly hash: string;
  readonly content: ReviewContent | null;
  readonly opened: StoredAct | null;
  readonly decided: StoredAct | null;
}

export interface StoredAct {
  readonly act: string;
  readonly at: number;
  readonly person: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
}

export type ReviewState = 'OPEN' | Outcome;

export const stateOf = ({ decided }: Pick<StoredReview, 'decided'>): ReviewState =>
  OUTCOMES.find((outcome) => outcome === decided?.act) ?? 'OPEN';

/** Milliseconds it has waited, or waited until it was decided. */
export const ageOf = ({ openedAt, decided }: StoredReview, now: number): number =>
  Math.max(0, (decided?.at ?? now) - openedAt);

/** UTC ms until which it is to be decided. */
export const dueAtOf = (
  { openedAt }: Pick<StoredReview, 'openedAt'>,
  { overdueAfterDays }: Pick<ReviewKind, 'overdueAfterDays'>,
): number => openedAt + overdueAfterDays * DAY_MS;

export const isOverdue = (
  review: Pick<StoredReview, 'openedAt' | 'decided'>,
  kind: ReviewKind,
  now: number,
): boolean => review.decided === null && now > dueAtOf(review, kind);

export interface Deciding {
  readonly outcome: Outcome;
  readonly person: string;
  readonly reason: string;
  readonly now: number;
  readonly salt: string;
}

/**
 * The rows and guards of a decision: the frozen ones of its outcome and the act itself. An entry is
 * recorded when it is decided, not when it was proposed; nothing else of the frozen rows changes.
 */
export function decidingSet(
  review: StoredReview,
  content: ReviewContent,
  deciding: Deciding,
  secretsKey: string,
): Required<Pick<ChangeSet, 'rows' | 'guards'>> {
  const { outcome, person, reason, now, salt } = deciding;
  const { rows, guards = [] } = content.outcomes[outcome];
  const act: Act = {
    id: decidedId(review.id),
    act: outcome,
    at: now,
    hash: review.hash,
    person,
    actor: person,
    reason,
    salt,
  };
  return {
    rows: [...rows.map((row) => recordedAt(row, now)), actRow(act, secretsKey)],
    guards: [...guards, absent('review_acts', act.id)],
  };
}

const recordedAt = (row: Row, now: number): Row =>
  row.table === 'entries' ? { ...row, values: { ...row.values, recorded_at: now } } : row;
