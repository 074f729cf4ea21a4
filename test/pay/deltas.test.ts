/** A score that changes after it was paid: one delta, told once, on one road home (P11, DEC-5). */

import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import type { SubscriptionObject } from '../../src/delivery/subscriptions/object';
import { dispatchRun } from '../../src/pay/runs/client';
import { installBoard, quiet, removeBoard } from '../worker/io';
import type { PayLine } from './hris';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const NOVEMBER = '2032-11';
const JANUARY = Date.UTC(2032, 11, 1, 10);

/** Paid 453.50 for October on one result, two weeks ago; answers the result's id. */
async function fortnightAfter(plan: object = {}): Promise<string> {
  stage = await PayStage.open(plan);
  const id = await stage.paidOnce();
  stage.pass(14 * 24 * 60 * MINUTE);
  return id;
}

/** Paid 453.50 for October on 92; a fortnight later the score is 78 and the tier is lost. */
async function overpaid(plan: object = {}): Promise<string> {
  const id = await fortnightAfter(plan);
  await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  return id;
}

interface DeltaRow {
  readonly id: string;
  readonly amount: number;
  readonly kind: string;
}
const deltas = () => stage.rows<DeltaRow>('SELECT id, amount, kind FROM pay_deltas ORDER BY id');
const claims = () =>
  stage.rows<{ amount: number; road: string }>('SELECT amount, road FROM pay_claims ORDER BY id');
const told = () =>
  stage.rows<{ content: string }>("SELECT content FROM notices WHERE kind = 'pay.delta.found'");

async function november(scores: readonly number[] = [92.5]): Promise<string> {
  if (scores.length > 0) await stage.month('a', { scores, month: NOVEMBER });
  stage.pass(Math.max(0, JANUARY - stage.now));
  return stage.pay(NOVEMBER);
}

describe('a score that falls after the pay run', () => {
  it('is one delta and tells Finance at once, once', async () => {
    await overpaid();
    await stage.cron();
    await stage.cron();
    // 92.5 paid 453.50; 78 is below the lowest tier and pays 176.00.
    expect(await deltas()).toMatchObject([{ amount: -27_750, kind: 'FACTS' }]);
    const notices = await told();
    expect(notices).toHaveLength(1);
    expect(JSON.parse(notices[0]?.content ?? '')).toMatchObject({
      agentId: 'a',
      period: PERIOD,
      before: '453.50',
      after: '176.00',
      difference: '-277.50',
      direction: 'CLAWBACK',
    });
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(27_750);
    expect(await stage.held(`:paid:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(17_600);
  });

  it('that a webhook tells is a delta before its sender is answered', async () => {
    const id = await fortnightAfter();
    expect(await stage.appeal(id, 78)).toMatchObject({ status: 'accepted' });
    expect(await deltas()).toMatchObject([{ amount: -27_750, kind: 'FACTS' }]);
    await stage.cron();
    expect(await told()).toHaveLength(1);
  });

  it('is heard at the endpoint of Finance with the event, once, without cron', async () => {
    const id = await fortnightAfter();
    await stage.must('admin', 'PUT', '/v1/subscriptions/finance', {
      kinds: ['pay.delta.found'],
      url: 'https://finance.example.com/in',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    });
    const finance = (
      env.SUBSCRIPTIONS as unknown as DurableObjectNamespace<SubscriptionObject>
    ).getByName('finance');
    // What its writing armed is over, so that only the event can have it look.
    await runDurableObjectAlarm(finance);
    expect(await runDurableObjectAlarm(finance)).toBe(false);
    const heard = () =>
      stage.hris.asked
        .filter(({ url }) => url === 'https://finance.example.com/in')
        .map(({ body }) => JSON.parse(body) as unknown);
    await stage.appeal(id, 78);
    expect(heard()).toEqual([]);
    expect(await runDurableObjectAlarm(finance)).toBe(true);
    const data = { agentId: 'a', period: PERIOD, difference: '-277.50', direction: 'CLAWBACK' };
    expect(heard()).toMatchObject([{ type: 'pay.delta.found', data }]);
    await stage.appeal(id, 78);
    await stage.cron();
    await finance.poke(stage.now);
    expect(heard()).toHaveLength(1);
  });

  it('that a page of results, actuals or counts brings is a delta once it is taken', async () => {
    const id = await fortnightAfter();
    const board = installBoard();
    await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
    await quiet(board);
    expect(await deltas()).toMatchObject([{ amount: -27_750 }]);
    const fewer = [{ agentId: 'a', period: PERIOD, count: 49, revision: 1 }];
    await stage.must('author', 'POST', '/v1/interaction-counts', { items: fewer });
    await quiet(board);
    expect(await deltas()).toMatchObject([{ amount: -27_750 }, { amount: -17_600 }]);
    removeBoard();
  });

  it('is netted by the next cycle, beside what that period earned', async () => {
    await overpaid();
    await november();
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')).toMatchObject({
      variable_pay_amount: 453.5,
      clawback_amount: 277.5,
    });
    expect(stage.hris.paidTo('EMP-a')).toBe(17_600 + 45_350);
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(0);
    expect(await stage.held('plan:VAR_PAY_Q4_2023')).toBe(-(17_600 + 45_350));
    expect(await claims()).toEqual([{ amount: -27_750, road: 'CYCLE' }]);
  });

  it('that the HRIS did not take back is a difference of the reconciliation', async () => {
    await overpaid();
    const id = await november();
    const differs = async () => {
      const path = `/v1/pay-runs/${id}/reconciliation`;
      const { amountDiffers, differences } = await stage.must('payroll', 'GET', path);
      return [amountDiffers, differences];
    };
    expect(await differs()).toEqual([0, []]);
    const key = 'VAR_PAY_2032_11_a_v1';
    const { clawback_amount: _, ...dropped } = stage.hris.ofKey(key) ?? {};
    stage.hris.lines.set(key, dropped as PayLine);
    expect(await differs()).toEqual([
      1,
      [
        {
          kind: 'AMOUNT_DIFFERS',
          key,
          agentId: 'a',
          employeeId: 'EMP-a',
          ours: '176.00',
          theirs: '453.50 USD',
          lines: 1,
        },
      ],
    ]);
  });

  it('is taken back by at most what the cap leaves, the rest in later cycles', async () => {
    await overpaid({ clawback: { max_share_of_pay: 0.25, lookbackPeriods: 12 } });
    await november();
    // A quarter of 453.50, rounded down.
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')?.clawback_amount).toBe(113.37);
    await stage.month('a', { scores: [92.5], month: '2032-12' });
    stage.pass(Date.UTC(2033, 0, 1, 10) - stage.now);
    await stage.pay('2032-12');
    expect(stage.hris.ofKey('VAR_PAY_2032_12_a_v1')?.clawback_amount).toBe(113.37);
    await stage.month('a', { scores: [92.5], month: '2033-01' });
    stage.pass(Date.UTC(2033, 1, 1, 10) - stage.now);
    await stage.pay('2033-01');
    expect(stage.hris.ofKey('VAR_PAY_2033_01_a_v1')?.clawback_amount).toBe(50.76);
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(0);
    expect(stage.hris.paidTo('EMP-a')).toBe(17_600 + 3 * 45_350);
  });

  it('is taken back in instalments and never below the protected minimum', async () => {
    await overpaid({ clawback: { instalments: 2, protected_minimum: 400 } });
    await november();
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')?.clawback_amount).toBe(53.5);
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(27_750 - 5_350);
  });

  it('waits where the next period earned nothing', async () => {
    await overpaid();
    await november([]);
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')).toBeUndefined();
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(27_750);
  });

  it('is found by a run of the period itself as well, which settles it then', async () => {
    stage = await PayStage.open();
    const id = await stage.paidOnce();
    await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.pay();
    expect(await claims()).toEqual([{ amount: -27_750, road: 'VERSION' }]);
    await stage.cron();
    expect(await deltas()).toHaveLength(1);
    await november();
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')?.clawback_amount).toBeUndefined();
    expect(stage.hris.paidTo('EMP-a')).toBe(17_600 + 45_350);
  });

  it('goes one road only when a new version and the next cycle are sent at once', async () => {
    await overpaid();
    await stage.month('a', { scores: [92.5], month: NOVEMBER });
    stage.pass(JANUARY - stage.now);
    const runs = [await stage.begin(PERIOD), await stage.begin(NOVEMBER)];
    for (const id of runs) await stage.approve(id);
    await Promise.all(runs.map((id) => stage.dispatch(id)));
    for (let turn = 0; turn < 3; turn += 1) {
      await stage.send();
      stage.pass(10 * MINUTE);
      await Promise.all(runs.map((id) => dispatchRun(env, id, stage.now)));
    }
    expect(await claims()).toHaveLength(1);
    expect(stage.hris.paidTo('EMP-a')).toBe(17_600 + 45_350);
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(0);
    expect(await stage.held('plan:VAR_PAY_Q4_2023')).toBe(-(17_600 + 45_350));
  });
});

it('what a new plan version takes back stands where its own run may take nothing', async () => {
  await fortnightAfter();
  const from = { effective_from: '2032-10-01' };
  await stage.plan({ ...from, base_bonus: 250, clawback: { protected_minimum: 1000 } });
  const run = await stage.pay();
  expect(await stage.run(run)).toMatchObject({ status: 'SETTLED' });
  // Half of 453.50, and not a cent of it may be taken from somebody who earns less than 1,000.
  expect(await deltas()).toMatchObject([{ amount: -22_675, kind: 'VERSION' }]);
  expect(await claims()).toEqual([]);
  await stage.cron();
  expect(await deltas()).toHaveLength(1);
  expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(22_675);
  await stage.plan({ ...from, base_bonus: 500 });
  await november();
  expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')?.clawback_amount).toBe(226.75);
});

describe('a score that rises after the pay run', () => {
  it('is paid with the next cycle as an adjustment', async () => {
    stage = await PayStage.open();
    const id = await stage.paidOnce();
    await stage.result('a', 95, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    expect(await deltas()).toMatchObject([{ amount: 6_450 }]);
    await november();
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')).toMatchObject({
      variable_pay_amount: 453.5,
      adjustment_amount: 64.5,
    });
    expect(stage.hris.paidTo('EMP-a')).toBe(51_800 + 45_350);
  });

  it('that falls and rises again leaves two deltas that cancel out', async () => {
    const id = await overpaid();
    await stage.result('a', 92.5, { id, modified: '2032-11-20T09:00:00Z' });
    await stage.cron();
    expect((await deltas()).map(({ amount }) => amount)).toEqual([-27_750, 27_750]);
    await november();
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350 + 45_350);
  });
});

it('a change between calculation and confirmation is found when the line is confirmed', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  const id = await stage.result('a', 92.5);
  await stage.month('a', { scores: [] });
  const run = await stage.begin();
  await stage.result('a', 78, { id, modified: '2032-11-01T10:30:00Z' });
  await stage.cron();
  await stage.approve(run);
  await stage.dispatch(run);
  await stage.cron();
  expect(await deltas()).toEqual([]);
  await stage.settle(run);
  expect(await deltas()).toMatchObject([{ amount: -27_750 }]);
});
