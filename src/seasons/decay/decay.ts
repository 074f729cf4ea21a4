/**
 * Decay of a season's points (S7, DEC-16): what is left of each lot after so many days, in closed
 * form, rounded once. Decides the value at a day and the entry of a night: that value less the
 * balance, so that nothing drifts and what was missed, revoked or awarded late is made up for.
 * Refuses nothing; days away from work do not count.
 */
import { awayBetween, type DaysAway, NEVER_AWAY } from '../../agents/absences/absence';
import type { Row } from '../../kernel/change-set';
import { type Fraction, fraction, roundHalfUp } from '../../kernel/fraction';
import { causeId, configId } from '../../kernel/ids';
import { civilDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';
import { localDay, startOfLocalDay } from '../../kernel/zone';
import { agentPoints, decayAccount } from '../../ledger/account';
import { configRow } from '../../ledger/config';
import { type Entry, type Leg, transaction } from '../../ledger/entry';

export const DECAY_RUN_KIND = 'decay-run';
const DECAY_ENTRY = 'DECAY';

/** What was earned less what was taken back of one business day. */
export interface Lot {
  /** Days since 1970-01-01. */
  readonly day: number;
  /** Signed, 1/10000 point. */
  readonly amount: bigint;
}

const powers = new Map<string, bigint[]>();

/** base^exponent from a table that grows. */
function power(base: bigint, exponent: number): bigint {
  const key = base.toString();
  const table = powers.get(key) ?? [1n];
  powers.set(key, table);
  for (let at = table.length; at <= exponent; at += 1) table.push((table[at - 1] ?? 1n) * base);
  return table[exponent] ?? 1n;
}

/** Days by which a lot has decayed at a day: from the day after it was earned, but those away. */
export const ageAt = (lotDay: number, day: number, away: DaysAway): number =>
  lotDay >= day ? 0 : day - lotDay - awayBetween(away, lotDay, day);

/** What lots are worth at a day, exactly. */
function exactAt(
  lots: readonly Lot[],
  day: number,
  factor: Fraction,
  away: DaysAway = NEVER_AWAY,
): Fraction {
  const aged = lots.map((lot) => ({ amount: lot.amount, age: ageAt(lot.day, day, away) }));
  const oldest = aged.reduce((most, { age }) => Math.max(most, age), 0);
  const sum = aged.reduce(
    (all, { amount, age }) =>
      all + amount * power(factor.numerator, age) * power(factor.denominator, oldest - age),
    0n,
  );
  return fraction(sum, power(factor.denominator, oldest));
}

/** The same rounded half up once, 1/10000 point. */
export const valueAt = (
  lots: readonly Lot[],
  day: number,
  factor: Fraction,
  away: DaysAway = NEVER_AWAY,
): bigint => roundHalfUp(exactAt(lots, day, factor, away));

/**
 * A night's run. Runs of a season count from 1; each has two rows: the first fixes the seal as of
 * which everything is computed, the second says that it is done.
 */
export interface DecayRun {
  readonly season: string;
  readonly number: number;
  /** The local day that has begun, `YYYY-MM-DD`. */
  readonly day: string;
  /** Present in the second row. */
  readonly done?: {
    readonly entries: number;
    /** Sum of what decayed less what came back, 1/10000 point. */
    readonly amount: number;
  };
}

/** The versions of a run's two rows. */
const beginVersion = (number: number): number => 2 * number - 1;

const decayRunId = ({ season, number }: Pick<DecayRun, 'season' | 'number'>): string =>
  configId(DECAY_RUN_KIND, season, beginVersion(number));

/** Written at the beginning of the run's day, whenever that is: two starters write the same bytes. */
export const decayRunRow = (run: DecayRun, timeZone: string): Row => {
  const version = beginVersion(run.number) + (run.done === undefined ? 0 : 1);
  return configRow<DecayRun>(
    {
      kind: DECAY_RUN_KIND,
      name: run.season,
      version,
      effectiveFrom: null,
      writtenAt: startOfLocalDay(run.day, timeZone),
      author: 'cron',
      content: run,
    },
    causeId('decay-run-salt', run.season, version),
  );
};

/** Days after a season's end during which its nights go on; later it is closed. */
export const LATE_DAYS = 92;

export interface Nights {
  readonly id: string;
  readonly startDay: string;
  readonly endDay: string;
  readonly timeZone: string;
}

/** What is to be run: the run to go on with, a new one, or null while nothing is due. */
export function dueRun(season: Nights, last: DecayRun | null, now: number): DecayRun | null {
  const day = localDay(now, season.timeZone);
  const today = dayNumber(day);
  // The first night is the one in which the first day has passed.
  if (today <= dayNumber(season.startDay)) return null;
  if (today > dayNumber(season.endDay) + LATE_DAYS) return null;
  if (last === null) return { season: season.id, number: 1, day };
  // A clock that was set back finds nothing due.
  if (dayNumber(last.day) > today) return null;
  if (last.day === day) return last.done === undefined ? last : null;
  return { season: season.id, number: last.number + 1, day };
}

/** True when no night of a season is due any more: what comes now is looked for by itself. */
export const isClosed = ({ endDay, timeZone }: Nights, now: number): boolean =>
  dayNumber(localDay(now, timeZone)) > dayNumber(endDay) + LATE_DAYS;

/** A run of a closed season. It overtakes one that was left undone. */
export const lateRun = (season: Nights, last: DecayRun | null, now: number): DecayRun => ({
  season: season.id,
  number: (last?.number ?? 0) + 1,
  day: localDay(now, season.timeZone),
});

/** The day as of which points are valued: nothing decays after the last day. */
export const valuedDay = ({ endDay }: Pick<Nights, 'endDay'>, day: string): number =>
  Math.min(dayNumber(day), dayNumber(endDay));

/** What an agent holds of one category of a season, as of the run's seal. */
export interface Holding {
  readonly category: string;
  readonly unit: string;
  readonly lots: readonly Lot[];
  /** What the account holds, decay included, 1/10000 point. */
  readonly balance: bigint;
}

/**
 * The entries of one agent and night, one per category in which something is to be posted. Their
 * ids come from run, agent and place alone.
 */
export function nightlyEntries(
  run: DecayRun,
  season: Nights,
  agentKey: string,
  holdings: readonly Holding[],
  asOf: { readonly factor: Fraction; readonly away: DaysAway; readonly at: number },
): Entry[] {
  const valued = valuedDay(season, run.day);
  const day = civilDay(valued);
  const legs = holdings.flatMap(({ category, unit, lots, balance }): Leg[] => {
    const change = valueAt(lots, valued, asOf.factor, asOf.away) - balance;
    if (change === 0n) return [];
    const own = agentPoints(agentKey, category, season.id);
    const gone = decayAccount(season.id);
    return [
      {
        unit,
        from: change < 0n ? own : gone,
        to: change < 0n ? gone : own,
        amount: Number(change < 0n ? -change : change),
        day,
        rule: null,
      },
    ];
  });
  if (legs.length === 0) return [];
  return transaction(
    {
      kind: DECAY_ENTRY,
      cause: decayRunId(run),
      occurredAt: startOfLocalDay(day, season.timeZone),
      recordedAt: asOf.at,
    },
    legs,
  );
}
