/**
 * `POST /v1/ledger/adjustments`: proposes a manual adjustment. It opens a review and posts nothing;
 * another person approves. Refuses agents nobody knows, programmes that do not exist and persons
 * who would adjust for themselves. A dry run shows the postings and writes nothing.
 */
import * as z from 'zod';
import { recordRefusal } from '../../access/client';
import { readOrganisation } from '../../access/store';
import { readAgent } from '../../agents/store';
import type { SeasonDates } from '../../calendar/season';
import { readSeasonDates } from '../../calendar/store';
import { AHEAD_MS, type Copy, copiesDue, copyRows } from '../../calendar/succession';
import { keyRowId, readIdempotencyKey } from '../../http/idempotency';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { localDay } from '../../kernel/zone';
import { programAccount } from '../../ledger/account';
import { submit } from '../../ledger/client';
import { readRunningBalances } from '../../ledger/entries/store';
import { balanceOf, readLatest } from '../../ledger/store';
import { PROGRAMME_KIND, type Programme } from '../../points/programmes/programme';
import { isPerson } from '../../reviews/party/store';
import { type NewReview, reviewIdOf, reviewRows, reviewSubject } from '../../reviews/review';
import { posting, shownOutcome } from '../../reviews/view';
import { randomHex } from '../../runtime/chance';
import type { BooksEnv } from '../client';
import {
  ADJUSTMENT,
  type Adjustment,
  type AdjustmentBody,
  adjustmentBody,
  adjustmentReview,
  readAdjustment,
} from './adjustment';

const PATH = '/v1/ledger/adjustments';

const proposed = z
  .object({
    reviewId: z.string().nullable().meta({ description: 'Null on a dry run.' }),
    state: z.literal('OPEN'),
    dryRun: z.boolean(),
    hash: z
      .string()
      .nullable()
      .meta({ description: 'Of the review; its decision takes it as `ifHash`.' }),
    postings: z.array(posting).meta({ description: 'What an approval posts.' }),
    balanceBefore: z.string(),
    balanceAfter: z.string(),
    unit: z.string(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'ProposedAdjustment' });

type Call<E> = ParsedCall<E, unknown, { readonly dry_run?: string | undefined }, AdjustmentBody>;

/** `POST /v1/ledger/adjustments` → 201 and an open review; `?dry_run=true` → 200 and nothing. */
export const proposeAdjustment = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: PATH,
    tag: 'Ledger',
    summary: 'Propose a manual adjustment of points',
    description:
      'Opens a review of kind `ADJUSTMENT`; a second person with `approve` decides it. An ' +
      'approval posts entries of kind ADJUSTMENT between the agent and the programme, with the ' +
      'review as their cause; a rejection posts nothing.',
    permission: 'payroll',
    query: z.strictObject({ dry_run: z.enum(['true', 'false']).optional() }),
    body: adjustmentBody,
    examples: {
      request: {
        agentId: 'pat-doe',
        unit: 'POINTS/Mentorship',
        amount: '-12.5',
        reason: 'counted twice during the migration',
        occurredOn: '2024-09-02',
      },
    },
    answers: {
      200: { description: 'On a dry run: what would be proposed.', schema: proposed },
      201: { description: 'The proposal waits for another person.', schema: proposed },
    },
    handle: propose,
  });

async function propose<E extends BooksEnv>(call: Call<E>): Promise<Result<Answer>> {
  const { env, body, query, now, actor } = call;
  const read = await readAsked(call);
  if (!read.ok) return read;
  const { adjustment, copies } = read.value;
  const key = readIdempotencyKey(call.headers);
  if (!key.ok) return key;
  const balance = await balanceOf(env.DB, adjustment.account, adjustment.unit);
  const review = adjustmentReview(adjustment, {
    cause: key.value === null ? call.requestId : keyRowId(call, key.value),
    person: actor.person,
    reason: body.reason,
    now,
    salt: randomHex(16),
    balance,
  });
  const shown = shownProposal(review, body.agentId, adjustment, balance);
  if (query.dry_run === 'true') {
    return ok({ status: 200, body: { ...shown, reviewId: null, dryRun: true, hash: null } });
  }
  const rows = reviewRows(review, env.SECRETS_KEY);
  const id = reviewIdOf(ADJUSTMENT, review.cause);
  const hash = rows[0]?.values.content_hash ?? null;
  return submit(call, {
    rows: [...rows, ...copies.flatMap(copyRows)],
    audit: {
      action: 'ADJUSTMENT_PROPOSED',
      subject: reviewSubject(id),
      detail: { ...review.evidence, reason: body.reason },
    },
    answer: {
      status: 201,
      body: { ...shown, reviewId: id, dryRun: false, hash },
      headers: { Location: `/v1/reviews/${id}` },
    },
  });
}

interface Asked {
  readonly adjustment: Adjustment;
  /** Seasons that nobody has written yet: they are written with what is to stand in them. */
  readonly copies: readonly Copy<SeasonDates>[];
}

/** What was asked for, when agent, programme, amount and day are acceptable and the agent another. */
async function readAsked<E extends BooksEnv>(call: Call<E>): Promise<Result<Asked>> {
  const { env, body, now, actor, requestId } = call;
  const agent = await readAgent(env, body.agentId);
  if (agent === null) {
    return fail(invalidField('#/agentId', 'custom', 'no agent has this id'));
  }
  const [{ timeZone }, versions] = await Promise.all([
    readOrganisation(env.DB),
    readSeasonDates(env.DB),
  ]);
  const today = localDay(now, timeZone);
  const copies = copiesDue(versions, now, AHEAD_MS);
  const seasons = [...versions, ...copies.map(({ version }) => version)];
  const read = readAdjustment(body, { agentKey: agent.name, today, timeZone, now, seasons });
  if (!read.ok) return read;
  if (!(await hasProgramme(env.DB, read.value.category))) {
    return fail(invalidField('#/unit', 'custom', 'no programme has this category'));
  }
  const asked = ok({ adjustment: read.value, copies });
  if (!isPerson(agent.content, actor.person)) return asked;
  const detail = 'nobody adjusts for themselves';
  const about = { method: 'POST', path: PATH, requestId, reason: detail };
  const who = { keyId: actor.keyId, person: actor.person, action: 'ACCESS_REFUSED' } as const;
  call.later(recordRefusal(env, { ...about, ...who }, now));
  return fail({ kind: 'forbidden', detail });
}

/** A programme was written, or points of its category moved. */
async function hasProgramme(db: D1Database, category: string): Promise<boolean> {
  const written = await readLatest<Programme>(db, PROGRAMME_KIND, category);
  if (written !== null) return true;
  return (await readRunningBalances(db, programAccount(category))).length > 0;
}

function shownProposal(
  review: NewReview,
  agentId: string,
  { agentKey, unit, amount }: Adjustment,
  balance: bigint,
) {
  const { balanceBefore, balanceAfter } = review.evidence;
  const { postings } = shownOutcome(review.outcomes.APPROVED, new Map([[agentKey, agentId]]));
  const warnings = balance + amount < 0n ? ['the account would hold less than nothing'] : [];
  return { state: 'OPEN', postings, balanceBefore, balanceAfter, unit, warnings };
}
