/**
 * Whose books are asked for. An agent is named by the agent's own id; a person who was erased by the
 * agent key that the books show, and has no name any more: a former id leads to nobody, or whoever
 * remembers it could find the person again. Refuses ids nobody has.
 */
import { AGENT_KIND } from '../../agents/agent';
import { type DirectoryEnv, resolveAgentKeys } from '../../agents/store';
import { AGENT_KEY_LENGTH } from '../../kernel/ids';
import { fail, ok, type Result } from '../../kernel/result';
import { readLatest } from '../../ledger/store';
import { readAddress } from '../address';

export interface Holder {
  readonly agentKey: string;
  /** Null for a person who was erased. */
  readonly agentId: string | null;
}

export async function findHolder(env: DirectoryEnv, id: string): Promise<Result<Holder>> {
  const [agentKey] = await resolveAgentKeys(env, [{ platform: 'id', id }]);
  if (agentKey != null) return ok({ agentKey, agentId: id });
  if (await isErased(env.DB, id)) return ok({ agentKey: id, agentId: null });
  return fail({ kind: 'not-found', what: 'agent', id });
}

const KEY = new RegExp(`^[a-z2-7]{${AGENT_KEY_LENGTH}}$`);

/** True for the key of an agent of whom the directory holds nothing any more. */
async function isErased(db: D1Database, key: string): Promise<boolean> {
  if (!KEY.test(key)) return false;
  const version = await readLatest<unknown>(db, AGENT_KIND, key);
  return version !== null && version.content === null;
}

/** An address as a client writes it, with the agent key in place of the agent's id. */
export async function insideOf(env: DirectoryEnv, address: string): Promise<Result<string>> {
  const asked = readAddress(address);
  if (asked.agentId === null) return ok(address);
  const holder = await findHolder(env, asked.agentId);
  return holder.ok ? ok(asked.inside(holder.value.agentKey)) : holder;
}

/** Names for an answer: an erased holder has none and is shown by the key. */
export const namesOf = ({ agentKey, agentId }: Holder): ReadonlyMap<string, string> =>
  new Map(agentId === null ? [] : [[agentKey, agentId]]);
