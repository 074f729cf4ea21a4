/**
 * Who belongs to a plan: whoever is in one of its groups or named by it, and everybody where it
 * names neither. Decides it by the directory as it was in force at the last instant of the period.
 * Whoever is not ACTIVE then has a line only when there are facts of them; whom an earlier version of
 * the period had a line for has one in each later version, of nothing where they are not of the plan
 * any more: what was paid is owed then (DEC-5). Refuses nothing.
 */
import type { Agent } from '../../agents/agent';
import type { Plan } from '../plans/plan';

export function isMember({ members }: Pick<Plan, 'members'>, agent: Agent): boolean {
  const { groups, agents } = members;
  if (groups.length === 0 && agents.length === 0) return true;
  return agents.includes(agent.agentId) || agent.groups.some((group) => groups.includes(group));
}

export const hasLine = (agent: Agent, hasFacts: boolean): boolean =>
  agent.status === 'ACTIVE' || hasFacts;

/**
 * The currency an agent is paid in, in capitals; null: the plan's. The attribute that the plan asks
 * for comes first, being what this plan's author named; then the agent's own `currency`. Where both
 * are set and differ the attribute counts, for this plan alone (P13).
 */
export function currencyOf(agent: Agent, attribute: string): string | null {
  const value = Object.hasOwn(agent.attributes, attribute) ? agent.attributes[attribute] : '';
  const named = String(value ?? '').trim();
  const text = named === '' ? (agent.currency ?? '') : named;
  return text === '' ? null : text.toUpperCase();
}
