/**
 * `POST /v1/pay-runs/{id}/lines/{agent}/dispute`: an agent says that a line is wrong. It freezes
 * that agent's line alone and waits for compliance; approved, the difference is a delta. Refuses a
 * second dispute of a period beside an open one, amounts finer than the currency or above what a line
 * may say, and lines that say nothing of what is due: those that another version takes the place of,
 * those without an amount, and those in another currency than was paid.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { absent, type Guard } from '../../kernel/change-set';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { parseAmount, printAmount } from '../../kernel/units';
import { submit } from '../../ledger/client';
import {
  dueAtOf,
  MAX_REVIEW_GUARDS,
  reviewIdOf,
  reviewRows,
  reviewSubject,
} from '../../reviews/review';
import { randomHex } from '../../runtime/chance';
import { type Disputed, disputeReview } from '../deltas/write-off';
import type { PayEnv } from '../runs/client';
import { noLaterVersion } from '../runs/dispatch/client';
import { deliveryOf } from '../runs/dispatch/sending';
import { unclaimed } from '../runs/dispatch/standing';
import {
  dueOf,
  type History,
  inCurrency,
  isUnbound,
  nextDelta,
  rootFor,
} from '../runs/history/history';
import { readHistories, standingRuns, wasDispatched } from '../runs/history/store';
import { isPayable, type Line, MOST_PAID } from '../runs/lines/line';
import { findLine, lineParams } from '../runs/lines/routes';
import { placeOf, type Run, runObjectName } from '../runs/run';
import type { RunSetting } from '../runs/setting';
import { type RunPhase, readRunsOfPeriod } from '../runs/store';
import { DISPUTE, disputeId, disputeReviews, disputeRow } from './dispute';
import { readDisputes } from './store';

const body = z.strictObject({
  reason: plainText(1000),
  expectedAmount: z.union([z.string(), z.number()]).meta({
    description:
      "What the agent says the period is worth, in the line's currency; at most 10^12 of its " +
      'smallest part.',
  }),
});

const opened = z
  .object({
    reviewId: z.string(),
    state: z.literal('OPEN'),
    hash: z.string().meta({ description: 'Of the review; its decision takes it as `ifHash`.' }),
    dueAt: z.string().meta({ description: 'Until when it is to be decided.' }),
  })
  .meta({ id: 'OpenedDispute' });

type DisputeCall<E> = ParsedCall<E, z.output<typeof lineParams>, unknown, z.output<typeof body>>;

export const disputeLine = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/pay-runs/{id}/lines/{agent}/dispute',
    tag: 'Pay',
    summary: "Record an agent's dispute of a line",
    description:
      'Opens a review of kind `PAY_DISPUTE` with a due date. Until it is decided this line is not ' +
      'sent and nothing of its period is netted; all other lines go on. What is approved is the ' +
      'difference as it is now: where the period comes to something else before that, the approval ' +
      'is refused (409) and it is disputed anew. What facts change later comes on top. P14.',
    permission: 'payroll',
    params: lineParams,
    body,
    answers: { 201: { description: 'The dispute waits for compliance.', schema: opened } },
    examples: {
      request: { reason: 'two evaluations are missing', expectedAmount: '518.00' },
    },
    handle: dispute,
  });

async function dispute<E extends PayEnv>(call: DisputeCall<E>): Promise<Result<Answer>> {
  const { env, now, actor, params } = call;
  const found = await findLine(env, params);
  if (!found.ok) return found;
  const { setting, line, agentKey } = found.value;
  const { run, name, seal } = setting;
  if (line.blocked !== null) {
    return fail({ kind: 'conflict', detail: `the line has no amount yet: ${line.blocked}` });
  }
  const expected = expectedOf(call.body.expectedAmount, line.payUnit);
  if (!expected.ok) return expected;
  const before = await readDisputes(env.DB, agentKey, runObjectName(run));
  if (before.some(({ outcome }) => outcome === null)) {
    return fail({ kind: 'conflict', detail: 'a dispute of this period is open' });
  }
  const all = await readRunsOfPeriod(env.DB, run);
  const runs = all.filter(wasDispatched);
  const history: Past = (await readHistories(env.DB, { planId: run.planId, runs }, [agentKey])).get(
    agentKey,
  ) ?? { root: null, deltas: [] };
  const standing = standingOf(all, setting, line, history);
  if (!standing.ok) return standing;
  const ordinal = before.length + 1;
  const guards = aloneOf(all, agentKey, ordinal);
  if (!guards.ok) return guards;
  const disputed = {
    ...dueBy(setting, line, history, standing.value),
    agentKey,
    plan: run.planId,
    period: run.period,
    expected: expected.value,
    seal,
    ordinal,
  };
  const salt = randomHex(16);
  const proposal = { person: actor.person, reason: call.body.reason, now, salt };
  const place = placeOf(run);
  const { review, id } = disputeReview({ ...disputed, run: name }, proposal, place);
  const reviewId = reviewIdOf(DISPUTE, id);
  const rows = reviewRows(review, env.SECRETS_KEY);
  return submit(call, {
    rows: [...rows, disputeRow(id, reviewId, now)],
    guards: guards.value,
    audit: {
      action: 'PAY_LINE_DISPUTED',
      subject: reviewSubject(reviewId),
      detail: { runId: name, reason: call.body.reason },
    },
    answer: {
      status: 201,
      body: {
        reviewId,
        state: 'OPEN',
        hash: rows[0]?.values.content_hash ?? '',
        dueAt: printInstant(dueAtOf({ openedAt: now }, disputeReviews)),
      },
      headers: { Location: `/v1/reviews/${reviewId}` },
    },
  });
}

/** What the line's period has come to, with earlier disputes, and what must hold for that. */
function dueBy(
  setting: RunSetting,
  line: Line,
  history: Past,
  standing: readonly Guard[],
): Omit<Disputed, 'agentKey' | 'plan' | 'period' | 'expected' | 'seal' | 'ordinal'> {
  const { run, name } = setting;
  const { agentKey, payUnit: unit, facts } = line;
  const { deltas } = history;
  const root = rootFor(history, run.period, unit);
  const own = inCurrency(deltas, run.period, unit);
  const disputes = own.filter(({ kind }) => kind === 'DISPUTE');
  const known = root === null ? BigInt(line.payAmount) : dueOf(root, deltas, run.period);
  return {
    run: root?.run ?? name,
    delivery: root === null ? deliveryOf(setting, agentKey) : root.delivery,
    unit,
    due: disputes.reduce((sum, { amount }) => sum + amount, known),
    facts,
    known: own,
    guards: [
      ...standing,
      // No further delta, so that the difference is still one; and none written off: that would
      // forgive what the dispute pays.
      absent('pay_deltas', nextDelta(agentKey, run, deltas)),
      ...unclaimed(own),
    ],
  };
}

/** That no dispute of a period from the n-th on is opened, nor a later version of it begun. */
export const noneOpened = (
  newest: Run | undefined,
  runs: readonly RunPhase[],
  agentKey: string,
  ordinal: number,
): Guard[] => [
  ...standingRuns(runs).map(({ name }) =>
    absent('pay_disputes', disputeId(agentKey, name, ordinal)),
  ),
  ...(newest === undefined ? [] : noLaterVersion(newest, runs)),
];

/** That no other dispute of the period is opened, and no version of it begun where one might be. */
function aloneOf(
  runs: readonly RunPhase[],
  agentKey: string,
  ordinal: number,
): Result<readonly Guard[]> {
  const guards = noneOpened(runs.at(-1)?.content, runs, agentKey, ordinal);
  const detail = 'the period was sent out more often than a dispute can ask after';
  return guards.length > MAX_REVIEW_GUARDS ? fail({ kind: 'conflict', detail }) : ok(guards);
}

/** In smallest parts. */
function expectedOf(said: string | number, unit: string): Result<bigint> {
  const amount = parseAmount(said, unit);
  const detail =
    amount === null || amount < 0n
      ? `an amount of ${unit}, not finer than its smallest part`
      : `at most ${printAmount(MOST_PAID, unit)} ${unit}`;
  return amount !== null && amount >= 0n && isPayable(amount)
    ? ok(amount)
    : fail(invalidField('#/expectedAmount', 'custom', detail));
}

type Past = Pick<History, 'root' | 'deltas'>;

/** What must still hold when the dispute is approved, beside the deltas of its period. */
function standingOf(
  runs: readonly RunPhase[],
  { run, name }: RunSetting,
  { payUnit }: Line,
  history: Past,
): Result<readonly Guard[]> {
  const root = rootFor(history, run.period, payUnit);
  if (root !== null && root.unit !== payUnit) {
    const detail = `${root.unit} was paid for the period and this line is in ${payUnit}`;
    return fail({ kind: 'conflict', detail });
  }
  // Where nothing was paid, only the newest version says what will be.
  const isFree = isUnbound(history, run.period);
  const newest = runs.at(-1);
  const stands = isFree
    ? newest?.name === name
    : standingRuns(runs).some((one) => one.name === name);
  if (!stands) {
    const detail = `the run ${newest?.name ?? name} takes the place of this one`;
    return fail({ kind: 'conflict', detail });
  }
  return ok(isFree ? noLaterVersion(run, runs) : []);
}
