/**
 * Exact numbers of the oracle: decimals as BigInt millionths and means as fractions. Written apart
 * from the engine's arithmetic on purpose, with no library, so that the two check each other.
 */

const PLACES = 6;
const ONE = 10n ** BigInt(PLACES);
const PLAIN = /^(-?)(\d+)(?:\.(\d{1,6}))?$/;

export interface Ratio {
  readonly top: bigint;
  /** Above zero. */
  readonly bottom: bigint;
}

/** A number or plain decimal text in millionths; null when it is neither. */
export function millionths(value: unknown): bigint | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const match = PLAIN.exec(String(value));
  if (match === null) return null;
  const [, sign, whole = '0', places = ''] = match;
  const size = BigInt(whole) * ONE + BigInt(places.padEnd(PLACES, '0') || '0');
  return sign === '-' ? -size : size;
}

export const ratio = (top: bigint, bottom = 1n): Ratio =>
  bottom < 0n ? { top: -top, bottom: -bottom } : { top, bottom };

export const minus = (a: Ratio, b: Ratio): Ratio =>
  ratio(a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);

export const times = (a: Ratio, b: Ratio): Ratio => ratio(a.top * b.top, a.bottom * b.bottom);

/** Below zero, zero or above as a is less than, equal to or more than b. */
export function order(a: Ratio, b: Ratio): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The mean of values in millionths, as a ratio of millionths; null of none. */
export function mean(values: readonly bigint[]): Ratio | null {
  if (values.length === 0) return null;
  return ratio(
    values.reduce((sum, value) => sum + value, 0n),
    BigInt(values.length),
  );
}

/** To the nearest integer, a half away from zero. */
export function nearest({ top, bottom }: Ratio): bigint {
  const size = top < 0n ? -top : top;
  const rounded = (size * 2n + bottom) / (bottom * 2n);
  return top < 0n ? -rounded : rounded;
}
