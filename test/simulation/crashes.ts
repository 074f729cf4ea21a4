/**
 * How much of a crash matrix is played: a sample in `npm test`; with `SIM_CRASHES=all` every case,
 * and with `SIM_CRASHES=2/6` (or `all:2/6`) the second sixth of them: a long one is played in pieces.
 */
import { env } from 'cloudflare:workers';

const asked = (env as { readonly SIM_CRASHES?: string }).SIM_CRASHES ?? '';
const PIECE = /^(?:all:)?([1-9]\d*)\/([1-9]\d*)$/;

export const PLAYS_ALL = asked === 'all' || PIECE.test(asked);

/** The cases of this run: all of them, or every n-th. */
export function pieceOf<T>(cases: readonly T[]): readonly T[] {
  const [, nth, pieces] = PIECE.exec(asked) ?? [];
  if (nth === undefined || pieces === undefined) return cases;
  return cases.filter((_, index) => index % Number(pieces) === Number(nth) - 1);
}
