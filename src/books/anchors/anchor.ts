/**
 * Anchors: once a day the head of the chain and the Merkle root over all seals up to it are frozen,
 * so that they can be published where nobody who writes the books can reach them. Only an anchor
 * kept elsewhere tells of a tail that was cut off or a chain that was written anew. Refuses nothing.
 */
import { type Notice, noticeRow } from '../../delivery/notice';
import type { ChangeSet } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { civilDay, DAY_MS, printInstant } from '../../kernel/instant';
import { type ConfigVersion, configRow } from '../../ledger/config';
import { grown, NO_TREE, rootOf, type Tree } from '../../ledger/seals/merkle';
import type { Head } from '../../ledger/seals/seal';

export const ANCHOR_KIND = 'anchor';

export interface Anchor {
  /** The last seal it covers. */
  readonly number: number;
  readonly hash: string;
  /** When that seal was made, UTC ms. */
  readonly at: number;
  /** Merkle root over the hashes of all seals from the first to that one. */
  readonly root: string;
  /** What the next anchor grows from. */
  readonly peaks: readonly string[];
}

/** The UTC day of an instant, which names its anchor. */
export const dayOf = (instant: number): string => civilDay(Math.floor(instant / DAY_MS));

export const treeOf = (before: Anchor | null): Tree =>
  before === null ? NO_TREE : { size: before.number, peaks: before.peaks };

/** The anchor at the last of some seals that follow those of a tree; there is at least one. */
export function anchorAt(
  tree: Tree,
  seals: readonly Head[],
): { anchor: Anchor; tree: Tree } | null {
  const last = seals.at(-1);
  if (last === undefined) return null;
  const next = grown(
    tree,
    seals.map(({ hash }) => hash),
  );
  const { number, hash, at } = last;
  return { anchor: { number, hash, at, root: rootOf(next), peaks: next.peaks }, tree: next };
}

/** What freezes a day's anchor and tells of it. Its salts are its cause: there is nothing to hide. */
export function anchorSet(day: string, anchor: Anchor, now: number): ChangeSet {
  const salt = causeId(ANCHOR_KIND, day);
  const version: ConfigVersion<Anchor> = {
    kind: ANCHOR_KIND,
    name: day,
    version: 1,
    effectiveFrom: null,
    writtenAt: now,
    author: 'cron',
    content: anchor,
  };
  const { number, hash, root } = anchor;
  const notice: Notice = {
    kind: 'ledger.anchored',
    subject: `anchor/${day}`,
    cause: day,
    at: now,
    content: { day, number, hash, at: printInstant(anchor.at), root },
    salt,
  };
  return { rows: [configRow(version, salt), noticeRow(notice)] };
}
