/** The largest team that a body can name: every set of its way fits into the books. */
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/goals/goal';
import {
  type Effects,
  type SettlementFacts,
  settlingSet,
} from '../../../src/goals/settlement/settlement';
import type { Step, StepName } from '../../../src/goals/settlement/step';
import { checkTeam } from '../../../src/goals/teams/check';
import { MAX_MEMBERS, membershipsOf } from '../../../src/goals/teams/team';
import { checkChangeSet } from '../../../src/kernel/change-set';
import { DAY_MS } from '../../../src/kernel/instant';
import { goalOf, teamOf, teamVersion } from '../build';

const END = Date.UTC(2032, 9, 1);

const snapshotOf = (count: number, value: bigint): Snapshot => ({
  goalId: 'goal',
  period: '2032-09',
  status: 'ACHIEVED',
  metricValue: value * 1_000_000n,
  evaluatedAt: END,
  teamVersion: 1,
  goalVersion: 1,
  members: Array.from({ length: count }, (_, at) => ({
    agentKey: `abcdefghijk${10_000 + at}`,
    contribution: BigInt(at + 1) * value,
  })),
  covered: 1,
});

/** Takes a period's next sets until nothing more is due; what is written is read back. */
function walk(facts: SettlementFacts, restated: Snapshot, snapshot: Snapshot): Step[] {
  const goal = goalOf({
    customFields: { rewardPoolId: 'POOL', distributionType: 'PROPORTIONAL' },
    whenDrifted: 'ADJUST',
  });
  const steps = [...facts.steps];
  for (let turn = 0; turn < 200; turn += 1) {
    const about = { goal, team: null, snapshot, restated, floorMet: true };
    const effects: Effects = settlingSet(about, { ...facts, steps });
    if (effects.rows.length === 0) return steps;
    const { rows, guards } = effects;
    expect(checkChangeSet(guards === undefined ? { rows } : { rows, guards })).toBeNull();
    const written = rows.filter(({ table }) => table === 'goal_rewards');
    steps.push(
      ...written.map(
        ({ id, values }): Step => ({
          id,
          goalId: 'goal',
          period: '2032-09',
          epoch: Number(values.epoch),
          name: values.step as StepName,
          key: String(values.key),
          at: Number(values.at),
          seal: 1,
          content: JSON.parse(String(values.content)),
        }),
      ),
    );
    steps.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  throw new Error('it never rests');
}

function factsOf(snapshot: Snapshot): SettlementFacts {
  const pool = {
    kind: 'reward-pool',
    name: 'POOL',
    version: 1,
    effectiveFrom: null,
    writtenAt: 0,
    author: 'test',
    content: {
      name: null,
      unit: 'USD',
      funded: 100_000_000,
      perAward: null,
      firstDay: null,
      lastDay: null,
      destinationId: null,
      recognitionDestinationId: null,
      externalMetricId: null,
    },
  } as const;
  const taken = new Map(
    snapshot.members.map(({ agentKey }) => [agentKey, { teamId: 'team', poolId: 'POOL' }]),
  );
  return {
    now: END + 4 * DAY_MS,
    secretsKey: 'a key of the tests',
    calendar: { timeZone: 'UTC', weekStart: 'MONDAY' },
    locked: snapshot,
    steps: [],
    pool,
    held: 100_000_000n,
    bornAt: 0,
    cohort: { seal: 1, keepers: new Map(), taken },
    people: new Map(),
    destinations: new Map(),
    delivered: new Map(),
    resting: [],
    causers: { writers: [], menders: [] },
  };
}

describe.each([300, MAX_MEMBERS])('a team of %i', (count) => {
  const snapshot = snapshotOf(count, 1000n);
  const facts = factsOf(snapshot);

  it('is settled, and a later correction opens a review', () => {
    const steps = walk(facts, snapshot, snapshot);
    expect(steps.at(-1)?.name).toBe('SETTLED');
    const corrected = snapshotOf(count, 2000n);
    const shifted = corrected.members.map((one, at) => ({
      ...one,
      contribution: one.contribution + BigInt(count - at) * 100_000n,
    }));
    const after = walk({ ...facts, steps }, { ...corrected, members: shifted }, snapshot);
    expect(after.map(({ name }) => name)).toContain('LATE');
  });

  it('waits for a person where the status has fallen', () => {
    const fallen = { ...snapshotOf(count, 10n), status: 'BEHIND' as const };
    const steps = walk(facts, fallen, snapshot);
    expect(steps.map(({ name }) => name)).toContain('JUDGED');
  });
});

describe('a team that is larger with those in it', () => {
  const members = (count: number, name: string) =>
    Array.from({ length: count }, (_, at) => ({
      agentKey: `${name}${at}`,
      from: null,
      until: null,
    }));

  it('is refused', () => {
    const nested = teamVersion(teamOf({ members: members(3000, 'a') }), { name: 'nested' });
    const whole = (count: number) =>
      checkTeam(
        'whole',
        teamOf({ members: members(count, 'b'), teamIds: ['nested'] }),
        [nested],
        [],
      );
    expect(whole(2000)).toEqual([]);
    expect(whole(2001)).toMatchObject([{ pointer: '#/teamIds', code: 'too-many-members' }]);
  });

  it('is looked through once, however often teams name one another', () => {
    const level = (depth: number) =>
      Array.from({ length: 60 }, (_, at) =>
        teamVersion(
          teamOf({
            teamIds:
              depth === 0 ? [] : Array.from({ length: 60 }, (_, next) => `${depth - 1}-${next}`),
          }),
          { name: `${depth}-${at}` },
        ),
      );
    const others = [0, 1, 2, 3].flatMap(level);
    const teamIds = others.filter(({ name }) => name.startsWith('3-')).map(({ name }) => name);
    const whole = teamOf({ teamIds });
    expect(checkTeam('whole', whole, others, [])).toEqual([]);
    const one = teamVersion(teamOf({ members: members(1, 'a') }), { name: '0-0' });
    const all = Map.groupBy(
      [...others.slice(1), one, teamVersion(whole, { name: 'whole' })],
      (v) => v.name,
    );
    const memberships = membershipsOf('whole', (id) => all.get(id) ?? []);
    expect([...memberships.values()].map((own) => own.length)).toEqual([1]);
  });
});
