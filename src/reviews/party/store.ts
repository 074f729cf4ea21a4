/**
 * Whether a person is one of some agents: by the organisation's id, the employee id or an id on a
 * platform. Nobody adjusts or approves for themselves. Writes nothing.
 */
import { personOf } from '../../access/role';
import type { Agent } from '../../agents/agent';
import { type DirectoryEnv, readLatestAgents } from '../../agents/store';

export type PartyEnv = DirectoryEnv;

/** True when the person is one of these agents, as the directory knows them now. */
export async function readsAsParty(
  env: PartyEnv,
  agentKeys: readonly string[],
  person: string,
): Promise<boolean> {
  if (agentKeys.length === 0) return false;
  const agents = await readLatestAgents(env.DB, agentKeys);
  return agents.some(({ content }) => isPerson(content, person));
}

/** True when one of the agent's ids is the person's name. */
export const isPerson = (agent: Agent, person: string): boolean =>
  [agent.agentId, agent.employeeId, ...Object.values(agent.platformIds)].some(
    (id) => id !== null && personOf(id) === personOf(person),
  );
