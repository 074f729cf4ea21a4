/** In which currency somebody is paid: the attribute a plan names, the agent's own, the plan's. */
import { afterEach, describe, expect, it } from 'vitest';
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

describe('a period that paid nothing to somebody in a currency that was wrong', () => {
  /** Ten interactions are too few; the directory says EUR, and is put right for the whole period. */
  async function nothingInEuro(): Promise<void> {
    stage = await PayStage.open();
    await ratesAre({ EUR: '0.9' });
    await stage.hire('a', { currency: 'EUR' });
    await stage.month('a', { scores: [92.5], interactions: 10 });
    await stage.pay();
    await stage.hire('a', { currency: 'USD', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
  }

  const deltas = () =>
    stage.rows<{ amount: number }>('SELECT amount, unit, run FROM pay_deltas ORDER BY id');

  it('is paid by a further version in the right one', async () => {
    await nothingInEuro();
    await stage.plan({ min_interactions: 0, effective_from: `${PERIOD}-01` });
    const id = await stage.pay();
    expect(sentTo('a', 2)).toMatchObject({ variable_pay_amount: 453.5, currency: 'USD' });
    expect(await stage.run(id)).toMatchObject({ status: 'SETTLED' });
    await stage.result('a', 97.5);
    await stage.cron();
    // 95 on average is worth 518.00.
    expect(await deltas()).toEqual([{ amount: 6450, unit: 'USD', run: id }]);
  });

  it('is corrected in the right one once a further version has paid nothing again', async () => {
    await nothingInEuro();
    const id = await stage.pay();
    await stage.must('author', 'POST', '/v1/interaction-counts', {
      items: [{ agentId: 'a', period: PERIOD, count: 145, revision: 1 }],
    });
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, unit: 'USD', run: id }]);
  });

  /** The line of the second version is disputed, and that is approved. */
  async function disputed(expectedAmount: string): Promise<void> {
    const path = `/v1/pay-runs/VAR_PAY_Q4_2023.${PERIOD}.v2/lines/a/dispute`;
    const reason = 'an evaluation is missing';
    const { reviewId } = await stage.must('payroll', 'POST', path, { reason, expectedAmount });
    const decision = { decision: 'APPROVE', reason: 'looked at' };
    await stage.must('compliance', 'POST', `/v1/reviews/${reviewId}/decision`, decision);
  }

  it('is corrected in the right one also after a dispute of its line of nothing in it', async () => {
    await nothingInEuro();
    const id = await stage.pay();
    await disputed('50.00');
    await stage.must('author', 'POST', '/v1/interaction-counts', {
      items: [{ agentId: 'a', period: PERIOD, count: 145, revision: 1 }],
    });
    await stage.cron();
    const found = { unit: 'USD', run: id };
    expect((await deltas()).map(({ amount }) => amount).toSorted()).toEqual([45_350, 5_000]);
    expect(await deltas()).toMatchObject([found, found]);
    await stage.pay();
    expect(sentTo('a', 3)).toMatchObject({ currency: 'USD' });
    expect(stage.hris.paidTo('EMP-a')).toBe(50_350);
  });

  it('is paid by a further version in the right one also where that was disputed as a draft', async () => {
    await nothingInEuro();
    await stage.plan({ min_interactions: 0, effective_from: `${PERIOD}-01` });
    const id = await stage.begin();
    await disputed('503.50');
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.settle(id);
    expect(sentTo('a', 2)).toMatchObject({ variable_pay_amount: 453.5, currency: 'USD' });
    expect(await deltas()).toMatchObject([{ amount: 5_000, unit: 'USD' }]);
  });
});
