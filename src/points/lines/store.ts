/**
 * Named reads for statements: the coaching sessions that brought their mentor nothing between two
 * places, and one sentence for each entry of a settlement. Every read is bounded. Writes nothing.
 */
import { readEvents } from '../../events/store';
import { MARK_KIND } from '../../ledger/config';
import type { Entry } from '../../ledger/entry';
import type { Told } from '../../ledger/explain';
import { readLatest } from '../../ledger/store';
import { type Decision, decisionId } from '../coaching/decision';
import { readDecisionsById, readDecisionsOf } from '../coaching/store';
import { mentoredOf } from '../mentoring/listing';
import { LISTED } from '../mentoring/store';
import type { Mark } from '../sweep/sweep';
import { type Candidate, placeOf, type ZeroLine, zeroLinesOf } from './line';
import { whyPosted } from './why';

/** Rows of the list read for one page; each names up to 60 coaching sessions of one day. */
const MOST_ROWS = 400;
/** Coaching sessions whose decisions one page looks at. */
const MOST_SESSIONS = 220;
/** What is looked through because the list was not kept since. */
const MOST_SEALS = 200;
const MOST_SEALED = 500;

export interface ZeroAsk {
  readonly mentorKey: string;
  /** Places `YYYYMMDD.…`: after one, before another. */
  readonly after: string;
  readonly before: string;
  readonly seal: number;
}

export interface ZeroLines {
  readonly lines: readonly ZeroLine[];
  /** The last place that was looked at; null: all were. */
  readonly reached: string | null;
  /** False while decisions up to the seal are not in the list yet and too many to look through. */
  readonly complete: boolean;
}

/** Zero lines in the order of their places. Reads some 2,000 rows at most. */
export async function readZeroLines(db: D1Database, ask: ZeroAsk): Promise<ZeroLines> {
  const [listed, fresh] = await Promise.all([readCandidates(db, ask), readFresh(db, ask)]);
  const { before, after, mentorKey, seal } = ask;
  const end = listed.reached ?? before;
  const byPlace = new Map(
    [...listed.candidates, ...fresh.candidates]
      .filter(({ place }) => place > after && place < end)
      .map((one) => [one.place, one]),
  );
  const all = [...byPlace.values()].toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const some = all.slice(0, MOST_SESSIONS);
  const decisions = await readDecisionsOf(
    db,
    some.map(({ session }) => session),
  );
  const lines = zeroLinesOf(mentorKey, some, decisions, seal);
  const reached = all.length > some.length ? (some.at(-1)?.place ?? null) : listed.reached;
  return { lines, reached, complete: fresh.complete };
}

interface Listed {
  readonly candidates: readonly Candidate[];
  readonly reached: string | null;
}

/**
 * What the list names, by day. A day that does not fit whole is left to the next page; one that
 * alone does not fit (24,000 coaching sessions) is cut.
 */
async function readCandidates(
  db: D1Database,
  { mentorKey, after, before }: ZeroAsk,
): Promise<Listed> {
  const { results } = await db
    .prepare('SELECT id, sessions FROM mentorings WHERE id >= ? AND id < ? ORDER BY id LIMIT ?')
    .bind(`${mentorKey}.${firstOf(after)}`, `${mentorKey}.${endOf(before)}`, MOST_ROWS)
    .all<{ id: string; sessions: string }>();
  const rows = results.map(({ id, sessions }) => ({
    day: dayIn(id.slice(mentorKey.length + 1)),
    sessions: sessions.split(' '),
  }));
  const cut = rows.length === MOST_ROWS ? rows.at(-1)?.day : undefined;
  const isWhole = cut === undefined || rows[0]?.day === cut;
  const kept = isWhole ? rows : rows.filter(({ day }) => day !== cut);
  const candidates = kept.flatMap(({ day, sessions }) =>
    sessions.map((session) => ({ session, place: `${day}.${session}` })),
  );
  if (cut === undefined) return { candidates, reached: null };
  return { candidates, reached: isWhole ? `${cut}/` : cut };
}

const dayIn = (place: string): string => place.slice(0, 8);

/** The list is read by whole days: from the day of a place, unless that day is done with. */
const firstOf = (place: string): string => (place.endsWith('/') ? place : dayIn(place));

/** A bare day is the first that is not asked for; of any other place the day is. */
const endOf = (place: string): string => (place.length === 8 ? place : `${dayIn(place)}/`);

/** What was decided after the list was last kept; nothing where the seal lies before that. */
async function readFresh(
  db: D1Database,
  { mentorKey, seal }: ZeroAsk,
): Promise<{ readonly candidates: readonly Candidate[]; readonly complete: boolean }> {
  const mark = (await readLatest<Mark>(db, MARK_KIND, LISTED))?.content.seal ?? 0;
  if (mark >= seal) return { candidates: [], complete: true };
  const near = await readNear(db, mark, seal);
  const { results } = await db
    .prepare(
      `SELECT (SELECT json_group_array(j.value->>1) FROM json_each(s.contents) AS j
         WHERE j.value->>0 = 'decisions') AS ids
       FROM json_each(?) AS n CROSS JOIN seals AS s ON s.id = n.value`,
    )
    .bind(JSON.stringify(near))
    .all<{ ids: string }>();
  const ids = results.flatMap((row) => JSON.parse(row.ids) as string[]);
  const decisions = await readDecisionsById(db, ids);
  const candidates = decisions.flatMap(({ decision }) => {
    const mentored = mentoredOf(decision);
    if (mentored === null || mentored.mentorKey !== mentorKey) return [];
    const { session, day } = mentored;
    return { session, place: placeOf(day, session) };
  });
  return { candidates, complete: near.length === seal - mark };
}

/** The seals between two that are looked through: the last ones, a bounded number of rows. */
async function readNear(db: D1Database, mark: number, seal: number): Promise<number[]> {
  const { results } = await db
    .prepare('SELECT id, size FROM seals WHERE id > ? AND id <= ? ORDER BY id DESC LIMIT ?')
    .bind(mark, seal, MOST_SEALS)
    .all<{ id: number; size: number }>();
  let rows = 0;
  const near: number[] = [];
  for (const { id, size } of results) {
    rows += size;
    if (rows > MOST_SEALED) break;
    near.push(id);
  }
  return near;
}

/** Why each of these entries was posted, by entry id. At most two rows read an entry. */
export async function readTold(
  db: D1Database,
  entries: readonly Entry[],
): Promise<Map<string, Told>> {
  const causes = [...new Set(entries.map(({ cause }) => cause))];
  const found = await readDecisionsById(db, causes);
  const byCause = new Map(
    found.map(({ decision }) => [decisionId(decision.session, decision.number), decision]),
  );
  const names = await readSessionNames(db, [...byCause.values()]);
  return new Map(
    entries.map((entry) => {
      const decision = byCause.get(entry.cause);
      if (decision === undefined) return [entry.id, ERASED];
      const coachingSessionId = names.get(decision.session) ?? null;
      return [entry.id, { about: { coachingSessionId }, why: whyPosted(decision, entry) }];
    }),
  );
}

const ERASED: Told = {
  about: { coachingSessionId: null },
  why: 'What was decided then has been erased; the entry stands.',
};

/** The senders' ids of coaching sessions by their keys; an erased one is missing. */
export async function readSessionNames(
  db: D1Database,
  decisions: readonly Decision[],
): Promise<Map<string, string>> {
  const completions = decisions.flatMap(({ frozen }) => frozen?.completion ?? []);
  const names = new Map<string, string>();
  for (const { subject, kept } of await readEvents(db, [...new Set(completions)])) {
    const named = kept?.event.data.coachingSessionId;
    if (subject !== null && named !== undefined) names.set(subject, String(named));
  }
  return names;
}
