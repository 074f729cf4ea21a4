/** A preview compares what would be paid, not what the plan counts (P5, P13). */
import { afterEach, expect, it } from 'vitest';
import { SEED_PLAN } from './build';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

it('lists whom a version would pay in another currency or no more', async () => {
  stage = await PayStage.open();
  await stage.hire('euro', { attributes: { currency: 'EUR' } });
  await stage.hire('lost', { attributes: { currency: 'EUR', payIn: 'Europe' } });
  await stage.hire('same');
  for (const agent of ['euro', 'lost', 'same']) await stage.month(agent, { scores: [92.5] });
  const rates = { base: 'USD', rates: { EUR: '0.9' } };
  await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', rates);
  await stage.pay();
  const draft = await stage.must('author', 'POST', '/v1/plans', {
    compensation_plan: { ...SEED_PLAN, currency_attribute: 'payIn' },
  });
  const path = `/v1/plans/${draft.planId}/versions/${draft.version}/preview`;
  const { items } = await stage.must('author', 'POST', path, { period: PERIOD });
  const was = { before: '408.15', currencyBefore: 'EUR', obstacleBefore: null };
  expect(items).toHaveLength(2);
  expect(items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        ...was,
        agentId: 'euro',
        after: '453.50',
        currency: 'USD',
        obstacle: null,
      }),
      expect.objectContaining({
        ...was,
        agentId: 'lost',
        after: null,
        obstacle: 'UNKNOWN_CURRENCY',
      }),
    ]),
  );
});
