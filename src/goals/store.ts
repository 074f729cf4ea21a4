/**
 * Named reads of goals: their configuration, what was locked, and metric events by the seals that
 * hold them. Writes nothing.
 */
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { readOrganisation } from '../access/store';
import { type DirectoryEnv, resolveAgentKeys } from '../agents/store';
import { contentHashOf, type IntakeEvent, type KeptEvent } from '../events/event';
import { readAllVersions, readVersions } from '../ledger/store';
import { GOAL_KIND, type Goal, type GoalStatus, type GoalVersion, type Snapshot } from './goal';
import { lockIdOf } from './lock';
import { goalLocks } from './schema';
import { readTeams, withMembers } from './teams/store';
import { teamsOf, type World } from './tracking/definition';
import { type Fact, factOf } from './tracking/fact';

/** Every version of every goal, by id and version. */
export const readGoals = (db: D1Database): Promise<GoalVersion[]> =>
  readAllVersions<Goal>(db, GOAL_KIND);

/** The newest version of each goal, by id. */
export const latestGoals = (versions: readonly GoalVersion[]): GoalVersion[] => [
  ...new Map(versions.map((version) => [version.name, version])).values(),
];

/** What governs a goal, as configured now; members found in the directory. */
export async function readWorld(env: DirectoryEnv, goalId: string): Promise<World> {
  const [goal, teams, calendar] = await Promise.all([
    readVersions<Goal>(env.DB, GOAL_KIND, goalId),
    readTeams(env.DB),
    readOrganisation(env.DB),
  ]);
  return { goal, teams: await withMembers(env, teamsOf(goal, teams)), calendar };
}

/** The lock of a period as D1 has it, or null. */
export async function readLock(
  db: D1Database,
  goalId: string,
  period: string,
): Promise<Snapshot | null> {
  const [row] = await drizzle(db)
    .select()
    .from(goalLocks)
    .where(eq(goalLocks.id, lockIdOf(goalId, period)));
  return row === undefined ? null : snapshotOf(row);
}

const snapshotOf = (row: typeof goalLocks.$inferSelect): Snapshot => ({
  goalId: row.goal,
  period: row.period,
  status: row.status as GoalStatus,
  metricValue: BigInt(row.metricValue),
  evaluatedAt: row.evaluatedAt,
  goalVersion: row.goalVersion,
  teamVersion: row.teamVersion,
  members: (JSON.parse(row.members) as [string, string][]).map(([agentKey, contribution]) => ({
    agentKey,
    contribution: BigInt(contribution),
  })),
  covered: row.covered,
});

/** Which of these locks D1 holds. */
export async function readLocked(db: D1Database, ids: readonly string[]): Promise<Set<string>> {
  const { results } = await db
    .prepare('SELECT l.id FROM json_each(?) AS w CROSS JOIN goal_locks AS l ON l.id = w.value')
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  return new Set(results.map(({ id }) => id));
}

/** Which of these locks, steps and reviews the books hold. */
export async function readWritten(db: D1Database, ids: readonly string[]): Promise<Set<string>> {
  const { results } = await db
    .prepare(
      `SELECT w.value AS id FROM json_each(?) AS w
       WHERE EXISTS (SELECT 1 FROM goal_locks AS l WHERE l.id = w.value)
         OR EXISTS (SELECT 1 FROM goal_rewards AS r WHERE r.id = w.value)
         OR EXISTS (SELECT 1 FROM reviews AS v WHERE v.id = w.value)`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string }>();
  return new Set(results.map(({ id }) => id));
}

/** Seals and sealed rows of one page of a walk. */
const MOST_SEALS = 500;
const ROWS_A_PAGE = 2_000;

export interface MetricPage {
  /** The last seal that was looked through whole. */
  readonly reached: { readonly seal: number; readonly hash: string | null };
  readonly facts: readonly Fact[];
}

/**
 * The events of some metrics in the seals after a mark, up to a bounded number of sealed rows. Some
 * three rows read for each sealed one. An erased event has nothing left to count.
 */
export async function readMetricPage(
  env: DirectoryEnv,
  mark: number,
  metricIds: readonly string[],
): Promise<MetricPage> {
  const page = `WITH some AS (SELECT id, hash, size, sum(size) OVER (ORDER BY id) AS run
      FROM (SELECT id, hash, size FROM seals WHERE id > ?1 ORDER BY id LIMIT ${MOST_SEALS}))`;
  const [last, found] = await env.DB.batch<Record<string, unknown>>([
    env.DB.prepare(
      `${page} SELECT max(id) AS seal, hash FROM some WHERE run - size < ${ROWS_A_PAGE}`,
    ).bind(mark),
    env.DB.prepare(
      `${page} SELECT e.id, e.occurred_at, e.received_at, e.body_hash, e.signature, e.subject,
           e.content, e.salt
         FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
           CROSS JOIN events AS e ON e.id = j.value->>1
         WHERE some.run - some.size < ${ROWS_A_PAGE} AND j.value->>0 = 'events'
           AND e.type = 'metric.recorded' AND e.content IS NOT NULL
           AND e.content->>'$.data.metricId' IN (SELECT value FROM json_each(?2))
         ORDER BY s.id, j.key`,
    ).bind(mark, JSON.stringify(metricIds)),
  ]);
  const { seal, hash } = last?.results[0] ?? {};
  const reached =
    typeof seal === 'number' ? { seal, hash: String(hash) } : { seal: mark, hash: null };
  const kept = (found?.results ?? []).map(keptOf);
  const keys = await resolveAgentKeys(
    env,
    kept.map(({ event }) => ({ platform: event.platform, id: String(event.data.agentId) })),
  );
  const facts = kept.flatMap((one, index) => {
    const agentKey = keys[index] ?? null;
    return agentKey === null ? [] : [factOf(one, agentKey)];
  });
  return { reached, facts };
}

function keptOf(row: Record<string, unknown>): KeptEvent {
  const event = JSON.parse(String(row.content)) as IntakeEvent;
  return {
    id: String(row.id),
    event,
    occurredAt: Number(row.occurred_at),
    receivedAt: Number(row.received_at),
    bodyHash: String(row.body_hash),
    contentHash: contentHashOf(event),
    signature: String(row.signature),
    subject: row.subject === null ? null : String(row.subject),
    salt: String(row.salt),
  };
}
