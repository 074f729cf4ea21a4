/**
 * What each member of a locked period gets: the award of the pool, shared among those whom no other
 * team keeps. Decides the parts, the total that must be set aside and why a period is paid nothing
 * or waits for a person. Refuses to share what the pool does not hold.
 */
import type { Period, WeekStart } from '../../kernel/period';
import { parseAmount } from '../../kernel/units';
import { type PoolVersion, perAwardOf } from '../../rewards/pool';
import { type Distribution, type Member, type Share, splitReward } from '../../rewards/split';
import { type Keeper, keeps } from '../cohort/cohort';
import type { Contribution, Goal } from '../goal';
import type { Exclusion, Part, Reason } from './step';

/** Who keeps whom, as far as the members of one goal are concerned. */
export interface CohortFacts {
  /** The seal as of which the function counts. */
  readonly seal: number;
  /** The function's answer by agent key; nothing for an agent whom no goal of then could pay. */
  readonly keepers: ReadonlyMap<string, Keeper>;
  /** The rows that are there already. */
  readonly taken: ReadonlyMap<string, Pick<Keeper, 'teamId' | 'poolId'>>;
}

type Own = Pick<Keeper, 'teamId' | 'poolId'>;

/** Members whom the goal's team and pool keep, and those whom another keeps. */
export function divide(
  members: readonly Contribution[],
  own: Own,
  { keepers, taken }: CohortFacts,
): { readonly kept: readonly Contribution[]; readonly exclusions: readonly Exclusion[] } {
  const kept: Contribution[] = [];
  const exclusions: Exclusion[] = [];
  for (const member of members) {
    const { agentKey } = member;
    const found = keepers.get(agentKey);
    const keeper = taken.get(agentKey) ?? found;
    if (keeper === undefined || keeps(keeper, own)) kept.push(member);
    else exclusions.push({ agentKey, keptBy: keeper.teamId, weight: weightOf(found, keeper) });
  }
  return { kept, exclusions };
}

/** Weights are text of at most six places, so their fractions end. */
function weightOf(found: Keeper | undefined, keeper: Own): string {
  if (found === undefined || !keeps(found, keeper)) return '0';
  const { numerator, denominator } = found.weight;
  return String(Number(numerator) / Number(denominator));
}

export interface Shared {
  readonly reason: Reason | null;
  /** True: a person must look before anything is promised. */
  readonly waits: boolean;
  readonly total: number;
  readonly parts: readonly Part[];
  readonly distribution: Distribution;
}

export interface Sharing {
  readonly goal: Goal;
  readonly pool: PoolVersion | null;
  /** What the pool can still promise. */
  readonly held: bigint;
  readonly period: Pick<Period, 'cadence' | 'firstDay' | 'lastDay'>;
  readonly weekStart: WeekStart;
  /** True: the period had ended before the goal was written. */
  readonly endedBefore: boolean;
  readonly kept: readonly Contribution[];
  readonly excluded: number;
  /** Ids as people know them, by agent key: ties are broken by these. */
  readonly agentIds: ReadonlyMap<string, string>;
}

/** What a period brings its members. */
export function shareOf(sharing: Sharing): Shared {
  const { goal, pool, held, period, weekStart, kept, excluded } = sharing;
  const distribution = goal.customFields.distributionType ?? 'EQUITY';
  const nothing = (reason: Reason): Shared => ({ ...NOTHING, reason, distribution });
  if (pool === null) return nothing('NO_POOL');
  const award = perAwardOf(pool.content, period, weekStart);
  if (award === null) return nothing('OUTSIDE_POOL');
  if (kept.length === 0) return nothing(excluded > 0 ? 'ALL_EXCLUDED' : 'NO_MEMBERS');
  const fixed = distribution === 'FIXED' ? fixedAmountOf(goal, pool.content.unit) : null;
  if ((fixed ?? award) === 0n) return nothing('NOTHING_FUNDED');
  const members = membersOf(kept, sharing.agentIds);
  const split =
    fixed === null
      ? splitReward(distribution === 'PROPORTIONAL' ? distribution : 'EQUITY', award, members)
      : splitReward('FIXED', fixed, members);
  const isEmpty = split.kind === 'REVIEW';
  const shared = isEmpty ? splitReward('EQUITY', award, members) : split;
  if (shared.kind === 'REVIEW') return nothing('NO_MEMBERS');
  const doubt = isEmpty ? 'NO_CONTRIBUTIONS' : sharing.endedBefore ? 'ENDED_BEFORE' : null;
  const reason = shared.total > held ? 'UNFUNDED' : doubt;
  return {
    reason,
    waits: reason !== null,
    total: Number(shared.total),
    parts: partsOf(shared.shares, kept, sharing.agentIds),
    distribution,
  };
}

const NOTHING = { waits: false, total: 0, parts: [] };

/** A total shared in proportion to other contributions; null where nobody has any. */
export function reshare(
  total: number,
  members: readonly Contribution[],
  agentIds: ReadonlyMap<string, string>,
): readonly Part[] | null {
  const split = splitReward('PROPORTIONAL', BigInt(total), membersOf(members, agentIds));
  return split.kind === 'REVIEW' ? null : partsOf(split.shares, members, agentIds);
}

/** What each member gets where the goal states an amount; null where it states none. */
function fixedAmountOf({ customFields }: Goal, unit: string): bigint | null {
  const amount = parseAmount(customFields.fixedAmount, unit);
  return amount !== null && amount > 0n ? amount : null;
}

/** Ids of two persons are never equal; who was erased goes by the key. */
const idOf = (agentKey: string, agentIds: ReadonlyMap<string, string>): string =>
  agentIds.get(agentKey) ?? agentKey;

const membersOf = (
  members: readonly Contribution[],
  agentIds: ReadonlyMap<string, string>,
): Member[] =>
  members.map(({ agentKey, contribution }) => ({ id: idOf(agentKey, agentIds), contribution }));

function partsOf(
  shares: readonly Share[],
  members: readonly Contribution[],
  agentIds: ReadonlyMap<string, string>,
): Part[] {
  const keys = new Map(members.map(({ agentKey }) => [idOf(agentKey, agentIds), agentKey]));
  return shares.flatMap(({ id, amount }): Part[] => {
    const agentKey = keys.get(id);
    return amount === 0n || agentKey === undefined ? [] : [[agentKey, Number(amount)]];
  });
}
