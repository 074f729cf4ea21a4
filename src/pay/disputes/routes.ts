/**
 * `POST /v1/pay-runs/{id}/lines/{agent}/dispute`: an agent says that a line is wrong. It freezes
 * that agent's line alone and waits for compliance; approved, the difference is a delta. Refuses a
 * second dispute beside an open one, and amounts finer than the currency.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { DAY_MS, printInstant } from '../../kernel/instant';
import { fail, type Result } from '../../kernel/result';
import { parseAmount } from '../../kernel/units';
import { submit } from '../../ledger/client';
import { reviewIdOf, reviewRows, reviewSubject } from '../../reviews/review';
import { randomHex } from '../../runtime/chance';
import { disputeReview } from '../deltas/write-off';
import type { PayEnv } from '../runs/client';
import { deliveryOf } from '../runs/dispatch/sending';
import { dueOf, ofPeriod } from '../runs/history/history';
import { readHistories, wasDispatched } from '../runs/history/store';
import { findLine, lineParams } from '../runs/lines/routes';
import { placeOf } from '../runs/run';
import { readRunsOfPeriod } from '../runs/store';
import { DISPUTE, disputeReviews, disputeRow } from './dispute';
import { readDisputes } from './store';

const body = z.strictObject({
  reason: plainText(1000),
  expectedAmount: z
    .union([z.string(), z.number()])
    .meta({ description: "What the agent says the period is worth, in the line's currency." }),
});

const opened = z
  .object({
    reviewId: z.string(),
    state: z.literal('OPEN'),
    hash: z.string(),
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
      'sent and nothing of its period is netted; all other lines go on. P14.',
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
  const expected = parseAmount(call.body.expectedAmount, line.payUnit);
  if (expected === null || expected < 0n) {
    const detail = `an amount of ${line.payUnit}, not finer than its smallest part`;
    return fail(invalidField('#/expectedAmount', 'custom', detail));
  }
  const before = await readDisputes(env.DB, agentKey, name);
  if (before.some(({ outcome }) => outcome === null)) {
    return fail({ kind: 'conflict', detail: 'a dispute of this line is open' });
  }
  const runs = (await readRunsOfPeriod(env.DB, run)).filter(wasDispatched);
  const history = (await readHistories(env.DB, { planId: run.planId, runs }, [agentKey])).get(
    agentKey,
  );
  const root = history?.root ?? null;
  const disputes = ofPeriod(history?.deltas ?? [], run.period).filter(
    ({ kind }) => kind === 'DISPUTE',
  );
  const known =
    root === null ? BigInt(line.payAmount) : dueOf(root, history?.deltas ?? [], run.period);
  const disputed = {
    agentKey,
    plan: run.planId,
    period: run.period,
    run: root?.run ?? name,
    delivery: root === null ? deliveryOf(setting, agentKey) : root.delivery,
    unit: line.payUnit,
    due: disputes.reduce((sum, { amount }) => sum + amount, known),
    expected,
    facts: line.facts,
    seal,
    ordinal: before.length + 1,
  };
  const salt = randomHex(16);
  const proposal = { person: actor.person, reason: call.body.reason, now, salt };
  const place = placeOf(run);
  const { review, id } = disputeReview({ ...disputed, run: name }, proposal, place);
  const reviewId = reviewIdOf(DISPUTE, id);
  const rows = reviewRows(review, env.SECRETS_KEY);
  return submit(call, {
    rows: [...rows, disputeRow(id, reviewId, now)],
    guards: [{ kind: 'absent', table: 'pay_disputes', id }],
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
        dueAt: printInstant(now + disputeReviews.overdueAfterDays * DAY_MS),
      },
      headers: { Location: `/v1/reviews/${reviewId}` },
    },
  });
}
