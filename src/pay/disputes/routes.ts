/**
 * `POST /v1/pay-runs/{id}/lines/{agent}/dispute`: an agent says that a line is wrong. It freezes
 * that agent's line alone and waits for compliance; approved, the difference is a delta. Refuses a
 * second dispute of a period beside an open one, amounts finer than the currency or above what a line
 * may say, and lines that say nothing of what is due: those that another version takes the place of, those without an amount,
 * and those in another currency than was paid.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import type { Guard } from '../../kernel/change-set';
import { invalidField } from '../../kernel/failure';
import { configId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { parseAmount, printAmount } from '../../kernel/units';
import { submit } from '../../ledger/client';
import { dueAtOf, reviewIdOf, reviewRows, reviewSubject } from '../../reviews/review';
import { randomHex } from '../../runtime/chance';
import { claimId, type KnownDelta } from '../deltas/delta';
import { disputeReview } from '../deltas/write-off';
import type { PayEnv } from '../runs/client';
import { deliveryOf } from '../runs/dispatch/sending';
import { dueOf, inCurrency, nextDelta, ofPeriod, type Root } from '../runs/history/history';
import { readHistories, wasDispatched } from '../runs/history/store';
import { isPayable, type Line, MOST_PAID } from '../runs/lines/line';
import { findLine, lineParams } from '../runs/lines/routes';
import { placeOf, RUN_KIND, type Run, runName, runObjectName } from '../runs/run';
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
  const { root, deltas } = (
    await readHistories(env.DB, { planId: run.planId, runs }, [agentKey])
  ).get(agentKey) ?? { root: null, deltas: [] };
  const standing = standingOf(all, setting, line, root);
  if (!standing.ok) return standing;
  const own = inCurrency(deltas, run.period, line.payUnit);
  const disputes = own.filter(({ kind }) => kind === 'DISPUTE');
  const known = root === null ? BigInt(line.payAmount) : dueOf(root, deltas, run.period);
  const disputed = {
    agentKey,
    plan: run.planId,
    period: run.period,
    run: root?.run ?? name,
    delivery: root === null ? deliveryOf(setting, agentKey) : root.delivery,
    unit: line.payUnit,
    due: disputes.reduce((sum, { amount }) => sum + amount, known),
    expected: expected.value,
    facts: line.facts,
    seal,
    ordinal: before.length + 1,
    known: own,
    guards: [...standing.value, ...unmoved(agentKey, run, deltas)],
  };
  const salt = randomHex(16);
  const proposal = { person: actor.person, reason: call.body.reason, now, salt };
  const place = placeOf(run);
  const { ordinal } = disputed;
  const { review, id } = disputeReview({ ...disputed, run: name }, proposal, place);
  const reviewId = reviewIdOf(DISPUTE, id);
  const rows = reviewRows(review, env.SECRETS_KEY);
  return submit(call, {
    rows: [...rows, disputeRow(id, reviewId, now)],
    guards: all.map((one) => absent('pay_disputes', disputeId(agentKey, one.name, ordinal))),
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

const absent = (table: string, id: string): Guard => ({ kind: 'absent', table, id });

/**
 * No further delta of the period, so that the difference is still one, and none written off: that
 * would forgive what the dispute pays.
 */
const unmoved = (agentKey: string, run: Run, deltas: readonly KnownDelta[]): Guard[] => [
  absent('pay_deltas', nextDelta(agentKey, run, deltas)),
  ...ofPeriod(deltas, run.period).map(({ id, claims }) =>
    absent('pay_claims', claimId(id, claims.length + 1)),
  ),
];

/** What must still hold when the dispute is approved, beside the deltas of its period. */
function standingOf(
  runs: readonly RunPhase[],
  { run }: RunSetting,
  { payUnit }: Line,
  root: Root | null,
): Result<readonly Guard[]> {
  if (root !== null && root.unit !== payUnit) {
    const detail = `${root.unit} was paid for the period and this line is in ${payUnit}`;
    return fail({ kind: 'conflict', detail });
  }
  const last = runs.at(-1)?.content.number ?? run.number;
  if (root !== null) return ok([]);
  if (last > run.number) {
    const name = runName({ ...run, number: last });
    return fail({ kind: 'conflict', detail: `the run ${name} takes the place of this one` });
  }
  return ok([absent('config', configId(RUN_KIND, runName({ ...run, number: last + 1 }), 1))]);
}
