/**
 * One fake upstream: what it was asked, in order, and which faults it still plays. Answers at once;
 * nothing waits in real time.
 */
import { DurableObject } from 'cloudflare:workers';
import { type Asked, type Fault, type Played, play, type UpstreamRecord } from './upstream';

const FAULTS = 'faults';
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

export class UpstreamObject extends DurableObject<unknown> {
  /** Records the request and answers it. `at` is RFC 3339. */
  async ask(asked: Asked, at: string): Promise<Omit<Played, 'faults'>> {
    return this.ctx.storage.transactionSync(() => {
      const { faults, ...played } = play(asked, this.#faults(), this.#isKnown(asked.key));
      this.ctx.storage.kv.put(FAULTS, faults);
      this.#keep({ ...asked, status: played.status, committed: played.committed, at });
      return played;
    });
  }

  /** Replaces the faults; the records stay. */
  async setFaults(faults: readonly Fault[]): Promise<void> {
    this.ctx.storage.kv.put(FAULTS, faults);
  }

  async read(): Promise<{ records: UpstreamRecord[]; faults: readonly Fault[] }> {
    const records = this.#sql()
      .exec<RecordRow>(
        'SELECT key, method, path, body, status, committed, at FROM records ORDER BY id',
      )
      .toArray()
      .map((row) => ({ ...row, committed: row.committed === 1 }));
    return { records, faults: this.#faults() };
  }

  #faults(): readonly Fault[] {
    return this.ctx.storage.kv.get<readonly Fault[]>(FAULTS) ?? [];
  }

  #isKnown(key: string | null): boolean {
    if (key === null) return false;
    return (
      this.#sql()
        .exec('SELECT 1 FROM records WHERE key = ? AND committed = 1 LIMIT 1', key)
        .toArray().length > 0
    );
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

  /** The table is made on first use, for a constructor must not throw. */
  #sql(): SqlStorage {
    this.ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, key TEXT, method TEXT NOT NULL, path TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, committed INTEGER NOT NULL, at TEXT NOT NULL) STRICT',
    );
    this.ctx.storage.sql.exec(
      // Serves the look for a key that was committed before.
      'CREATE INDEX IF NOT EXISTS records_key ON records (key) WHERE committed = 1',
    );
    return this.ctx.storage.sql;
  }
}
