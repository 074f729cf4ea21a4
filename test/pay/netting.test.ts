/**
 * Deltas of one period that set each other off: only the net is added or taken back, over all cycles
 * until everything is settled, and nobody is paid or owed more on the way (P11, DEC-5).
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Allocation, allocate, netted, takenBy } from '../../src/pay/deltas/allocation';
import { claimId, type KnownDelta, remainderOf } from '../../src/pay/deltas/delta';
import type { Body } from '../http/caller';
import { HOUR, PayStage, PERIOD } from './stage';

describe('a line', () => {
  let stage: PayStage;
  afterEach(() => stage.close());

  const PLAN = 'VAR_PAY_Q4_2023';

  /** Paid 453.50 for October on 92.5; what a score of 78 leaves is 176.00. */
  async function fellAndRose(to = 92.5): Promise<string> {
    stage = await PayStage.open({ clawback: { instalments: 3 } });
    const id = await stage.paidOnce();
    await revised(id, 78, 14);
    await revised(id, to, 15);
    return id;
  }

  async function revised(id: string, score: number, day: number): Promise<void> {
    await stage.result('a', score, { id, modified: `2032-11-${day}T09:00:00Z` });
    await stage.cron();
  }

  /** Pays each month 453.50. What HR was told of each: adjustment, clawback. */
  async function cycles(...months: readonly string[]): Promise<unknown[]> {
    const told: unknown[] = [];
    for (const month of months) {
      await stage.month('a', { scores: [92.5], month });
      const [year = 0, number = 0] = month.split('-').map(Number);
      stage.pass(Math.max(0, Date.UTC(year, number, 1, 10) - stage.now));
      await stage.pay(month);
      const said = stage.hris.ofKey(`VAR_PAY_${month.replace('-', '_')}_a_v1`);
      expect(said?.variable_pay_amount).toBe(453.5);
      told.push([said?.adjustment_amount ?? 0, said?.clawback_amount ?? 0]);
    }
    return told;
  }

  const paid = (): number => stage.hris.paidTo('EMP-a');
  const openClawback = async () =>
    (await stage.must('admin', 'GET', '/v1/agents/a')).openClawback as Body[];
  const report = async () =>
    (await stage.must('payroll', 'GET', `/v1/pay-runs/${PLAN}.${PERIOD}.v1/delta-report`))
      .items as Body[];

  it('of the next cycle neither adds nor takes where a fall was undone', async () => {
    await fellAndRose();
    expect(await openClawback()).toEqual([]);
    expect(await report()).toMatchObject([
      { amount: '-277.50', claimed: '0.00', setOff: '-277.50', open: '0.00', state: 'SETTLED' },
      { amount: '277.50', claimed: '0.00', setOff: '277.50', open: '0.00', state: 'SETTLED' },
    ]);
    expect(await cycles('2032-11', '2032-12')).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(paid()).toBe(3 * 45_350);
  });

  it('of a new version is not sent where a fall was undone', async () => {
    await fellAndRose();
    const id = await stage.pay();
    expect((await stage.run(id)).states).toEqual({ NOTHING_TO_PAY: 1 });
    expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v2')).toBeUndefined();
    expect(paid()).toBe(45_350);
    expect(await cycles('2032-11')).toEqual([[0, 0]]);
    expect(paid()).toBe(2 * 45_350);
  });

  it('takes one change once, found by facts and by a version, in its instalments', async () => {
    stage = await PayStage.open({ clawback: { instalments: 3 } });
    await stage.hire('a');
    const id = await stage.result('a', 92.5);
    await stage.month('a', { scores: [] });
    const v1 = await stage.begin();
    await stage.approve(v1);
    await stage.dispatch(v1);
    await stage.result('a', 78, { id, modified: '2032-11-01T10:30:00Z' });
    await stage.cron();
    const second = await stage.begin();
    await stage.approve(second);
    await stage.dispatch(second);
    for (let turn = 0; turn < 4; turn += 1) {
      await stage.send();
      stage.pass(HOUR);
      await stage.look(v1);
      await stage.cron();
    }
    expect((await report()).map(({ amount }) => amount)).toEqual(['-277.50', '-277.50', '277.50']);
    expect(paid()).toBe(45_350 - 9_250);
    expect(await openClawback()).toMatchObject([{ amount: '185.00' }]);
    expect(await cycles('2032-11', '2032-12', '2033-01', '2033-02')).toEqual([
      [0, 92.5],
      [0, 92.5],
      [0, 0],
      [0, 0],
    ]);
    expect(paid()).toBe(17_600 + 4 * 45_350);
    expect(await openClawback()).toEqual([]);
  });

  it('gives back what was taken before the fall was undone, and no more', async () => {
    stage = await PayStage.open({ clawback: { instalments: 3 } });
    const id = await stage.paidOnce();
    await revised(id, 78, 14);
    expect(await cycles('2032-11')).toEqual([[0, 92.5]]);
    await stage.result('a', 92.5, { id, modified: '2032-12-02T09:00:00Z' });
    await stage.cron();
    expect(await openClawback()).toEqual([]);
    expect(await cycles('2032-12', '2033-01')).toEqual([
      [92.5, 0],
      [0, 0],
    ]);
    expect(paid()).toBe(4 * 45_350);
  });

  it('of a correction that is set off is not written off, nor by a proposal from before', async () => {
    stage = await PayStage.open({ clawback: { instalments: 3 } });
    const id = await stage.paidOnce();
    await revised(id, 78, 14);
    const path = `/v1/deltas/${String((await report())[0]?.deltaId)}/write-off`;
    const { reviewId } = await stage.must('payroll', 'POST', path, { reason: 'too small' });
    await revised(id, 92.5, 15);
    const decide = (decision: string) =>
      stage.ask('approver', 'POST', `/v1/reviews/${reviewId}/decision`, { decision, reason: 'ok' });
    expect((await decide('APPROVE')).status).toBe(409);
    expect((await decide('REJECT')).status).toBe(200);
    expect((await stage.ask('payroll', 'POST', path, { reason: 'again' })).status).toBe(409);
    expect(await cycles('2032-11')).toEqual([[0, 0]]);
  });
});

describe('an allocation', () => {
  const delta = (ordinal: number, period: string, amount: bigint): KnownDelta => ({
    id: `a.P.${period}.${String(ordinal).padStart(4, '0')}`,
    agentKey: 'a',
    plan: 'P',
    period,
    run: `P.${period}.v1`,
    delivery: null,
    kind: 'FACTS',
    unit: 'USD',
    amount,
    facts: 'f',
    factsSeal: ordinal,
    at: ordinal,
    claims: [],
  });

  const netOf = (deltas: readonly KnownDelta[]): bigint =>
    deltas.reduce((sum, one) => sum + remainderOf(one), 0n);

  /** The deltas after a line has settled its parts; refused, they count no more. */
  function settled(deltas: readonly KnownDelta[], { parts }: Allocation, line: string, ok = true) {
    return deltas.map((one) => {
      const own = parts.filter(({ delta: { id } }) => id === one.id);
      const claims = own.map(({ amount }) => ({
        id: claimId(one.id, one.claims.length + 1),
        ...{ road: 'CYCLE' as const, line, delivery: null, amount, counts: ok, settled: ok },
      }));
      expect(own.length).toBeLessThanOrEqual(1);
      return { ...one, claims: [...one.claims, ...claims] };
    });
  }

  const PERIODS = ['2032-08', '2032-09', '2032-10'] as const;
  const step = fc.record({
    changes: fc.array(
      fc.tuple(fc.constantFrom(...PERIODS), fc.bigInt({ min: -40_000n, max: 40_000n })),
      { maxLength: 4 },
    ),
    most: fc.option(fc.bigInt({ min: 0n, max: 30_000n })),
    confirmed: fc.boolean(),
  });

  it('moves no more than the net of a period, only that way, and comes to what is due', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 1, max: 12 }),
        (steps, instalments) => {
          let deltas: readonly KnownDelta[] = [];
          const play = (cycle: number, most: bigint | null, confirmed: boolean): void => {
            const lines = `P.c${cycle}.v`;
            const allocation = allocate(deltas, { instalments, lines, unit: 'USD' }, most);
            const { added, taken } = allocation;
            if (most !== null) expect(taken - added <= most).toBe(true);
            const after = settled(deltas, allocation, `${lines}1/a`);
            for (const period of PERIODS) {
              const own = (some: readonly KnownDelta[]) =>
                netOf(some.filter((one) => one.period === period));
              const [net, left] = [own(deltas), own(after)];
              // Added in full, taken back at most in full, and never past zero.
              expect(net > 0n ? left === 0n : net <= left && left <= 0n).toBe(true);
              const parts = allocation.parts.filter((part) => part.delta.period === period);
              expect(parts.every(({ amount }) => amount > 0n === net > 0n)).toBe(true);
            }
            expect(netOf(deltas) - netOf(after)).toBe(added - taken);
            deltas = confirmed ? after : settled(deltas, allocation, `${lines}1/a`, false);
          };
          for (const [cycle, { changes, most, confirmed }] of steps.entries()) {
            const fresh = changes
              .filter(([, amount]) => amount !== 0n)
              .map(([period, amount], nth) => delta(10 * cycle + nth + 1, period, amount));
            deltas = [...deltas, ...fresh];
            play(cycle, most, confirmed);
          }
          // Nothing changes any more: in as many cycles as there are instalments all is settled.
          for (let cycle = 100; cycle < 100 + instalments; cycle += 1) play(cycle, null, true);
          expect(netted(deltas).every(({ open }) => open === 0n)).toBe(true);
          for (const period of PERIODS) {
            expect(netOf(deltas.filter((one) => one.period === period))).toBe(0n);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves out what deltas that stand aside bring back', () => {
    const cycle = { instalments: 1, lines: 'P.2032-11.v', unit: 'USD' };
    const known = [delta(1, '2032-10', 100n)];
    const later = [delta(2, '2032-10', -70n)];
    expect(allocate(known, cycle, null, later)).toMatchObject({ added: 30n, taken: 0n });
    const fallen = [delta(2, '2032-10', -170n)];
    expect(allocate(known, cycle, null, fallen)).toEqual({ parts: [], added: 0n, taken: 0n });
  });

  it('settles in the currency of its line, and counts nothing of another', () => {
    const euro = (ordinal: number, amount: bigint) => ({
      ...delta(ordinal, '2032-10', amount),
      unit: 'EUR',
    });
    const cycle = { instalments: 1, lines: 'P.2032-11.v', unit: 'EUR' };
    const mine = euro(1, -80n);
    const both = [mine, delta(2, '2032-10', 50n), delta(3, '2032-09', -10n)];
    expect(allocate(both, cycle, null, [delta(4, '2032-10', 100n)])).toEqual({
      parts: [{ delta: mine, amount: -80n }],
      added: 0n,
      taken: 80n,
    });
    const claimed = (one: KnownDelta) =>
      settled([one], allocate([one], { ...cycle, unit: one.unit }, null), 'P.2032-11.v1/a');
    const taken = [...claimed(euro(5, -30n)), ...claimed(delta(6, '2032-10', -70n))];
    expect(takenBy(taken, cycle)).toBe(30n);
  });
});
