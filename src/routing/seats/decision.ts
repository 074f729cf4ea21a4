/**
 * A routing decision: what an agent may take for one interaction, and why. Decides from what the
 * seat knows of season, tier and load, and says each condition with what it expected and found.
 * UNRANKED routes without tier skills; who is overloaded with the smaller of own and SILVER weight
 * (DEC-18, DEC-19, DEC-20). Refuses nothing: every agent can be routed somehow.
 */
import { parseDecimal, toScaled } from '../../kernel/decimal';
import { printInstant } from '../../kernel/instant';
import {
  floorOf,
  honouredAt,
  OVERLOADED_AS,
  overloadWeight,
  type Privileges,
  privilegesAt,
  privilegesOf,
  rankOf,
  type SeatFacts,
  silverWeight,
  type TierTable,
  UNRANKED,
} from '../../seasons/tier';
import { capacityFactor, type LoadState, printMillionths, type Reading } from '../load/load';

export const VERDICTS = ['PASSED', 'FAILED', 'NOT_KNOWN'] as const;

export const CONDITIONS = [
  'SEASON',
  'COMPLIANCE',
  'TIER',
  'LOAD_NOW',
  'LOAD_MEAN',
  'AHT',
  'QUEUE_WAIT',
  'OVERLOAD',
] as const;

export interface Condition {
  readonly condition: (typeof CONDITIONS)[number];
  readonly verdict: (typeof VERDICTS)[number];
  readonly expected: string;
  readonly actual: string;
}

/** A decision as it is held for its interaction; the platform it is printed for is no part of it. */
export interface Decision {
  /** UTC ms. */
  readonly at: number;
  readonly tier: string;
  /** Null while the agent is in no season. */
  readonly seasonId: string | null;
  readonly queue: string;
  readonly weight: string;
  readonly priority: number;
  readonly skills: readonly string[];
  readonly campaigns: readonly string[];
  readonly ahtToleranceSeconds: number | null;
  readonly overloaded: boolean;
  readonly why: readonly Condition[];
}

/** What a seat knows at an instant. */
export interface SeatView {
  readonly facts: SeatFacts;
  /** True when the season was read anew because it had ended or another was applied. */
  readonly recalculated: boolean;
  /** False: D1 did not answer after the season's end, and nothing of it is honoured. */
  readonly validated: boolean;
  readonly load: LoadState;
  readonly reading: Reading;
}

/** What a tier brings now: by the table where it is at hand, else as it was told. */
export function privilegesNow(
  { facts, validated }: Pick<SeatView, 'facts' | 'validated'>,
  table: TierTable | null,
  now: number,
): { readonly tier: string; readonly brings: Privileges } {
  if (!validated) return lowest(facts, table);
  const tier = honouredAt(facts, now);
  return { tier, brings: table === null ? privilegesAt(facts, now) : privilegesOf(table, tier) };
}

/** Nothing of a season that could not be looked at is honoured: without a table no skills at all. */
function lowest(
  { privileges }: SeatFacts,
  table: TierTable | null,
): { readonly tier: string; readonly brings: Privileges } {
  if (table !== null) return { tier: floorOf(table), brings: privilegesOf(table, floorOf(table)) };
  return { tier: UNRANKED, brings: { ...privileges, priority: 0, skills: [], campaigns: [] } };
}

/** At the most SILVER's weight, and its priority where the table is known and has such a tier. */
function relieved(brings: Privileges, facts: SeatFacts, table: TierTable | null): Privileges {
  const silver = table === null ? facts.silverWeight : silverWeight(table);
  const priority = table?.tiers[rankOf(table, OVERLOADED_AS)]?.priority ?? brings.priority;
  return {
    ...brings,
    weight: overloadWeight({ ...facts, silverWeight: silver }, brings.weight),
    priority: Math.min(brings.priority, priority),
  };
}

/** A weight in millionths. */
export function millionths(weight: string): number {
  const decimal = parseDecimal(weight);
  return decimal === null ? 0 : Number(toScaled(decimal, 6) ?? 0n);
}

/** What a queue must know of an agent. */
export interface Standing {
  readonly agentKey: string;
  readonly tier: string;
  /** Weight in millionths, SILVER's at the most while overloaded; 0: no share by weight. */
  readonly weight: number;
  /** Free capacity in millionths. */
  readonly capacity: number;
  readonly overloaded: boolean;
}

/** UNRANKED, and who could not be looked at after a season's end, have no share by weight. */
export function standingOf(view: SeatView, table: TierTable | null, now: number): Standing {
  const { tier, brings } = privilegesNow(view, table, now);
  const overloaded = view.load.overload !== null;
  const own = overloaded ? relieved(brings, view.facts, table) : brings;
  const hasShare = view.validated && tier !== UNRANKED;
  return {
    agentKey: view.facts.agentKey,
    tier,
    weight: hasShare ? millionths(own.weight) : 0,
    capacity: capacityFactor(view.reading),
    overloaded,
  };
}

/** The decision at `now`. `resetApplied`: the season whose reset the platform says it has applied. */
export function decideFor(
  view: SeatView,
  table: TierTable | null,
  now: number,
  resetApplied: string | null = null,
): Decision {
  const { facts, load } = view;
  const { tier, brings } = privilegesNow(view, table, now);
  const overloaded = load.overload !== null;
  const own = overloaded ? relieved(brings, facts, table) : brings;
  return {
    at: now,
    tier,
    seasonId: facts.seasonStart === facts.seasonEnd ? null : facts.seasonId,
    queue: own.queue,
    weight: own.weight,
    priority: own.priority,
    skills: own.skills,
    campaigns: own.campaigns,
    ahtToleranceSeconds: own.ahtToleranceSeconds,
    overloaded,
    why: [...seasonConditions(view, { tier, resetApplied }, now), ...loadConditions(view)],
  };
}

function seasonConditions(
  view: SeatView,
  { tier, resetApplied }: { readonly tier: string; readonly resetApplied: string | null },
  now: number,
): Condition[] {
  const { facts, recalculated, validated } = view;
  const isGrace = facts.graceUntil !== null && now < facts.graceUntil;
  const inSeason = facts.seasonStart !== facts.seasonEnd;
  const isOther = resetApplied !== null && resetApplied !== facts.seasonId;
  const foreseen = facts.foreseen === true ? ', as foreseen: its reset was not in the books' : '';
  const applied = isOther ? `; the platform has applied ${resetApplied}` : '';
  return [
    {
      condition: 'SEASON',
      verdict: !validated ? 'NOT_KNOWN' : isOther ? 'FAILED' : 'PASSED',
      expected: 'the reset that was applied is of the current season',
      actual: !validated
        ? `season ${facts.seasonId} has ended and the books could not be read`
        : `${inSeason ? `season ${facts.seasonId}` : 'no season'}${foreseen}${recalculated ? ', read anew before this answer' : ''}${applied}`,
    },
    {
      condition: 'COMPLIANCE',
      verdict: facts.complianceOk ? 'PASSED' : 'FAILED',
      expected: 'the compliance minimums are met',
      actual: facts.complianceOk ? 'met' : `not met: ${UNRANKED}`,
    },
    {
      condition: 'TIER',
      verdict: validated ? 'PASSED' : 'FAILED',
      expected: isGrace
        ? `the previous tier is honoured until ${printInstant(facts.graceUntil ?? now)}`
        : 'the tier that the points reach',
      actual: isGrace && facts.tier !== tier ? `${tier}; the points reach ${facts.tier}` : tier,
    },
  ];
}

const percent = (share: bigint): string => `${printMillionths(share * 100n)} %`;

const UNSAID = 'nothing was said in the last 15 minutes';

function loadConditions({ load, reading }: SeatView): Condition[] {
  const { overload } = load;
  const known = (over: boolean | null): Condition['verdict'] =>
    over === null ? 'NOT_KNOWN' : over ? 'FAILED' : 'PASSED';
  const conditions: Condition[] = [
    {
      condition: 'LOAD_NOW',
      verdict: known(reading.now === null ? null : reading.isOverNow),
      expected: 'at most 115 % of the target capacity now',
      actual: reading.now === null ? UNSAID : percent(reading.now),
    },
    {
      condition: 'LOAD_MEAN',
      verdict: known(reading.mean === null ? null : reading.isOverMean),
      expected: 'at most 110 % on average over 15 minutes',
      actual: reading.mean === null ? 'less than 15 minutes are known' : percent(reading.mean),
    },
    {
      condition: 'OVERLOAD',
      verdict: overload === null ? 'PASSED' : 'FAILED',
      expected: 'not overloaded',
      actual:
        overload === null
          ? 'own weight'
          : `overloaded since ${printInstant(overload.since)} (${overload.trigger}): the smaller of own and ${OVERLOADED_AS} weight`,
    },
  ];
  return [...conditions.slice(0, 2), ...recorded(reading), ...conditions.slice(2)];
}

/** Handle time and queue wait are shown where they were said, whether or not they count. */
function recorded({ isOverAht, isOverWait, latest }: Reading): Condition[] {
  const seconds = (millionth: number): string => `${Math.floor(millionth / 1_000_000)} s`;
  const found: Condition[] = [];
  if (latest?.ahtSeconds != null) {
    const { ahtSeconds, targetAhtSeconds } = latest;
    const target = targetAhtSeconds === null ? 'no target was said' : seconds(targetAhtSeconds);
    found.push({
      condition: 'AHT',
      verdict: isOverAht === null ? 'NOT_KNOWN' : isOverAht ? 'FAILED' : 'PASSED',
      expected: `${target}, and the tolerance of the tier`,
      actual: seconds(ahtSeconds),
    });
  }
  if (latest?.queueWaitSeconds != null) {
    found.push({
      condition: 'QUEUE_WAIT',
      verdict: isOverWait === null ? 'NOT_KNOWN' : isOverWait ? 'FAILED' : 'PASSED',
      expected: isOverWait === null ? 'the policy names no bound' : 'at most what the policy says',
      actual: seconds(latest.queueWaitSeconds),
    });
  }
  return found;
}
