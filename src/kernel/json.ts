/**
 * The one JSON reader for bytes from outside. A number that a double cannot hold exactly comes as
 * its source text, so that no digit of a score, weight or amount is lost before a decimal is made
 * of it; schemas for counts refuse that text, schemas for decimals take it. Refuses what is not
 * UTF-8, a byte order mark, what is not JSON, escapes that stand for half a character (such text
 * could be neither hashed nor stored), an object that holds a name twice (two readers would read two
 * values, and one of them may be the one that signed it), and the name `__proto__`, which objects of
 * this language take for something else and schemas leave out without a word.
 */
import { fail, ok, type Result } from './result';

interface ReviverContext {
  readonly source?: string;
}

const PLAIN_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** Why text could not be read, in words for the sender, and where: an RFC 6901 pointer. */
export interface Unreadable {
  readonly pointer: string;
  readonly detail: string;
}

const unreadable = (detail: string, pointer = '#'): Result<never, Unreadable> =>
  fail({ pointer, detail });

/** Reads bytes strictly. */
export function parseJsonBytes(bytes: Uint8Array): Result<unknown, Unreadable> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unreadable('the body is not valid UTF-8');
  }
  if (text.startsWith('\uFEFF')) return unreadable('the body begins with a byte order mark');
  return parseJson(text);
}

/** Reads text. Numbers that would lose digits stay text. */
export function parseJson(text: string): Result<unknown, Unreadable> {
  let value: unknown;
  try {
    value = JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown);
  } catch (thrown) {
    return unreadable(thrown === HALF_CHARACTER ? HALF_CHARACTER.message : 'the body is not JSON');
  }
  const bad = badName(text);
  return bad === null ? ok(value) : fail(bad);
}

const HALF_CHARACTER = new Error('the body holds an escape that stands for half a character');

function exact(key: string, value: unknown, context?: ReviverContext): unknown {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
    throw HALF_CHARACTER;
  }
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return holdsExactly(value, context.source) ? value : context.source;
}

function holdsExactly(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (!PLAIN_NUMBER.test(source)) return Number.isSafeInteger(value);
  const plain = source.includes('.') ? source.replace(/\.?0+$/, '') : source;
  return String(value) === plain || (value === 0 && /^-?0$/.test(plain));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** An object or list that is open: the names of the object so far, and where in it we stand. */
interface Level {
  readonly names: Set<string> | null;
  at: string | number;
  /** The next string is a name and no value. */
  wantsName: boolean;
}

const PROTOTYPE = '__proto__';

/** The first name that an object of this JSON holds twice, or may not hold; null where all may. */
function badName(text: string): Unreadable | null {
  const levels: Level[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const level = levels.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      if (level?.wantsName) {
        const name = nameAt(text, index, end);
        level.at = name;
        level.wantsName = false;
        const fault = level.names?.has(name) ? 'the name stands here twice' : forbidden(name);
        if (fault !== null) return { pointer: pointerOf(levels), detail: fault };
        level.names?.add(name);
      }
      index = end;
    } else if (code === OPEN_OBJECT) levels.push({ names: new Set(), at: '', wantsName: true });
    else if (code === OPEN_LIST) levels.push({ names: null, at: 0, wantsName: false });
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) levels.pop();
    else if (code === COMMA && level !== undefined) {
      if (level.names === null) level.at = Number(level.at) + 1;
      else level.wantsName = true;
    }
  }
  return null;
}

const forbidden = (name: string): string | null =>
  name === PROTOTYPE ? `nothing may be called ${PROTOTYPE}` : null;

/** Place of the quote that ends a string. */
function endOfString(text: string, from: number): number {
  let end = from + 1;
  while (text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
  return end;
}

/** One name can be written in two ways: what counts is what it stands for. */
function nameAt(text: string, from: number, end: number): string {
  const plain = text.slice(from + 1, end);
  return plain.includes('\\') ? String(JSON.parse(text.slice(from, end + 1))) : plain;
}

const pointerOf = (levels: readonly Level[]): string =>
  `#${levels.map(({ at }) => pointerStep(at)).join('')}`;

/** One step of an RFC 6901 pointer. */
export const pointerStep = (part: PropertyKey): string =>
  `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;
