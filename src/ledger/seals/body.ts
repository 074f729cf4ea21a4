/**
 * Raw bodies against the event rows under the same seal. Decides whether what is still there is what
 * was received; what was erased or whose time is over is no longer there and tells nothing. Refuses
 * nothing.
 */
import { hashBytes } from '../../kernel/hash';
import { type FoundRow, rowKey, type SealFault } from './seal';

/** The bodies of one group as they stand: JSON of event row id to raw body. */
export interface GroupBodies {
  readonly seal: number;
  /** The table in which they were found. */
  readonly table: string;
  readonly content: string;
}

/**
 * The first body that is not what its event row says it hashes to, or that no event of its seal
 * has, or null. `found` holds the rows of these seals by `rowKey`.
 */
export function verifyBodies(
  groups: readonly GroupBodies[],
  found: ReadonlyMap<string, FoundRow>,
): SealFault | null {
  for (const { seal, table, content } of groups) {
    const bodies = readBodies(content);
    if (bodies === null) return { kind: 'altered', seal, table, id: String(seal) };
    for (const [id, body] of Object.entries(bodies)) {
      const row = found.get(rowKey('events', id));
      if (row?.seal !== seal) return { kind: 'forged', seal, table, id };
      const same = typeof body === 'string' && hashBytes(body) === bodyHashOf(row);
      if (!same) return { kind: 'altered', seal, table, id };
    }
  }
  return null;
}

/** Null for text that is no JSON object: nobody wrote it so. */
function readBodies(content: string): object | null {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

const bodyHashOf = ({ content }: FoundRow): unknown =>
  (JSON.parse(content) as { readonly body_hash?: unknown }).body_hash;
