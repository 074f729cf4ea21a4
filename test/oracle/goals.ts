/**
 * The oracle of contributions: what each member added to a period of a goal, from the set of metric
 * events alone. Written from G1, G4 and DEC-6, never from the engine. Values are millionths.
 */
import { millionths } from './number';

export interface OracleMetric {
  readonly id: string;
  readonly agent: string;
  readonly at: number;
  readonly value: string;
  /** null: it stands alone and adds. */
  readonly interaction: string | null;
  readonly revision: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface OracleMembership {
  readonly agent: string;
  /** UTC ms, half-open; null: without end. */
  readonly from: number | null;
  readonly until: number | null;
}

export interface OracleGoal {
  readonly from: number;
  readonly until: number;
  readonly members: readonly OracleMembership[];
  /** Every one must hold: the attribute has one of the values. */
  readonly filter: readonly { readonly field: string; readonly values: readonly string[] }[];
}

/** Of what belongs together the highest revision says how much, the lowest when. */
function settled(events: readonly OracleMetric[]): { readonly said: OracleMetric; at: number }[] {
  const groups = Map.groupBy(events, ({ id, agent, interaction }) =>
    interaction === null ? id : `${agent} of ${interaction}`,
  );
  return [...groups.values()].map((group) => {
    const inOrder = group.toSorted((a, b) => a.revision - b.revision);
    const [first, last] = [inOrder[0], inOrder.at(-1)];
    if (first === undefined || last === undefined) throw new Error('a group has a member');
    return { said: last, at: first.at };
  });
}

const isMember = ({ members }: OracleGoal, agent: string, at: number): boolean =>
  members.some(
    (one) =>
      one.agent === agent &&
      (one.from === null || one.from <= at) &&
      (one.until === null || at < one.until),
  );

/** By agent; who added nothing is left out. */
export function contributions(
  events: readonly OracleMetric[],
  goal: OracleGoal,
): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { said, at } of settled(events)) {
    const counts =
      at >= goal.from &&
      at < goal.until &&
      isMember(goal, said.agent, at) &&
      goal.filter.every(({ field, values }) => values.includes(said.attributes[field] ?? ''));
    if (!counts) continue;
    sums.set(said.agent, (sums.get(said.agent) ?? 0n) + (millionths(said.value) ?? 0n));
  }
  for (const [agent, sum] of sums) if (sum === 0n) sums.delete(agent);
  return sums;
}
