/**
 * Every way in which a request can be refused. Each arm carries what the caller needs to mend it;
 * `http/problem.ts` maps each to the wire exhaustively, so a new arm without a mapping does not
 * compile. `retryHelps` answers the only question a client's retry loop has.
 */

/** One thing wrong with one field. `pointer` is an RFC 6901 pointer into the body, e.g. `#/rules/0/value`. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export type Failure =
  | { readonly kind: 'malformed'; readonly detail: string; readonly errors?: readonly FieldError[] }
  | { readonly kind: 'invalid'; readonly detail: string; readonly errors: readonly FieldError[] }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'forbidden'; readonly detail: string }
  | {
      readonly kind: 'not-found';
      readonly what: string;
      readonly id: string;
      /** Absent: there is no such thing, in these words. */
      readonly detail?: string;
    }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not-acceptable'; readonly offers: readonly string[] }
  | { readonly kind: 'conflict'; readonly detail: string }
  | { readonly kind: 'key-running' }
  | { readonly kind: 'key-reused' }
  | {
      readonly kind: 'stale';
      readonly header: 'If-Match' | 'If-None-Match';
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'unsupported-media'; readonly detail: string }
  | { readonly kind: 'too-many-requests'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'unavailable';
      readonly detail: string;
      readonly retryAfterSeconds: number;
      /** True: who was to be asked was not, so this says nothing of whether it would answer. */
      readonly isUnasked?: boolean;
    };

/** True when the very same request may succeed later without being changed. */
export function retryHelps(failure: Failure): boolean {
  switch (failure.kind) {
    case 'unavailable':
    case 'too-many-requests':
    case 'key-running':
      return true;
    default:
      return false;
  }
}

/** A refusal about one field. */
export const invalidField = (pointer: string, code: string, detail: string): Failure => ({
  kind: 'invalid',
  detail,
  errors: [{ pointer, code, detail }],
});
