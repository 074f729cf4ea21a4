/**
 * What is heard after a request, in the form it is judged and kept in. Decides which headers are
 * kept: none that could hold a secret; and what is kept of an answer that repeats our own. Refuses
 * nothing.
 */
import type { KeptAnswer } from '../outcome';

/** Answers larger than this are not read to their end, and are then no answer one can judge. */
export const MOST_ANSWER_BYTES = 1024 * 1024;
/** Milliseconds after which nothing more is expected. */
export const PATIENCE_MS = 10_000;
const KEPT_CHARACTERS = 4096;
const KEPT_HEADERS = 30;
const KEPT_HEADER_CHARACTERS = 200;

export type Heard =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
      /** True when the body was longer than is read. */
      readonly cut: boolean;
      /** Of our credentials: some targets repeat them when they fail. Judged with, kept without. */
      readonly secrets?: readonly string[];
    }
  /** Sent, and nothing is known of it. */
  | { readonly kind: 'silence'; readonly why: string }
  /** Nothing left this machine. */
  | { readonly kind: 'unsent'; readonly why: string };

const SECRET_HEADER =
  /authorization|cookie|signature|secret|token|password|api-?key|cf-access|x-amz|session/i;

const cleared = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, '(secret)'), text);

/** Headers without those that could hold a secret and without `secrets`, names in lower case. */
export function withoutSecrets(
  headers: Iterable<readonly [string, string]>,
  secrets: readonly string[] = [],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (Object.keys(kept).length >= KEPT_HEADERS) break;
    if (SECRET_HEADER.test(name)) continue;
    kept[name.toLowerCase()] = cleared(value, secrets).slice(0, KEPT_HEADER_CHARACTERS);
  }
  return kept;
}

/** An answer as it is kept with the outcome; null where there was none. */
export function kept(heard: Heard | null, characters = KEPT_CHARACTERS): KeptAnswer | null {
  if (heard?.kind !== 'answer') return null;
  const { status, headers } = heard;
  const body = cleared(heard.body, heard.secrets ?? []);
  const text = body.slice(0, characters).toWellFormed().replaceAll('\u0000', '\uFFFD');
  return { status, headers, body: text, cut: heard.cut || body.length > characters };
}

/** Retry-After in milliseconds, seconds only; null where it says nothing usable, as 0 does. */
export function retryAfterMs(heard: Heard): number | null {
  if (heard.kind !== 'answer') return null;
  const text = heard.headers['retry-after'];
  return text !== undefined && /^0*[1-9][0-9]{0,4}$/.test(text) ? Number(text) * 1000 : null;
}

/** How an attempt is told in few words. */
export const answerOf = (heard: Heard): number | string =>
  heard.kind === 'answer' ? heard.status : heard.why;
