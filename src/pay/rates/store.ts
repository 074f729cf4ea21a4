/** Named reads of rates of exchange. Writes nothing. */
import type { ConfigVersion } from '../../ledger/config';
import { readLatest } from '../../ledger/store';
import { type DayRates, type PinnedRates, RATES_KIND } from './rate';

/** The newest version of the rates of a day, or null. */
export const readRates = (db: D1Database, day: string): Promise<ConfigVersion<DayRates> | null> =>
  readLatest<DayRates>(db, RATES_KIND, day);

/** The rates of the latest day until one, or null where no day has any. */
export async function readRatesUntil(db: D1Database, day: string): Promise<PinnedRates | null> {
  const row = await db
    .prepare('SELECT name FROM config WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1')
    .bind(`${RATES_KIND}/`, `${RATES_KIND}/${day}0`)
    .first<{ name: string }>();
  const found = row === null ? null : await readRates(db, row.name);
  return found === null ? null : { date: found.name, ...found.content };
}
