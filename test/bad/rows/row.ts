/**
 * What a row of the table of bad requests says. Data only: what is sent, and what must be answered.
 * An answer is a status and the code of its problem; for a field that is refused, where it stands
 * as well. Names in braces (`{rule}`, `{cursor}`) stand for what `furniture.ts` has made.
 */

export interface BadRow {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Text and bytes go as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** False: nobody's; a text: that bearer instead of the caller's own. */
  readonly as?: false | string;
  /** Signed as the source of the path wants it, so many seconds from now. */
  readonly signed?: number;
  readonly status: number;
  /** Of a 200 that answers one thing after another: what became of the first that was not taken. */
  readonly code: string;
  /** Of one of the errors. */
  readonly pointer?: string;
}

export type Answer = readonly [status: number, code: string];

export const MALFORMED: Answer = [400, 'malformed'];
export const STRANGER: Answer = [401, 'unauthenticated'];
export const FORBIDDEN: Answer = [403, 'forbidden'];
export const MISSING: Answer = [404, 'not-found'];
export const NO_METHOD: Answer = [405, 'method-not-allowed'];
export const NO_FORM: Answer = [406, 'not-acceptable'];
export const CONFLICT: Answer = [409, 'conflict'];
export const STALE: Answer = [412, 'stale'];
export const TOO_LARGE: Answer = [413, 'too-large'];
export const MEDIA: Answer = [415, 'unsupported-media'];
export const INVALID: Answer = [422, 'invalid'];
/** Of a list whose items are answered one by one. */
export const REFUSED: Answer = [200, 'refused'];

export const row = (
  what: string,
  method: BadRow['method'],
  path: string,
  [status, code]: Answer,
  more: Partial<BadRow> = {},
): BadRow => ({ what, method, path, status, code, ...more });

/** A field that is refused: what is wrong, the body, and where. */
export type Fault = readonly [what: string, body: unknown, pointer: string];

/** Rows of one route for each fault of its body. */
export const faulty = (
  thing: string,
  method: 'POST' | 'PUT',
  path: string,
  faults: readonly Fault[],
): BadRow[] =>
  faults.map(([what, body, pointer]) =>
    row(`${thing} with ${what}`, method, path, INVALID, { body, pointer }),
  );
