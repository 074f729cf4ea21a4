/**
 * What cron does with decisions once they are sealed: lists them under their mentors, flags
 * overlapping coaching sessions and alerts on drift. Walks the seals behind one mark, page by page.
 * Everything it writes is named by what caused it, so firing twice or missing a firing changes
 * nothing in the end result. Refuses to move its mark before a page is written whole.
 */
import { readAuditByIds } from '../../access/store';
import { readAgentIds } from '../../agents/store';
import type { Row } from '../../kernel/change-set';
import { keyedHash } from '../../kernel/hash';
import { civilDay, DAY_MS, parseDay } from '../../kernel/instant';
import { commit } from '../../ledger/client';
import { type ConfigVersion, MARK_KIND, markRow } from '../../ledger/config';
import { readAllVersions, readLatest } from '../../ledger/store';
import type { PointsEnv } from '../coaching/client';
import type { Decision, SealedDecision } from '../coaching/decision';
import { readDecisionsById, readDecisionsOf } from '../coaching/store';
import { driftRows, driftsOf, judgedOf } from '../drift/drift';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { readRules } from '../rules/store';
import { readSealedIds, type SealedId } from '../sweep/store';
import type { Mark } from '../sweep/sweep';
import { idBefore, listingRows, type Mentored, newlyMentored } from './listing';
import { overlapRows, overlapsOf } from './overlap';
import { LISTED, readListed, readMentored } from './store';

const MAX_PAGES = 20;
const ROWS_PER_SET = 400;
/** A mentor's coaching sessions that one firing looks at for overlaps. */
const NEIGHBOURS = 1000;
const EVER = { first: '0000-01-01', last: '9999-12-31' };
/** Seals without a decision after which the mark moves all the same. */
const FAR_BEHIND = 400;

type MarkVersion = ConfigVersion<Mark> | null;

/** A page: the seals after `mark` up to `last`. */
interface Seals {
  readonly mark: number;
  readonly last: number;
}

/** Every hour. */
export async function keepMentorings(env: PointsEnv, now: number): Promise<void> {
  let before: MarkVersion = await readLatest<Mark>(env.DB, MARK_KIND, LISTED);
  let mark = before?.content.seal ?? 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { ids, reached: last } = await readSealedIds(env.DB, 'decisions', mark, now);
    // A mark alone would be news to itself: without a decision it moves only when it is far behind.
    if (ids.length === 0 && last - mark < FAR_BEHIND) return;
    const rows = ids.length === 0 ? [] : await rowsOf(env, ids, { mark, last });
    if (!(await write(env, [...rows, markRow(LISTED, before, { seal: last }, now)], now))) return;
    before = await readLatest<Mark>(env.DB, MARK_KIND, LISTED);
    mark = last;
  }
}

/** Everything a page is worth: the list, flags of overlaps, alerts of drift. */
async function rowsOf(env: PointsEnv, ids: readonly SealedId[], seals: Seals): Promise<Row[]> {
  const sealed = await readDecisionsById(
    env.DB,
    ids.map(({ id }) => id),
  );
  const decisions = sealed.map(({ decision }) => decision);
  const past = await readDecisionsById(
    env.DB,
    decisions.flatMap((decision) => idBefore(decision) ?? []),
  );
  const mentored = newlyMentored(decisions, byId(past));
  return [
    ...listingRows(mentored),
    ...(await newOverlaps(env, mentored)),
    ...(await newDrifts(env, decisions, seals)),
  ];
}

const byId = (sealed: readonly SealedDecision[]): Map<string, Decision> =>
  new Map(
    sealed.map(({ decision }) => [
      idBefore({ ...decision, number: decision.number + 1 }) ?? '',
      decision,
    ]),
  );

/** Salts follow from what they salt: whoever writes a row again writes the same bytes. */
const saltOf =
  (env: PointsEnv) =>
  (text: string): string =>
    keyedHash(env.SECRETS_KEY, text).slice(0, 32);

/** Flags of the pairs in which one of these coaching sessions stands. */
async function newOverlaps(env: PointsEnv, mentored: readonly Mentored[]): Promise<Row[]> {
  if (mentored.length === 0) return [];
  const fresh = new Set(mentored.map(({ session }) => session));
  const mentors = [...new Set(mentored.map(({ mentorKey }) => mentorKey))];
  const near = await readMentored(env.DB, mentors, daysAround(mentored), NEIGHBOURS);
  const overlaps = overlapsOf(
    near,
    (one, other) => fresh.has(one.session) || fresh.has(other.session),
  );
  return overlapRows(overlaps, saltOf(env));
}

/** The days on which a coaching that overlaps one of these may have ended. */
function daysAround(mentored: readonly Mentored[]): { first: string; last: string } {
  const from = Math.min(...mentored.map((one) => one.from));
  const days = mentored.map(({ day }) => day).toSorted();
  return {
    first: civilDay(Math.floor(from / DAY_MS) - 1),
    last: civilDay((parseDay(days.at(-1) ?? '') ?? 0) + 1),
  };
}

async function newDrifts(
  env: PointsEnv,
  decisions: readonly Decision[],
  { mark, last }: Seals,
): Promise<Row[]> {
  const rules = await readRules(env.DB);
  const low = decisions.filter((one) => judgedOf(one, rules).some(({ below }) => below));
  const mentors = [...new Set(low.flatMap(({ frozen }) => frozen?.mentorKey ?? []))];
  if (mentors.length === 0) return [];
  const [programmes, listed, ids] = await Promise.all([
    readAllVersions<Programme>(env.DB, PROGRAMME_KIND),
    readListed(env.DB, mentors, EVER),
    readAgentIds(env.DB, mentors),
  ]);
  const alerts: Row[][] = [];
  for (const mentor of mentors) {
    const here = decisions.filter(({ frozen }) => frozen?.mentorKey === mentor);
    const before = (listed.get(mentor) ?? []).slice(0, LATEST);
    const sessions = new Set([...here.map(({ session }) => session), ...before]);
    const known = await readDecisionsOf(env.DB, [...sessions]);
    const sealed = known.filter(({ seal }) => seal <= last);
    for (const drift of driftsOf(mentor, sealed, mark, { rules, programmes })) {
      alerts.push(driftRows(drift, ids.get(mentor) ?? null, saltOf(env)));
    }
  }
  return unsaid(env, alerts);
}

/** Coaching sessions of a mentor among which windows are looked for. */
const LATEST = 500;

/** The rows of those things whose first row, an audit entry, is not there yet. */
async function unsaid(env: PointsEnv, things: readonly (readonly Row[])[]): Promise<Row[]> {
  const ids = things.flatMap(([first]) => first?.id ?? []);
  const known = new Set((await readAuditByIds(env.DB, ids)).map(({ id }) => id));
  return things.filter(([first]) => !known.has(first?.id ?? '')).flat();
}

/**
 * Writes a page, the mark last: in one set where it fits, so that the page is there whole or not.
 * False where another firing was first.
 */
async function write(env: PointsEnv, rows: readonly Row[], now: number): Promise<boolean> {
  for (let from = 0; from < rows.length; from += ROWS_PER_SET) {
    const set = { rows: rows.slice(from, from + ROWS_PER_SET) };
    const { verdict } = await commit(env, set, now);
    if (verdict === 'conflict') return false;
    if (verdict !== 'committed') throw new Error(`the journal answered ${verdict}`);
  }
  return true;
}
