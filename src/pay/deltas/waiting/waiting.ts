/**
 * Why an open delta waits: a cycle nets in one currency, so what is open in another than the agent
 * is paid in now is taken by none (P11, P13). Says so, and what settles it. Refuses nothing.
 */
import type { Netted } from '../allocation';

/** In one sentence; null where nothing but the next cycle is waited for. `paidIn`: the agent's currency. */
export function waitsFor({ delta, open }: Netted, paidIn: string | null): string | null {
  const { unit, period } = delta;
  if (paidIn === null || paidIn === unit || open === 0n) return null;
  return (
    `open in ${unit}, and the agent is paid in ${paidIn} now: no cycle nets across currencies. ` +
    `A further version of ${period} settles it if the directory still names ${unit} for the end ` +
    'of that period; else it waits for a write-off'
  );
}
