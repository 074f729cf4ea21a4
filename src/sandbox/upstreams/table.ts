/** Small means of the fakes: pages, tokens, merged fields. Decides and refuses nothing. */
import type { Parsed, Reply, Shelf } from './upstream';

export type Fields = Readonly<Record<string, unknown>>;

export const ok = (body: unknown, wrote = false): Reply => ({ status: 200, body, wrote });

export const missing = (what: string): Reply => ({
  status: 404,
  body: { code: 'not.found', message: `there is no ${what}` },
  wrote: false,
});

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** A token of client credentials; each is another one, so that a test sees how many were fetched. */
export function tokenReply({ method, url }: Parsed, shelf: Shelf): Reply | null {
  if (method !== 'POST' || !/\/token$/.test(url.pathname)) return null;
  const number = shelf.list('tokens').length + 1;
  shelf.put('tokens', String(number), {});
  const body = { access_token: `token-${number}`, token_type: 'bearer', expires_in: 86_400 };
  return ok(body);
}

/** The number of the next thing of a kind. */
export const nextId = (shelf: Shelf, kind: string): string => String(shelf.list(kind).length + 1);

/** Sets some fields of a thing and leaves the others. */
export function merge(shelf: Shelf, kind: string, key: string, fields: Fields): Fields {
  const merged = { ...fieldsOf(shelf.get(kind, key)), ...fields };
  shelf.put(kind, key, merged);
  return merged;
}

/** A page of some things by `pageNumber` and `pageSize`. */
export function pageReply(things: readonly unknown[], url: URL): Reply {
  const pageSize = Number(url.searchParams.get('pageSize') ?? 25);
  const pageNumber = Number(url.searchParams.get('pageNumber') ?? 1);
  const entities = things.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
  const pageCount = Math.ceil(things.length / pageSize);
  return ok({ entities, pageSize, pageNumber, total: things.length, pageCount });
}
