/**
 * What a run under way goes by: the settings and destinations as of its seal, as the run itself reads
 * them, and which destinations have not answered yet. Decides what it waits for. Writes nothing.
 */
import { readOutcomes } from '../../../delivery/store';
import type { SeasonsEnv } from '../../client';
import type { LiveSeason } from '../../season';
import { readDestinationsBy } from '../../telling/store';
import { slowest } from '../applying/client';
import { readOff } from '../passing/store';
import type { SeasonProgress } from '../run';
import type { Going } from '../shape';
import { readSetting } from '../store';

/** What a run goes by: its own settings as of its seal, and where it is told. */
export async function goingOf(
  env: SeasonsEnv,
  season: LiveSeason,
  progress: SeasonProgress | null,
  now: number,
): Promise<Going> {
  const saga = progress?.saga ?? null;
  const setting = saga && (await readSetting(env.DB, saga.run, saga));
  if (saga === null || setting === null) {
    return { season, rate: null, waitsFor: [], switchedOff: [] };
  }
  const told = (progress?.openBatches ?? []).flatMap(({ deliveries }) => deliveries);
  const [destinations, outcomes] = await Promise.all([
    readDestinationsBy(env.DB, setting.next.destinations, saga.seal),
    readOutcomes(
      env.DB,
      told.map(({ id }) => id),
    ),
  ]);
  const silent = told.filter(({ id }) => !outcomes.has(id)).map(({ destination }) => destination);
  const waitsFor = [...new Set(silent)].toSorted();
  const cold = saga.phase === 'ARCHIVE' ? setting.season.coldStorage : null;
  const ids = [...destinations.map(({ id }) => id), ...(cold === null ? [] : [cold])];
  const off = await readOff(env.DB, ids, saga.run.next, now);
  const switchedOff = [...off].map(([destination, { since }]) => ({ destination, since }));
  return { season: setting.season, rate: slowest(destinations), waitsFor, switchedOff };
}
