/**
 * How far a goal has looked through the log, and from where it must look again. Decides whether the
 * books were set back behind that place: they end before it, or another seal stands there. Refuses
 * nothing.
 */
import type { SealName } from '../../ledger/walk/store';
import { NOTHING_LOOKED_THROUGH, type Redefined } from './state';

/** The last seal that was looked through; its hash is null where nobody has read it. */
export interface Reach {
  readonly seal: number;
  readonly hash: string | null;
}

export const NOWHERE: Reach = { seal: NOTHING_LOOKED_THROUGH, hash: null };

export const furthest = (one: Reach, other: Reach): Reach => (other.seal > one.seal ? other : one);

/** The earliest of some places; one before the first is none. */
export const nearest = (places: readonly [Reach, ...Reach[]]): Reach =>
  places.reduce((one, other) =>
    one.seal < 0 || (other.seal >= 0 && other.seal < one.seal) ? other : one,
  );

/** `passed`: the seal that stands now where the log was looked through. */
export const isSetBack = (
  { seal, hash }: Reach,
  passed: SealName | null,
  head: SealName | null,
): boolean =>
  seal > (head?.seal ?? 0) || (hash !== null && passed !== null && passed.sealHash !== hash);

/** The instant from which the log is looked through anew; null: nothing changed. */
export function startOf({ from, state }: Redefined, isBack: boolean): number | null {
  const all = Object.values(state.periods).map((period) => period.from);
  return isBack && all.length > 0 ? Math.min(...all) : from;
}
