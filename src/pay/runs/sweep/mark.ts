/**
 * What the walk over new facts remembers between firings, and how facts become work: whose line of
 * which paid period is to be looked at again. Decides the order of the work, so that a firing that
 * ends in the middle of a page is gone on with. Refuses nothing.
 */
import { parseDay } from '../../../kernel/instant';
import { dashedDay } from '../../../kernel/period';
import { isWorthMoving, type Mark } from '../../../points/sweep/sweep';
import type { ChangedFact } from '../reread/store';
import { parseRunName, type Run, runObjectName } from '../run';

export interface PayMark extends Mark {
  /** The page after `seal`, where it is walked in part: its last seal, and the last period that is done. */
  readonly part?: Part | null;
  /** Runs that were sent out, before whose sending facts are still to be looked at again. */
  readonly after?: readonly After[];
}

/** A mark of its own, for it is long and changes seldom. */
export interface UnpaidMark extends Mark {
  /** Agents whom something keeps from being paid: `<plan>.<period>/<agent key>`, in order. */
  readonly unpaid: readonly string[];
}

export interface Part {
  readonly until: number;
  /** Name of a period; those before it are done too. Empty: none is. */
  readonly done: string;
}

export interface After {
  readonly run: string;
  /** Looked at so far; null: not begun. */
  readonly seal: number | null;
  /** Null: it waits for room in the list of the unpaid, which could not hold all of its period. */
  readonly until: number | null;
  /** The last delta of the plan that was looked at for what it waits for. */
  readonly told?: string;
}

/** Agents of one paid period, to be read again together. */
export interface Work {
  /** `<plan>.<period>`: the order of work. */
  readonly name: string;
  readonly of: Version;
  readonly agentKeys: readonly string[];
}

/** A period and the newest version of it that is known. */
type Version = Pick<Run, 'planId' | 'period' | 'number'>;

type Period = Version & Pick<Run, 'firstDay' | 'lastDay'>;

/** Work by the names of its periods; what is named twice is done once. */
export function workOf(
  named: readonly { readonly of: Version; readonly agentKey: string }[],
): Work[] {
  return [...Map.groupBy(named, ({ of }) => runObjectName(of))]
    .map(([name, own]) => ({
      name,
      of: own.map(({ of }) => of).reduce((a, b) => (a.number < b.number ? b : a)),
      agentKeys: [...new Set(own.map(({ agentKey }) => agentKey))].toSorted(),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whose line of which of some periods the facts may touch; a result may be dated anew by some days. */
export const touched = (
  periods: readonly Period[],
  facts: readonly ChangedFact[],
  revisionDays: number,
) =>
  periods.flatMap((of) =>
    facts
      .filter((fact) => touches(fact, of, revisionDays))
      .map(({ agentKey }) => ({ of, agentKey })),
  );

/** A day to each side for the zone. */
function touches(
  { day, isResult }: ChangedFact,
  { firstDay, lastDay }: Period,
  revisionDays: number,
): boolean {
  const at = dayOf(dashedDay(day));
  const slack = isResult ? revisionDays + 1 : 1;
  return at >= dayOf(firstDay) - slack && at <= dayOf(lastDay) + slack;
}

const dayOf = (day: string): number => parseDay(day) ?? 0;

export const unpaidPlace = (name: string, agentKey: string): string => `${name}/${agentKey}`;

/** The work of those who are not paid, of periods that are still re-read. */
export const unpaidWork = (unpaid: readonly string[], periods: readonly Period[]): Work[] => {
  const byName = new Map(periods.map((of) => [runObjectName(of), of]));
  return workOf(
    unpaid.flatMap((place) => {
      const [name = '', agentKey = ''] = place.split('/');
      const of = byName.get(name);
      return of === undefined ? [] : [{ of, agentKey }];
    }),
  );
};

/** The list holds no more; of a period that it cannot hold whole the run is looked after again. */
export const MOST_UNPAID = 1_000;

/** Who is not paid, after some of a period were looked at; who was in the list gives way to nobody. */
export function unpaidAfter(
  before: readonly string[],
  { name, agentKeys }: Pick<Work, 'name' | 'agentKeys'>,
  found: readonly string[],
  most: number,
): { readonly unpaid: readonly string[]; readonly isFull: boolean } {
  const looked = new Set(agentKeys.map((agentKey) => unpaidPlace(name, agentKey)));
  const places = new Set(found.map((agentKey) => unpaidPlace(name, agentKey)));
  const kept = before.filter((place) => !looked.has(place) || places.has(place));
  const all = [...new Set([...kept, ...places])];
  return { unpaid: all.slice(0, most).toSorted(), isFull: all.length > most };
}

/** A run is looked after again from its calculation on, once there is room among the unpaid. */
export const withWaiting = (after: readonly After[], run: string): readonly After[] =>
  after.some((one) => one.run === run && one.until === null)
    ? after
    : [...after, { run, seal: null, until: null }];

/** One that waits is forgotten once its period is beyond the look-back: nobody is re-read for it. */
export const withinLookBack = (after: readonly After[], periods: readonly Period[]): After[] => {
  const names = new Set(periods.map(runObjectName));
  return after.filter(({ run, until }) => {
    const of = parseRunName(run);
    return until !== null || (of !== null && names.has(runObjectName(of)));
  });
};

/**
 * Whether a mark is worth a row. It is one under a seal itself and would be news: it moves when it
 * passes something of its own or is far behind, and when what it remembers has changed.
 */
export const isNews = (before: PayMark, after: PayMark, seen: boolean): boolean =>
  isWorthMoving(before.seal, after.seal, seen ? [after] : []) ||
  !isSame(remembered(before), remembered(after));

export const isSame = (one: object, other: object): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** What there is nothing of is not written. */
export const remembered = ({ part = null, after = [] }: PayMark) => ({
  ...(part !== null && { part }),
  ...(after.length > 0 && { after }),
});
