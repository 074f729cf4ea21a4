/** What sets of pay ask for stays within what one set may ask, however much there is. */
import { describe, expect, it } from 'vitest';
import { MAX_SET_GUARDS } from '../../src/kernel/change-set';
import type { KnownDelta } from '../../src/pay/deltas/delta';
import { noLaterVersion } from '../../src/pay/runs/dispatch/client';
import { MOST_GUARDS, unclaimed } from '../../src/pay/runs/dispatch/standing';
import { standingRuns } from '../../src/pay/runs/history/store';
import { type Found, setsOf } from '../../src/pay/runs/reread/sets';
import type { Run } from '../../src/pay/runs/run';
import type { RunPhase } from '../../src/pay/runs/store';

const delta = (ordinal: number, amount: bigint, claims: KnownDelta['claims'] = []): KnownDelta => ({
  id: `a.P.2032-10.${String(ordinal).padStart(4, '0')}`,
  ...{ agentKey: 'a', plan: 'P', period: '2032-10', run: 'P.2032-10.v1', delivery: null },
  ...{ kind: 'FACTS', unit: 'USD', amount, facts: '', factsSeal: 0, at: 0, claims },
});

const claim = (amount: bigint, settled: boolean): KnownDelta['claims'][number] => ({
  id: 'claim',
  ...{ road: 'CYCLE', line: 'P.2032-11.v1/a', delivery: 'd', amount, counts: true, settled },
});

const runs = (phases: readonly Run['phase'][]): RunPhase[] =>
  phases.map((phase, index) => {
    const content = { planId: 'P', period: '2032-10', number: index + 1, phase };
    return { name: `P.2032-10.v${index + 1}`, content } as RunPhase;
  });

describe('what is asked of the versions of a period', () => {
  const drafts = runs(['DISPATCHED', ...Array.from({ length: 120 }, () => 'CALCULATED' as const)]);
  const [paid] = drafts;
  const idsOf = (all: readonly RunPhase[]) =>
    noLaterVersion(all[0]?.content as Run, all).map((guard) => 'id' in guard && guard.id);

  it('is the newest alone and that there be no further one, for older drafts are approved no more', () => {
    expect(idsOf(drafts)).toEqual([
      'pay-run/P.2032-10.v121/000004',
      'pay-run/P.2032-10.v122/000001',
    ]);
    expect(standingRuns(drafts)).toEqual([paid, drafts.at(-1)]);
  });

  it('does not hold where a later one was sent out already, whatever was begun since', () => {
    expect(idsOf(runs(['DISPATCHED', 'SETTLED', 'CALCULATED']))).toContain(
      'pay-run/P.2032-10.v2/000004',
    );
  });
});

describe('what is asked of the deltas of a period', () => {
  const named = (deltas: readonly KnownDelta[]) =>
    unclaimed(deltas).map((guard) => 'id' in guard && guard.id.slice(-9));

  it('is that nobody claims what is left of them, or what a line on its way has of them', () => {
    const settled = delta(1, -10n, [claim(-10n, true)]);
    const underway = delta(2, -10n, [claim(-10n, false)]);
    expect(named([settled, underway, delta(3, -10n)])).toEqual(['0003/0001', '0002/0002']);
  });

  it('begins with what may be written off, and ends where a set has no room', () => {
    const moves = Array.from({ length: 200 }, (_, nth) => delta(nth + 2, nth % 2 === 0 ? 5n : -5n));
    const asked = named([delta(1, -10_000n), ...moves]);
    expect(asked).toHaveLength(MOST_GUARDS);
    expect(asked).toContain('0001/0001');
  });
});

it('found deltas go together as far as a set has rows and guards', () => {
  const found = (guards: number): Found => ({
    delta: delta(1, 5n),
    ...{ place: { day: '2032-10-31', instant: 0 }, before: 0n, open: 5n },
    guards: unclaimed(Array.from({ length: guards }, (_, nth) => delta(nth + 2, 5n))),
  });
  const sizes = (all: readonly Found[]) => setsOf(all).map((set) => set.length);
  expect(sizes(Array.from({ length: 250 }, () => found(0)))).toEqual([100, 100, 50]);
  expect(sizes([...Array.from({ length: 100 }, () => found(3)), found(150), found(1)])).toEqual([
    26, 26, 26, 22, 1, 1,
  ]);
  const most = MOST_GUARDS + noLaterVersion({ number: 1 } as Run, []).length + 1;
  expect(most).toBeLessThan(MAX_SET_GUARDS);
});
