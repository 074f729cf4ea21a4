/**
 * The one JSON reader for bytes from outside. A number that a double cannot hold exactly comes as
 * its source text, so that no digit of a score, weight or amount is lost before a decimal is made
 * of it; schemas for counts refuse that text, schemas for decimals take it. Refuses what is not
 * UTF-8, a byte order mark, what is not JSON, and escapes that stand for half a character: such
 * text could be neither hashed nor stored.
 */
import { fail, ok, type Result } from './result';

interface ReviverContext {
  readonly source?: string;
}

const PLAIN_NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** Reads bytes strictly. The failure says what is wrong in words for the sender. */
export function parseJsonBytes(bytes: Uint8Array): Result<unknown, string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('the body is not valid UTF-8');
  }
  if (text.startsWith('\uFEFF')) return fail('the body begins with a byte order mark');
  return parseJson(text);
}

/** Reads text. Numbers that would lose digits stay text. */
export function parseJson(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text, exact as (this: unknown, key: string, value: unknown) => unknown));
  } catch (thrown) {
    return fail(thrown === HALF_CHARACTER ? HALF_CHARACTER.message : 'the body is not JSON');
  }
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
