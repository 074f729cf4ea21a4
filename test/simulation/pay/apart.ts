/**
 * What joined the draw of pay later: how agents are told, plans of instalments alone, who is
 * forgotten. Drawn by the seed's name and not from its stream, so that what was drawn before stays.
 */
import { unitOf } from '../chance';
import type { Timed } from '../plan';
import type { Frame } from '../system';
import type { PayOperation, PlannedPayee, Size } from './plan';

export interface Clawback {
  readonly max_share_of_pay?: number;
  readonly protected_minimum?: number;
  readonly instalments?: number;
}

/** How the agent hears of a line that was paid. */
export type Tell = 'NONE' | 'NOTICE' | 'PLATFORM';

/** One plan in four takes back in instalments and under no other bound. */
export function policyOf(seed: number, plan: number, drawn: Clawback): Clawback {
  const luck = unitOf(`${seed} instalments of plan ${plan}`);
  return luck < 0.25 ? { instalments: luck < 0.125 ? 2 : 5 } : drawn;
}

const TELLS: readonly Tell[] = ['NONE', 'NOTICE', 'PLATFORM'];

/** From its name and not from the stream: what was drawn before there was telling stays as it was. */
export const tellOf = (seed: number, plan: number): Tell =>
  TELLS[Math.floor(unitOf(`${seed} tells of plan ${plan}`) * TELLS.length)] ?? 'NONE';

/** Who is forgotten and when, or null; by the seed, so that no draw of others moves. */
export function drawForgotten(
  { seed, startAt, endAt }: Pick<Frame, 'seed' | 'startAt' | 'endAt'>,
  { forgets }: Size,
  payees: readonly PlannedPayee[],
): { readonly agent: string; readonly act: Timed } | null {
  const payee = Math.floor(unitOf(`${seed} whom pay forgets`) * payees.length);
  const agent = payees[payee]?.agent;
  if (agent === undefined || unitOf(`${seed} pay forgets`) >= forgets) return null;
  const at = startAt + Math.floor(unitOf(`${seed} when pay forgets`) * (endAt - startAt));
  const operation: PayOperation = { system: 'pay', kind: 'forget', payee };
  return { agent, act: { at, operation } };
}
