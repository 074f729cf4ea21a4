/** Amounts of two currencies of one agent and period: they never meet (P13). */
import { afterEach, describe, expect, it } from 'vitest';
import { mostTaken } from '../../src/pay/deltas/allocation';
import { type KnownDelta, newDelta } from '../../src/pay/deltas/delta';
import { dueOf, historyOf, type PastLine } from '../../src/pay/runs/history/history';
import { itemsOf } from '../http/caller';
import { PayStage, PERIOD } from './stage';

const delta = (unit: string, amount: bigint, claims: KnownDelta['claims'] = []): KnownDelta => ({
  id: `a.P.${PERIOD}.0001`,
  agentKey: 'a',
  plan: 'P',
  period: PERIOD,
  run: `P.${PERIOD}.v1`,
  delivery: null,
  kind: 'FACTS',
  unit,
  amount,
  facts: 'f',
  factsSeal: 1,
  at: 1,
  claims,
});

describe('an amount of another currency', () => {
  it('is not part of what a period has come to', () => {
    const nothing: PastLine = {
      run: `P.${PERIOD}.v2`,
      payUnit: 'EUR',
      payAmount: 0n,
      rate: '1/2',
      blocked: false,
      left: false,
      sent: null,
    };
    const deltas = [delta('USD', 45_350n)];
    // A line of nothing in euros does not make nothing of dollars that were found before it.
    const { root } = historyOf([nothing], deltas, PERIOD);
    expect(root).toMatchObject({ unit: 'USD', amount: 0n });
    const paid = { ...nothing, payAmount: 100n };
    const sent = { delivery: 'd', kind: 'FIRST' as const, outcome: 'CONFIRMED', isLate: false };
    const own = historyOf([{ ...paid, sent }], deltas, PERIOD);
    expect(own.root).toMatchObject({ unit: 'EUR', amount: 100n });
    expect(own.root && dueOf(own.root, own.deltas, PERIOD)).toBe(100n);
  });

  it('that was written off sets nothing off', () => {
    const claim = { id: 'c', line: 'l', delivery: null, counts: true, settled: true };
    const forgiven = delta('USD', -300n, [{ ...claim, road: 'WRITE_OFF', amount: -300n }]);
    expect(newDelta(delta('EUR', 200n), [forgiven]).claims).toEqual([]);
    expect(newDelta(delta('USD', 200n), [forgiven]).claims).toMatchObject([{ amount: 200n }]);
  });

  it('bounds nothing: what the plan sets in its own bounds to nothing where no rate is known', () => {
    const plan = {
      currency: 'USD',
      clawback: { instalments: 1, lookbackPeriods: 12, max_amount: '100.00' },
    };
    const soFar = { earned: 50_000n, paid: 50_000n, net: 0n };
    expect(mostTaken(plan, soFar, () => null)).toBe(0n);
    expect(mostTaken(plan, soFar, (amount) => amount)).toBe(10_000n);
  });
});

describe('a line in another currency', () => {
  let stage: PayStage;
  afterEach(() => stage.close());

  const inEuros = (agentId: string) =>
    stage.hire(agentId, { currency: 'EUR', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
  const ratesAre = (rates: object, day = '2032-10-29') =>
    stage.must('payroll', 'PUT', `/v1/fx-rates/${day}`, { base: 'USD', rates });
  const report = async (run: string) =>
    itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${run}/delta-report`));

  it('settles nothing of what a dispute came to before, and that stays open and says why', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    const first = await stage.begin();
    const opened = await stage.must('payroll', 'POST', `/v1/pay-runs/${first}/lines/a/dispute`, {
      reason: 'an evaluation is missing',
      expectedAmount: '518.00',
    });
    await stage.must('compliance', 'POST', `/v1/reviews/${opened.reviewId}/decision`, {
      decision: 'APPROVE',
      reason: 'looked at',
    });
    stage.hris.trouble = ({ method }, phase) =>
      method === 'POST' && phase === 'before' ? Response.json({}, { status: 422 }) : null;
    await stage.approve(first);
    await stage.dispatch(first);
    await stage.settle(first);
    stage.hris.trouble = () => null;
    await ratesAre({ EUR: '0.5' });
    await inEuros('a');
    await stage.pay();
    const third = await stage.pay();
    expect(stage.hris.paidTo('EMP-a')).toBe(22_675);
    expect(await report(third)).toMatchObject([
      {
        kind: 'DISPUTE',
        currency: 'USD',
        open: '64.50',
        waitsFor: expect.stringMatching(/^open in USD/),
      },
    ]);
  });

  it('without a rate is not compared with what was found at one', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await ratesAre({ EUR: '0.5' });
    await stage.hire('late', { status: 'LEFT', currency: 'EUR' });
    const first = await stage.pay();
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await ratesAre({ GBP: '0.8' }, '2032-10-30');
    const second = await stage.pay();
    const lines = itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${second}/lines`));
    expect(lines).toContainEqual(expect.objectContaining({ agentId: 'late', obstacle: 'NO_RATE' }));
    await stage.result('late', 93);
    await stage.cron();
    expect(await report(first)).toMatchObject([{ currency: 'EUR', amount: '226.75' }]);
  });
});
