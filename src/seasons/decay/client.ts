/**
 * The nightly decay of every season (S7): begins the run of the local day, posts what each agent's
 * points have lost as of the run's seal, and closes it. Asks what is due and not done: a firing
 * twice, at once, late or cut off posts the same entries once; a night that was missed is made up
 * for by the next. A run that another has overtaken posts nothing any more.
 */
import { NEVER_AWAY } from '../../agents/absences/absence';
import { readDaysAwayBy } from '../../agents/absences/store';
import { readHolders } from '../../boards/store';
import type { HealthCheck } from '../../http/health';
import { absent } from '../../kernel/change-set';
import { configId } from '../../kernel/ids';
import { dayNumber } from '../../kernel/period';
import { startOfLocalDay } from '../../kernel/zone';
import { commit, type LedgerEnv } from '../../ledger/client';
import { readEntries } from '../../ledger/entries/store';
import { type Entry, entryRow } from '../../ledger/entry';
import { log, messageOf } from '../../runtime/log';
import { factorOf, type LiveSeason, SEASON_KIND, type Season, seasonInForce } from '../season';
import { readSeasons } from '../store';
import { DECAY_RUN_KIND, type DecayRun, decayRunRow, dueRun, nightlyEntries } from './decay';
import { readHoldings, readLastDecayRun, readSealNames, readVersionsBy } from './store';

/** Agents of one read; their lots and decay of a season come to some 100 sums each. */
const AGENTS_AT_ONCE = 200;
const ENTRIES_A_SET = 400;
const LATE_MS = 3 * 3_600_000;

/** Every hour: what is due in any zone. One season that fails stops no other. */
export async function runDecay(env: LedgerEnv, now: number): Promise<void> {
  for (const season of await readSeasons(env.DB, now)) {
    try {
      await decaySeason(env, season, now);
    } catch (thrown) {
      log('warn', 'season.decay-failed', { season: season.id, message: messageOf(thrown) });
    }
  }
}

async function decaySeason(env: LedgerEnv, season: LiveSeason, now: number): Promise<void> {
  const run = dueRun(season, await readLastDecayRun(env.DB, season.id), now);
  if (run !== null) await playRun(env, season, run, everybody(env.DB), now);
}

/** Pages of agents, each after the last name of the one before (null: from the first). */
export type AgentPages = (after: string | null) => Promise<readonly string[]>;

export const everybody =
  (db: D1Database): AgentPages =>
  (after) =>
    readHolders(db, after, AGENTS_AT_ONCE);

/** Some agents, by key. */
export function pagesOf(agents: readonly string[]): AgentPages {
  const sorted = [...new Set(agents)].sort();
  return async (after) =>
    sorted.filter((one) => after === null || one > after).slice(0, AGENTS_AT_ONCE);
}

/** Begins a run, or goes on with it, posts it for some agents and closes it; false: come again. */
export async function playRun(
  env: LedgerEnv,
  season: LiveSeason,
  run: DecayRun,
  pages: AgentPages,
  now: number,
): Promise<boolean> {
  const begun = await commit(env, { rows: [decayRunRow(run, season.timeZone)] }, now);
  if (begun.verdict !== 'committed') {
    // A conflict: another day's run has this number; the next firing looks again.
    log('warn', 'season.decay-not-begun', { season: season.id, verdict: begun.verdict });
    return false;
  }
  const done = await postNight(env, run, { seal: begun.seal, pages }, now);
  if (done === null) return false;
  const rows = [decayRunRow({ ...run, done }, season.timeZone)];
  return (await commit(env, { rows }, now)).verdict === 'committed';
}

/** Posts a run to its end; null when it must come again or was overtaken. */
async function postNight(
  env: LedgerEnv,
  run: DecayRun,
  { seal, pages }: { readonly seal: number; readonly pages: AgentPages },
  now: number,
): Promise<NonNullable<DecayRun['done']> | null> {
  const { asked } = await readSealNames(env.DB, seal);
  const versions = await readVersionsBy<Season>(env.DB, SEASON_KIND, run.season, seal);
  const season = asked === null ? null : seasonInForce(versions, asked.at);
  if (asked === null || season === null) return null;
  let entries = 0;
  let amount = 0;
  let after: string | null = null;
  for (;;) {
    const agents = await pages(after);
    const posted = await nightOf(env.DB, season, run, agents, { seal, at: asked.at });
    for (let from = 0; from < posted.length; from += ENTRIES_A_SET) {
      const some = posted.slice(from, from + ENTRIES_A_SET);
      if (!(await post(env, run, some, now))) return null;
    }
    entries += posted.length;
    amount += posted.reduce(
      (sum, entry) => sum + (entry.from.startsWith('agent:') ? entry.amount : -entry.amount),
      0,
    );
    after = agents.at(-1) ?? null;
    if (agents.length < AGENTS_AT_ONCE || after === null) return { entries, amount };
  }
}

/** What a night posts for some agents: a function of the books and of absences as of the seal. */
export async function nightOf(
  db: D1Database,
  season: LiveSeason,
  run: DecayRun,
  holders: readonly string[],
  { seal, at }: { readonly seal: number; readonly at: number },
): Promise<Entry[]> {
  const agents = holders.filter((name) => !name.startsWith('_'));
  if (agents.length === 0) return [];
  const [holdings, away] = await Promise.all([
    readHoldings(db, season, agents, seal),
    readDaysAwayBy(db, agents, seal),
  ]);
  const factor = factorOf(season);
  return [...holdings].flatMap(([agentKey, own]) =>
    nightlyEntries(run, season, agentKey, own, {
      factor,
      away: away.get(agentKey) ?? NEVER_AWAY,
      at,
    }),
  );
}

/** False where nobody knows whether it is posted, or where a later run stands. */
async function post(
  env: LedgerEnv,
  run: DecayRun,
  entries: readonly Entry[],
  now: number,
): Promise<boolean> {
  const known = await readEntries(
    env.DB,
    entries.map(({ id }) => id),
  );
  const ids = new Set(known.map(({ id }) => id));
  const fresh = entries.filter(({ id }) => !ids.has(id));
  if (fresh.length === 0) return true;
  const later = configId(DECAY_RUN_KIND, run.season, 2 * run.number + 1);
  const answer = await commit(
    env,
    {
      rows: fresh.map(entryRow),
      guards: [absent('config', later)],
    },
    now,
  );
  if (answer.verdict === 'committed') return true;
  log('warn', 'season.decay-not-posted', { season: run.season, verdict: answer.verdict });
  return false;
}

/** Seasons whose night should have been posted long ago. */
export const decayHealth: HealthCheck<LedgerEnv> = {
  name: 'season-decay',
  async check(env, now) {
    const late: string[] = [];
    for (const season of await readSeasons(env.DB, now)) {
      const last = await readLastDecayRun(env.DB, season.id);
      const run = dueRun(season, last, now);
      if (run === null) continue;
      const begins = startOfLocalDay(run.day, season.timeZone);
      const missed = last !== null && dayNumber(run.day) - dayNumber(last.day) > 1;
      if (missed || begins + LATE_MS < now) late.push(season.id);
    }
    return { status: late.length === 0 ? 'ok' : 'late', detail: { seasons: late } };
  },
};
