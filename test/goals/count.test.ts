/** What a goal counts depends on the set of facts, not on their order or repetition. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricDefinition, TeamVersion } from '../../src/goals/teams/team';
import { Count } from '../../src/goals/tracking/count';
import type { World } from '../../src/goals/tracking/definition';
import { type Fact, merged } from '../../src/goals/tracking/fact';
import { emptyState } from '../../src/goals/tracking/state';
import { fact, goalOf, RowsInMemory, teamOf, teamVersion, UNIT, worldOf } from './build';

const DAY = 86_400_000;
const START = Date.UTC(2032, 6, 1);
const NOW = Date.UTC(2032, 8, 20);
const MONTHS = ['2032-07', '2032-08', '2032-09'];
const AGENTS = ['ann', 'ben', 'cy', 'nobody'];

const member = (agentKey: string, from: number | null = null, until: number | null = null) => ({
  agentKey,
  from,
  until,
});

const SUM: MetricDefinition = {
  metricId: 'handled',
  aggregation: 'SUM',
  filter: { type: 'AND', clauses: [{ field: 'callType', operator: 'EQ', values: ['INBOUND'] }] },
};

const RATIO: MetricDefinition = {
  metricId: 'aht',
  aggregation: 'RATIO',
  dividend: 'time',
  divisor: 'handled',
  minimumVolume: '3',
  filter: SUM.filter,
};

const members = [
  member('ann'),
  member('ben', START + 20 * DAY, START + 45 * DAY),
  member('cy', null, START + 10 * DAY),
];

const worldFor = (metricId: string): World =>
  worldOf(goalOf({ metricId }), [
    teamVersion(teamOf({ members, metricDefinitions: [SUM, RATIO] })),
  ]);

/** Few keys and days, so that revisions meet, move between months and tie. */
const facts = fc.array(
  fc.record({
    interaction: fc.nat(5),
    agentKey: fc.constantFrom(...AGENTS),
    metricId: fc.constantFrom('handled', 'time'),
    day: fc.nat(80),
    revision: fc.nat(3),
    value: fc.integer({ min: -5, max: 50 }),
    callType: fc.constantFrom('INBOUND', 'OUTBOUND'),
    lone: fc.boolean(),
  }),
  { maxLength: 30 },
);

type Drawn = typeof facts extends fc.Arbitrary<infer T> ? T : never;

const factsOf = (drawn: Drawn): Fact[] =>
  drawn.map((one, index) => {
    const event = `event-${String(index).padStart(3, '0')}`;
    return fact({
      event,
      key: one.lone ? event : `${one.metricId}-${one.agentKey}-${one.interaction}`,
      agentKey: one.agentKey,
      metricId: one.metricId,
      at: START + one.day * DAY,
      revision: one.lone ? 0 : one.revision,
      value: BigInt(one.value) * UNIT,
      attributes: { callType: one.callType },
    });
  });

/** Written apart from the engine: group, highest revision, first time, then sum. */
function expected(all: readonly Fact[], month: string, metric: string): bigint {
  let sum = 0n;
  for (const group of Map.groupBy(all, ({ key }) => key).values()) {
    const highest = Math.max(...group.map(({ revision }) => revision));
    const [top] = group
      .filter(({ revision }) => revision === highest)
      .toSorted((a, b) => (a.event < b.event ? -1 : 1));
    const lowest = Math.min(...group.map(({ revision }) => revision));
    const at = Math.min(...group.filter((one) => one.revision === lowest).map((one) => one.at));
    if (top === undefined || top.metricId !== metric) continue;
    if (top.attributes.callType !== 'INBOUND') continue;
    if (new Date(at).toISOString().slice(0, 7) !== month) continue;
    const belongs = members.some(
      ({ agentKey, from, until }) =>
        agentKey === top.agentKey && (from ?? 0) <= at && at < (until ?? Infinity),
    );
    if (belongs) sum += top.value;
  }
  return sum;
}

function counted(world: World, batches: readonly (readonly Fact[])[]) {
  const rows = new RowsInMemory();
  const count = new Count(world, rows);
  let state = count.owed(emptyState('goal'), NOW);
  for (const batch of batches) state = count.take(state, batch, NOW);
  return { count, state, rows };
}

const valuesOf = ({ count, state }: ReturnType<typeof counted>, months = MONTHS) =>
  months.map((month) => {
    const opened = count.opened(state, month, NOW) ?? state;
    const { metricValue, volume, members: who } = count.evaluated(opened, month) ?? {};
    return { month, metricValue, volume, who };
  });

describe('a goal', () => {
  it('counts the same set to the same sums in any order and repetition', () => {
    fc.assert(
      fc.property(
        facts,
        fc.integer({ min: 1, max: 7 }),
        fc.infiniteStream(fc.nat()),
        (drawn, size, dice) => {
          const all = factsOf(drawn);
          const shuffled = [...all, ...all.slice(0, 9), ...all.slice(3)].toSorted(
            () => (Number(dice.next().value) % 3) - 1,
          );
          const batches = Array.from({ length: Math.ceil(shuffled.length / size) }, (_, index) =>
            shuffled.slice(index * size, (index + 1) * size),
          );
          const world = worldFor('handled.sum');
          const straight = valuesOf(counted(world, [all]));
          expect(valuesOf(counted(world, batches))).toEqual(straight);
          expect(straight.map(({ metricValue }) => metricValue)).toEqual(
            MONTHS.map((month) => expected(all, month, 'handled')),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds its running sums again from its rows alone', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const world = worldFor('aht.ratio');
        const live = counted(
          world,
          factsOf(drawn).map((one) => [one]),
        );
        const woken = { ...live, count: new Count(world, live.rows) };
        expect(valuesOf(woken)).toEqual(valuesOf(live));
      }),
      { numRuns: 200 },
    );
  });

  it('divides one sum by the other, rounds once, and meets nothing below its volume', () => {
    const world = worldFor('aht.ratio');
    const inbound = { callType: 'INBOUND' };
    const event = (index: number, metricId: string, value: bigint): Fact =>
      fact({
        key: `${metricId}-${index}`,
        event: `${metricId}-${index}`,
        metricId,
        value,
        attributes: inbound,
        at: NOW - DAY,
      });
    const handled = [1, 2, 3].map((index) => event(index, 'handled', UNIT));
    const times = [1, 2, 3].map((index) => event(index, 'time', 100n * UNIT + BigInt(index)));
    const two = counted(world, [handled.slice(0, 2), times]);
    expect(two.count.evaluated(two.state, '2032-09')).toMatchObject({
      status: 'BEHIND',
      floorMet: false,
      volume: 2n * UNIT,
    });
    const three = counted(world, [handled, times]);
    expect(three.count.evaluated(three.state, '2032-09')).toMatchObject({
      status: 'ACHIEVED',
      floorMet: true,
      metricValue: 100n * UNIT + 2n,
    });
  });

  it('rolls up the sources its team names, and takes nothing from any other', () => {
    const team = teamOf({ members: [member('ann')], sources: ['east-org', 'west-org'] });
    const facts = ['east-org', 'west-org', 'elsewhere'].map((source) =>
      fact({ key: source, event: source, source, at: START + DAY }),
    );
    const { count, state } = counted(worldOf(goalOf(), [teamVersion(team)]), [facts]);
    const opened = count.opened(state, '2032-07', NOW) ?? state;
    expect(count.evaluated(opened, '2032-07')?.metricValue).toBe(2n * UNIT);
  });

  it('takes in the members of the teams it holds while they are held', () => {
    const east = teamVersion(teamOf({ members: [member('ann')] }), { name: 'east' });
    const west = teamVersion(teamOf({ members: [member('ben', START + 5 * DAY)] }), {
      name: 'west',
    });
    const whole: TeamVersion[] = [
      teamVersion(teamOf({ teamIds: ['east', 'west'] })),
      teamVersion(teamOf({ teamIds: ['west'] }), { version: 2, from: START + 10 * DAY }),
      east,
      west,
    ];
    const at = (agentKey: string, day: number): Fact =>
      fact({
        key: `${agentKey}${day}`,
        event: `${agentKey}${day}`,
        agentKey,
        at: START + day * DAY,
      });
    const facts = [at('ann', 1), at('ann', 12), at('ben', 1), at('ben', 12)];
    const { count, state } = counted(worldOf(goalOf(), whole), [facts]);
    const opened = count.opened(state, '2032-07', NOW) ?? state;
    expect(count.evaluated(opened, '2032-07')?.members).toEqual([
      { agentKey: 'ann', contribution: UNIT },
      { agentKey: 'ben', contribution: UNIT },
    ]);
  });
});

describe('revisions of one interaction', () => {
  it('keep the time of the lowest and the value of the highest', () => {
    const first = fact({ event: 'a', revision: 1, at: 5, value: 10n });
    const second = fact({ event: 'b', revision: 2, at: 99, value: 30n });
    const kept = { at: 5, base: 1, revision: 2, value: 30n, event: 'b' };
    expect(merged(merged(null, first), second)).toMatchObject(kept);
    expect(merged(merged(null, second), first)).toMatchObject(kept);
  });
});
