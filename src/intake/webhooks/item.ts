/**
 * Cuts a body into items: one event, or a list of them, each with its own bytes as they were sent.
 * The raw text of an item is what is kept and hashed, so it is cut out of the body, never written
 * anew. Refuses what is not JSON and lists that are too long, whole; an item that names a field twice
 * is refused alone.
 */
import type { ItemFault, QuarantineReason } from '../../events/quarantine';
import { hashBytes } from '../../kernel/hash';
import { parseJsonBytes } from '../../kernel/json';
import { fail, ok, type Result } from '../../kernel/result';

export const MAX_ITEMS = 500;

export interface Item {
  readonly value: unknown;
  /** As it stood in the body. */
  readonly bytes: Uint8Array;
  readonly hash: string;
  /** Why this item of a list cannot be read, where the others can; its value is null. */
  readonly fault?: ItemFault;
}

export interface Cut {
  /** True when the body is a list: then it is answered by a list. */
  readonly many: boolean;
  readonly items: readonly Item[];
}

export interface Uncut {
  readonly reason: QuarantineReason;
  readonly faults: readonly ItemFault[];
}

/** `maxItems`: what an operator sends again was taken whole before and is taken whole. */
export function cutBody(bytes: Uint8Array, maxItems: number = MAX_ITEMS): Result<Cut, Uncut> {
  const parsed = parseJsonBytes(bytes);
  const isOfOneItem = !parsed.ok && ITEM_POINTER.test(parsed.failure.pointer) && isList(bytes);
  if (!parsed.ok && !isOfOneItem) return fail({ reason: 'MALFORMED', faults: [parsed.failure] });
  if (parsed.ok && !Array.isArray(parsed.value))
    return ok({ many: false, items: [{ value: parsed.value, bytes, hash: hashBytes(bytes) }] });
  const slices = parsed.ok && emptyList(parsed.value) ? [] : sliceList(bytes);
  if (slices.length > maxItems) {
    const detail = `${slices.length} items in one list; at most ${maxItems} are taken`;
    return fail({ reason: 'TOO_MANY_ITEMS', faults: [{ pointer: '#', detail }] });
  }
  const values = parsed.ok ? (parsed.value as readonly unknown[]) : null;
  const items = slices.map((slice, index): Item => {
    const own = { bytes: slice, hash: hashBytes(slice) };
    return values === null ? { ...own, ...readAlone(slice) } : { ...own, value: values[index] };
  });
  return ok({ many: true, items });
}

/** Something inside an item of a list. */
const ITEM_POINTER = /^#\/\d+\//;

const isList = (bytes: Uint8Array): boolean => bytes.find((byte) => !BLANK.has(byte)) === 0x5b;

const emptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** An item of a list in which another one cannot be read. */
function readAlone(slice: Uint8Array): Pick<Item, 'value' | 'fault'> {
  const parsed = parseJsonBytes(slice);
  return parsed.ok ? { value: parsed.value } : { value: null, fault: parsed.failure };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const BLANK = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The items' bytes of a list that is known to be JSON: cut at the commas of the outermost list. */
function sliceList(bytes: Uint8Array): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let depth = 0;
  let from = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (quoted) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (OPEN.has(byte)) {
      depth += 1;
      if (depth === 1) from = at + 1;
    } else if (CLOSE.has(byte)) {
      depth -= 1;
      if (depth === 0) slices.push(trimmed(bytes, from, at));
    } else if (byte === COMMA && depth === 1) {
      slices.push(trimmed(bytes, from, at));
      from = at + 1;
    }
  }
  return slices;
}

function trimmed(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let [first, last] = [from, to];
  while (first < last && BLANK.has(bytes[first] ?? 0)) first += 1;
  while (last > first && BLANK.has(bytes[last - 1] ?? 0)) last -= 1;
  return bytes.slice(first, last);
}
