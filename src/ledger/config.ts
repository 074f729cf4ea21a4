/**
 * Configuration is kept as versions, never replaced: rules, programmes, sources, agents, keys and
 * settings are all rows `<kind>/<name>/<version>`. Decides which version is in force at an instant
 * (DEC-6) and how the next one is written; a lost race meets the same id and is a conflict.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson, hashFields } from '../kernel/hash';
import { causeId, configId } from '../kernel/ids';

export interface ConfigVersion<T> {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  /** UTC ms; null: in force since ever. */
  readonly effectiveFrom: number | null;
  readonly writtenAt: number;
  /** The person who wrote it. */
  readonly author: string;
  readonly content: T;
}

/** The version in force at an instant: the greatest whose `effectiveFrom` has come. */
export function inForce<T>(
  versions: readonly ConfigVersion<T>[],
  instant: number,
): ConfigVersion<T> | null {
  let best: ConfigVersion<T> | null = null;
  for (const version of versions) {
    const started = version.effectiveFrom === null || version.effectiveFrom <= instant;
    if (started && (best === null || version.version > best.version)) best = version;
  }
  return best;
}

/** The row of a version. `salt` is fixed by the caller with the version. */
export function configRow<T>(version: ConfigVersion<T>, salt: string): Row {
  const content = canonicalJson(version.content);
  return {
    table: 'config',
    id: configId(version.kind, version.name, version.version),
    values: {
      kind: version.kind,
      name: version.name,
      version: version.version,
      effective_from: version.effectiveFrom,
      written_at: version.writtenAt,
      author_hash: hashFields(salt, version.author),
      content_hash: hashFields(salt, content),
    },
    side: { author: version.author, content, salt },
  };
}

export const MARK_KIND = 'mark';

/**
 * The next version of a mark: how far one of cron's walks has come. Its salt is its cause, for
 * there is nothing to hide; a mark of a kind of its own has its kind there in place of its name.
 */
export function markRow<T>(
  name: string,
  before: ConfigVersion<T> | null,
  content: T,
  now: number,
  ownKind?: string,
): Row {
  const version = (before?.version ?? 0) + 1;
  return configRow<T>(
    {
      kind: ownKind ?? MARK_KIND,
      name,
      version,
      effectiveFrom: null,
      writtenAt: now,
      author: 'cron',
      content,
    },
    causeId('mark', ownKind ?? name, version),
  );
}

/** The ETag of a version, quoted as RFC 9110 wants it. */
export const etagOf = (version: { readonly version: number }): string => `"${version.version}"`;
