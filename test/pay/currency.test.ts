/** In which currency somebody is paid: the attribute a plan names, the agent's own, the plan's. */
import { afterEach, expect, it } from 'vitest';
import { itemsOf } from '../http/caller';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const ratesAre = (rates: object) =>
  stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', { base: 'USD', rates });

const sentTo = (agentId: string, version = 1) =>
  stage.hris.ofKey(`VAR_PAY_2032_10_${agentId}_v${version}`);

it("an agent's own currency reaches payroll at the pinned rate, unless the plan's attribute names another", async () => {
  stage = await PayStage.open();
  await stage.hire('own', { currency: 'EUR' });
  await stage.hire('both', { currency: 'EUR', attributes: { currency: 'gbp' } });
  await stage.hire('blank', { currency: 'EUR', attributes: { currency: ' ' } });
  await stage.hire('none');
  for (const agent of ['own', 'both', 'blank', 'none'])
    await stage.month(agent, { scores: [92.5] });
  await ratesAre({ EUR: '0.9', GBP: '0.8' });
  await stage.pay();
  const paid = ['own', 'both', 'blank', 'none'].map((agent) => {
    const { variable_pay_amount, currency } = sentTo(agent) ?? {};
    return [agent, variable_pay_amount, currency];
  });
  expect(paid).toEqual([
    ['own', 408.15, 'EUR'],
    ['both', 362.8, 'GBP'],
    ['blank', 408.15, 'EUR'],
    ['none', 453.5, 'USD'],
  ]);
});

it('without a rate the line of an agent with a currency of their own is blocked alone', async () => {
  stage = await PayStage.open();
  await stage.hire('a', { currency: 'EUR' });
  await stage.month('a', { scores: [92.5] });
  await stage.hire('b');
  await stage.month('b', { scores: [92.5] });
  const id = await stage.pay();
  const lines = itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));
  expect(lines).toContainEqual(expect.objectContaining({ agentId: 'a', obstacle: 'NO_RATE' }));
  expect(stage.hris.paidTo('EMP-a')).toBe(0);
  expect(stage.hris.paidTo('EMP-b')).toBe(45_350);
});

it('a period that was paid in one currency is not paid on in another that the agent has since', async () => {
  stage = await PayStage.open();
  const result = await stage.paidOnce();
  await ratesAre({ EUR: '0.5' });
  await stage.hire('a', { currency: 'EUR', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
  const id = await stage.pay();
  await stage.result('a', 95, { id: result, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  const lines = itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));
  expect(lines).toMatchObject([{ agentId: 'a', currency: 'EUR', obstacle: 'CURRENCY_CHANGED' }]);
  expect(sentTo('a', 2)).toBeUndefined();
  expect(await stage.rows('SELECT id FROM pay_deltas')).toEqual([]);
});
