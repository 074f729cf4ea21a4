/**
 * A book as values of an object's storage: a head and parts of bounded size. It holds agent keys
 * and numbers, nobody's name. Decides where parts end; refuses parts that are not the head's.
 */
import type { Book, Holder } from './book';

/** Far below the 2 MB that one value of an object's storage may have. */
const PART_BYTES = 1_200_000;
const NUMBER_BYTES = 8;
const KEY_BYTES = 24;

export interface SnapshotHead {
  readonly shape: string;
  readonly fromDay: number;
  readonly seal: number;
  readonly sealHash: string;
  readonly parts: number;
}

export interface SnapshotPart {
  /** Parts of another snapshot are no parts of this one. */
  readonly seal: number;
  readonly agentKeys: readonly string[];
  /** How many numbers of `lots` and `timelines` each agent has. */
  readonly sizes: Uint32Array;
  readonly lots: Float64Array;
  readonly timelines: Float64Array;
}

export function toSnapshot(book: Book): { head: SnapshotHead; parts: SnapshotPart[] } {
  const parts: SnapshotPart[] = [];
  let waiting: Holder[] = [];
  let bytes = 0;
  const close = (): void => {
    if (waiting.length > 0) parts.push(partOf(book.seal, waiting));
    waiting = [];
    bytes = 0;
  };
  for (const holder of book.holders.values()) {
    const own = KEY_BYTES + (holder.lots.length + holder.timeline.length) * NUMBER_BYTES;
    if (bytes + own > PART_BYTES) close();
    waiting.push(holder);
    bytes += own;
  }
  close();
  const { shape, fromDay, seal, sealHash } = book;
  return { head: { shape, fromDay, seal, sealHash, parts: parts.length }, parts };
}

function partOf(seal: number, holders: readonly Holder[]): SnapshotPart {
  return {
    seal,
    agentKeys: holders.map(({ agentKey }) => agentKey),
    sizes: Uint32Array.from(
      holders.flatMap(({ lots, timeline }) => [lots.length, timeline.length]),
    ),
    lots: Float64Array.from(holders.flatMap(({ lots }) => lots)),
    timelines: Float64Array.from(holders.flatMap(({ timeline }) => timeline)),
  };
}

/** The book of a head and its parts, null when any of them is missing or another snapshot's. */
export function fromSnapshot(
  head: SnapshotHead,
  parts: readonly (SnapshotPart | undefined)[],
): Book | null {
  const { shape, fromDay, seal, sealHash } = head;
  const holders = new Map<string, Holder>();
  for (const part of parts) {
    if (part === undefined || part.seal !== seal) return null;
    let [lot, turn] = [0, 0];
    for (const [index, agentKey] of part.agentKeys.entries()) {
      const lots = Array.from(part.lots.subarray(lot, lot + (part.sizes[2 * index] ?? 0)));
      const length = part.sizes[2 * index + 1] ?? 0;
      const timeline = Array.from(part.timelines.subarray(turn, turn + length));
      lot += lots.length;
      turn += length;
      holders.set(agentKey, { agentKey, lots, timeline, measured: null, exact: null });
    }
  }
  return parts.length === head.parts
    ? { shape, fromDay, seal, sealHash, holders, changes: 0 }
    : null;
}
