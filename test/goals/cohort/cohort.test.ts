import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, keepersOf, keeps } from '../../../src/goals/cohort/cohort';
import { fractionOfDecimal as of } from '../../../src/kernel/fraction';

const candidate = (fields: Partial<Candidate>): Candidate => ({
  agentKey: 'ann',
  goalId: 'goal-1',
  teamId: 'team-1',
  poolId: 'pool-1',
  weight: of('1'),
  since: null,
  ...fields,
});

const east = candidate({ goalId: 'goal-east', teamId: 'team-east', poolId: 'pool-east' });
const west = candidate({ goalId: 'goal-west', teamId: 'team-west', poolId: 'pool-west' });

const keeper = (...candidates: Candidate[]): string | undefined =>
  keepersOf(candidates).get('ann')?.teamId;

describe('an agent in two pools', () => {
  it('is kept by the team of the queue in which it weighs most', () => {
    const heavy = { ...west, weight: of('1.2'), since: 99 };
    expect(keeper(east, heavy)).toBe('team-west');
    expect(keeper(heavy, east)).toBe('team-west');
  });

  it('is kept by the earlier membership where the weights are equal', () => {
    expect(keeper({ ...east, since: 20 }, { ...west, since: 10 })).toBe('team-west');
    expect(keeper({ ...east, since: null }, { ...west, since: 10 })).toBe('team-east');
  });

  it('is kept by the lower team id where all else is equal', () => {
    expect(keeper(west, east)).toBe('team-east');
  });

  it('is kept by one of two pools of one team, the lower one', () => {
    const second = { ...east, poolId: 'pool-a', goalId: 'goal-z' };
    expect(keepersOf([east, second]).get('ann')).toMatchObject({ poolId: 'pool-a' });
    expect(keeps(second, east)).toBe(false);
  });

  it('is kept by both goals of one team that pay from one pool', () => {
    const second = { ...east, goalId: 'goal-z' };
    const kept = keepersOf([second, east]).get('ann');
    expect(kept).toMatchObject({ goalId: 'goal-east' });
    expect([kept && keeps(kept, east), kept && keeps(kept, second)]).toEqual([true, true]);
  });

  it('does not move another agent', () => {
    const kept = keepersOf([east, west, { ...west, agentKey: 'bob' }]);
    expect([...kept.keys()]).toEqual(['ann', 'bob']);
    expect(kept.get('bob')?.teamId).toBe('team-west');
  });
});

describe('who keeps whom', () => {
  it('is the same in whatever order the memberships are read, and one each', () => {
    const anyCandidate = fc.record({
      agentKey: fc.constantFrom('ann', 'bob', 'cid'),
      goalId: fc.constantFrom('g1', 'g2', 'g3'),
      teamId: fc.constantFrom('t1', 't2', 't3'),
      poolId: fc.constantFrom('p1', 'p2'),
      weight: fc.constantFrom(of('0'), of('1'), of('1.2'), of('1.20')),
      since: fc.constantFrom(null, 10, 20),
    });
    const shuffled = fc
      .array(anyCandidate, { maxLength: 12 })
      .chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const [kept, same] = [keepersOf(all), keepersOf(other)];
        expect(new Set(kept.keys())).toEqual(new Set(all.map(({ agentKey }) => agentKey)));
        for (const [agentKey, { teamId, poolId, goalId }] of kept) {
          expect(same.get(agentKey)).toMatchObject({ teamId, poolId, goalId });
        }
      }),
    );
  });
});
