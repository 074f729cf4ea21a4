/** What makes a history come to the rare calls of goals, where it leans on them. */
import { chanceOf } from '../chance';
import { drawHabits } from '../delivery/hris';
import type { Timed } from '../plan';
import { firing } from '../platform';
import type { Frame } from '../system';
import type { GoalsPart, PlannedMetric, PlannedTeam } from './plan';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** True where goals must be reached, settled and paid within the history. */
export const isPaidSoon = ({ leansOn }: Pick<Frame, 'leansOn'>): boolean =>
  leansOn('goal', 'DESTINATIONS.order');

export function payerOf(seed: number): NonNullable<GoalsPart['paidBy']> {
  const chance = chanceOf(`${seed} payer`);
  return { habits: drawHabits(chance), concurrency: chance.between(1, 6) };
}

/** One thing for each team that is more than its goal asks, by somebody who was always in it. */
export function metricsThatReach(
  frame: Pick<Frame, 'leansOn'>,
  teams: readonly PlannedTeam[],
  from: number,
): PlannedMetric[] {
  if (!isPaidSoon(frame)) return [];
  return teams.flatMap(({ members }, number) => {
    const agent = members.find((one) => one.from === null)?.agent;
    if (agent === undefined) return [];
    return [
      {
        key: `reach-${number}`,
        id: `metric-reach-${number}`,
        agent,
        at: Math.ceil(from / MINUTE) * MINUTE,
        value: '450',
        interaction: null,
        revision: 0,
        attributes: { callType: 'INBOUND' },
      },
    ];
  });
}

/** `until`: when the week ends. */
export function causesOfGoals(frame: Frame, until: number): Timed[] {
  const { leansOn, endAt } = frame;
  const causes: Timed[] = [];
  if (leansOn('worker', 'GOALS.close')) {
    const operation = { system: 'goals', kind: 'close at once', by: 'people' };
    causes.push({ at: until - 1, operation });
    causes.push(firing(until + 2 * MINUTE, '7 * * * *', true));
  }
  // Alarms run until something happens, so something happens when all is settled.
  if (isPaidSoon(frame)) causes.push(firing(Math.max(endAt, until + 26 * HOUR), '*/5 * * * *'));
  return causes;
}
