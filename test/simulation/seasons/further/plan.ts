/**
 * What only a share of the histories with a season has, as data: leave of agents, a compliance minimum,
 * inbound volume, cold storage, a crowd.
 */
import type { Crowd } from './crowd';

export interface PlannedLeave {
  readonly agent: string;
  /** From when on it may be written, UTC ms. */
  readonly at: number;
  /** Days away, first and last; replaces what was written before. */
  readonly absences: readonly { readonly from: string; readonly to: string }[];
  /** Written though somebody's grace may be over. */
  readonly late?: true;
}

/** A mean that agents must reach where they have enough values of it. */
export interface Minimum {
  readonly metric: 'csat';
  /** In millionths, as values are kept. */
  readonly atLeast: number;
  readonly minimumCount: number;
}

/** Values of an agent that are told at once; a greater revision of an interaction counts for it. */
export interface PlannedMeasures {
  readonly agent: string;
  /** From when on they may be told, UTC ms. */
  readonly at: number;
  readonly values: readonly {
    readonly interaction: string;
    readonly revision: number;
    /** In millionths. */
    readonly value: number;
    readonly occurredAt: number;
  }[];
}

export interface Further {
  /** In the order in which they are written. */
  readonly leaves: readonly PlannedLeave[];
  /** Only late leave is written from then on: somebody's grace may be over. */
  readonly leavesUntil: number;
  /** Of both seasons; null: none. */
  readonly minimum: Minimum | null;
  readonly measures: readonly PlannedMeasures[];
  /** Whether values of the inbound volume are told; they are operations. */
  readonly hasVolume: boolean;
  /** How often cold storage fails; null: there is none. */
  readonly vault: number | null;
  readonly crowd: Crowd;
}
