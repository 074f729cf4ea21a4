/**
 * Addresses of accounts. Decides how an account is written and who holds it; refuses nothing, its
 * parts are checked where they come in. Pending, earned, paid and owed are accounts, not flags.
 */

export const agentPoints = (agentKey: string, category: string, season: string): string =>
  `agent:${agentKey}:points:${category}:${season}`;

/** Where a programme's points come from. */
export const programAccount = (category: string): string => `program:${category}`;

/** The agent key of an agent's account, or null for every other account. */
export function agentOf(account: string): string | null {
  const [owner, key] = account.split(':');
  return owner === 'agent' && key !== undefined && key !== '' ? key : null;
}

/** Accounts that are not an agent's keep a running balance row. */
export const keepsRunningBalance = (account: string): boolean => agentOf(account) === null;
