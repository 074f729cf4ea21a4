/**
 * Account addresses at the edge: outside an agent is named by the agent's own id, inside by the
 * agent key. Decides which part of an address that is. Refuses nothing: an address of no known form
 * is an account that nothing ever moved on.
 */
import { agentOf } from '../ledger/account';

export interface AskedAddress {
  /** The agent's own id, or null for an account that is not an agent's. */
  readonly agentId: string | null;
  /** The address inside, once the agent key is known. */
  readonly inside: (agentKey: string) => string;
}

/** The known endings, so that an agent's id may itself hold a colon. */
const AGENT = /^agent:(.+?)(:(?:points:[^:]+:[^:]+|reward:[a-z]+|(?:pay|paid|owed):.+))$/s;
const ANY_AGENT = /^agent:([^:]+)(:.+)$/s;

/** Reads an address as a client writes it, e.g. `agent:pat-doe:points:Mentorship:none`. */
export function readAddress(address: string): AskedAddress {
  const [, agentId, rest] = AGENT.exec(address) ?? ANY_AGENT.exec(address) ?? [];
  if (agentId === undefined || rest === undefined) {
    return { agentId: null, inside: () => address };
  }
  return { agentId, inside: (agentKey) => `agent:${agentKey}${rest}` };
}

/** An address for an answer. An agent who was erased is named by the agent key. */
export function showAddress(account: string, agentIds: ReadonlyMap<string, string>): string {
  const key = agentOf(account);
  const agentId = key === null ? undefined : agentIds.get(key);
  if (key === null || agentId === undefined) return account;
  return `agent:${agentId}${account.slice(`agent:${key}`.length)}`;
}

/** The agent keys among some accounts, each once. */
export const agentKeysOf = (accounts: readonly string[]): string[] => [
  ...new Set(accounts.flatMap((account) => agentOf(account) ?? [])),
];

/** Category and season of an agent's account of points, or null for another account. */
export function pointsOf(
  account: string,
): { readonly category: string; readonly season: string } | null {
  const [, , kind, category, season] = account.split(':');
  return kind === 'points' && category !== undefined && season !== undefined
    ? { category, season }
    : null;
}
