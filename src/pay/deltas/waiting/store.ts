/** Who agents are and what they are paid in by now, for whoever shows deltas. Writes nothing. */
import { readLatestAgents } from '../../../agents/store';
import type { Plan } from '../../plans/plan';
import { currencyOf } from '../../runs/members';

export interface Payee {
  readonly agentId: string;
  readonly paidIn: string;
}

/** By agent key; who was erased is left out. */
export async function readPayees(
  db: D1Database,
  { currency, currency_attribute }: Pick<Plan, 'currency' | 'currency_attribute'>,
  agentKeys: readonly string[],
): Promise<Map<string, Payee>> {
  const agents = await readLatestAgents(db, agentKeys);
  return new Map(
    agents.map(({ name, content }) => [
      name,
      {
        agentId: content.agentId,
        paidIn: currencyOf(content, currency_attribute) ?? currency,
      },
    ]),
  );
}
