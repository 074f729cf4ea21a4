/**
 * Who belongs to which reward pool in a period (G10, DEC-14). A pure function over all goals that
 * bear a reward and all memberships of the period: an agent in several is kept by the team of the
 * queue in which it weighs most, then by the earlier membership, then by the lower team id. Who
 * closes first, or achieves, does not matter. Refuses nobody: who is kept elsewhere is listed.
 */
import { compare, type Fraction } from '../../kernel/fraction';

/** One membership that could bring an agent a reward in the period. */
export interface Candidate {
  readonly agentKey: string;
  readonly goalId: string;
  readonly teamId: string;
  readonly poolId: string;
  /** Of the agent in the team's primary queue; 0 where the agent is not in it. */
  readonly weight: Fraction;
  /** First instant of the membership in the period or before it, UTC ms; null: since ever. */
  readonly since: number | null;
}

/** Goals of one team that pay from one pool do not exclude one another. */
export interface Keeper {
  readonly teamId: string;
  readonly poolId: string;
  /** The first of the keeper's goals by id. */
  readonly goalId: string;
  readonly weight: Fraction;
}

/** Who keeps each agent. The order of the candidates does not matter. */
export function keepersOf(candidates: readonly Candidate[]): Map<string, Keeper> {
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const held = best.get(candidate.agentKey);
    if (held === undefined || outranks(candidate, held)) best.set(candidate.agentKey, candidate);
  }
  return new Map(
    [...best].map(([agentKey, { teamId, poolId, goalId, weight }]) => [
      agentKey,
      { teamId, poolId, goalId, weight },
    ]),
  );
}

function outranks(a: Candidate, b: Candidate): boolean {
  const weight = compare(a.weight, b.weight);
  if (weight !== 0) return weight > 0;
  if (a.since !== b.since) return (a.since ?? -Infinity) < (b.since ?? -Infinity);
  if (a.teamId !== b.teamId) return a.teamId < b.teamId;
  if (a.poolId !== b.poolId) return a.poolId < b.poolId;
  return a.goalId < b.goalId;
}

/** Whether a goal's team and pool are those that keep an agent. */
export const keeps = (
  { teamId, poolId }: Pick<Keeper, 'teamId' | 'poolId'>,
  own: Pick<Keeper, 'teamId' | 'poolId'>,
): boolean => teamId === own.teamId && poolId === own.poolId;
