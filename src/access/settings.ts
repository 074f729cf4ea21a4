/**
 * The next version of a settings thing, decided from the present one: none when nothing changes,
 * a refusal when the client saw another version.
 */
import { checkPreconditions } from '../http/etag';
import { canonicalJson } from '../kernel/hash';
import { ok, type Result } from '../kernel/result';
import { type ConfigVersion, etagOf } from '../ledger/config';

export interface Wanted<T> {
  readonly kind: string;
  readonly name: string;
  readonly content: T;
  readonly author: string;
  /** UTC ms. */
  readonly now: number;
}

/** The version to write, or null when the content is what is there. */
export function nextVersion<T>(
  headers: Headers,
  present: ConfigVersion<T> | null,
  wanted: Wanted<T>,
): Result<ConfigVersion<T> | null> {
  const checked = checkPreconditions(headers, present === null ? null : etagOf(present));
  if (!checked.ok) return checked;
  const { kind, name, content, author, now } = wanted;
  if (present !== null && canonicalJson(present.content) === canonicalJson(content)) {
    return ok(null);
  }
  const version = (present?.version ?? 0) + 1;
  const effectiveFrom = present === null ? null : now;
  return ok({ kind, name, version, effectiveFrom, writtenAt: now, author, content });
}
