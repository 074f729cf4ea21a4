/** The lines of an export as schemas: they read files and document the route. Refuse every other field. */
import * as z from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

export const sealShape = z
  .strictObject({
    kind: z.literal('seal'),
    number: count,
    previous: hash,
    at: z.int(),
    hash,
    rows: z.array(z.tuple([z.string(), z.string(), hash])),
  })
  .meta({ description: 'A seal with table, id and hash of each row it lists.' });

export const rowShape = z
  .strictObject({
    kind: z.literal('row'),
    table: z.string(),
    id: z.string(),
    seal: z.int(),
    values: z.record(z.string(), z.union([z.string(), z.int()])),
  })
  .meta({ description: 'A sealed row with its chained columns, those that are NULL left out.' });

export const lineSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), format: z.string(), version: count }),
  sealShape,
  rowShape,
  z.strictObject({ kind: z.literal('end'), number: count, hash, root: hash, rows: count }),
]);
