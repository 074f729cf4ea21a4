/**
 * The Merkle tree over the hashes of the seals, built as RFC 6962 builds it, so that any tool for
 * such trees checks ours. It grows one leaf at a time and keeps only the roots of its perfect
 * subtrees: a day's anchor reads a day's seals. Refuses nothing.
 */
import { hashBytes } from '../../kernel/hash.ts';

/** A tree of some leaves; hashes are lower-case hex. */
export interface Tree {
  readonly size: number;
  /** Roots of its perfect subtrees, the largest first; none for the empty tree. */
  readonly peaks: readonly string[];
}

export const NO_TREE: Tree = { size: 0, peaks: [] };

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

const leafOf = (hash: string): string => hashBytes(Buffer.concat([LEAF, bytes(hash)]));

const nodeOf = (left: string, right: string): string =>
  hashBytes(Buffer.concat([NODE, bytes(left), bytes(right)]));

/** The tree with more leaves at its right, each the hash of a seal. */
export function grown(tree: Tree, hashes: readonly string[]): Tree {
  const peaks = [...tree.peaks];
  let { size } = tree;
  for (const hash of hashes) {
    let peak = leafOf(hash);
    for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      peak = nodeOf(peaks.pop() ?? '', peak);
    }
    peaks.push(peak);
    size += 1;
  }
  return { size, peaks };
}

/** The root; of the empty tree the hash of nothing, as the standard says. */
export const rootOf = ({ peaks }: Tree): string =>
  peaks.length === 0 ? hashBytes('') : peaks.reduceRight((right, left) => nodeOf(left, right));
