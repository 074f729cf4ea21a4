/** What bounds a clawback: an absolute cap, and instalments that alone bind, cycle by cycle (P11). */
import { afterEach, expect, it } from 'vitest';
import { PayStage } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

/** Paid 453.50 for October on 92.5; then the score is 78, and 277.50 of it was too much. */
async function overpaid(clawback: object): Promise<void> {
  stage = await PayStage.open({ clawback });
  const id = await stage.paidOnce();
  await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
}

/** Pays the months after October, each 453.50, and answers what each takes back. */
async function cycles(...months: readonly string[]): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (const month of months) {
    await stage.month('a', { scores: [92.5], month });
    const [year = 0, number = 0] = month.split('-').map(Number);
    stage.pass(Math.max(0, Date.UTC(year, number, 1, 10) - stage.now));
    await stage.pay(month);
    const line = stage.hris.ofKey(`VAR_PAY_${month.replace('-', '_')}_a_v1`);
    taken.push(line?.clawback_amount ?? null);
  }
  return taken;
}

const owed = () => stage.held(':owed:VAR_PAY_Q4_2023');

it('an absolute cap takes back at most its amount a cycle', async () => {
  await overpaid({ max_amount: 100 });
  await stage.cron();
  expect(await cycles('2032-11', '2032-12', '2033-01')).toEqual([100, 100, 77.5]);
  expect(await owed()).toBe(0);
});

it('instalments without another bound take a part each cycle until nothing is owed', async () => {
  await overpaid({ instalments: 3 });
  await stage.cron();
  expect(await cycles('2032-11', '2032-12', '2033-01', '2033-02')).toEqual([
    92.5,
    92.5,
    92.5,
    null,
  ]);
  expect(await owed()).toBe(0);
});

it('a new version of the period takes one instalment, and a further one of it no second', async () => {
  await overpaid({ instalments: 3 });
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v2')).toMatchObject({ clawback_amount: 92.5 });
  expect(await owed()).toBe(18_500);
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v3')).toBeUndefined();
  expect(await cycles('2032-11', '2032-12')).toEqual([92.5, 92.5]);
  expect(await owed()).toBe(0);
});

/** November takes back for October and falls itself: version 2 finds 277.50 more. What each takes. */
async function novemberTwice(): Promise<readonly unknown[]> {
  const month = '2032-11';
  const id = await stage.result('a', 92.5, { month });
  await stage.month('a', { scores: [], month });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay(month);
  await stage.result('a', 78, { id, month, modified: '2032-12-01T09:00:00Z' });
  await stage.pay(month);
  return [1, 2].map((n) => stage.hris.ofKey(`VAR_PAY_2032_11_a_v${n}`)?.clawback_amount ?? null);
}

it('a later version of a cycle takes an instalment of what it finds, and no second of another', async () => {
  await overpaid({ instalments: 3 });
  await stage.cron();
  expect(await novemberTwice()).toEqual([92.5, 92.5]);
  expect(await owed()).toBe(2 * 18_500);
  expect(await cycles('2032-12', '2033-01', '2033-02')).toEqual([185, 185, null]);
  expect(await owed()).toBe(0);
});

it('an absolute cap is of the cycle, however many versions of it take something', async () => {
  await overpaid({ max_amount: 100 });
  await stage.cron();
  expect(await novemberTwice()).toEqual([100, null]);
  expect(await owed()).toBe(2 * 27_750 - 10_000);
  expect(await cycles('2032-12')).toEqual([100]);
});
