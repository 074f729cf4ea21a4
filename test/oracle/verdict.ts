/**
 * The oracle of DEC-11 and DEC-14: what becomes of a provisional reward, and which team keeps an
 * agent. Written from the decisions, never from the engine. Values are millionths.
 */

export interface OracleClaim {
  readonly team: string;
  readonly weight: number;
  /** UTC ms at which the membership began, in the period or before it. */
  readonly since: number;
}

/** DEC-14: the heaviest, then the earliest, then the lower id. */
export function keeper(claims: readonly OracleClaim[]): string | null {
  const order = (a: OracleClaim, b: OracleClaim): number =>
    b.weight - a.weight || a.since - b.since || (a.team < b.team ? -1 : 1);
  return claims.toSorted(order)[0]?.team ?? null;
}

export interface OracleJudged {
  /** The goal is met from here up. */
  readonly threshold: bigint;
  readonly snapshot: bigint;
  readonly restated: bigint;
  readonly tolerancePercent: bigint;
  readonly whenDrifted: 'REVIEW' | 'ADJUST';
  readonly whenFallen: 'REVIEW' | 'REVERSE';
}

const size = (value: bigint): bigint => (value < 0n ? -value : value);

/** Bounds included; of zero no share can be taken, so the figure itself is the bound. */
function isNear(value: bigint, base: bigint, percent: bigint): boolean {
  const bound = base === 0n ? percent * 1_000_000n : size(base) * percent;
  return size(value - base) * 100n <= bound;
}

/** DEC-11, branch by branch. */
export function verdict(judged: OracleJudged): string {
  const { threshold, snapshot, restated, tolerancePercent } = judged;
  if (isNear(restated, snapshot, tolerancePercent)) return 'CONFIRMED';
  if (restated >= threshold) return judged.whenDrifted;
  if (isNear(restated, threshold, tolerancePercent)) return 'CONFIRMED';
  return judged.whenFallen;
}
