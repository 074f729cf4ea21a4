/**
 * Named reads of pulls: whose turn it is, what of a page had arrived, and what pulls found. Writes
 * nothing.
 */
import { type DirectoryEnv, readAgentPage, resolveAgentKeys } from '../../agents/store';
import type { IntakeEvent, JsonObject } from '../../events/event';
import { readEvents } from '../../events/store';
import { hashFields } from '../../kernel/hash';
import { eventRowIdOf } from '../../kernel/ids';
import type { JournalTable } from '../../ledger/journal';
import { readLatestBuckets } from '../../pay/actuals/store';
import { readLatestResults } from '../../quality/evidence/store';
import { createdAtOf } from '../../quality/store';
import { normalise, type Reading } from '../normalise/normalise';
import {
  completionIds,
  type Judgement,
  judgeActuals,
  judgeCoaching,
  judgeResult,
  OF_ANOTHER_CALL,
  unread,
} from './judge';
import type { PullKind, Wish } from './pull';
import { type Gap, gapPrefix, type PullRun } from './run';

export const PULL_GAPS_TABLE: JournalTable = {
  name: 'pull_gaps',
  values: [
    'source',
    'kind',
    'first_day',
    'last_day',
    'as_of',
    'api_count',
    'seen',
    'fetched',
    'refused',
    'pages',
    'remarks',
  ],
  side: [],
};

/** Agents read to fill a call; some of them have no address on the platform. */
const SLACK = 10;
/** Of each further page, and pages: where hardly anybody has an address, one read ends early. */
const AGENTS_A_PAGE = 500;
const MAX_PAGES = 10;

/**
 * The platform's ids of the next agents after a key, at most `count`; null: there is nobody more.
 * Fewer, or none, with a `next` where it has looked at its most agents: it goes on behind them.
 */
export async function readUsers(
  db: D1Database,
  platform: string,
  after: string | null,
  count: number,
): Promise<{ readonly users: readonly string[]; readonly next: string | null } | null> {
  const users: string[] = [];
  let last = after;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const wanted = page === 0 ? count + SLACK : AGENTS_A_PAGE;
    const agents = await readAgentPage(db, last, wanted);
    for (const { name, content } of agents) {
      const id = content === null ? null : idOn(platform, content);
      if (id !== null) users.push(id);
      last = name;
      if (users.length === count) return { users, next: name };
    }
    if (agents.length < wanted) return users.length === 0 ? null : { users, next: null };
  }
  return { users, next: last };
}

interface Addressed {
  readonly agentId: string;
  readonly platformIds: Readonly<Record<string, string>>;
}

/** Who has an address on no platform at all goes by the organisation's own id everywhere. */
const idOn = (platform: string, { agentId, platformIds }: Addressed): string | null => {
  if (Object.hasOwn(platformIds, platform)) return platformIds[platform] ?? null;
  return Object.keys(platformIds).length === 0 ? agentId : null;
};

interface ReadBody {
  readonly body: JsonObject;
  /** What it means; null where it cannot be read. */
  readonly event: IntakeEvent | null;
}

/** What of a page had arrived, in the order of its bodies. */
export async function judgePage(
  env: DirectoryEnv,
  reading: Reading,
  run: PullRun,
  bodies: readonly JsonObject[],
): Promise<Judgement[]> {
  const read = bodies.map((body): ReadBody => {
    const events = normalise({ ...reading, events: [] }, body, null);
    return { body, event: events.ok ? (events.value[0] ?? null) : null };
  });
  return JUDGES[run.kind](env, read, { ...run, platform: reading.platform });
}

type Judge = (
  env: DirectoryEnv,
  read: readonly ReadBody[],
  run: PullRun & { readonly platform: string },
) => Promise<Judgement[]>;

const JUDGES: Readonly<Record<PullKind, Judge>> = {
  async results(env, read, run) {
    const events = read.flatMap(({ event }) => event ?? []);
    const keys = await keysOf(env, events);
    const names = events.map(({ data }, index) => ({
      agentKey: keys[index] ?? '',
      resultId: hashFields('quality-result', String(data.id)),
      createdAt: createdAtOf(data) ?? run.from,
    }));
    const latest = await readLatestResults(env.DB, names);
    const known = new Map(events.map((event, index) => [event, latest[index] ?? null]));
    const told = await toldAmong(env.DB, events.map(rowIdOf));
    return read.map(({ body, event }) =>
      event === null
        ? unread(body)
        : judgeResult(body, event, known.get(event) ?? null, told.has(rowIdOf(event)), run.asOf),
    );
  },
  async actuals(env, read, run) {
    const events = read.flatMap(({ event }) => event ?? []);
    const keys = await keysOf(env, events);
    const someone = keys.filter((key) => key !== null);
    const latest = await readLatestBuckets(env.DB, someone, run);
    const known = new Map(
      events.map((event, index) => [event, latest.get(keys[index] ?? '') ?? new Map()]),
    );
    return read.map(({ body, event }) =>
      event === null
        ? unread(body)
        : judgeActuals(body, event, known.get(event) ?? new Map(), run.asOf),
    );
  },
  async coaching(env, read, run) {
    const events = read.flatMap(({ event }) => event ?? []);
    const ids = events.map(completionIds).flatMap(({ whole, halves }) => [whole, ...halves]);
    const told = await toldAmong(env.DB, ids);
    const known = await resolveAgentKeys(
      env,
      read.map(({ body }) => ({ platform: run.platform, id: attendeeOf(body) })),
    );
    const users = new Set(run.place.users ?? []);
    return read.map(({ body, event }, index) => {
      const named = known[index] == null ? String(body.facilitatorId) : attendeeOf(body);
      if (!users.has(named)) return OF_ANOTHER_CALL;
      return event === null ? unread(body) : judgeCoaching(body, event, told);
    });
  },
};

/** Each person of a coaching finds it: it is counted with its first attendee, else who led it. */
const attendeeOf = ({ attendeeIds }: JsonObject): string =>
  Array.isArray(attendeeIds) ? String(attendeeIds[0]) : '';

const rowIdOf = ({ source, eventId }: IntakeEvent): string => eventRowIdOf(source, eventId);

const keysOf = (env: DirectoryEnv, events: readonly IntakeEvent[]): Promise<(string | null)[]> =>
  resolveAgentKeys(
    env,
    events.map(({ platform, data }) => ({ platform, id: String(data.user_id) })),
  );

const toldAmong = async (db: D1Database, ids: readonly string[]): Promise<Set<string>> =>
  new Set((await readEvents(db, ids)).map(({ id }) => id));

type GapRow = Omit<Gap, 'remarks'> & { readonly remarks: string };

const COLUMNS = `source, kind, first_day AS firstDay, last_day AS lastDay, as_of AS asOf,
  api_count AS apiCount, seen, fetched, refused, pages, remarks`;

const gapFrom = ({ remarks, ...row }: GapRow): Gap => ({
  ...row,
  remarks: JSON.parse(remarks) as string[],
});

/** What the last pull of these days found, or null. One row read. */
export async function readGap(db: D1Database, source: string, wish: Wish): Promise<Gap | null> {
  const prefix = gapPrefix(source, wish);
  const row = await db
    .prepare(
      `SELECT ${COLUMNS} FROM pull_gaps WHERE id >= ?1 AND id < ?1 || ':' ORDER BY id DESC LIMIT 1`,
    )
    .bind(prefix)
    .first<GapRow>();
  return row === null ? null : gapFrom(row);
}

export interface ListedGap extends Gap {
  readonly position: string;
  /** By all pulls of these days together. */
  readonly fetchedInAll: number;
}

/** What pulls of a source found, a line for each kind and days, after a position, at most `count`. */
export async function readGaps(
  db: D1Database,
  source: string,
  after: string,
  count: number,
): Promise<ListedGap[]> {
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS}, kind || '/' || first_day || '/' || last_day AS position,
         max(as_of) AS newest, sum(fetched) AS fetchedInAll
       FROM pull_gaps
       WHERE id >= ?1 || '/' AND id < ?1 || '0' AND kind || '/' || first_day || '/' || last_day > ?2
       GROUP BY kind, first_day, last_day ORDER BY position LIMIT ?3`,
    )
    .bind(source, after, count)
    .all<GapRow & Pick<ListedGap, 'position' | 'fetchedInAll'>>();
  return results.map((row) => ({ ...row, ...gapFrom(row) }));
}
