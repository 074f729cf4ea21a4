/**
 * What stands in D1 after a history, read by plain SQL and not through the engine's own reads, and
 * turned into the words of the oracle. Decides nothing about whether it is right.
 */
import type { Condition } from '../oracle/condition';
import type { OracleAction, OracleRule } from '../oracle/world';
import { database } from '../worker/database';

/** A row as D1 answers it. */
export type Row = Readonly<Record<string, string | number | null>>;

export interface EntryRow {
  readonly id: string;
  readonly tx: string;
  readonly kind: string;
  readonly unit: string;
  readonly from_account: string;
  readonly to_account: string;
  readonly amount: number;
  readonly cause: string;
  readonly rule: string | null;
  readonly reverses: string | null;
  readonly occurred_at: number;
  readonly recorded_at: number;
  readonly seal: number;
}

export interface SealRow {
  readonly id: number;
  readonly previous: string;
  readonly hash: string;
  readonly at: number;
  readonly contents: string;
  readonly size: number;
}

export interface DecisionRow {
  readonly id: string;
  readonly session: string;
  readonly upto: number;
  readonly outcome: string;
  readonly content: string | null;
}

export interface EventRow {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly occurred_at: number;
  readonly received_at: number;
  readonly content: string | null;
}

export interface QuarantineRow {
  readonly id: string;
  readonly source: string;
  readonly reason: string;
  readonly body: string | null;
}

export interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly action: string;
  readonly subject: string;
  readonly detail: string | null;
  readonly actor: string | null;
  readonly seal: number;
}

export interface ConfigRow {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly effective_from: number | null;
  readonly written_at: number;
  readonly content: string | null;
  readonly author: string | null;
  readonly seal: number;
}

export interface BalanceRow {
  readonly id: string;
  readonly account: string;
  readonly unit: string;
  readonly amount: number;
}

export interface Books {
  readonly entries: readonly EntryRow[];
  readonly seals: readonly SealRow[];
  readonly decisions: readonly DecisionRow[];
  readonly events: readonly EventRow[];
  readonly quarantine: readonly QuarantineRow[];
  readonly audit: readonly AuditRow[];
  readonly config: readonly ConfigRow[];
  readonly balances: readonly BalanceRow[];
  /** Every row of every table, for what the named ones leave out. */
  readonly all: ReadonlyMap<string, readonly Row[]>;
  /** Every row of every table as text, for what must stand nowhere. */
  readonly dump: string;
}

const TABLES = [
  'entries',
  'seals',
  'decisions',
  'events',
  'quarantine',
  'audit',
  'config',
  'balances',
] as const;

/** Every table there is, by plain SQL: a room that joins is read without a word here. */
export async function readBooks(): Promise<Books> {
  const { results: tables } = await database()
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table'
     AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'`,
    )
    .all<{ name: string }>();
  const names = tables.map(({ name }) => name);
  const answers = await database().batch<Row>(
    names.map((table) => database().prepare(`SELECT * FROM ${table} ORDER BY id`)),
  );
  const all = new Map(names.map((name, index) => [name, answers[index]?.results ?? []]));
  const known = Object.fromEntries(TABLES.map((table) => [table, all.get(table) ?? []]));
  const dump = JSON.stringify([...all]);
  return { ...(known as unknown as Omit<Books, 'dump' | 'all'>), all, dump };
}

const contentOf = <T>(row: ConfigRow): T => JSON.parse(row.content ?? 'null') as T;

/** Agent ids by the keys the ledger knows them by. */
export function agentIds(books: Books): ReadonlyMap<string, string> {
  const agents = books.config.filter(({ kind }) => kind === 'agent');
  return new Map(
    agents.map((row) => [row.name, contentOf<{ agentId: string } | null>(row)?.agentId ?? '']),
  );
}

interface KeptRule {
  readonly enabled: boolean;
  readonly evaluationOrder: number;
  readonly conditions: readonly Condition[];
  readonly actions: readonly OracleAction[];
  readonly deduplicationKey: string;
}

/** Every version of every rule. */
export const ruleVersions = (books: Books): OracleRule[] =>
  books.config
    .filter(({ kind }) => kind === 'rule')
    .map((row) => ({
      ...contentOf<KeptRule>(row),
      id: row.name,
      version: row.version,
      effectiveFrom: row.effective_from,
    }));

/** The coaching session whose decision made an entry. */
export const sessionOf = (entry: EntryRow): string => entry.cause.split('.')[0] ?? '';

/** The day under which an entry stands, by its id. */
export function dayOfEntry({ id }: { readonly id: string }): string {
  const [, day = ''] = id.split('.');
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}`;
}

/** False of what a season takes away by night, and of points that no coaching session brings. */
export const isOfCoaching = ({ kind, unit }: EntryRow): boolean =>
  kind !== 'DECAY' && unit !== 'POINTS/Service';

/** Agent key and category of a points account of an agent, or null. */
export function pointsAccount(account: string): readonly [agent: string, category: string] | null {
  const [owner, agent, kind, category] = account.split(':');
  if (owner !== 'agent' || kind !== 'points' || !agent || !category) return null;
  return [agent, category];
}

/** Where the ledger stands for each coaching session: `<category> <agent id>` to ten-thousandths. */
export function netsBySession(books: Books): Map<string, Map<string, bigint>> {
  const ids = agentIds(books);
  const nets = new Map<string, Map<string, bigint>>();
  const add = (session: string, account: string, amount: bigint): void => {
    const owner = pointsAccount(account);
    if (owner === null) return;
    const own = nets.get(session) ?? new Map<string, bigint>();
    nets.set(session, own);
    const key = `${owner[1]} ${ids.get(owner[0]) ?? owner[0]}`;
    own.set(key, (own.get(key) ?? 0n) + amount);
  };
  for (const entry of books.entries) {
    if (!isOfCoaching(entry)) continue;
    add(sessionOf(entry), entry.to_account, BigInt(entry.amount));
    add(sessionOf(entry), entry.from_account, -BigInt(entry.amount));
  }
  for (const own of nets.values()) {
    for (const [key, amount] of own) if (amount === 0n) own.delete(key);
  }
  return nets;
}

export const numberOf = (id: string): number => Number(id.split('.').at(-1));

/** The latest decision of each coaching session. */
export function latestDecisions(books: Books): Map<string, DecisionRow> {
  const latest = new Map<string, DecisionRow>();
  for (const decision of books.decisions) {
    const known = latest.get(decision.session);
    if (known === undefined || numberOf(decision.id) > numberOf(known.id)) {
      latest.set(decision.session, decision);
    }
  }
  return latest;
}
