/** Where an agent stands with the points they hold, for what an agent is shown. Writes nothing. */
import { readAgent } from '../../agents/store';
import { fail, ok, type Result } from '../../kernel/result';
import type { SeasonsEnv } from '../client';
import type { Place } from '../standing/standing';
import { NO_BASIS, readBases, readPlaces } from '../standing/store';
import type { TierTable } from '../tier';

export interface Seen {
  readonly agentKey: string;
  readonly place: Place;
  readonly table: TierTable;
  readonly points: number;
}

/** Where an agent stands, or the refusal. */
export async function readSeen(env: SeasonsEnv, id: string, now: number): Promise<Result<Seen>> {
  const agent = await readAgent(env, id);
  if (agent === null) return fail({ kind: 'not-found', what: 'agent', id });
  const placed = (await readPlaces(env.DB, [agent.name], now)).get(agent.name);
  if (placed?.place == null) return fail({ kind: 'not-found', what: 'season of the agent', id });
  const { place, table } = placed;
  const { season } = place;
  const basis = (await readBases(env.DB, season, [agent.name])).get(agent.name) ?? NO_BASIS;
  return ok({ agentKey: agent.name, place, table, points: basis.points });
}
