/**
 * The money of goals that a platform evaluates, as the ledger has it after a history: what each agent
 * holds, and that pools, what is set aside and members together hold what was funded.
 */
import { agentIds, type Books } from '../books';
import type { PlannedReport, ReportedPart } from './plan';

/** In cents. */
export const FUNDED = 100_000;
export const AWARD = 30_000;

export type Parts = ReadonlyMap<string, number>;
export const NOBODY: Parts = new Map();

export const shown = (parts: ReadonlyMap<string, number | bigint>): string =>
  [...parts]
    .filter(([, amount]) => BigInt(amount) !== 0n)
    .map(([agent, amount]) => `${agent}=${amount}`)
    .sort()
    .join();

/** What each agent holds by the ledger, in cents. */
export function heldOf(books: Books, state: 'pending' | 'earned'): Map<string, number> {
  const ids = agentIds(books);
  const held = new Map<string, number>();
  const add = (account: string, amount: number): void => {
    const [, key, what] = /^agent:([^:]+):reward:(\w+)$/.exec(account) ?? [];
    const agent = ids.get(key ?? '');
    if (agent !== undefined && what === state) held.set(agent, (held.get(agent) ?? 0) + amount);
  };
  for (const { from_account, to_account, amount } of books.entries) {
    add(from_account, -amount);
    add(to_account, amount);
  }
  return held;
}

export const ofAgents = (held: ReadonlyMap<string, number>, { agents }: PlannedReport): Parts =>
  new Map([...held].filter(([agent]) => agents.includes(agent)));

/** INV-7: pools, what is set aside and members hold what was funded, and nobody less than nothing. */
export function moneyIsThere(books: Books, { reports }: ReportedPart): string[] {
  const held = new Map<string, number>();
  const add = (account: string, amount: number): void => {
    if (!/^(pool|suspense):|:reward:/.test(account)) return;
    held.set(account, (held.get(account) ?? 0) + amount);
  };
  for (const { unit, from_account, to_account, amount } of books.entries) {
    if (unit !== 'USD') continue;
    add(from_account, -amount);
    add(to_account, amount);
  }
  const all = [...held.values()].reduce((sum, one) => sum + one, 0);
  return [
    ...(all === FUNDED * reports.length ? [] : [`INV-7: pools and members hold ${all}`]),
    ...[...held]
      .filter(([, amount]) => amount < 0)
      .map(([account, amount]) => `INV-7: ${account} stands at ${amount}`),
  ];
}

/** Nobody holds anything of a goal that is not locked as achieved. */
export const unpaid = (books: Books, report: PlannedReport): string[] =>
  (['pending', 'earned'] as const)
    .map((state) => shown(ofAgents(heldOf(books, state), report)))
    .filter((held) => held !== '')
    .map((held) => `G6 ${report.goal}: ${held}, and not achieved`);
