/**
 * What an answer means for a delivery. Decides CONFIRMED, REJECTED or UNCERTAIN, and for a look-up
 * whether the thing was found. Refuses to take a 2xx for a confirmation that does not repeat what
 * was asked for, and never takes silence for "it did not happen".
 */
import { parseDecimal } from '../../kernel/decimal';
import { parseJson } from '../../kernel/json';
import type { LookUp, Operation } from '../connectors/operation';
import type { Echo } from '../intent';
import { type Heard, retryAfterMs } from './answer';

export type Verdict =
  | { readonly kind: 'CONFIRMED'; readonly reason: string }
  | { readonly kind: 'REJECTED'; readonly reason: string }
  /** `failure`: of the kind that opens the breaker. */
  | { readonly kind: 'UNCERTAIN'; readonly failure: boolean; readonly reason: string }
  /** Asked too fast: no failure (DEC-24). */
  | { readonly kind: 'PACE'; readonly waitMs: number | null }
  /** Our own bug: the key was used for other bytes. Nothing is sent again. */
  | { readonly kind: 'STOPPED'; readonly reason: string }
  /** Nothing was sent. */
  | { readonly kind: 'UNSENT'; readonly reason: string };

const REJECTING = [400, 403, 404, 422];
const KEY_REUSED = /idempoten|\bkey\b/i;
const OTHERWISE = /already[ -]used|different|other|mismatch|reuse|not match|conflict/i;

export type Judged = Pick<Operation, 'refused' | 'silent'>;

/** The verdict on the answer to a delivery's own request. */
export function judge(heard: Heard, expect: readonly Echo[], operation: Judged): Verdict {
  if (heard.kind === 'unsent') return { kind: 'UNSENT', reason: heard.why };
  if (heard.kind === 'silence') return uncertain(heard.why, true);
  const { status, body } = heard;
  if (status === 429) return { kind: 'PACE', waitMs: retryAfterMs(heard) };
  if (status >= 500) return uncertain(`answered ${status}`, true);
  // The credentials are refused, not the delivery: nobody's reward is turned down for that.
  if (status === 401) return uncertain('the credentials are refused', true);
  if (status >= 200 && status < 300) return judgeSuccess(heard, expect, operation);
  if ([400, 409, 422].includes(status) && KEY_REUSED.test(body) && OTHERWISE.test(body)) {
    return { kind: 'STOPPED', reason: `answered ${status}: the key was used for another request` };
  }
  const readable = parseJson(body).ok;
  if (REJECTING.includes(status) && readable) {
    return { kind: 'REJECTED', reason: `answered ${status}` };
  }
  return uncertain(`answered ${status}${readable ? '' : ' with a body that is no JSON'}`, false);
}

const uncertain = (reason: string, failure: boolean): Verdict => ({
  kind: 'UNCERTAIN',
  failure,
  reason,
});

function judgeSuccess(
  { status, body, cut }: Extract<Heard, { kind: 'answer' }>,
  expect: readonly Echo[],
  operation: Judged,
): Verdict {
  const confirmed: Verdict = { kind: 'CONFIRMED', reason: `answered ${status}` };
  const needsNoBody = expect.length === 0 && (operation.silent === true || status === 204);
  if (needsNoBody) return confirmed;
  if (cut) return uncertain(`answered ${status} with more than is read`, false);
  const parsed = parseJson(body);
  if (!parsed.ok) return uncertain(`answered ${status} with a body that is no JSON`, false);
  const refused = operation.refused === undefined ? [] : at(parsed.value, operation.refused);
  if (Array.isArray(refused) && refused.length > 0) {
    return { kind: 'REJECTED', reason: `answered ${status} and did not take ${refused.length}` };
  }
  const other = expect.find((echo) => !repeats(parsed.value, echo));
  return other === undefined
    ? confirmed
    : uncertain(`answered ${status} with another ${other.pointer}`, false);
}

/** The value an RFC 6901 pointer names, or undefined. */
export function at(value: unknown, pointer: string): unknown {
  let found: unknown = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** Equal as written, or the same decimal: `450.50` repeats 450.5; or left out where it may be. */
export function repeats(value: unknown, { pointer, value: expected, mayLack }: Echo): boolean {
  const found = at(value, pointer);
  if (mayLack === true && (found === undefined || found === null)) return true;
  if (found === expected) return true;
  const [one, other] = [parseDecimal(found), parseDecimal(expected)];
  return one !== null && other !== null && one.equals(other);
}

export type Sighting =
  | { readonly kind: 'FOUND' }
  /** It is there with other values. */
  | { readonly kind: 'OTHER'; readonly pointer: string }
  | { readonly kind: 'NOT_FOUND' }
  | { readonly kind: 'PACE'; readonly waitMs: number | null }
  | { readonly kind: 'UNKNOWN'; readonly failure: boolean; readonly reason: string };

/** Not on this page, and the page is full. */
export type SightingOnPage = Sighting | { readonly kind: 'NEXT_PAGE' };

/** Whether a look-up found the thing of a reference with what was asked for. */
export function judgeLookUp(
  heard: Heard,
  lookUp: LookUp,
  reference: string,
  expect: readonly Echo[],
): SightingOnPage {
  if (heard.kind !== 'answer') return { kind: 'UNKNOWN', failure: true, reason: heard.why };
  const { status, body, cut } = heard;
  if (status === 429) return { kind: 'PACE', waitMs: retryAfterMs(heard) };
  const unknown = (failure: boolean): Sighting => ({
    kind: 'UNKNOWN',
    failure,
    reason: `the look-up answered ${status}`,
  });
  if (status >= 500 || status === 401) return unknown(true);
  const parsed = parseJson(body);
  if (!parsed.ok || cut) return unknown(false);
  // A list says of itself that it lacks something; a 404 may come from anything on the way.
  if (status === 404 && lookUp.items === undefined) return { kind: 'NOT_FOUND' };
  if (status < 200 || status > 299) return unknown(false);
  const listed = lookUp.items === undefined ? [parsed.value] : at(parsed.value, lookUp.items);
  if (!Array.isArray(listed)) return unknown(false);
  const item = listed.find((one) => fits(one, lookUp, reference));
  const isFull = listed.length >= (lookUp.pages?.size ?? Number.MAX_SAFE_INTEGER);
  if (item === undefined) return { kind: isFull ? 'NEXT_PAGE' : 'NOT_FOUND' };
  const other = expect.find((echo) => !repeats(item, echo));
  return other === undefined ? { kind: 'FOUND' } : { kind: 'OTHER', pointer: other.pointer };
}

function fits(item: unknown, { match }: LookUp, reference: string): boolean {
  if (match === undefined) return true;
  const found = at(item, match.pointer);
  if (typeof found !== 'string') return false;
  return match.how === 'equals' ? found === reference : found.includes(reference);
}
