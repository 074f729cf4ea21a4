/**
 * Cursor pages: `?limit` (1 to 200, 50 when absent) and an opaque `cursor`; the answer is
 * `{ items, nextCursor }`. Refuses cursors that this service did not write in form; what a cursor
 * says is only ever compared with ids, never trusted.
 */
import * as z from 'zod';
import { hashFields } from '../kernel/hash';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;
const MAX_CURSOR = 1000;

const CHECK_LENGTH = 8;

/** Shows that the text is one of ours and whole; it keeps nobody from making one. */
const checkOf = (position: string): string => hashFields('cursor', position).slice(0, CHECK_LENGTH);

/** Opaque text of a position. */
export const encodeCursor = (position: string): string =>
  Buffer.from(checkOf(position) + position, 'utf8').toString('base64url');

/** The position a cursor stands for, or null when it is not one of ours. */
export function decodeCursor(cursor: string): string | null {
  if (cursor.length === 0 || cursor.length > MAX_CURSOR) return null;
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.toString('base64url') !== cursor) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const position = text.slice(CHECK_LENGTH);
    return text.slice(0, CHECK_LENGTH) === checkOf(position) ? position : null;
  } catch {
    return null;
  }
}

const limit = z
  .string()
  .regex(/^[1-9][0-9]{0,2}$/, 'a whole number')
  .transform(Number)
  .refine((count) => count <= MAX_PAGE, `at most ${MAX_PAGE}`)
  .default(DEFAULT_PAGE)
  .meta({ type: 'integer', minimum: 1, maximum: MAX_PAGE, description: 'Items of a page.' });

const cursor = z
  .string()
  .transform((text, context) => {
    const position = decodeCursor(text);
    if (position !== null) return position;
    context.addIssue({ code: 'custom', message: 'not a cursor of this list' });
    return z.NEVER;
  })
  .optional()
  .meta({ description: '`nextCursor` of the page before.' });

/** The fields of a list's query; spread them into a strict object with the list's own filters. */
export const pageFields = { limit, cursor };

/** The query of a list without filters: `limit` and, decoded, `cursor`. */
export const pageQuery = z.strictObject(pageFields);

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The schema of a page of something. */
export const pageOf = <S extends z.ZodType>(item: S) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/**
 * A page of rows of which one more than `count` was read: the surplus row tells that there are
 * more. `positionOf` names the last row shown.
 */
export function pageFrom<T>(
  rows: readonly T[],
  count: number,
  positionOf: (row: T) => string,
): Page<T> {
  const items = rows.slice(0, count);
  const last = items.at(-1);
  const more = rows.length > count && last !== undefined;
  return { items, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}
