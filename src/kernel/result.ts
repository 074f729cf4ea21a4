/**
 * A decision's answer: a value, or the reason there is none. Refuses nothing; it only carries.
 * Expected failures travel as values; a thrown error is a fault of ours and becomes a bare 500.
 */
import type { Failure } from './failure';

export type Result<T, F = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const fail = <F>(failure: F): { readonly ok: false; readonly failure: F } => ({
  ok: false,
  failure,
});

/** Throws when something that cannot happen has happened. Never used for input from outside. */
export function invariant(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`invariant broken: ${what}`);
}
