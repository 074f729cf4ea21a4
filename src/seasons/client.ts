/** What seasons need of the environment, and how others reach the object of a season. */
import type { DirectoryEnv } from '../agents/store';
import type { DeliveryEnv } from '../delivery/client';
import { callObject, type Objects } from '../durable/client';
import type { SeasonMethods } from './reset/object';
import { readSeasons } from './store';

/** What an evaluation of tiers needs. */
export interface StandingEnv extends DeliveryEnv, DirectoryEnv {
  readonly SECRETS_KEY: string;
}

export interface SeasonsEnv extends StandingEnv {
  /** One object per season: its reset and the end of its grace. */
  readonly SEASONS: Objects<SeasonMethods>;
}

/** Has every season let go what it still holds of an agent who was erased; throws where one cannot. */
export async function forgetInSeasons(
  env: SeasonsEnv,
  agentKey: string,
  now: number,
): Promise<void> {
  for (const { id } of await readSeasons(env.DB, now)) {
    await callSeason(env, id, (object) => object.forgetAgent(agentKey, now));
  }
}

/** Calls the object of a season with a fresh stub per attempt; throws what the last one threw. */
export const callSeason = <T>(
  env: SeasonsEnv,
  season: string,
  call: (object: SeasonMethods) => Promise<T>,
): Promise<T> => callObject(() => env.SEASONS.getByName(season), call);
