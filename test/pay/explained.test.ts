/** What explain says of a line beside what counted: disputes of the period, results left out (P14). */
import { afterEach, expect, it } from 'vitest';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const explained = (id: string) =>
  stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines/a/explain`);

it('a later version names the dispute of an earlier one that keeps its line', async () => {
  stage = await PayStage.open();
  await stage.paidOnce();
  const first = `${PLAN}.${PERIOD}.v1`;
  const { reviewId } = await stage.must(
    'payroll',
    'POST',
    `/v1/pay-runs/${first}/lines/a/dispute`,
    { reason: 'an evaluation is missing', expectedAmount: '518.00' },
  );
  const id = await stage.pay();
  const dispute = { runId: first, reviewId, outcome: 'OPEN' };
  expect(await explained(id)).toMatchObject({
    line: { state: 'DISPUTED' },
    disputes: [dispute],
  });
  expect((await explained(first)).disputes).toMatchObject([dispute]);
});

it('names the results that did not count, each with the reason', async () => {
  stage = await PayStage.open({
    scorecards: [
      { type: 'VOICE', version_ids: ['sc-version-789'], weight: 0.6 },
      { type: 'CHAT', version_ids: ['sc-chat'], weight: 0.4, min_evaluations: 3 },
    ],
  });
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.result('a', 20, { version: 'sc-chat' });
  await stage.result('a', 30, { version: 'sc-chat' });
  await stage.result('a', 40, { version: 'sc-else' });
  const id = await stage.pay();
  await stage.result('a', 50, { version: 'sc-chat' });
  const { facts } = await explained(id);
  const { results, resultsNotCounted: others } = facts as {
    results: unknown[];
    resultsNotCounted: { result: { scorecard_version_id: string }; why: string }[];
  };
  expect(results).toMatchObject([{ result: { scorecard_version_id: 'sc-version-789' } }]);
  const few = 'CHAT has 2 evaluations and needs 3: the type is left out';
  expect(others.map(({ result, why }) => `${result.scorecard_version_id}: ${why}`)).toEqual([
    `sc-chat: ${few}`,
    `sc-chat: ${few}`,
    'sc-else: the plan does not list sc-else',
  ]);
});
