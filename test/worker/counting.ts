/** D1 that counts the statements made on it, for tests of how much is asked. Decides nothing. */
import { env } from 'cloudflare:workers';

export function countingDb(): { readonly db: D1Database; readonly queries: () => number } {
  let made = 0;
  const db = new Proxy(env.DB, {
    get(target, key) {
      if (key === 'prepare') made += 1;
      const value = Reflect.get(target, key) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { db, queries: () => made };
}
