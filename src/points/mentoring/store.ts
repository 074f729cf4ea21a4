/**
 * Named reads of a mentor's coaching sessions: from the mentor's entries, from the list that cron
 * keeps of those that brought none, and of what was sealed since from the seals themselves, so that
 * an answer is as fresh as the ledger. Reads are bounded by days, mentors and counts. Writes nothing.
 */
import { compactDay } from '../../kernel/period';
import { MARK_KIND } from '../../ledger/config';
import type { JournalTable } from '../../ledger/journal';
import { readLatest } from '../../ledger/store';
import { readDecisionsById, readLatestDecisions } from '../coaching/store';
import { readSealedIds } from '../sweep/store';
import type { Mark } from '../sweep/sweep';
import { type Mentored, mentoredOf } from './listing';

export const MENTORINGS_TABLE: JournalTable = {
  name: 'mentorings',
  values: ['sessions'],
  side: [],
};

/** Name of the mark up to which the list is kept. */
export const LISTED = 'mentorings';

const MENTORS_AT_ONCE = 50;
const ROWS_PER_MENTOR = 400;
/** One more than any answer is made of, so that it is seen where there are more. */
const ENTRIES_PER_MENTOR = 1001;

/** First and last day, both included; `YYYY-MM-DD`. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

/** The days asked for: the same of all mentors, or each mentor's own. */
export type DaysOf = Days | ((mentorKey: string) => Days);

const daysOf = (days: DaysOf, mentorKey: string): Days =>
  typeof days === 'function' ? days(mentorKey) : days;

/** The mentor's entries that settlements of coaching sessions made, whoever else is named in them. */
const NAMED_BY_ENTRIES = `SELECT substr(e.id, 18, 8) AS day, substr(e.cause, 1, instr(e.cause, '.') - 1) AS sessions
  FROM entries AS e WHERE e.id >= n.first AND e.id < n.beyond
   AND e.kind IN ('AWARD', 'CORRECTION', 'REVERSAL') ORDER BY e.id DESC LIMIT ${ENTRIES_PER_MENTOR}`;

const LISTED_BY_CRON = `SELECT substr(m.id, 18, 8) AS day, m.sessions
  FROM mentorings AS m WHERE m.id >= n.first AND m.id < n.beyond
   ORDER BY m.id DESC LIMIT ${ROWS_PER_MENTOR}`;

/**
 * Keys of the coaching sessions of each mentor on some days, the latest days first. Of an agent who
 * was also awarded as a mentee those are among them: their decisions tell.
 */
export async function readListed(
  db: D1Database,
  mentorKeys: readonly string[],
  days: DaysOf,
): Promise<Map<string, string[]>> {
  const asked = mentorKeys.map((mentorKey) => {
    const { first, last } = daysOf(days, mentorKey);
    return [mentorKey, `${mentorKey}.${compactDay(first)}`, `${mentorKey}.${compactDay(last)}/`];
  });
  const listed = new Map<string, string[]>();
  for (let from = 0; from < asked.length; from += MENTORS_AT_ONCE) {
    const { results } = await db
      .prepare(
        `SELECT n.mentor, (SELECT json_group_array(sessions) FROM
           (SELECT day, sessions FROM (${NAMED_BY_ENTRIES})
            UNION ALL SELECT day, sessions FROM (${LISTED_BY_CRON})
            ORDER BY day DESC)) AS lists
         FROM (SELECT value ->> 0 AS mentor, value ->> 1 AS first, value ->> 2 AS beyond
               FROM json_each(?1)) AS n`,
      )
      .bind(JSON.stringify(asked.slice(from, from + MENTORS_AT_ONCE)))
      .all<{ mentor: string; lists: string }>();
    for (const { mentor, lists } of results) {
      const sessions = (JSON.parse(lists) as string[]).flatMap((list) => list.split(' '));
      listed.set(mentor, [...new Set(sessions)]);
    }
  }
  return listed;
}

/**
 * The coaching sessions of mentors on some days as their latest decisions tell, the latest first,
 * at most `count` of each mentor; what was sealed after the list was last kept is among them.
 * `cut`: more than that are listed of some mentor.
 */
export async function readSomeMentored(
  db: D1Database,
  mentorKeys: readonly string[],
  days: DaysOf,
  count: number,
): Promise<{ readonly mentored: Mentored[]; readonly cut: boolean }> {
  const [listed, fresh] = await Promise.all([
    readListed(db, mentorKeys, days),
    readFresh(db, new Set(mentorKeys)),
  ]);
  const lists = [...listed.values()];
  const shown = lists.flatMap((own) => own.slice(0, count));
  const wanted = new Set(mentorKeys);
  const mentored = (await readLatestDecisions(db, [...new Set([...fresh, ...shown])]))
    .flatMap(({ decision }) => mentoredOf(decision) ?? [])
    .filter(({ mentorKey, day }) => wanted.has(mentorKey) && isWithin(daysOf(days, mentorKey), day))
    .toSorted((a, b) => b.until - a.until || (a.session < b.session ? 1 : -1));
  return { mentored, cut: lists.some((own) => own.length > count) };
}

const isWithin = ({ first, last }: Days, day: string): boolean => day >= first && day <= last;

/** The same and nothing about the rest: for those who want some neighbours. */
export const readMentored = async (
  db: D1Database,
  mentorKeys: readonly string[],
  days: DaysOf,
  count: number,
): Promise<Mentored[]> => (await readSomeMentored(db, mentorKeys, days, count)).mentored;

/** Coaching sessions of these mentors that were decided after the list was last kept. */
async function readFresh(db: D1Database, mentorKeys: ReadonlySet<string>): Promise<string[]> {
  const mark = await readLatest<Mark>(db, MARK_KIND, LISTED);
  const { ids } = await readSealedIds(
    db,
    'decisions',
    mark?.content.seal ?? 0,
    Number.MAX_SAFE_INTEGER,
  );
  const decisions = await readDecisionsById(
    db,
    ids.map(({ id }) => id),
  );
  return decisions
    .filter(({ decision }) => mentorKeys.has(decision.frozen?.mentorKey ?? ''))
    .map(({ decision }) => decision.session);
}
