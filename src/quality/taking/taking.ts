/**
 * What a request that brings facts writes: each item is answered on its own, rows that D1 holds or
 * that stand twice are left out, and many rows become several change sets. Refuses nothing: ids of
 * facts come from their content, so sending everything again is safe.
 */
import * as z from 'zod';
import type { Row } from '../../kernel/change-set';

/** What the head of a page says; whose ids its items speak in. */
export const pageHead = {
  page_count: z.int().min(0).optional(),
  page_size: z.int().min(0).optional(),
  page_number: z.int().min(0).optional(),
  platform: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('genesys-cloud'),
};

/** What became of one item. */
const itemOutcome = z.object({
  id: z.string().meta({ description: 'What names the item: its id, or the agent as it says it.' }),
  status: z.enum(['accepted', 'duplicate', 'refused']),
  reason: z.string().optional(),
});

export type ItemOutcome = z.output<typeof itemOutcome>;

export const itemOutcomes = z.object({ results: z.array(itemOutcome) });

/** An item with the rows it makes, or why it makes none. */
export interface ReadItem {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly refusal: string | null;
}

export interface Taken {
  readonly results: readonly ItemOutcome[];
  /** What is to be written. */
  readonly fresh: readonly Row[];
}

/** An item is accepted where any of its rows is new, and a duplicate where none is. */
export function takeItems(items: readonly ReadItem[], known: ReadonlySet<string>): Taken {
  const seen = new Set(known);
  const fresh: Row[] = [];
  const results = items.map(({ id, rows, refusal }): ItemOutcome => {
    if (refusal !== null) return { id, status: 'refused', reason: refusal };
    const own = rows.filter((row) => !seen.has(row.id));
    for (const row of own) seen.add(row.id);
    fresh.push(...own);
    return { id, status: own.length > 0 ? 'accepted' : 'duplicate' };
  });
  return { results, fresh };
}

const MAX_ROWS = 400;
const MAX_LENGTH = 300_000;

/** Rows in parts that each fit into a change set beside an audit entry and a stored answer. */
export function partsOf(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = [];
  let length = 0;
  for (const row of rows) {
    const more = JSON.stringify(row).length;
    const last = parts.at(-1);
    const fits = last !== undefined && last.length < MAX_ROWS && length + more <= MAX_LENGTH;
    if (fits) last.push(row);
    else parts.push([row]);
    length = fits ? length + more : more;
  }
  return parts;
}
