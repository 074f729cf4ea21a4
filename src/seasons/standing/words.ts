/**
 * The words of a standing: what is kept of an agent's tier in a season, why it changed, and what the
 * archive says. Decides nothing.
 */
import type { MeasureName } from '../season';

const REASONS = [
  'POINTS',
  'COMPLIANCE_FAILED',
  'COMPLIANCE_MET',
  'GRACE_ENDED',
  'GRACE_MOVED',
  'GRACE_REOPENED',
  'TIERS_CHANGED',
] as const;
export type Reason = (typeof REASONS)[number];

/** Where an agent stands in one season. */
export interface Standing {
  /** Counts changes within the season; 0 as it opens. */
  readonly number: number;
  /** What the points come to, and what is honoured until `graceUntil`. */
  readonly tier: string;
  readonly honoured: string;
  /** UTC ms; null outside grace. It stands until a wave has ended it. */
  readonly graceUntil: number | null;
  readonly compliant: boolean;
}

/** How a season opens for an agent: the previous tier is honoured during grace. */
export interface Opening extends Standing {
  readonly number: 0;
}

/** A change as it stands in the books. */
export interface TierChange extends Standing {
  readonly agentKey: string;
  readonly season: string;
  /** 1/10000 point. */
  readonly points: number;
  readonly reason: Reason;
  /** UTC ms. */
  readonly at: number;
}

/** Sum of scale 6 and count of what was measured. */
export interface Measured {
  readonly sum: bigint;
  readonly count: number;
}
export type Measures = Readonly<Record<MeasureName, Measured>>;
export const NOTHING_MEASURED: Measures = {
  aht: { sum: 0n, count: 0 },
  csat: { sum: 0n, count: 0 },
  fcr: { sum: 0n, count: 0 },
};

/** What the archive says of one agent and season, and how the next one opened. */
export interface Archived {
  readonly agentKey: string;
  readonly season: string;
  readonly run: string;
  readonly points: number;
  readonly tier: string;
  readonly honoured: string;
  readonly measures: Measures;
  readonly nextSeason: string;
  readonly next: Opening;
  readonly at: number;
}
