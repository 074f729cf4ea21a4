/** What payroll reads of a line that pays another amount than its calculation came to (P9, P11). */
import { afterEach, expect, it } from 'vitest';
import { PayStage } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const summaryOf = (key: string): string =>
  String(
    (stage.hris.ofKey(key) as { calculation_summary?: unknown } | undefined)?.calculation_summary,
  );

it('the summary of a difference says that it is one, and of what', async () => {
  stage = await PayStage.open();
  const id = await stage.paidOnce();
  expect(summaryOf('VAR_PAY_2032_10_a_v1')).toMatch(/rounded half up: [^;]*\(453\.50 USD\)\.$/);
  await stage.result('a', 95, { id, modified: '2032-11-14T09:00:00Z' });
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v2')?.variable_pay_amount).toBe(64.5);
  expect(summaryOf('VAR_PAY_2032_10_a_v2')).toMatch(
    /\(518\.00 USD\); only the difference to what was paid before: 64\.50 USD to pay\.$/,
  );
  await stage.result('a', 78, { id, modified: '2032-11-15T09:00:00Z' });
  await stage.pay();
  expect(summaryOf('VAR_PAY_2032_10_a_v3')).toMatch(
    /; only the difference to what was paid before: clawback 342\.00 USD\.$/,
  );
});

it('a cycle names what it nets of other periods', async () => {
  stage = await PayStage.open();
  const id = await stage.paidOnce();
  await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  await stage.month('a', { scores: [92.5], month: '2032-11' });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay('2032-11');
  expect(summaryOf('VAR_PAY_2032_11_a_v1')).toMatch(
    /\(453\.50 USD\); netted of other periods: clawback 277\.50 USD\.$/,
  );
});
