/**
 * Goals of one installation, each of which loses one I/O in one way of its own: which points there
 * are, who is struck where, and how an hour begins. With SIM_CRASHES=all every way of every point.
 */
import { env } from 'cloudflare:workers';
import type { Board, IoPoint, Mode, Place } from '../worker/io';
import type { GoalStage } from './stage';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];

export const PLAYS_ALL = (env as { readonly SIM_CRASHES?: string }).SIM_CRASHES === 'all';

export interface Strike {
  readonly target: string;
  readonly mode: Mode;
}

const nameOf = ({ call, phase, nth }: IoPoint): string => `${call} ${phase} ${nth}`;

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

/** What each goal's object asks for while a stretch of time passes, by goal. */
export async function watched(
  board: Board,
  place: Place,
  strikes: ReadonlyMap<string, Strike>,
  pass: () => Promise<void>,
): Promise<Map<string, Set<string>>> {
  const met = new Map<string, Set<string>>();
  const struck = new Set<string>();
  board.calls.clear();
  board.decide = (point) => {
    if (point.place !== place) return null;
    const { actor } = point;
    met.set(actor, (met.get(actor) ?? new Set()).add(nameOf(point)));
    const strike = strikes.get(actor);
    if (strike === undefined || struck.has(actor) || nameOf(point) !== strike.target) return null;
    struck.add(actor);
    return strike.mode;
  };
  await pass();
  board.decide = () => null;
  return met;
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

/** Every how manieth read is struck. */
const READS = PLAYS_ALL ? 2 : 12;

/**
 * A read that fails before it is made or after it was are one to its caller, and no read leaves
 * anything behind: some of them, one way each, in turn. Whatever writes or tells somebody fails in
 * every way, or in one each in turn where not all is played.
 */
export function strikesOf(points: readonly string[], hasReads: boolean): Strike[] {
  const reads = points
    .filter((one) => one.startsWith('DB.') && one.includes(' before '))
    .filter((_, at) => at % READS === 0);
  // Later calls of one kind are as the first, as far as `npm test` looks.
  const calls = points.filter((one) => !one.startsWith('DB.') && (PLAYS_ALL || one.endsWith(' 1')));
  const inTurn = (targets: readonly string[]): Strike[] =>
    targets.map((target, at) => ({ target, mode: MODES[at % MODES.length] ?? 'throw' }));
  const every = calls.flatMap((target) => MODES.map((mode) => ({ target, mode })));
  // Without reads it is the net that is tried, and some of the same is enough.
  const some = inTurn(calls).filter((_, at) => hasReads || at % 3 === 0);
  return [...(PLAYS_ALL ? every : some), ...(hasReads ? inTurn(reads) : [])];
}
