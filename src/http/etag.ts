/**
 * Preconditions of PUT and DELETE. Decides whether the version a client last saw is still the
 * present one; refuses with 412 when it is not. A request without If-Match is not asked for one.
 */
import { fail, ok, type Result } from '../kernel/result';

const TAGS =
  /^\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*\s*$/;
const TAG = /(?:W\/)?"[^"]*"/g;

/**
 * Checks If-Match and If-None-Match against the present entity tag (null: nothing is there).
 * Comparison is strong: a weak tag matches nothing. Header syntax that is wrong is 400.
 */
export function checkPreconditions(headers: Headers, present: string | null): Result<null> {
  const match = headers.get('if-match');
  if (match !== null) {
    const tags = readTags(match);
    if (tags === null) return malformed('If-Match');
    const holds = tags === '*' ? present !== null : present !== null && tags.includes(present);
    if (!holds) return stale('If-Match', match, present);
  }
  const none = headers.get('if-none-match');
  if (none !== null) {
    const tags = readTags(none);
    if (tags === null) return malformed('If-None-Match');
    const met = tags === '*' ? present !== null : present !== null && tags.includes(present);
    if (met) return stale('If-None-Match', none, present);
  }
  return ok(null);
}

function readTags(header: string): readonly string[] | '*' | null {
  if (header.trim() === '*') return '*';
  return TAGS.test(header) ? (header.match(TAG) ?? []) : null;
}

const malformed = (header: string): Result<null> =>
  fail({ kind: 'malformed', detail: `${header} is * or a list of quoted entity tags` });

const stale = (
  header: 'If-Match' | 'If-None-Match',
  said: string,
  present: string | null,
): Result<null> =>
  fail({ kind: 'stale', header, expected: said.slice(0, 200), actual: present ?? 'none' });
