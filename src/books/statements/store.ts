/**
 * What a statement reads. Sums cost one row for each entry of the agent up to the statement's end,
 * whatever the ledger holds besides; a page of lines costs some 2,000 rows at the worst. So a page
 * stays below 5,000 rows while an agent has no more than 2,500 entries: a million awards of 400
 * mentors. Beyond that it is as exact and reads more. Writes nothing.
 */
import { compactDay } from '../../kernel/period';
import { agentOf } from '../../ledger/account';
import { readEntriesBetween, type StoredEntry, startOfDay } from '../../ledger/entries/store';
import type { Explainer, Told } from '../../ledger/explain';
import { readUnpaidLines } from '../../pay/runs/unpaid/store';
import type { UnpaidLine } from '../../pay/runs/unpaid/unpaid';
import type { ZeroLine } from '../../points/lines/line';
import { readSessionNames, readZeroLines } from '../../points/lines/store';
import {
  byTime,
  changeOf,
  type Days,
  firstReached,
  type KindSum,
  mergePage,
  type Place,
  type Recorded,
  type SeasonSum,
} from './statement';

/** Entries summed in one statement; D1 answers at most 2 MB a row. */
const SUMMED_AT_ONCE = 5_000;

/** Unit, kind, whether it is before the days, gains less gives, amount, season of each own points account. */
type Moved = readonly [string, string, 0 | 1, -1 | 0 | 1, number, string | null, string | null];

/** The season in an account `agent:KEY:points:CATEGORY:SEASON`; null for another one. */
const seasonIn = (account: string): string =>
  `CASE WHEN substr(${account}, 1, ?6 + 7) = ?5 || 'points:'
     THEN substr(${account}, ?6 + 8 + instr(substr(${account}, ?6 + 8), ':')) END`;

export interface Sums {
  readonly kinds: readonly KindSum[];
  readonly seasons: readonly SeasonSum[];
}

/**
 * An agent's sums as of a seal, by unit, kind and direction, before the days and in them; and of
 * points by season, up to the end of the days. Added up here and not by GROUP BY, whose sorting reads
 * every row once more.
 */
export async function readSums(
  db: D1Database,
  agentKey: string,
  { from, to }: Days,
  seal: number,
): Promise<Sums> {
  const own = `agent:${agentKey}:`;
  const kinds = new Map<string, KindSum>();
  const seasons = new Map<string, SeasonSum>();
  const [start, end] = [startOfDay(agentKey, from), startOfDay(agentKey, to)];
  let after = `${agentKey}.`;
  for (;;) {
    const page = await db
      .prepare(
        `SELECT max(id) AS last, count(*) AS count,
           json_group_array(json_array(unit, kind, id < ?3,
             (substr(to_account, 1, ?6) = ?5) - (substr(from_account, 1, ?6) = ?5), amount,
             ${seasonIn('to_account')}, ${seasonIn('from_account')})) AS moved
         FROM (SELECT * FROM entries WHERE id > ?1 AND id < ?2 AND seal <= ?4
           ORDER BY id LIMIT ${SUMMED_AT_ONCE})`,
      )
      .bind(after, end, start, seal, own, own.length)
      .first<{ last: string | null; count: number; moved: string }>();
    for (const moved of JSON.parse(page?.moved ?? '[]') as Moved[]) {
      addKind(kinds, moved);
      addSeasons(seasons, moved);
    }
    if (page === null || page.last === null || page.count < SUMMED_AT_ONCE) break;
    after = page.last;
  }
  return { kinds: [...kinds.values()], seasons: [...seasons.values()] };
}

function addKind(sums: Map<string, KindSum>, [unit, kind, before, sign, amount]: Moved): void {
  const key = JSON.stringify([unit, kind, before, sign]);
  const change = (sums.get(key)?.change ?? 0n) + BigInt(amount * sign);
  sums.set(key, { unit, kind, isBefore: before === 1, change });
}

function addSeasons(sums: Map<string, SeasonSum>, [unit, , , , amount, to, from]: Moved): void {
  for (const [season, moved] of [
    [to, amount],
    [from, -amount],
  ] as const) {
    if (season === null) continue;
    const key = JSON.stringify([unit, season]);
    sums.set(key, { unit, season, change: (sums.get(key)?.change ?? 0n) + BigInt(moved) });
  }
}

export interface EntryLine {
  readonly place: string;
  readonly entry: StoredEntry;
  readonly change: bigint;
  /** The agent's account that the entry moved. */
  readonly account: string;
  readonly cause: string;
  readonly told: Told | null;
}

export interface NothingLine extends ZeroLine {
  readonly coachingSessionId: string | null;
}

export type StatementLine = EntryLine | NothingLine | UnpaidLine;

export interface StatementPage {
  readonly lines: readonly StatementLine[];
  /** Place after which the next page begins; null: there is none. */
  readonly next: string | null;
  /** False while coaching sessions of the last minutes that brought nothing may be missing. */
  readonly complete: boolean;
}

/** A page of lines by business day, entries and zero lines together, each with its cause told. */
export async function readPage<E extends { readonly DB: D1Database }>(
  env: E,
  explainers: readonly Explainer<E>[],
  agentKey: string,
  place: Place,
  limit: number,
): Promise<StatementPage> {
  const { after, seal } = place;
  const end = compactDay(place.to);
  const entries = await readEntriesBetween(
    env.DB,
    // Of a bare day the lines begin with a dot after it.
    `${agentKey}.${after}`,
    `${agentKey}.${end}`,
    seal,
    limit + 1,
  );
  const placed = entries.map((entry) => ({ place: entry.id.slice(agentKey.length + 1), entry }));
  // Behind the surplus entry no zero line can be on this page.
  const before = placed.length > limit ? (placed.at(-1)?.place ?? end) : end;
  const bounds = { after, before, seal };
  const [zero, unpaid] = await Promise.all([
    readZeroLines(env.DB, { mentorKey: agentKey, ...bounds }),
    readUnpaidLines(env.DB, { agentKey, ...bounds }),
  ]);
  const { lines, next } = mergePage(
    placed,
    [...zero.lines, ...unpaid.lines],
    firstReached(zero.reached, unpaid.reached),
    limit,
  );
  const moved = lines.flatMap((line) => ('entry' in line ? [line.entry] : []));
  const idle = lines.flatMap((line) => ('decision' in line ? [line.decision] : []));
  const [told, names] = await Promise.all([
    tellAll(env, explainers, moved),
    readSessionNames(env.DB, idle),
  ]);
  const shown = lines.map((line): StatementLine => {
    if ('run' in line) return line;
    if ('decision' in line) {
      return { ...line, coachingSessionId: names.get(line.decision.session) ?? null };
    }
    const { entry } = line;
    const account = agentOf(entry.to) === agentKey ? entry.to : entry.from;
    const kind = explainers.find((one) => one.matches(entry.cause))?.kind ?? 'unknown';
    const change = changeOf(entry, agentKey);
    return { ...line, change, account, cause: kind, told: told.get(entry.id) ?? null };
  });
  const inOrder = shown
    .map((line) => [recordedOf(line), line] as const)
    .toSorted(([a], [b]) => byTime(a, b));
  return { lines: inOrder.map(([, line]) => line), next, complete: zero.complete };
}

function recordedOf(line: StatementLine): Recorded {
  const { place } = line;
  if ('entry' in line) {
    return { place, recordedAt: line.entry.recordedAt, seal: line.entry.seal };
  }
  if ('run' in line) return { place, recordedAt: line.run.at, seal: line.run.seal };
  return { place, recordedAt: line.decision.at, seal: line.seal };
}

/** Each room tells of its own causes, all at once. */
async function tellAll<E>(
  env: E,
  explainers: readonly Explainer<E>[],
  entries: readonly StoredEntry[],
): Promise<Map<string, Told>> {
  const rooms = Map.groupBy(entries, ({ cause }) => explainers.find((one) => one.matches(cause)));
  const told = await Promise.all(
    [...rooms].map(([room, own]) => room?.tell(env, own) ?? new Map<string, Told>()),
  );
  return new Map(told.flatMap((one) => [...one]));
}
