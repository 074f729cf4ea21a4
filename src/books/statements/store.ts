/**
 * What a statement reads, all of it bounded but the sums: those read one row for each entry of the
 * agent up to the end of the statement, whatever the ledger holds besides. A million awards of 250
 * mentors are 4,000 rows; an agent with a coaching session and a decay a day has as many after five
 * years. Lines and zero lines add some hundred rows a page. Writes nothing.
 */
import { agentOf } from '../../ledger/account';
import { readEntriesBetween, type StoredEntry, startOfDay } from '../../ledger/entries/store';
import type { Explainer, Told } from '../../ledger/explain';
import type { ZeroLine } from '../../points/lines/line';
import { readSessionNames, readZeroLines } from '../../points/lines/store';
import { changeOf, type Days, type KindSum, mergePage, type Place } from './statement';

/** An agent's sums as of a seal, by unit, kind and direction; before the days and in them. */
export async function readSums(
  db: D1Database,
  agentKey: string,
  { from, to }: Days,
  seal: number,
): Promise<KindSum[]> {
  const own = `agent:${agentKey}:`;
  // Sums are read as text: D1 rounds integers beyond 2^53.
  const { results } = await db
    .prepare(
      `SELECT unit, kind, id < ?2 AS before,
         (substr(to_account, 1, ?6) = ?5) - (substr(from_account, 1, ?6) = ?5) AS sign,
         CAST(sum(amount) AS TEXT) AS amount
       FROM entries WHERE id > ?1 AND id < ?3 AND seal <= ?4 GROUP BY 1, 2, 3, 4`,
    )
    .bind(
      `${agentKey}.`,
      startOfDay(agentKey, from),
      startOfDay(agentKey, to),
      seal,
      own,
      own.length,
    )
    .all<{ unit: string; kind: string; before: number; sign: number; amount: string }>();
  return results.map(({ unit, kind, before, sign, amount }) => ({
    unit,
    kind,
    isBefore: before === 1,
    change: BigInt(amount) * BigInt(sign),
  }));
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

export type StatementLine = EntryLine | NothingLine;

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
  const end = place.to.replaceAll('-', '');
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
  const zero = await readZeroLines(env.DB, { mentorKey: agentKey, after, before, seal });
  const { lines, next } = mergePage(placed, zero.lines, zero.reached, limit);
  const moved = lines.flatMap((line) => ('entry' in line ? [line.entry] : []));
  const idle = lines.flatMap((line) => ('entry' in line ? [] : [line.decision]));
  const [told, names] = await Promise.all([
    tellAll(env, explainers, moved),
    readSessionNames(env.DB, idle),
  ]);
  const shown = lines.map((line): StatementLine => {
    if (!('entry' in line)) {
      return { ...line, coachingSessionId: names.get(line.decision.session) ?? null };
    }
    const { entry } = line;
    const account = agentOf(entry.to) === agentKey ? entry.to : entry.from;
    const kind = explainers.find((one) => one.matches(entry.cause))?.kind ?? 'unknown';
    const change = changeOf(entry, agentKey);
    return { ...line, change, account, cause: kind, told: told.get(entry.id) ?? null };
  });
  return { lines: shown, next, complete: zero.complete };
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
