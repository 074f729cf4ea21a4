/**
 * The journal: D1's one writer. Turns sealed groups into one D1 batch each, the seal first and by
 * plain INSERTs, so that a twin, a late or a doubled batch dies there whole. Its own storage keeps
 * only the last seal's number and hash, and which sets were not acceptable. Policy is in `loop.ts`.
 */
import { DurableObject } from 'cloudflare:workers';
import type { ChangeSet, CommitAnswer } from '../kernel/change-set';
import { randomHex } from '../runtime/chance';
import { pause } from '../runtime/clock';
import { log, messageOf } from '../runtime/log';
import type { LedgerEnv } from './client';
import { checkErasure, type Erasure } from './erase';
import {
  type Anchor,
  BODY_TABLES,
  bodiesTable,
  type JournalPort,
  type SealedGroup,
} from './group/group';
import type { JournalHealth, RejectedSet } from './health/health';
import type { JournalTable } from './journal';
import { JournalLoop } from './loop';
import { type Clearing, clearingRecord, dueClearings } from './retention/retention';
import { readHoldings } from './retention/store';
import { readFacts } from './seals/store';

const ANCHOR_KEY = 'anchor';
const REJECTED_KEY = 'rejected';
const LINGER_MS = 1;

/** The batch of a group. All of what was hashed goes in, or nothing. */
function statementsOf(db: D1Database, group: SealedGroup): D1PreparedStatement[] {
  const { number, hash, at, contents, size, after } = group;
  const statements = [
    // The seal before must be there under its hash: on a D1 that was rolled back `previous` is
    // NULL, which the column refuses, and so nothing is written.
    db
      .prepare(
        `INSERT INTO seals (id, previous, hash, at, contents, size) VALUES (?1,
           CASE WHEN ?1 = 1 THEN ?6 ELSE (SELECT hash FROM seals WHERE id = ?1 - 1 AND hash = ?6) END,
           ?2, ?3, ?4, ?5)`,
      )
      .bind(number, hash, at, contents, size, after.hash),
    ...group.inserts.map(({ table, rows }) => db.prepare(insertOf(table)).bind(rows, number)),
  ];
  if (group.balances !== null) statements.push(db.prepare(ADD_BALANCES).bind(group.balances));
  if (group.bodies !== null) {
    const insert = `INSERT INTO ${bodiesTable(at)} (id, content) VALUES (?, ?)`;
    statements.push(db.prepare(insert).bind(number, group.bodies));
  }
  return statements;
}

/** Values go in as JSON and are never cast: STRICT columns refuse what is not of their type. */
function insertOf({ name, values, side }: JournalTable): string {
  const columns = ['id', ...values, 'seal', ...side];
  const cells = columns.map((column) => {
    if (column === 'seal') return '?2';
    return `value->>${['id', ...values, ...side].indexOf(column)}`;
  });
  return `INSERT INTO ${name} (${columns.join(', ')}) SELECT ${cells.join(', ')} FROM json_each(?1)`;
}

const ADD_BALANCES = `INSERT INTO balances (id, account, unit, amount)
  SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true
  ON CONFLICT (id) DO UPDATE SET amount = amount + excluded.amount`;

/** The batch of an erasure: it only ever makes NULL, and takes bodies out of the groups' own. */
function emptyingOf(db: D1Database, { rows, bodies }: Erasure): D1PreparedStatement[] {
  const statements = rows.map(({ table, columns, ids }) => {
    const emptied = columns.map((column) => `${column} = NULL`).join(', ');
    const update = `UPDATE ${table} SET ${emptied} WHERE id IN (SELECT value FROM json_each(?))`;
    return db.prepare(update).bind(JSON.stringify(ids));
  });
  if (bodies.events.length === 0) return statements;
  const [events, seals] = [JSON.stringify(bodies.events), JSON.stringify(bodies.seals)];
  const kept = (table: string): string =>
    `SELECT json_group_object(j.key, j.value) FROM json_each(${table}.content) AS j
     WHERE j.key NOT IN (SELECT value FROM json_each(?1))`;
  const without = BODY_TABLES.map((table) =>
    db
      .prepare(
        `UPDATE ${table} SET content = (${kept(table)})
         WHERE id IN (SELECT value FROM json_each(?2))`,
      )
      .bind(events, seals),
  );
  return [...statements, ...without];
}

/** Rows that one statement removes, so that it ends in time; a later firing removes the rest. */
const MOST_LEFTOVERS = 20_000;

/** The batch of a clearing. A dropped table is made again as the first migration makes it. */
function clearingOf(db: D1Database, { table, before }: Clearing): D1PreparedStatement[] {
  if (before === null) {
    return [
      db.prepare(`DROP TABLE ${table}`),
      db.prepare(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT`),
    ];
  }
  const overdue = `SELECT b.id FROM ${table} AS b CROSS JOIN seals AS s ON s.id = b.id
    WHERE s.at < ? ORDER BY b.id LIMIT ${MOST_LEFTOVERS}`;
  return [db.prepare(`DELETE FROM ${table} WHERE id IN (${overdue})`).bind(before)];
}

/** D1 and the object's storage as the loop sees them. `db` is asked for anew on every call. */
export function portOf(db: () => D1Database, storage: SyncKvStorage): JournalPort {
  return {
    look: (ask) => readFacts(db(), ask),
    async write(group) {
      await db().batch(statementsOf(db(), group));
    },
    loadAnchor: () => storage.get<Anchor>(ANCHOR_KEY) ?? null,
    saveAnchor: (anchor) => storage.put(ANCHOR_KEY, anchor),
    loadRejected: () => storage.get<readonly RejectedSet[]>(REJECTED_KEY) ?? [],
    saveRejected: (sets) => {
      // Whoever waits is told in any case: that it is not kept costs the list after a restart.
      try {
        storage.put(REJECTED_KEY, sets);
      } catch (thrown) {
        log('warn', 'journal.rejections-not-kept', { message: messageOf(thrown) });
      }
    },
    salt: () => randomHex(16),
    linger: () => pause(LINGER_MS),
    reasonOf: messageOf,
    log: (event, fields) => log('warn', event, fields),
  };
}

export abstract class JournalObject extends DurableObject<LedgerEnv> {
  #made: JournalLoop | null = null;

  /** Every table the journal may write; `compose.ts` lists them. */
  protected abstract readonly tables: readonly JournalTable[];

  /** Writes a set whole or not at all. Takes up to 1,000 waiting callers, then answers busy. */
  commit(set: ChangeSet, now: number): Promise<CommitAnswer> {
    return this.#loop.commit(set, now);
  }

  /** Each set on its own, answered in order; they share groups as they fall. */
  commitAll(sets: readonly ChangeSet[], now: number): Promise<CommitAnswer[]> {
    return Promise.all(sets.map((set) => this.#loop.commit(set, now)));
  }

  /** Goes on from D1 as it stands after a rollback, if `set` (its audit entry) is committed. */
  acceptRollback(set: ChangeSet, now: number): Promise<CommitAnswer> {
    return this.#loop.acceptRollback(set, now);
  }

  /**
   * Empties columns that no seal holds, once its record stands in the audit log. A record of the
   * same name is that of an attempt that did not come to its end. Doing it again changes nothing.
   */
  async erase(erasure: Erasure, now: number): Promise<CommitAnswer> {
    const wrong = checkErasure(erasure, this.tables);
    if (wrong !== null) return { verdict: 'rejected', reason: wrong };
    const recorded = await this.#loop.commit(erasure.record, now);
    if (recorded.verdict !== 'committed' && recorded.verdict !== 'conflict') return recorded;
    const statements = emptyingOf(this.env.DB, erasure);
    if (statements.length > 0 && !(await this.#tryBatch(statements))) return { verdict: 'retry' };
    return recorded.verdict === 'committed' ? recorded : { verdict: 'committed', seal: 0 };
  }

  /**
   * Lets the raw bodies go whose time is over, each table after its record stands in the audit log.
   * Answers the tables it cleared and those it could not; doing it again changes nothing.
   */
  async clearBodies(now: number): Promise<{ done: string[]; left: string[] }> {
    const { holdings, sealedAt } = await readHoldings(this.env.DB);
    const [done, left]: [string[], string[]] = [[], []];
    for (const clearing of dueClearings(holdings, sealedAt, now)) {
      const { verdict } = await this.#loop.commit(clearingRecord(clearing, now), now);
      const recorded = verdict === 'committed' || verdict === 'conflict';
      const cleared = recorded && (await this.#tryBatch(clearingOf(this.env.DB, clearing)));
      (cleared ? done : left).push(clearing.table);
    }
    return { done, left };
  }

  async #tryBatch(statements: D1PreparedStatement[]): Promise<boolean> {
    try {
      await this.env.DB.batch(statements);
      return true;
    } catch (thrown) {
      log('warn', 'journal.emptying-failed', { message: messageOf(thrown) });
      return false;
    }
  }

  health(now: number): Promise<JournalHealth> {
    return this.#loop.health(now);
  }

  get #loop(): JournalLoop {
    this.#made ??= new JournalLoop(
      portOf(() => this.env.DB, this.ctx.storage.kv),
      this.tables,
    );
    return this.#made;
  }
}
