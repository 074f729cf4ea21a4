/**
 * What is awarded or taken back of a season that was closed long ago (S7, DEC-16): the entry stands
 * in its own season by itself, and its decay comes back or falls within the hour, as of the season's
 * last day. Walks the seals behind a mark for entries of closed seasons' days, and begins a run only
 * where one has something to post. Opens no archive: what a reset has written stands.
 */

import { dayOfId } from '../../../boards/book';
import { dayNumber } from '../../../kernel/period';
import { commit, type LedgerEnv } from '../../../ledger/client';
import { MARK_KIND, markRow } from '../../../ledger/config';
import { readHead } from '../../../ledger/seals/store';
import { readLatest } from '../../../ledger/store';
import { walkAfter } from '../../../ledger/walk/store';
import { isWorthMoving, type Mark } from '../../../points/sweep/sweep';
import { log, messageOf } from '../../../runtime/log';
import type { LiveSeason } from '../../season';
import { readSeasons } from '../../store';
import { type AgentPages, everybody, nightOf, pagesOf, playRun } from '../client';
import { isClosed, lateRun } from '../decay';
import { readLastDecayRun } from '../store';

const MARK = 'season-late';
const PAGES = 200;
const NEWEST = Number.MAX_SAFE_INTEGER;

interface LateMark extends Mark {
  /** Seasons that were gone through whole when they were closed. */
  readonly closed: readonly string[];
}

/**
 * Every hour. A season that fails holds up no other; the mark moves only when all went through, so
 * that the next firing makes again what did not.
 */
export async function settleLate(env: LedgerEnv, now: number): Promise<void> {
  const closed = (await readSeasons(env.DB, now)).filter((season) => isClosed(season, now));
  if (closed.length === 0) return;
  const before = await readLatest<LateMark>(env.DB, MARK_KIND, MARK);
  const from = before?.content.seal ?? (await readHead(env.DB)).number;
  const isKnown = ({ id }: LiveSeason): boolean => before?.content.closed.includes(id) ?? false;
  const { reached, entries } = await arrivalsSince(env.DB, from, closed);
  const failures: unknown[] = [];
  let seen = false;
  let isDone = true;
  for (const season of closed) {
    const touched = entries.filter(({ day }) => isOf(season, day)).map(({ agentKey }) => agentKey);
    if (isKnown(season) && touched.length === 0) continue;
    seen = true;
    // What came between its last night and its close is found in one look at everybody.
    const pages = isKnown(season) ? pagesOf(touched) : everybody(env.DB);
    const isSettled = await settle(env, season, pages, now).catch((thrown: unknown) => {
      failures.push(thrown);
      log('warn', 'season.late-failed', { season: season.id, message: messageOf(thrown) });
      return false;
    });
    if (!isSettled) log('warn', 'season.late-not-settled', { season: season.id });
    isDone &&= isSettled;
  }
  if (failures.length > 0) throw failures[0];
  if (!isDone) return;
  const isNew = closed.some((season) => !isKnown(season));
  if (!isNew && !isWorthMoving(from, reached, seen ? [{ seal: reached }] : [])) return;
  const content: LateMark = { seal: reached, closed: closed.map(({ id }) => id) };
  await commit(env, { rows: [markRow(MARK, before, content, now)] }, now);
}

/** Entries stand under days of the organisation's zone, a season's are of its own. */
const isOf = ({ startDay, endDay }: LiveSeason, day: number): boolean =>
  day >= dayNumber(startDay) - 2 && day <= dayNumber(endDay) + 2;

interface Arrival {
  readonly agentKey: string;
  /** Business day, days since 1970-01-01. */
  readonly day: number;
}

/** Entries of days of closed seasons that came after a seal, as far as some pages go. */
async function arrivalsSince(
  db: D1Database,
  from: number,
  closed: readonly LiveSeason[],
): Promise<{ readonly reached: number; readonly entries: readonly Arrival[] }> {
  const entries: Arrival[] = [];
  let reached = from;
  for (let page = 0; page < PAGES; page += 1) {
    const walked = await walkAfter(db, ['entries'], reached);
    if (walked.reached === reached) break;
    reached = walked.reached;
    for (const { id } of walked.ids) {
      const [agentKey = '', compact = ''] = id.split('.');
      const day = dayOfId(compact);
      const isOld = agentKey.startsWith('_') ? false : closed.some((season) => isOf(season, day));
      if (isOld) entries.push({ agentKey, day });
    }
  }
  return { reached, entries };
}

/** Posts what a closed season's accounts differ by, in a run of its own; false: come again. */
async function settle(
  env: LedgerEnv,
  season: LiveSeason,
  pages: AgentPages,
  now: number,
): Promise<boolean> {
  const run = lateRun(season, await readLastDecayRun(env.DB, season.id), now);
  for (let after: string | null = null; ; ) {
    const agents: readonly string[] = await pages(after);
    const due = await nightOf(env.DB, season, run, agents, { seal: NEWEST, at: now });
    if (due.length > 0) return playRun(env, season, run, pages, now);
    after = agents.at(-1) ?? null;
    if (after === null) return true;
  }
}
