/**
 * What the journal's tests share: a D1 whose calls can be made to fail, storage for one journal,
 * and sets of awards. The database is the real one of the test file.
 */
import { env } from 'cloudflare:workers';
import type { ChangeSet, CommitAnswer, Row } from '../../src/kernel/change-set';
import { auditRow } from '../../src/ledger/audit';
import { configRow } from '../../src/ledger/config';
import { readRunningBalances } from '../../src/ledger/entries/store';
import { entryRow, transaction } from '../../src/ledger/entry';
import { JournalLoop } from '../../src/ledger/loop';
import { portOf } from '../../src/ledger/object';
import { NO_SEAL, type SealFault, verifyChain, verifyListed } from '../../src/ledger/seals/seal';
import { readListed, readSealsFrom } from '../../src/ledger/seals/store';
import {
  AUDIT_TABLE,
  CONFIG_TABLE,
  ENTRIES_TABLE,
  IDEMPOTENCY_TABLE,
} from '../../src/ledger/store';
import { SEASON_TABLES } from '../../src/seasons/store';

export const EVENTS = {
  name: 'events',
  values: [
    'source',
    'type',
    'subject',
    'occurred_at',
    'received_at',
    'signature',
    'body_hash',
    'content_hash',
  ],
  side: ['content', 'salt'],
};

export const TABLES = [
  ENTRIES_TABLE,
  AUDIT_TABLE,
  CONFIG_TABLE,
  IDEMPOTENCY_TABLE,
  EVENTS,
  ...SEASON_TABLES,
];
export const NOON = Date.UTC(2024, 8, 15, 12);
export const UNIT = 'POINTS/Mentorship';
export const PROGRAM = 'program:Mentorship';

/** What happens to one batch: it is let through, or one of the ways in which calls fail. */
export type Weather = 'fine' | 'lost-before' | 'lost-after' | 'ghost' | 'twice';

/** D1 behind a network: `forecast` says what happens to each batch, writes and looks alike. */
export class Network {
  /** Batches that reached D1 or would have. */
  batches = 0;
  writes = 0;
  rowsWritten = 0;
  forecast: (kind: 'look' | 'write') => Weather = () => 'fine';
  delayMs = 0;
  /** While set, no batch is answered before it resolves. */
  gate: Promise<void> | null = null;
  /** Batches reported lost that will still be executed. */
  readonly ghosts: (() => Promise<unknown>)[] = [];

  readonly db: D1Database = new Proxy(env.DB, {
    get: (target, key) => {
      if (key === 'batch') return (statements: D1PreparedStatement[]) => this.#batch(statements);
      const value = Reflect.get(target, key) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

  async #batch(statements: D1PreparedStatement[]): Promise<D1Result[]> {
    this.batches += 1;
    const kind = sqlOf(statements[0]).startsWith('INSERT') ? 'write' : 'look';
    if (kind === 'write') this.writes += 1;
    const weather = this.forecast(kind);
    if (weather === 'lost-before') throw new Error('Network connection lost.');
    if (weather === 'ghost') {
      this.ghosts.push(() => env.DB.batch(statements));
      throw new Error('Network connection lost.');
    }
    if (this.gate !== null) await this.gate;
    if (this.delayMs > 0) await scheduler.wait(this.delayMs);
    const answers = await env.DB.batch(statements);
    for (const { meta } of answers) this.rowsWritten += meta.rows_written;
    if (weather === 'twice') await env.DB.batch(statements).catch(() => undefined);
    if (weather === 'lost-after') throw new Error('Network connection lost.');
    return answers;
  }
}

const sqlOf = (statement: D1PreparedStatement | undefined): string =>
  String((statement as unknown as { statement?: string } | undefined)?.statement ?? '').trim();

/** The synchronous key-value storage of one object, kept beyond a restart of its journal. */
export class Memory {
  readonly values = new Map<string, unknown>();
  puts = 0;

  readonly kv = {
    get: (key: string) => this.values.get(key),
    put: (key: string, value: unknown) => {
      this.puts += 1;
      this.values.set(key, value);
    },
  } as unknown as SyncKvStorage;
}

export function journal(
  network = new Network(),
  memory = new Memory(),
  limits?: { rows: number; bytes: number },
): JournalLoop {
  return new JournalLoop(
    portOf(() => network.db, memory.kv),
    TABLES,
    limits,
  );
}

export const agent = (name: string): string => name.padEnd(16, 'x').slice(0, 16);

/** An award of points (smallest part) to an agent's account, named by its cause. */
export function award(cause: string, to = agent('a'), amount = 500_000): Row {
  const [entry] = transaction({ kind: 'AWARD', cause, occurredAt: NOON, recordedAt: NOON }, [
    {
      unit: UNIT,
      from: PROGRAM,
      to: `agent:${to}:points:Mentorship:none`,
      amount,
      rule: 'rule/r/000001',
      day: '2024-09-15',
    },
  ]);
  if (entry === undefined) throw new Error('a transaction has an entry');
  return entryRow(entry);
}

export const awardSet = (cause: string, to?: string, amount?: number): ChangeSet => ({
  rows: [award(cause, to, amount)],
});

export const note = (cause: string, detail = 'x'): Row =>
  auditRow({
    action: 'TESTED',
    subject: 'test',
    at: NOON,
    actor: 'tester',
    detail: { detail },
    cause,
    salt: 'salt',
  });

export const verdicts = (answers: readonly CommitAnswer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { verdict } of answers) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
};

export async function count(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0;
}

/** The first thing wrong with the books as they stand in D1, or null: chain, rows, counts, balances. */
export async function wrongIn(tables = TABLES): Promise<SealFault | string | null> {
  let head = NO_SEAL;
  const sealed = new Map<string, number>();
  for (;;) {
    const seals = await readSealsFrom(env.DB, head.number + 1, 2_000);
    const last = seals.at(-1);
    if (last === undefined) break;
    const broken = verifyChain(head, seals);
    if (broken !== null) return broken;
    const found = await readListed(env.DB, tables, seals);
    for (const seal of seals) {
      const fault = verifyListed(seal, found);
      if (fault !== null) return fault;
      for (const [table] of seal.contents) sealed.set(table, (sealed.get(table) ?? 0) + 1);
    }
    head = last;
  }
  for (const { name } of tables) {
    if ((await count(name)) !== (sealed.get(name) ?? 0)) return `${name} holds rows no seal lists`;
  }
  return drift();
}

/** Running rows against the sums of the entries. */
async function drift(): Promise<string | null> {
  const { results } = await env.DB.prepare(
    `SELECT account, unit, sum(amount) AS amount FROM (
       SELECT to_account AS account, unit, amount FROM entries
       UNION ALL SELECT from_account, unit, -amount FROM entries)
     WHERE account NOT LIKE 'agent:%' GROUP BY account, unit HAVING sum(amount) <> 0`,
  ).all<{ account: string; unit: string; amount: number }>();
  const sums = new Map(results.map((row) => [`${row.unit} ${row.account}`, BigInt(row.amount)]));
  const running = (await readRunningBalances(env.DB, null)).filter(({ amount }) => amount !== 0n);
  for (const { account, unit, amount } of running) {
    if (sums.get(`${unit} ${account}`) !== amount) return `the running row of ${account} drifted`;
  }
  return running.length === sums.size ? null : 'a running row is missing';
}

/** Does as an operator with the database's own tools would: triggers off, a deed, triggers on. */
export async function behindTheTriggers(deed: () => Promise<unknown>): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
  ).all<{ name: string; sql: string }>();
  await env.DB.batch(results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)));
  try {
    await deed();
  } finally {
    await env.DB.batch(results.map(({ sql }) => env.DB.prepare(sql)));
  }
}

/** What a restore to an earlier point leaves: everything sealed after `seal` is gone. */
export async function rollBackTo(seal: number): Promise<void> {
  await behindTheTriggers(() =>
    env.DB.batch([
      ...TABLES.map(({ name }) => env.DB.prepare(`DELETE FROM ${name} WHERE seal > ${seal}`)),
      env.DB.prepare(`DELETE FROM seals WHERE id > ${seal}`),
      env.DB.prepare('DELETE FROM balances'),
      env.DB.prepare(
        `INSERT INTO balances SELECT unit || ' ' || account, account, unit, sum(amount) FROM (
           SELECT to_account AS account, unit, amount FROM entries
           UNION ALL SELECT from_account, unit, -amount FROM entries)
         WHERE account NOT LIKE 'agent:%' GROUP BY account, unit`,
      ),
    ]),
  );
}

let counter = 0;

/** A journal that knows its head, so that its next write is optimistic. */
export async function warm(network = new Network(), memory = new Memory()): Promise<JournalLoop> {
  counter += 1;
  const books = journal(network, memory);
  const { verdict } = await books.commit(awardSet(`warm-${counter}`), NOON);
  if (verdict !== 'committed') throw new Error('the journal does not start');
  return books;
}

/** A version of a setting; version 0 is refused by the database and by nothing before it. */
export const setting = (name: string, version: number): Row =>
  configRow(
    {
      kind: 'test',
      name,
      version,
      effectiveFrom: null,
      writtenAt: NOON,
      author: 'tester',
      content: {},
    },
    'salt',
  );

/** Somebody else's turn: the way between two machines, at its shortest. */
export const aTurn = (): Promise<unknown> => scheduler.wait(0);
