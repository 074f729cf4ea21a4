/**
 * The fake HRIS: lines of pay and rewards, each kept under its path with its key as a reference.
 * It repeats what it was sent. Refuses a line without an employee.
 */
import { type Fields, fieldsOf, missing, nextId, ok, tokenReply } from './table';
import type { Parsed, Reply, Shelf } from './upstream';

const NOT_A_FILTER = ['page', 'size', 'limit'];

export function hris(parsed: Parsed, shelf: Shelf): Reply {
  const { method, url, key, body } = parsed;
  const token = tokenReply(parsed, shelf);
  if (token !== null) return token;
  const kind = `items ${url.pathname}`;
  if (method === 'GET') {
    const items = shelf.list(kind).map(({ value }) => fieldsOf(value));
    return ok({ items: items.filter((item) => fits(item, url)) });
  }
  if (method !== 'POST') return missing(url.pathname);
  const fields = fieldsOf(body);
  if (/payroll|reward/.test(url.pathname) && typeof fields.employee_id !== 'string') {
    const error = 'employee_id is needed';
    return { status: 422, body: { error }, wrote: false };
  }
  const id = nextId(shelf, kind);
  const item = { ...fields, id, idempotency_key: key };
  shelf.put(kind, id.padStart(9, '0'), item);
  return ok(item, true);
}

const fits = (item: Fields, url: URL): boolean =>
  [...url.searchParams].every(
    ([name, value]) => NOT_A_FILTER.includes(name) || String(item[name] ?? '') === value,
  );
