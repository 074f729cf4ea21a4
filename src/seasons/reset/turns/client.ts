/**
 * Turns of a run that end in another phase: what was begun, the beginning, the export, the survey of
 * platforms. Decides the saga that follows, or when to come again. Saves nothing: the object does.
 */
import { readOutcomes } from '../../../delivery/store';
import type { SeasonsEnv } from '../../client';
import { dueRun } from '../../decay/decay';
import { readLastDecayRun, readSealNames } from '../../decay/store';
import type { LiveSeason } from '../../season';
import { readSeasons } from '../../store';
import type { NamedDestination } from '../../telling/target';
import { begin, ensureSuccessor, exportPage } from '../ends/client';
import { isLeft } from '../passing/client';
import type { Off } from '../passing/store';
import { strangersOn } from '../reading/strangers/client';
import { askedInVain, isOverdue } from '../reading/unread';
import { isUntold, type Report, withPassed, withStrangers } from '../report';
import {
  type Ask,
  beginning,
  coveredBy,
  type Held,
  type RunStart,
  type Saga,
  type SeasonState,
  withAnswers,
} from '../run';
import { readAllRuns, readRuns, readUnsettled, type StoredRun } from '../store';

const MINUTE_MS = 60_000;
/** How long a reset waits for the last night of its season to be posted. */
const WAIT_FOR_NIGHT_MS = 6 * 3_600_000;
const PAGES_A_TURN = 20;

async function timeOf(env: SeasonsEnv, seal: number): Promise<number> {
  const { asked } = await readSealNames(env.DB, seal);
  if (asked === null) throw new Error(`there is no seal ${seal}`);
  return asked.at;
}

/** What the first row of a stored run says, and no more. */
const startOf = ({
  season,
  wave,
  number,
  next,
  key,
  by,
  groups,
  instant,
}: StoredRun): RunStart => ({
  season,
  wave,
  number,
  next,
  key,
  by,
  groups,
  instant,
});

/** What the books know of a season's runs: the one under way begins anew from its seal. */
export async function recalled(
  env: SeasonsEnv,
  season: string,
): Promise<Pick<SeasonState, 'past' | 'saga'>> {
  const runs = await readRuns(env.DB, season);
  const open = runs.find(({ endedAt }) => endedAt === null);
  const saga =
    open === undefined ? null : beginning(startOf(open), open.seal, await timeOf(env, open.seal));
  return { past: runs.filter(({ endedAt }) => endedAt !== null).map(startOf), saga };
}

/**
 * Begins what was asked for. A number: when to come again. `drop`: there is no such season.
 * `recall`: the books know a run of this number already, and they are right.
 */
export async function beginAsked(
  env: SeasonsEnv,
  ask: Ask,
  past: readonly RunStart[],
  now: number,
): Promise<Saga | number | 'drop' | 'recall'> {
  const seasons = await readSeasons(env.DB, now);
  const season = seasons.find(({ id }) => id === ask.season);
  if (season === undefined) return 'drop';
  // What was asked for may have begun already: an object that was lost learnt of it from the books.
  if (coveredBy({ past, saga: null, asked: [] }, ask, season.target_groups) !== null) return 'drop';
  const held = await heldBy(env, season, ask, now);
  if (held !== null) return held.until;
  const next = ask.wave === 'RESET' ? await ensureSuccessor(env, season, seasons, now) : season.id;
  const number = Math.max(0, ...past.map((one) => one.number)) + 1;
  const run: RunStart = { ...ask, number, next };
  const seal = await begin(env, run, now);
  return seal === null ? 'recall' : beginning(run, seal, await timeOf(env, seal));
}

/** What holds back what was asked for, and when it is looked at again; null: nothing does. */
export async function heldBy(
  env: SeasonsEnv,
  season: LiveSeason,
  { wave, instant }: Pick<Ask, 'wave' | 'instant'>,
  now: number,
): Promise<{ readonly why: Held; readonly until: number } | null> {
  const soon = now + 5 * MINUTE_MS;
  if (wave === 'GRACE') {
    if (now < instant) return { why: 'GRACE_END', until: instant };
    // Two waves that tell the same agents different things would never agree with a platform.
    const opens = (run: StoredRun): boolean => run.wave === 'RESET' && run.next === season.id;
    const opening = (await readAllRuns(env.DB)).some((run) => opens(run) && run.endedAt === null);
    return opening ? { why: 'SEASON_BEFORE', until: soon } : null;
  }
  const { until } = season.span;
  if (now < until) return { why: 'SEASON_END', until };
  // Agents of the season before are in this one only when they were reset there.
  if ((await readUnsettled(env.DB, now)).has(season.id)) {
    return { why: 'SEASON_BEFORE', until: soon };
  }
  const night = dueRun(season, await readLastDecayRun(env.DB, season.id), now);
  const waits = night !== null && now < until + WAIT_FOR_NIGHT_MS;
  return waits ? { why: 'LAST_NIGHT', until: soon } : null;
}

/** Nothing is calculated before the export is confirmed, or skipped by a person. */
export async function archiveTurn(
  env: SeasonsEnv,
  saga: Saga,
  skipped: () => boolean,
  now: number,
): Promise<Saga | number> {
  if (!saga.exported) {
    // Also an export that could never be made is skipped.
    if (skipped()) return calculating(saga, 'skipped');
    const page = await exportPage(env, saga, now);
    if (page === null) return now + MINUTE_MS;
    const { cursor, exports, last } = page;
    // What a person has said meanwhile stands.
    return { ...saga, cursor, exports, exported: last, skipped: skipped() };
  }
  const outcomes = await readOutcomes(env.DB, saga.exports);
  const confirmed = saga.exports.filter((id) => outcomes.get(id)?.outcome === 'CONFIRMED').length;
  const isWhole = confirmed === saga.exports.length;
  if (!isWhole && !skipped()) return now + MINUTE_MS;
  if (saga.exports.length === 0) return calculating(saga, 'none');
  return calculating(saga, isWhole ? 'confirmed' : 'skipped');
}

const calculating = (saga: Saga, exported: Report['exported']): Saga => ({
  ...saga,
  phase: 'CALCULATE',
  exported: true,
  skipped: exported === 'skipped',
  report: { ...saga.report, exported },
});

interface Surveyed {
  readonly destinations: readonly NamedDestination[];
  readonly off: ReadonlyMap<string, Off>;
}

/**
 * A survey that is not answered is asked for again every minute from the page that was not, as long
 * as there is patience. `marked`: the saga with what was answered this time, if anything.
 */
function unsurveyed(
  marked: Saga,
  destination: string,
  further: string,
  now: number,
): Saga | number {
  const { unread: before = null, ...rest } = marked;
  const { givenUp = [] } = marked;
  const known = before?.destination === destination ? before : null;
  const unread = askedInVain(destination, known, givenUp, now);
  if (isOverdue(unread, givenUp, now)) {
    const report = withPassed(marked.report, { destination, reason: 'not-read', agents: 0 });
    return { ...rest, report, cursor: further };
  }
  return unread === before ? now + MINUTE_MS : { ...marked, unread };
}

/**
 * Whom a platform has and the directory has not. One that is switched off is waited for, unless it
 * will not be told or nobody names it any more; one that does not answer, as long as there is
 * patience, also where it was not read before. The cursor is `<place of the destination>:<page>`.
 */
export async function surveyTurn(
  env: SeasonsEnv,
  before: Saga,
  { destinations, off }: Surveyed,
  now: number,
): Promise<Saga | number> {
  const { unread, ...saga } = before;
  const [place = 0, from = 1] = (saga.cursor ?? '0:1').split(':').map(Number);
  const named = destinations.filter(({ hasAttributes }) => hasAttributes)[place];
  if (named === undefined) return { ...saga, phase: 'DONE', cursor: null };
  const further = `${place + 1}:1`;
  const isOff = off.has(named.id);
  const isPassed = isUntold(saga.report, named.id, isOff);
  if (isOff && (isPassed || isLeft(off.get(named.id), now))) {
    return { ...saga, cursor: further };
  }
  if (isOff) return unread === undefined ? now + MINUTE_MS : saga;
  let marked = before;
  for (let page = from; page < from + PAGES_A_TURN; page += 1) {
    const found = await strangersOn(env, named, page, now);
    // Who will not be told is asked, and not waited for.
    const isUnheard = found === 'silent' || found === 'unasked';
    if (isUnheard && isPassed) return { ...saga, report: marked.report, cursor: further };
    if (found === 'silent') return unsurveyed(marked, named.id, further, now);
    if (found === 'unasked') return marked === before ? now + MINUTE_MS : marked;
    const cursor = found.last ? further : `${place}:${page + 1}`;
    const report = withStrangers(marked.report, named.id, found.strangers);
    marked = { ...withAnswers(saga, [named.id]), report, cursor };
    if (found.last) break;
  }
  return marked;
}
