/**
 * Reads what a closing or a settlement must know before it is decided: the steps that are written,
 * the pool, who keeps whom, whom the directory knows, where confirmed parts go. Writes nothing.
 */
import { readOrganisation } from '../../access/store';
import { type DirectoryEnv, readLatestAgents } from '../../agents/store';
import type { Destination } from '../../delivery/destination';
import type { Outcome } from '../../delivery/intent';
import { readDestination, readOpen, readOutcomes } from '../../delivery/store';
import { readEntries } from '../../ledger/entries/store';
import { readVersions } from '../../ledger/store';
import { readHolding, readPoolVersion } from '../../rewards/store';
import { readCohort } from '../cohort/store';
import { paymentsOf } from '../evidence/life';
import { GOAL_KIND, type Goal, type Snapshot } from '../goal';
import { lockIdOf } from '../lock';
import { readLock } from '../store';
import { bornAt } from '../tracking/definition';
import { endsOf, mayRest, type Resting } from './held/resting';
import { poolIdOf } from './opening';
import type { Person } from './paying';
import type { SettlementFacts } from './settlement';
import {
  type Exclusion,
  lastEpochOf,
  PAID_STATUS,
  type PaidBy,
  type Step,
  type StepName,
  stepOf,
} from './step';

export interface SettlementEnv extends DirectoryEnv {}

interface StepRow {
  readonly id: string;
  readonly goal: string;
  readonly period: string;
  readonly epoch: number;
  readonly step: string;
  readonly key: string;
  readonly at: number;
  readonly content: string;
  readonly seal: number;
}

const stepOfRow = (row: StepRow): Step => ({
  id: row.id,
  goalId: row.goal,
  period: row.period,
  epoch: row.epoch,
  name: row.step as StepName,
  key: row.key,
  at: row.at,
  seal: row.seal,
  content: JSON.parse(row.content) as Step['content'],
});

/** Everything that was decided about a goal's period, in the order in which it was decided. */
export const readSteps = (db: D1Database, goalId: string, period: string): Promise<Step[]> =>
  readStepRange(db, `${goalId}.${period}`);

/** Rows of one reading; an opening holds everybody's part. */
const STEPS_A_READ = 500;

/** Every step whose id begins with some words, in the order of ids. */
async function readStepRange(db: D1Database, prefix: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (let after = `${prefix}.`; ; ) {
    const { results } = await db
      .prepare('SELECT * FROM goal_rewards WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3')
      .bind(after, `${prefix}/`, STEPS_A_READ)
      .all<StepRow>();
    steps.push(...results.map(stepOfRow));
    const last = results.at(-1);
    if (last === undefined || results.length < STEPS_A_READ) return steps;
    after = last.id;
  }
}

export interface OpenedName {
  readonly id: string;
  readonly period: string;
  readonly epoch: number;
  readonly key: string;
  /** UTC ms. */
  readonly at: number;
}

/** The openings of a goal after an id, at most `count`, without what they hold. */
export async function readOpenings(
  db: D1Database,
  goalId: string,
  after: string,
  count: number,
): Promise<OpenedName[]> {
  const { results } = await db
    .prepare(
      `SELECT id, period, epoch, key, at FROM goal_rewards
       WHERE id > max(?1, ?2) AND id < ?3 AND step = 'OPENED' ORDER BY id LIMIT ?4`,
    )
    .bind(after, `${goalId}.`, `${goalId}/`, count)
    .all<OpenedName>();
  return results;
}

export interface Excluding extends OpenedName {
  readonly goal: string;
  readonly exclusions: readonly Exclusion[];
}

/** The first openings of some goals that left somebody out, after an id, at most `count`. */
export async function readExcluding(
  db: D1Database,
  goalIds: readonly string[],
  after: string,
  count: number,
): Promise<Excluding[]> {
  const { results } = await db
    .prepare(
      `SELECT g.value AS goal, r.id, r.period, r.epoch, r.key, r.at,
              r.content->'$.exclusions' AS exclusions
       FROM json_each(?2) AS g CROSS JOIN goal_rewards AS r
         ON r.id > max(?1, g.value || '.') AND r.id < g.value || '/'
       WHERE r.step = 'OPENED' AND r.epoch = 1
         AND json_array_length(r.content, '$.exclusions') > 0 ORDER BY r.id LIMIT ?3`,
    )
    .bind(after, JSON.stringify(goalIds), count)
    .all<Omit<Excluding, 'exclusions'> & { readonly exclusions: string }>();
  return results.map((row) => ({
    ...row,
    exclusions: JSON.parse(row.exclusions) as readonly Exclusion[],
  }));
}

/**
 * Throws when D1 cannot be read; the alarm comes again. `supposed` stands in for a lock that is not
 * there, where a person must be told what it would bring.
 */
export async function readSettlementFacts(
  env: SettlementEnv,
  { goalId, period }: Pick<Snapshot, 'goalId' | 'period'>,
  now: number,
  supposed: Snapshot | null = null,
): Promise<SettlementFacts> {
  const [calendar, steps, locked] = await Promise.all([
    readOrganisation(env.DB),
    readSteps(env.DB, goalId, period),
    readLock(env.DB, goalId, period),
  ]);
  const bare: SettlementFacts = {
    now,
    secretsKey: env.SECRETS_KEY,
    calendar,
    locked,
    steps,
    pool: null,
    held: 0n,
    bornAt: 0,
    cohort: null,
    people: new Map(),
    destinations: new Map(),
    delivered: new Map(),
    resting: [],
    causers: { writers: [], menders: [] },
  };
  const snapshot = locked ?? supposed;
  if (snapshot === null || (snapshot.status !== PAID_STATUS && steps.length === 0)) return bare;
  const versions = await readVersions<Goal>(env.DB, GOAL_KIND, goalId);
  const goal = versions.find(({ version }) => version === snapshot.goalVersion);
  return goal === undefined
    ? bare
    : readAll(
        env,
        { ...bare, bornAt: bornAt(versions), snapshot, goal: goal.content },
        goal.author,
      );
}

type Begun = SettlementFacts & { readonly snapshot: Snapshot; readonly goal: Goal };

async function readAll(
  env: SettlementEnv,
  { snapshot, goal, ...bare }: Begun,
  author: string,
): Promise<SettlementFacts> {
  const { steps, calendar } = bare;
  const opened = stepOf(steps, 1, 'OPENED');
  const poolId = opened?.content.poolId ?? poolIdOf(goal);
  const [pool, people, cohort, menders] = await Promise.all([
    readPoolVersion(env.DB, poolId),
    readPeople(env.DB, snapshot),
    opened === null ? readCohort(env, goal, snapshot, calendar) : null,
    opened === null ? [] : readMenders(env.DB, snapshot),
  ]);
  const [holding, destinations, delivered] = await Promise.all([
    pool === null ? null : readHolding(env.DB, poolId, pool.content.unit),
    readDestinations(env.DB, [paidBySteps(steps), pool?.content ?? null]),
    readStanding(env.DB, steps),
  ]);
  const held = holding?.held ?? 0n;
  const resting = await readResting(env.DB, steps, mayRest({ steps, people, delivered }));
  const writers = [author, pool?.author ?? ''].filter((name) => name !== '');
  const causers = { writers, menders };
  return { ...bare, pool, people, cohort, held, destinations, delivered, resting, causers };
}

/** Most persons who are kept from deciding. */
const MOST_MENDERS = 200;

/** Who has mended quarantined events by hand since a period was locked. */
async function readMenders(
  db: D1Database,
  { goalId, period }: Pick<Snapshot, 'goalId' | 'period'>,
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT DISTINCT author FROM config
       WHERE id >= 'quarantine-act/' AND id < 'quarantine-act0' AND author <> ''
         AND content->>'$.act' = 'MENDED'
         AND seal > (SELECT seal FROM goal_locks WHERE id = ?1) LIMIT ?2`,
    )
    .bind(lockIdOf(goalId, period), MOST_MENDERS)
    .all<{ author: string }>();
  return results.map(({ author }) => author);
}

/** Those of some parts that no entry has settled. */
async function readResting(
  db: D1Database,
  steps: readonly Step[],
  parts: readonly Resting[],
): Promise<Resting[]> {
  if (parts.length === 0) return [];
  const ids = parts.flatMap((part) => endsOf(steps, part)).slice(0, CHUNK);
  const there = new Set((await readEntries(db, ids)).map(({ id }) => id));
  return parts
    .slice(0, CHUNK / 2)
    .filter((part) => !endsOf(steps, part).some((id) => there.has(id)));
}

/** Ids asked for at once. */
const CHUNK = 2_000;

/** What became of each delivery of a period that is settled; those never ordered are left out. */
async function readStanding(
  db: D1Database,
  steps: readonly Step[],
): Promise<SettlementFacts['delivered']> {
  const standing = new Map<string, Outcome | 'OPEN'>();
  const epochs = steps.filter(({ name }) => name === 'OPENED').map(({ epoch }) => epoch);
  const ids = epochs.flatMap((epoch) =>
    paymentsOf(steps, epoch).flatMap(({ deliveryId }) => deliveryId ?? []),
  );
  for (let from = 0; from < ids.length; from += CHUNK) {
    const some = ids.slice(from, from + CHUNK);
    const [open, outcomes] = await Promise.all([readOpen(db, some), readOutcomes(db, some)]);
    for (const { id } of open) standing.set(id, 'OPEN');
    for (const [id, { outcome }] of outcomes) standing.set(id, outcome);
  }
  return standing;
}

async function readPeople(db: D1Database, { members }: Snapshot): Promise<Map<string, Person>> {
  const versions = await readLatestAgents(
    db,
    members.map(({ agentKey }) => agentKey),
  );
  return new Map(versions.map(({ name, content }) => [name, content]));
}

/** Where the present epoch's parts go, as its steps say. */
function paidBySteps(steps: readonly Step[]): PaidBy | null {
  const epoch = lastEpochOf(steps);
  const judged = stepOf(steps, epoch, 'JUDGED');
  return judged?.content.paidBy ?? stepOf(steps, epoch, 'OPENED')?.content.paidBy ?? null;
}

async function readDestinations(
  db: D1Database,
  asked: readonly (PaidBy | null)[],
): Promise<Map<string, Destination>> {
  const ids = asked.flatMap((one) => [one?.destinationId, one?.recognitionDestinationId]);
  const known = [...new Set(ids)].filter((id) => typeof id === 'string');
  const found = await Promise.all(known.map((id) => readDestination(db, id)));
  return new Map(found.flatMap((one) => (one === null ? [] : [[one.name, one.content]])));
}
