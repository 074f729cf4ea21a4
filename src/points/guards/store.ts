/**
 * Named reads of claims under caps, and what the journal must know to write them. A claim's id
 * begins with mentor, category and day, so a mentor's claims of some days are one range of the
 * primary key. Writes nothing.
 */
import { and, asc, gte, lt } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { compactDay } from '../../kernel/period';
import type { JournalTable } from '../../ledger/journal';
import { type Claim, type ClaimChange, readClaim, standingClaims } from './claim';
import type { Reach } from './reach';
import { capClaims } from './schema';

export const CLAIMS_TABLE: JournalTable = {
  name: 'cap_claims',
  values: ['mentee_key', 'week', 'occurred_at', 'amount', 'standing', 'granted', 'fixed'],
  side: [],
};

/** What stands of a mentor's claims in a category on some days, both included. */
export async function readClaims(
  db: D1Database,
  mentorKey: string,
  category: string,
  { first, last }: Reach,
): Promise<Claim[]> {
  const prefix = `${mentorKey}.${category}`;
  const rows = await drizzle(db)
    .select()
    .from(capClaims)
    .where(
      and(
        gte(capClaims.id, `${prefix}.${compactDay(first)}.`),
        lt(capClaims.id, `${prefix}.${compactDay(last)}/`),
      ),
    )
    .orderBy(asc(capClaims.id));
  return standingClaims(rows.flatMap((row) => readClaim(row) ?? []));
}

/** Claims by the ids of their rows, as the seals list them; in no order. */
export async function readClaimRows(
  db: D1Database,
  ids: readonly string[],
): Promise<(ClaimChange & { readonly id: string; readonly seal: number })[]> {
  const { results } = await db
    .prepare(
      `SELECT c.id, c.mentee_key AS menteeKey, c.week, c.occurred_at AS occurredAt, c.amount,
         c.standing, c.granted, c.fixed, c.seal
       FROM json_each(?) AS n CROSS JOIN cap_claims AS c ON c.id = n.value`,
    )
    .bind(JSON.stringify(ids))
    .all<typeof capClaims.$inferSelect>();
  return results.flatMap((row) => {
    const change = readClaim(row);
    return change === null ? [] : [{ ...change, id: row.id, seal: row.seal }];
  });
}
