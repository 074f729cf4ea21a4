/**
 * The database of a test: SQLite in an object of a Worker of its own. One call is one
 * transaction, as a batch of D1 is. What SQLite refuses is answered as text, so that the caller can
 * say it in D1's words.
 */
import { DurableObject } from 'cloudflare:workers';

export class DatabaseObject extends DurableObject {
  /** `asked` are statements with their values; answers rows and columns, and what was billed. */
  query(asked) {
    const { sql } = this.ctx.storage;
    if (asked.every(([text]) => text.trim() === ''))
      return { error: 'No SQL statements detected.' };
    try {
      const results = this.ctx.storage.transactionSync(() =>
        asked.map(([text, values]) => {
          const cursor = sql.exec(text, ...values.map(bytesOf));
          const rows = [...cursor.raw()];
          return {
            columns: cursor.columnNames,
            rows,
            read: cursor.rowsRead,
            written: cursor.rowsWritten,
          };
        }),
      );
      return { results };
    } catch (thrown) {
      return { error: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
}

const bytesOf = (value) => (Array.isArray(value) ? new Uint8Array(value).buffer : value);

export default {
  fetch: () => new Response('nobody asks this Worker anything', { status: 404 }),
};
