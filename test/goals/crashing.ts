/**
 * Goals of one installation, each of which loses one I/O in one way of its own: which points there
 * are, who is struck where, and how an hour begins.
 */
import {
  CRASHES,
  casesOf,
  crashesOf,
  inTurn,
  isRead,
  PLAYS_ALL,
  type Strike,
  Striker,
} from '../worker/crashes';
import type { Board, Place } from '../worker/io';
import type { GoalStage } from './stage';

/** Lets an hour begin: by the alarms that are due, or by cron alone as if no alarm ever fired. */
export type Wake = (stage: GoalStage, until: number) => Promise<void>;

export const byAlarm: Wake = async (stage, until) => {
  await stage.machine.recount();
  await stage.machine.runDue(until);
  stage.world.advanceTo(until);
};

export const byCron: Wake = async (stage, until) => {
  stage.world.board.alarms.clear();
  stage.world.advanceTo(until);
  for (const cron of ['*/5 * * * *', '7 * * * *']) await stage.machine.cron(cron);
};

/** What goals' objects met while a stretch of time passed, and whether they were struck, by goal. */
export async function watched(
  board: Board,
  place: Place,
  strikes: ReadonlyMap<string, Strike>,
  pass: () => Promise<void>,
): Promise<Map<string, Striker>> {
  const strikers = new Map<string, Striker>();
  board.calls.clear();
  board.decide = (point) => {
    if (point.place !== place) return null;
    const { actor } = point;
    const striker = strikers.get(actor) ?? new Striker(strikes.get(actor) ?? null);
    strikers.set(actor, striker);
    return striker.decide(point);
  };
  await pass();
  board.decide = () => null;
  return strikers;
}

/** A team of its own for a goal, its members in the directory. */
export async function addTeam(
  { world }: GoalStage,
  id: string,
  members: readonly string[],
): Promise<void> {
  for (const agentId of members) await world.addPerson({ agentId, groups: [], attributes: {} });
  await world.must('PUT', `/v1/teams/team-${id}`, {
    name: id,
    teamScope: 'EXPLICIT',
    memberIds: members,
    aggregationType: 'SUM',
    metricDefinitions: [
      { metricId: 'calls', aggregation: 'SUM', filter: { type: 'AND', clauses: [] } },
    ],
  });
}

/** Every how manieth read `npm test` strikes. */
const READS = 12;

/** Every way of every point with SIM_CRASHES, else some of them, one way each in turn. */
export function strikesOf(points: readonly string[], hasReads: boolean): readonly Strike[] {
  if (PLAYS_ALL) return casesOf(points, '');
  const reads = points
    .filter((one) => isRead(one) && crashesOf(one).length > 0)
    .filter((_, at) => at % READS === 0);
  // Later calls of one kind are as the first, as far as `npm test` looks.
  const calls = points.filter((one) => !isRead(one) && one.endsWith(' 1'));
  const some = (targets: readonly string[]): Strike[] =>
    targets.map((target, at) => ({ target, mode: inTurn(CRASHES, at) }));
  // Without reads it is the net that is tried, and some of the same is enough.
  const told = some(calls).filter((_, at) => hasReads || at % 3 === 0);
  return [...told, ...(hasReads ? some(reads) : [])];
}
