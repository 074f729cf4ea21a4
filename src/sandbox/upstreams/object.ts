/**
 * One fake upstream: its own store, what it was asked, in order, and which faults it still plays.
 * Answers at once; nothing waits in real time.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Fault } from './fault';
import {
  type Asked,
  answerAs,
  type Canned,
  cannedOf,
  faultsOf,
  type Shelf,
  setCanned,
  setFaults,
  type Told,
  type UpstreamName,
  type UpstreamRecord,
} from './upstream';

/** A fake that is driven for hours forgets its oldest records. */
const MAX_RECORDS = 10_000;

interface RecordRow extends Record<string, SqlStorageValue> {
  readonly key: string | null;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
  readonly committed: number;
  readonly at: string;
}

export interface UpstreamReport {
  readonly records: UpstreamRecord[];
  readonly faults: readonly Fault[];
  readonly answers: readonly Canned[];
}

export class UpstreamObject extends DurableObject<unknown> {
  /** Records the request and answers it. `at` is RFC 3339. */
  async ask(name: UpstreamName, asked: Asked, at: string): Promise<Told> {
    return this.ctx.storage.transactionSync(() => {
      const told = answerAs(name, asked, this.#shelf());
      this.#keep({ ...asked, status: told.status, committed: told.committed, at });
      return told;
    });
  }

  /** Replaces the faults or the canned answers that are given; the records stay. */
  async set(given: {
    readonly faults?: readonly Fault[] | undefined;
    readonly answers?: readonly Canned[] | undefined;
  }): Promise<void> {
    if (given.faults !== undefined) setFaults(this.#shelf(), given.faults);
    if (given.answers !== undefined) setCanned(this.#shelf(), given.answers);
  }

  async read(): Promise<UpstreamReport> {
    const records = this.#sql()
      .exec<RecordRow>(
        'SELECT key, method, path, body, status, committed, at FROM records ORDER BY id',
      )
      .toArray()
      .map((row) => ({ ...row, committed: row.committed === 1 }));
    const shelf = this.#shelf();
    return { records, faults: faultsOf(shelf), answers: cannedOf(shelf) };
  }

  #shelf(): Shelf {
    const sql = this.#sql();
    return {
      get(kind, key) {
        const [row] = sql
          .exec<{ value: string }>('SELECT value FROM things WHERE kind = ? AND key = ?', kind, key)
          .toArray();
        return row === undefined ? undefined : (JSON.parse(row.value) as unknown);
      },
      put(kind, key, value) {
        sql.exec('DELETE FROM things WHERE kind = ? AND key = ?', kind, key);
        const text = JSON.stringify(value);
        sql.exec('INSERT INTO things (kind, key, value) VALUES (?, ?, ?)', kind, key, text);
      },
      list: (kind) =>
        sql
          .exec<{ key: string; value: string }>(
            'SELECT key, value FROM things WHERE kind = ? ORDER BY key',
            kind,
          )
          .toArray()
          .map(({ key, value }) => ({ key, value: JSON.parse(value) as unknown })),
      clear: (kind) => {
        sql.exec('DELETE FROM things WHERE kind = ?', kind);
      },
    };
  }

  #keep({ key, method, path, body, status, committed, at }: UpstreamRecord): void {
    const sql = this.#sql();
    sql.exec(
      'INSERT INTO records (key, method, path, body, status, committed, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      key,
      method,
      path,
      body,
      status,
      committed ? 1 : 0,
      at,
    );
    sql.exec('DELETE FROM records WHERE id <= (SELECT max(id) FROM records) - ?', MAX_RECORDS);
  }

  /** The tables are made on first use, for a constructor must not throw. */
  #sql(): SqlStorage {
    this.ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, key TEXT, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, committed INTEGER NOT NULL, at TEXT NOT NULL) STRICT',
    );
    this.ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS things (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID',
    );
    return this.ctx.storage.sql;
  }
}
