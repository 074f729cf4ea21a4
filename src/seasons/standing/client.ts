/**
 * Evaluates tiers when points, measures, absences or the settings say so: walks the seals behind a
 * mark, and evaluates whom they name. A change is a row named by agent, season and number, so two
 * evaluators at once write one; missing a firing changes nothing in the end. Ends nobody's grace.
 */
import { readLatestAgents } from '../../agents/store';
import { readHolders } from '../../boards/store';
import { holds } from '../../calendar/season';
import { isHistory } from '../../calendar/succession';
import { orderDeliveries } from '../../delivery/client';
import type { HealthCheck } from '../../http/health';
import { causeId } from '../../kernel/ids';
import { commit } from '../../ledger/client';
import { MARK_KIND, markRow } from '../../ledger/config';
import { readHead } from '../../ledger/seals/store';
import { readLatest } from '../../ledger/store';
import { isWorthMoving, type Mark } from '../../points/sweep/sweep';
import { log } from '../../runtime/log';
import type { StandingEnv } from '../client';
import { readAllRuns } from '../reset/store';
import { saltBy } from '../salt';
import { type LiveSeason, liveSeasons, type SeasonVersion, tableOf } from '../season';
import { readSeasons, readSeasonVersions, readTiers } from '../store';
import { BATCH_AGENTS, type Ordered, ordersOf } from '../telling/batch';
import { readDestinations } from '../telling/store';
import { skillsBetween, skillsOf } from '../telling/telling';
import type { HearsTierChanges, SeatFacts, TierTable } from '../tier';
import { changeRows } from './change';
import { evaluate } from './evaluation';
import { endedFor } from './foresight';
import { changeId, newerThan } from './row';
import { openingIn, seasonOfTrack, seatFactsOf, standingIn, type Track } from './standing';
import { NO_BASIS, readBases, readTracks } from './store';
import { readTouched } from './walk/store';
import type { Standing, TierChange } from './words';

const MARK = 'season-tiers';
const ROWS_A_PAGE = 5_000;
const PAGES = 20;
/** Of what a health check looks at: older news is late by itself. */
const ROWS_A_LOOK = 1_000;
const AGENTS_AT_ONCE = 200;
const CHANGES_A_SET = BATCH_AGENTS;
const LATE_MS = 3_600_000;

/** Everything an evaluation is made of besides the agent. */
export interface Rules {
  readonly seasons: readonly LiveSeason[];
  readonly versions: readonly SeasonVersion[];
  readonly table: TierTable;
}

/** Every five minutes. */
export const evaluateTiers =
  <E extends StandingEnv>(hears: HearsTierChanges<E>) =>
  async (env: E, now: number): Promise<void> => {
    const rules = await readRules(env.DB, now);
    if (rules.seasons.length === 0) return;
    const before = await readLatest<Mark>(env.DB, MARK_KIND, MARK);
    // The first time everybody is evaluated, and the walk begins at the head.
    const from = before?.content.seal ?? (await readHead(env.DB)).number;
    let reached = from;
    let found = before === null;
    if (found && !(await evaluateAll(env, rules, hears, now))) return;
    for (let page = 0; page < PAGES; page += 1) {
      const touched = await readTouched(env.DB, reached, ROWS_A_PAGE);
      if (touched.reached === reached) break;
      found ||= touched.everybody || touched.agents.length > 0;
      const evaluated = touched.everybody
        ? await evaluateAll(env, rules, hears, now)
        : await evaluateSome(env, touched.agents, rules, hears, now);
      if (!evaluated) return;
      reached = touched.reached;
    }
    const isFirst = before === null;
    if (!isFirst && !isWorthMoving(from, reached, found ? [{ seal: reached }] : [])) return;
    await commit(env, { rows: [markRow(MARK, before, { seal: reached }, now)] }, now);
  };

const readRules = async (db: D1Database, now: number): Promise<Rules> => {
  const [versions, table] = await Promise.all([readSeasonVersions(db), readTiers(db, now)]);
  return { seasons: liveSeasons(versions, now), versions, table };
};

async function evaluateAll<E extends StandingEnv>(
  env: E,
  rules: Rules,
  hears: HearsTierChanges<E>,
  now: number,
): Promise<boolean> {
  let after: string | null = null;
  for (;;) {
    const holders = await readHolders(env.DB, after, AGENTS_AT_ONCE);
    const agents = holders.filter((name) => !name.startsWith('_'));
    if (!(await evaluateSome(env, agents, rules, hears, now))) return false;
    after = holders.at(-1) ?? null;
    if (holders.length < AGENTS_AT_ONCE || after === null) return true;
  }
}

interface Change {
  readonly season: LiveSeason;
  readonly change: TierChange;
  readonly before: Standing;
  readonly facts: SeatFacts;
}

/** Evaluates some agents; false when the journal must be asked again. */
async function evaluateSome<E extends StandingEnv>(
  env: E,
  agents: readonly string[],
  rules: Rules,
  hears: HearsTierChanges<E>,
  now: number,
): Promise<boolean> {
  for (let from = 0; from < agents.length; from += AGENTS_AT_ONCE) {
    const some = agents.slice(from, from + AGENTS_AT_ONCE);
    const changes = await changesOf(env.DB, some, rules, now);
    for (let at = 0; at < changes.length; at += CHANGES_A_SET) {
      const set = changes.slice(at, at + CHANGES_A_SET);
      const written = await write(env, rules, set, now);
      if (written === null) return false;
      await hears(
        env,
        written.map(({ facts }) => facts),
        now,
      );
    }
  }
  return true;
}

/** The changes that are due of some agents whose season runs. */
async function changesOf(
  db: D1Database,
  agents: readonly string[],
  { seasons, versions, table }: Rules,
  now: number,
): Promise<Change[]> {
  const [tracks, runs] = await Promise.all([readTracks(db, seasons, agents), readAllRuns(db)]);
  // Whom the books hold no tier of yet may be waiting for the reset of the season before.
  const isDone = (id: string): boolean =>
    runs.some((run) => run.season === id && run.wave === 'RESET' && run.endedAt !== null);
  const waits = (track: Track): boolean => {
    const ended = endedFor(track, seasons, now);
    return ended !== null && !isHistory(versions, ended) && !isDone(ended.id);
  };
  const ready = [...tracks.values()].filter((track) => !waits(track));
  const bySeason = Map.groupBy(ready, (track) => seasonOfTrack(track, seasons, now));
  const changes: Change[] = [];
  for (const [season, own] of bySeason) {
    // After its end only a reset says what becomes of an agent.
    if (season === null || !holds(season.span, now)) continue;
    const bases = await readBases(
      db,
      season,
      own.map(({ agentKey }) => agentKey),
    );
    for (const track of own) {
      const basis = bases.get(track.agentKey) ?? NO_BASIS;
      const change = changeOf(track, season, table, { ...basis, endsGrace: false }, now);
      if (change !== null) changes.push(change);
    }
  }
  return changes;
}

/** What one agent's evaluation comes to, or null where nothing changes. */
function changeOf(
  track: Track,
  season: LiveSeason,
  table: TierTable,
  evidence: typeof NO_BASIS & { readonly endsGrace: boolean },
  now: number,
): Change | null {
  const { agentKey } = track;
  const own = tableOf(season, table);
  const before = standingIn(track, season, own);
  const opening = openingIn(track, season, own);
  const found = evaluate(season, table, before, { ...evidence, opening, at: now });
  if (found === null) return null;
  const { standing, reason } = found;
  const change = {
    ...standing,
    agentKey,
    season: season.id,
    points: evidence.points,
    reason,
    at: now,
  };
  const place = { season, standing, opening, foreseen: false };
  return { season, change, before, facts: seatFactsOf(agentKey, place, own) };
}

/** Writes changes; where another was first with one of them each goes alone. Null: come again. */
async function write(
  env: StandingEnv,
  rules: Rules,
  changes: readonly Change[],
  now: number,
): Promise<readonly Change[] | null> {
  const told = await pushesOf(env, rules, changes, now);
  const rows = changes.flatMap(({ change, before }) => changeRows(change, before, saltBy(env)));
  const answer = await commit(env, { rows: [...rows, ...told.rows] }, now);
  if (answer.verdict === 'committed') {
    for (const { destination, id } of told.deliveries) {
      await orderDeliveries(env, destination, [id], now);
    }
    return changes;
  }
  if (answer.verdict !== 'conflict') {
    log('warn', 'season.tiers-not-written', { verdict: answer.verdict });
    return null;
  }
  // Whoever was first has told it; who looks again finds what is left to change.
  if (changes.length === 1) return [];
  const written: Change[] = [];
  for (const one of changes) {
    const alone = await write(env, rules, [one], now);
    if (alone === null) return null;
    written.push(...alone);
  }
  return written;
}

type Pushes = Pick<Ordered, 'rows' | 'deliveries'>;

/**
 * What platforms are told at once (DEC-18): every change, for each says that the one before it need
 * not arrive any more, though the same tier may be honoured after it.
 */
async function pushesOf(
  env: StandingEnv,
  { table }: Rules,
  changes: readonly Change[],
  now: number,
): Promise<Pushes> {
  const { DB: db } = env;
  if (changes.length === 0) return { rows: [], deliveries: [] };
  const known = await readLatestAgents(
    db,
    changes.map(({ change }) => change.agentKey),
  );
  const agents = new Map(known.map(({ name, content }) => [name, content]));
  const pushes: Pushes[] = [];
  for (const [season, own] of Map.groupBy(changes, (one) => one.season)) {
    const destinations = await readDestinations(db, season.destinations);
    if (destinations.length === 0) continue;
    const cause = causeId('tier-push', ...own.map(({ change }) => changeId(change)));
    const told = own.flatMap(({ change, before }) => {
      const agent = agents.get(change.agentKey);
      if (agent === undefined || agent.status === 'LEFT') return [];
      const tiers = tableOf(season, table);
      // Whatever the one before would have given and taken.
      const skills =
        change.number > 1
          ? skillsOf(tiers, change.honoured)
          : skillsBetween(tiers, before.honoured, change.honoured);
      const { agentKey, honoured: tier, graceUntil, points } = change;
      const telling = { season: season.id, tier, graceUntil, points, ...skills };
      return [{ agentKey, agent, telling, unless: newerThan(change) }];
    });
    const about = { cause, subject: `season:${season.id}`, at: now, saltOf: saltBy(env) };
    pushes.push(ordersOf(destinations, told, about));
  }
  return {
    rows: pushes.flatMap(({ rows }) => rows),
    deliveries: pushes.flatMap(({ deliveries }) => deliveries),
  };
}

/** Seals that nobody has evaluated for too long. */
export const tiersHealth: HealthCheck<StandingEnv> = {
  name: 'season-tiers',
  async check({ DB }, now) {
    const mark = await readLatest<Mark>(DB, MARK_KIND, MARK);
    const from = mark?.content.seal ?? 0;
    const seasons = await readSeasons(DB, now);
    if (seasons.length === 0) return { status: 'ok', detail: { waiting: 0 } };
    const { agents, everybody } = await readTouched(DB, from, ROWS_A_LOOK);
    const head = await readHead(DB);
    const waiting = agents.length > 0 || everybody;
    const late = waiting && (mark?.writtenAt ?? 0) + LATE_MS < now && head.at + LATE_MS < now;
    return { status: late ? 'late' : 'ok', detail: { seals: head.number - from } };
  },
};
