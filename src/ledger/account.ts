/**
 * Addresses of accounts, and what running accounts gain by rows. Decides how an account is written
 * and who holds it; refuses nothing, its parts are checked where they come in. Pending, earned,
 * paid and owed are accounts, not flags.
 */
import type { Row } from '../kernel/change-set';

export const agentPoints = (agentKey: string, category: string, season: string): string =>
  `agent:${agentKey}:points:${category}:${season}`;

/** Where a programme's points come from. */
export const programAccount = (category: string): string => `program:${category}`;

/** Where the points of a season go as they decay. */
export const decayAccount = (season: string): string => `decay:${season}`;

/** What an agent was promised, holds or was given of rewards; the unit tells money from leave. */
export const agentReward = (agentKey: string, state: 'pending' | 'earned'): string =>
  `agent:${agentKey}:reward:${state}`;

/** What a reward pool holds and may still promise. */
export const poolAccount = (pool: string): string => `pool:${pool}`;

/** What a pool has set aside for an award that is being shared, or that a person must look at. */
export const reservedAccount = (pool: string): string => `pool:${pool}:reserved`;

/** Where rewards come from: `pool` is a pool's id or `board:<id>`. */
export const fundingAccount = (pool: string): string => `funding:${pool}`;

/** What a destination did and the books did not expect, until a person says where it belongs. */
export const suspenseAccount = (destination: string): string => `suspense:${destination}`;

/** What an agent is due of a plan and period and has not been paid. */
export const agentPay = (agentKey: string, plan: string, period: string): string =>
  `agent:${agentKey}:pay:${plan}:${period}`;

/** What an agent was paid of a plan for a period. */
export const agentPaid = (agentKey: string, plan: string, period: string): string =>
  `agent:${agentKey}:paid:${plan}:${period}`;

/** What an agent was paid too much of a plan, until it is netted or written off. */
export const agentOwed = (agentKey: string, plan: string): string =>
  `agent:${agentKey}:owed:${plan}`;

/** Where the pay of a plan comes from. */
export const planAccount = (plan: string): string => `plan:${plan}`;

/** Between the currency of a plan and those of its agents. */
export const conversionAccount = (plan: string): string => `conversion:${plan}`;

/** The agent key of an agent's account, or null for every other account. */
export function agentOf(account: string): string | null {
  const [owner, key] = account.split(':');
  return owner === 'agent' && key !== undefined && key !== '' ? key : null;
}

/** Accounts that are not an agent's keep a running balance row. */
export const keepsRunningBalance = (account: string): boolean => agentOf(account) === null;

/** Id of the row of a running balance. */
export const balanceKey = (unit: string, account: string): string => `${unit} ${account}`;

/** What a running account gains (or loses), in the unit's smallest part. */
export interface Delta {
  readonly account: string;
  readonly unit: string;
  readonly amount: bigint;
}

/** What running accounts gain by the entries among some rows, by `balanceKey`. */
export function deltasOf(rows: readonly Row[]): Map<string, Delta> {
  const deltas = new Map<string, Delta>();
  for (const { table, values } of rows) {
    if (table !== 'entries') continue;
    const { from_account: from, to_account: to, unit, amount } = values;
    const moved = BigInt(amount ?? 0);
    addDelta(deltas, { account: String(from), unit: String(unit), amount: -moved });
    addDelta(deltas, { account: String(to), unit: String(unit), amount: moved });
  }
  return deltas;
}

/** Adds to the sum kept under the delta's account; agents' accounts keep none. */
export function addDelta(deltas: Map<string, Delta>, { account, unit, amount }: Delta): void {
  if (!keepsRunningBalance(account)) return;
  const key = balanceKey(unit, account);
  deltas.set(key, { account, unit, amount: (deltas.get(key)?.amount ?? 0n) + amount });
}
