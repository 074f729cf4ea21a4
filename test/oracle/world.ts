/**
 * What the oracle is told: rules and programmes in their versions, what the directory and the
 * quality results say; and what it answers. Data only; the caller hands in what is in force.
 */
import type { Condition } from './condition';

export interface Versioned {
  readonly version: number;
  /** UTC ms; null: since ever. */
  readonly effectiveFrom: number | null;
}

export interface OracleAction {
  readonly type: 'AWARD_POINTS' | 'REVOKE_POINTS';
  readonly points: number | string;
  readonly pointCategory: string;
  readonly recipientType: 'MENTOR' | 'MENTEE';
}

export interface OracleRule extends Versioned {
  readonly id: string;
  readonly enabled: boolean;
  readonly evaluationOrder: number;
  readonly conditions: readonly Condition[];
  readonly actions: readonly OracleAction[];
  readonly deduplicationKey: string;
}

/** A change of the mentee's score within the bounds, both inclusive, in points; null: no bound. */
export interface OracleBand {
  readonly from: number | null;
  readonly to: number | null;
  readonly factor: string;
}

export interface OracleProgramme extends Versioned {
  readonly pointCategory: string;
  readonly lockSeconds: number;
  readonly measurementDays: number;
  readonly bands: readonly OracleBand[];
}

export interface OraclePerson {
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: string;
}

export interface OracleResultOfQuality {
  readonly agentId: string;
  readonly createdAt: number;
  readonly score: number | string;
}

export interface OracleWorld {
  readonly rules: readonly OracleRule[];
  readonly programmes: readonly OracleProgramme[];
  /** What the directory knew of an agent at an instant; null: nobody of that id. */
  person(agentId: string, instant: number): OraclePerson | null;
  /** Results that count: published or completed, the latest revision of each. */
  readonly quality: readonly OracleResultOfQuality[];
}

export type OracleOutcome =
  | 'NOTHING'
  | 'AWAITING_SCORE'
  | 'EXPIRED'
  | 'AWARDED'
  /** The rules would award it, a cap holds it back (`caps.ts`). */
  | 'CAPPED'
  | 'REVOKED'
  | 'FAILED';

export interface OracleVerdict {
  /** By `<category> <agent id>`; a net of zero is left out. */
  readonly nets: ReadonlyMap<string, bigint>;
  readonly outcome: OracleOutcome;
  /** Field of the first gate that failed, of the award rule with the lowest order. */
  readonly failedGate: string | null;
}
