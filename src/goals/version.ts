/**
 * The next version of a team or a goal and the answer that tells it. Decides since when it holds:
 * the first since ever, later ones from when they are written, unless the body says otherwise
 * (DEC-6). Refuses nothing.
 */
import type { Answer } from '../http/route';
import { canonicalJson } from '../kernel/hash';
import { type ConfigVersion, etagOf } from '../ledger/config';

export interface Wanted<T> {
  readonly kind: string;
  readonly name: string;
  readonly content: T;
  readonly effectiveFrom: number | undefined;
  readonly author: string;
  /** UTC ms. */
  readonly now: number;
}

/** Null where what is there says the same and nothing is said of when. */
export function versionAfter<T>(
  present: ConfigVersion<T> | null,
  { effectiveFrom, now, ...wanted }: Wanted<T>,
): ConfigVersion<T> | null {
  const isSame =
    present !== null && canonicalJson(present.content) === canonicalJson(wanted.content);
  if (isSame && effectiveFrom === undefined) return null;
  return {
    ...wanted,
    version: (present?.version ?? 0) + 1,
    effectiveFrom: effectiveFrom ?? (present === null ? null : now),
    writtenAt: now,
  };
}

/** 201 with its address for a first version, else 200. */
export function toldVersion<T>(version: ConfigVersion<T>, folder: string, body: unknown): Answer {
  const isFirst = version.version === 1;
  return {
    status: isFirst ? 201 : 200,
    body,
    headers: {
      ETag: etagOf(version),
      ...(isFirst && { Location: `${folder}/${version.name}` }),
    },
  };
}
