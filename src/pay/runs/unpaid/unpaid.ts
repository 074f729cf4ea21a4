/**
 * Lines of pay that came to nothing: which runs can hold one between two days, which calculation of
 * a period counts, and what is said of it. A line of nothing moves nothing, so no entry tells of it.
 * Refuses nothing; what was not sent out yet is not told, for a person may still reject it.
 */

import { causeId } from '../../../kernel/ids';
import { civilDay } from '../../../kernel/instant';
import { compactDay, dayNumber, periodOf } from '../../../kernel/period';
import type { Plan } from '../../plans/plan';
import type { Line } from '../lines/line';

/** A run as far as a statement needs it. */
export interface SentRun {
  readonly name: string;
  readonly planId: string;
  readonly planVersion: number;
  readonly period: string;
  readonly number: number;
  /** `YYYY-MM-DD` */
  readonly lastDay: string;
  readonly timeZone: string;
  /** When it was sent out, UTC ms, and under which seal. */
  readonly at: number;
  readonly seal: number;
  /** Whether each of its lines pays something. */
  readonly paysAll: boolean;
}

export type Minimums = Pick<Plan, 'min_interactions' | 'min_scorecards'>;

export interface UnpaidLine {
  /** `YYYYMMDD.<hash>`: sorts among the entries of its day. */
  readonly place: string;
  readonly run: SentRun;
  readonly line: Line;
  /** What the plan asks for; null where the plan cannot be read. */
  readonly plan: Minimums | null;
}

export const placeOfRun = ({ lastDay, name }: Pick<SentRun, 'lastDay' | 'name'>): string =>
  `${compactDay(lastDay)}.${causeId('pay-nothing', name).slice(0, 24)}`;

/** The newest calculation of each period that was sent out, by place; none whose lines all pay. */
export function newestOf(runs: readonly SentRun[]): SentRun[] {
  const newest = new Map<string, SentRun>();
  for (const run of runs) {
    const own = `${run.planId}.${run.period}`;
    if ((newest.get(own)?.number ?? 0) < run.number) newest.set(own, run);
  }
  return [...newest.values()]
    .filter(({ paysAll }) => !paysAll)
    .toSorted((a, b) => (placeOfRun(a) < placeOfRun(b) ? -1 : 1));
}

const DAYS_A_WEEK = 7;

/**
 * Labels between which lie all periods that end from one day to before another, as two ranges: a
 * quarter's label sorts behind all other labels of its year.
 */
export function labelsBetween(from: string, to: string): (readonly [low: string, high: string])[] {
  const last = civilDay(Math.max(0, dayNumber(to) - 1));
  const first = civilDay(Math.max(0, dayNumber(from) - DAYS_A_WEEK));
  return [
    [first.slice(0, 7), `${last.slice(0, 7)}~`],
    [`${last.slice(0, 4)}-Q`, `${periodOf('QUARTERLY', last).label}~`],
  ];
}

/** What was needed and was not reached. */
export interface Missed {
  readonly field: 'interactions' | 'evaluations';
  readonly expected: number;
  readonly actual: number | null;
}

export function missedBy(line: Line, plan: Minimums | null): Missed | null {
  if (plan === null) return null;
  if (line.reason === 'BELOW_MIN_INTERACTIONS') {
    return { field: 'interactions', expected: plan.min_interactions, actual: line.interactions };
  }
  if (line.reason !== 'BELOW_MIN_SCORECARDS') return null;
  const actual = line.types.reduce((sum, { evaluations }) => sum + evaluations, 0);
  return { field: 'evaluations', expected: plan.min_scorecards, actual };
}

/** Why an agent is paid nothing for a period, in one sentence. */
export function whyUnpaid({ run, line, plan }: UnpaidLine): string {
  const began = `No variable pay of ${run.planId} for ${run.period}`;
  const missed = missedBy(line, plan);
  if (missed === null) return `${began}: ${nothingStep(line.steps)}.`;
  const { field, expected, actual } = missed;
  const had = actual === null ? `an unknown number of ${field}` : `${actual} ${field}`;
  return `${began}: ${had}, at least ${expected} are needed.`;
}

/** The steps that made it nothing; where none says so by itself, what the last ones come to. */
function nothingStep(steps: readonly string[]): string {
  const telling = steps.filter((step) => NOTHING.test(step));
  const said = telling.length > 0 ? telling : steps.slice(-2);
  return said.map((step) => step.replace(/^[0-9]+\. /, '')).join('; ');
}

const NOTHING = /not reached|no quality|below every tier|not of the plan/;
