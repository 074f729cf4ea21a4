/**
 * One pay run: a plan, a period and the number of the calculation. Decides its name, what is pinned
 * when it begins (plan version and hash, scorecard versions, rates, zone) and the order of its
 * phases. Each phase is a version of one row; the first fixes the seal, and everything after is a
 * function of the books as of that seal. Refuses nothing.
 */
import { isDay } from '../../kernel/instant';
import {
  type Cadence,
  instantsOf,
  type Period,
  periodOf,
  type Span,
  type WeekStart,
} from '../../kernel/period';
import type { ConfigVersion } from '../../ledger/config';
import type { PinnedRates } from '../rates/rate';

export const RUN_KIND = 'pay-run';

/** The number of a phase is the version of the row that says it. */
export const PHASES = ['CREATED', 'CALCULATED', 'APPROVED', 'DISPATCHED', 'SETTLED'] as const;
export type Phase = (typeof PHASES)[number];

export interface Run {
  readonly planId: string;
  readonly cadence: Cadence;
  /** The label of the period: `2023-10`, `2023-Q4`, or the first day of a week. */
  readonly period: string;
  readonly firstDay: string;
  readonly lastDay: string;
  /** The calculation of this period that it is: 1, 2, … */
  readonly number: number;
  readonly phase: Phase;
  /** Pinned. */
  readonly planVersion: number;
  readonly planHash: string;
  readonly scorecardVersions: readonly string[];
  readonly rates: PinnedRates | null;
  readonly timeZone: string;
  readonly destination: string;
  /** What the calculation came to, from CALCULATED on. */
  readonly result?: RunResult;
  /** What became of the lines, when the run was settled. */
  readonly settled?: PassTally;
}

export interface RunResult {
  /** Over every sheet in order: what an approval binds to. */
  readonly hash: string;
  readonly seal: number;
  readonly tally: Tally;
}

/** What lines came to so far. */
export interface Tally {
  readonly lines: number;
  readonly paid: number;
  /** Smallest parts by currency. */
  readonly totals: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** Scorecard versions that made results and that the plan does not list. */
  readonly unlisted: readonly string[];
}

export const NO_TALLY: Tally = { lines: 0, paid: 0, totals: {}, reasons: {}, unlisted: [] };

/** What became of the lines of one pass. */
export type PassTally = Readonly<Partial<Record<LineState, number>>>;

export const LINE_STATES = [
  'CALCULATED',
  'NOTHING_TO_PAY',
  'BLOCKED',
  'HELD',
  'DISPUTED',
  'SENT',
  'UNCERTAIN',
  'CONFIRMED',
  'REJECTED',
  'SUPERSEDED',
  'FORGOTTEN',
] as const;
export type LineState = (typeof LINE_STATES)[number];

/** States that wait for something and are looked at again. */
export const OPEN_STATES: readonly LineState[] = [
  'BLOCKED',
  'HELD',
  'DISPUTED',
  'SENT',
  'UNCERTAIN',
];

export type RunVersion = ConfigVersion<Run>;
/** A version and the number of the seal it stands under. */
export type SealedRun = RunVersion & { readonly seal: number };

export const runName = ({ planId, period, number }: Pick<Run, 'planId' | 'period' | 'number'>) =>
  `${planId}.${period}.v${number}`;

/** The object that plays all runs of a plan and period. */
export const runObjectName = ({ planId, period }: Pick<Run, 'planId' | 'period'>): string =>
  `${planId}.${period}`;

export const runSubject = (name: string): string => `config:${RUN_KIND}/${name}`;

/** The form of a run's name. */
export const RUN_ID = /^[A-Za-z0-9_-]{1,64}\.[0-9Q-]{7,10}\.v[1-9][0-9]{0,3}$/;

export function parseRunName(
  name: string,
): { readonly planId: string; readonly period: string; readonly number: number } | null {
  if (!RUN_ID.test(name)) return null;
  const [planId = '', period = '', number = ''] = name.split('.');
  return { planId, period, number: Number(number.slice(1)) };
}

const LABELS: Readonly<Record<Cadence, RegExp>> = {
  WEEKLY: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  MONTHLY: /^[0-9]{4}-(0[1-9]|1[0-2])$/,
  QUARTERLY: /^[0-9]{4}-Q[1-4]$/,
};

/** The period of a label in a plan's cadence, or null where it has none of that form. */
export function periodOfLabel(
  cadence: Cadence,
  label: string,
  weekStart: WeekStart,
): Period | null {
  if (!LABELS[cadence].test(label)) return null;
  const month = cadence === 'QUARTERLY' ? Number(label.slice(6)) * 3 - 2 : label.slice(5, 7);
  const day =
    cadence === 'WEEKLY' ? label : `${label.slice(0, 4)}-${String(month).padStart(2, '0')}-01`;
  if (!isDay(day)) return null;
  const period = periodOf(cadence, day, weekStart);
  return period.label === label ? period : null;
}

/** The instants of a run's period, UTC ms, half-open. */
export const spanOf = (run: Pick<Run, 'firstDay' | 'lastDay' | 'timeZone'>): Span =>
  instantsOf(run, run.timeZone);

/** The day and the instant (UTC ms) to which all that is posted for a run's period belongs: its last. */
export const placeOf = (
  run: Pick<Run, 'firstDay' | 'lastDay' | 'timeZone'>,
): { readonly day: string; readonly instant: number } => ({
  day: run.lastDay,
  instant: spanOf(run).until - 1,
});

/** Adds one line to a tally. */
export function tallied(tally: Tally, line: Tallied): Tally {
  const { totals, reasons, unlisted } = tally;
  const amount = BigInt(line.payAmount);
  return {
    lines: tally.lines + 1,
    paid: tally.paid + (amount > 0n ? 1 : 0),
    totals:
      amount === 0n
        ? totals
        : {
            ...totals,
            [line.payUnit]: String(BigInt(totals[line.payUnit] ?? 0) + amount),
          },
    reasons: { ...reasons, [line.reason]: (reasons[line.reason] ?? 0) + 1 },
    unlisted: line.unlisted.every((one) => unlisted.includes(one))
      ? unlisted
      : [...new Set([...unlisted, ...line.unlisted])].toSorted().slice(0, MOST_UNLISTED),
  };
}

const MOST_UNLISTED = 50;

interface Tallied {
  readonly payAmount: string;
  readonly payUnit: string;
  readonly reason: string;
  readonly unlisted: readonly string[];
}
