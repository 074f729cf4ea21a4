/** The traps and edge cases of the variable-pay document, each by its name, against real objects. */
import { afterEach, expect, it } from 'vitest';
import { itemsOf } from '../http/caller';
import { MINUTE, PayStage, PERIOD } from '../pay/stage';
import type { PayHazardName } from './variable-pay';

let stage: PayStage;

afterEach(() => stage.close());

const hazard = (name: PayHazardName, shows: () => Promise<void>): void => it(name, shows);

const lineOf = async (id: string) => {
  const [line] = itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));
  return line;
};
const key = (period: string) => `VAR_PAY_${period.replace('-', '_')}_a_v1`;

/** Time by status code on one day of the period, in seconds. */
const time = (codes: Readonly<Record<string, number>>) => ({
  items: [
    {
      user_id: 'a',
      actuals: [
        {
          bucket_start: `${PERIOD}-05T00:00:00Z`,
          bucket_end: `${PERIOD}-05T23:59:59Z`,
          status_codes: Object.entries(codes).map(([status_code_id, duration]) => ({
            status_code_id,
            duration,
          })),
        },
      ],
    },
  ],
});

hazard('Trap 1: results filtered by agent and dates alone', async () => {
  const scorecards = [{ type: 'Sales', version_ids: ['sc-version-789'], weight: 1 }];
  stage = await PayStage.open({ scorecards });
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.result('a', 10, { status: 'DRAFT' });
  await stage.result('a', 20, { version: 'sc-of-another-form' });
  const id = await stage.begin();
  expect(await lineOf(id)).toMatchObject({
    earned: '453.50',
    quality: '92.5000',
    scorecardVersionIds: ['sc-version-789'],
    unlistedScorecardVersionIds: ['sc-of-another-form'],
  });
  // The weight of a question changes, and the platform recalculates what was evaluated.
  await stage.result('a', 60, { id: 'result-1', modified: '2032-11-01T11:00:00Z' });
  await stage.approve(id);
  await stage.dispatch(id);
  await stage.send();
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});

hazard('Trap 2: handle time from interactions as productivity', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  const refused = await stage.ask(
    'author',
    'POST',
    '/v1/wfm-actuals',
    time({ handle_time: 36_000 }),
  );
  expect(JSON.stringify(refused.body).toLowerCase()).toContain('handle');
  expect(await stage.rows('SELECT id FROM wfm_actuals')).toHaveLength(1);
  const noise = time({ UNKNOWN: 50_000, system_error: 14_400, offline: 10_000 });
  await stage.must('author', 'POST', '/v1/wfm-actuals', noise);
  expect(await lineOf(await stage.begin())).toMatchObject({ productivity: '0.8800' });
});

hazard('Trap 3: floating-point pay without a rounding strategy', async () => {
  stage = await PayStage.open({
    base_bonus: 450,
    quality_weight: 0,
    productivity_weight: 0.35,
    productivity_threshold: 0,
  });
  await stage.hire('a');
  await stage.hire('lucky');
  // 324,900 s of 378,000 s: exactly 135.375.
  await stage.month('a', { scores: [90], talk: 32_490, aux: 5_310 });
  await stage.month('lucky', { scores: [100], interactions: 1 });
  await stage.pay();
  expect(stage.hris.paidTo('EMP-a')).toBe(13_538);
  expect(stage.hris.paidTo('EMP-lucky')).toBe(0);
  const lines = itemsOf(
    await stage.ask('payroll', 'GET', `/v1/pay-runs/VAR_PAY_Q4_2023.${PERIOD}.v1/lines`),
  );
  expect(lines.find(({ agentId }) => agentId === 'lucky')).toMatchObject({
    earned: '0.00',
    reason: 'BELOW_MIN_INTERACTIONS',
  });
});

hazard('Trap 4: duplicate detection left to the HRIS', async () => {
  stage = await PayStage.open();
  await stage.must('admin', 'PUT', '/v1/destinations/hris', {
    preset: 'hris',
    url: 'https://hris.example.com',
    honoursKeys: false,
  });
  stage.hris.honoursKeys = false;
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  let losses = 1;
  stage.hris.trouble = ({ method }, phase) => {
    if (method !== 'POST' || phase !== 'after' || losses === 0) return null;
    losses -= 1;
    throw new TypeError('the connection timed out');
  };
  const id = await stage.pay();
  for (let turn = 0; turn < 6; turn += 1) {
    stage.pass(20 * MINUTE);
    await stage.settle(id);
  }
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
  expect((await stage.run(id)).states).toEqual({ CONFIRMED: 1 });
  const [line] = [...stage.hris.lines.values()];
  expect(line).toMatchObject({
    idempotency_key: key(PERIOD),
    calculation_details: { scorecard_version_id: 'sc-version-789', plan_version: 1 },
  });
});

hazard('Edge Case 1: a score that changes after payment', async () => {
  stage = await PayStage.open({ clawback: { max_share_of_pay: 0.5 } });
  await stage.hire('a');
  const result = await stage.result('a', 92);
  await stage.month('a', { scores: [] });
  await stage.pay();
  stage.pass(14 * 24 * 60 * MINUTE);
  await stage.result('a', 78, { id: result, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  await stage.cron();
  const told = await stage.rows("SELECT id FROM notices WHERE kind = 'pay.delta.found'");
  expect(told).toHaveLength(1);
  await stage.month('a', { scores: [92], month: '2032-11' });
  stage.pass(17 * 24 * 60 * MINUTE);
  await stage.pay('2032-11');
  // 452.00 was paid, 176.00 was due; half of 452.00 may be taken back a cycle.
  expect(stage.hris.ofKey(key('2032-11'))).toMatchObject({
    variable_pay_amount: 452,
    clawback_amount: 226,
  });
  expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(5_000);
});

hazard('Edge Case 2: a scorecard type that nobody evaluated', async () => {
  const queues = (b: object) => ({
    scorecards: [
      { type: 'Queue A', version_ids: ['sc-version-789'], weight: 0.8 },
      { type: 'Queue B', version_ids: ['sc-b'], weight: 0.2, ...b },
    ],
  });
  for (const [b, quality] of [
    [{ fallback_behavior: 'EXCLUDE' }, '92.5000'],
    [{ fallback_behavior: 'NEUTRAL', neutral_score: 80 }, '90.0000'],
    [{ min_evaluations: 3 }, '92.5000'],
  ] as const) {
    stage = await PayStage.open(queues(b));
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    if ('min_evaluations' in b) await stage.result('a', 10, { version: 'sc-b' });
    expect(await lineOf(await stage.begin())).toMatchObject({ quality });
    stage.close();
  }
});

hazard('Edge Case 3: a denominator of zero after an outage', async () => {
  for (const [plan, earned] of [
    [{}, '477.50'],
    [{ on_empty: 'EXCLUDE' }, '462.50'],
  ] as const) {
    stage = await PayStage.open(plan);
    await stage.hire('a');
    await stage.month('a', { scores: [92.5], talk: 0, aux: 0 });
    const outage = time({ SYSTEM_ERROR: 14_400, QUEUE_EMPTY: 3_600 });
    await stage.must('author', 'POST', '/v1/wfm-actuals', outage);
    expect(await lineOf(await stage.begin())).toMatchObject({ earned });
    stage.close();
  }
});
