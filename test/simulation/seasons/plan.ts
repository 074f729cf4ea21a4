/**
 * What seasons are made of in a history, as data: the season that ends, the one that follows, who
 * earns what and when, and what is done.
 */
import type { OracleSeason, OracleWindow, Thresholds } from '../../oracle/seasons';
import type { Further } from './further/plan';
import type { PlatformHabits } from './platform';

/** Points of this category are the system's own; `Mentorship` comes from coaching. */
export const OWN_CATEGORY = 'Service';
export const GROUP = 'Everyone';
/**
 * The season that ends. Named by its history: what the last object of one history still does in the
 * background must not be taken for this one's.
 */
export const firstOf = (seed: number): string => `Season-${seed}-A`;
/** Tenths of a thousandth of a point, as accounts count. */
export const POINT = 10_000;

export const THRESHOLDS: Thresholds = [
  ['BRONZE', 0],
  ['SILVER', 30 * POINT],
  ['GOLD', 80 * POINT],
  ['PLATINUM', 150 * POINT],
];

/** What each tier brings, as the document says. */
export const SKILLS: Readonly<Record<string, readonly string[]>> = {
  BRONZE: ['skill_standard_support'],
  SILVER: ['skill_standard_support'],
  GOLD: ['skill_escalation_handler', 'skill_standard_support'],
  PLATINUM: ['skill_complex_resolution', 'skill_escalation_handler', 'skill_premium_support'],
};

/** Who and when, for what is drawn. */
export interface Scene {
  readonly agents: readonly string[];
  readonly ends: number;
  /** When the first window after the end opens. */
  readonly opens: number;
  readonly startAt: number;
  readonly endAt: number;
}

export interface PlannedEarning {
  readonly key: string;
  readonly agent: string;
  /** Signed, 1/10000 point; below zero: taken back of what was earned under the same cause. */
  readonly amount: number;
  /** When it was earned: this says its season and its day. */
  readonly occurredAt: number;
  readonly cause: string;
}

export interface SeasonsPart {
  readonly zone: string;
  readonly season: OracleSeason;
  /** Written beside it, or left to be copied. */
  readonly successor: OracleSeason | null;
  readonly next: OracleSeason;
  readonly window: OracleWindow;
  readonly graceDays: number;
  readonly policy: 'FLOOR' | 'FROM_ARCHIVE';
  readonly factor: string;
  readonly forEverybody: boolean;
  readonly preset: 'seed' | 'genesys-cloud' | 'cxone';
  readonly categories: readonly string[];
  readonly platform: PlatformHabits;
  readonly earnings: readonly PlannedEarning[];
  readonly further: Further;
}

export type SeasonsOperation = { readonly system: 'seasons' } & (
  | { readonly kind: 'earn'; readonly keys: readonly string[] }
  | { readonly kind: 'cron'; readonly cron: string; readonly times: number }
  | { readonly kind: 'trigger'; readonly times: number }
  | { readonly kind: 'join' | 'leave'; readonly agent: string }
  | { readonly kind: 'decide'; readonly agents: readonly string[]; readonly interaction: string }
  | { readonly kind: 'release'; readonly agent: string; readonly interaction: string }
  | {
      readonly kind: 'select';
      readonly selection: string;
      /** True: it is asked for with people whom nobody knows. */
      readonly isOfStrangers?: boolean;
    }
  | { readonly kind: 'load'; readonly agent: string; readonly concurrent: number }
  | { readonly kind: 'volume'; readonly value: number }
);

/** What befalls a season beside its platform. */
export const SEASON_TROUBLES: readonly string[] = [
  'clocks change',
  'days without cron',
  'two triggers at once',
  'signed season trigger',
  'season agent joins',
  'season agent leaves',
  'season award late',
  'season revocation late',
  'season decision',
  'season selection',
  'season agent overloaded',
  'interaction held over the end',
];
