/**
 * What a run under way goes by: the settings and destinations as of its seal, as the run itself reads
 * them, and which destinations have not answered yet. Decides what it waits for, and why: the view,
 * the notices and health all say this. Writes nothing.
 */
import { renderRequest } from '../../../delivery/connectors/connector';
import { readOutcomes } from '../../../delivery/store';
import { callSeason, type SeasonsEnv } from '../../client';
import type { LiveSeason } from '../../season';
import { readDestinationsBy } from '../../telling/store';
import type { NamedDestination } from '../../telling/target';
import { slowest } from '../applying/client';
import { coldStorageOf } from '../ends/client';
import { readOff, readSwitchOff } from '../passing/store';
import { awaitedOf, unreadWaits, type Wait } from '../passing/waits/wait';
import type { Setting } from '../plan';
import { type Ask, type Held, runName, type Saga, type SeasonProgress } from '../run';
import type { Going } from '../shape';
import { readSetting, type StoredRun } from '../store';
import { heldBy } from '../turns/client';

/** A run under way with what its seal says. */
interface Sealed {
  readonly saga: Saga;
  readonly setting: Omit<Setting, 'saltOf'>;
  readonly destinations: readonly NamedDestination[];
  readonly openBatches: SeasonProgress['openBatches'];
}

async function sealedOf(env: SeasonsEnv, progress: SeasonProgress | null): Promise<Sealed | null> {
  const saga = progress?.saga ?? null;
  const setting = saga && (await readSetting(env.DB, saga.run, saga));
  if (progress === null || saga === null || setting === null) return null;
  const ids = setting.next.destinations;
  const destinations = await readDestinationsBy(env.DB, ids, saga.seal);
  return { saga, setting, destinations, openBatches: progress.openBatches };
}

/** What a run goes by: its own settings as of its seal, and where it is told. */
export async function goingOf(
  env: SeasonsEnv,
  season: LiveSeason,
  progress: SeasonProgress | null,
  now: number,
): Promise<Going> {
  const sealed = await sealedOf(env, progress);
  if (sealed === null) return { season, rate: null, waitsFor: [], waits: [] };
  const { setting, destinations, openBatches } = sealed;
  const told = openBatches.flatMap(({ deliveries }) => deliveries);
  const ids = told.map(({ id }) => id);
  const [outcomes, waits] = await Promise.all([
    readOutcomes(env.DB, ids),
    waitsOf(env, sealed, now),
  ]);
  const silent = told.filter(({ id }) => !outcomes.has(id)).map(({ destination }) => destination);
  const waitsFor = [...new Set(silent)].toSorted();
  return { season: setting.season, rate: slowest(destinations), waitsFor, waits };
}

/** What was accepted and has not begun, in order, and what holds each back; null: nothing does. */
export async function askedOf(
  env: SeasonsEnv,
  season: LiveSeason,
  progress: SeasonProgress | null,
  now: number,
): Promise<readonly (Ask & { readonly heldBy: Held | null })[]> {
  const { saga = null, asked = [] } = progress ?? {};
  const [first] = asked;
  if (first === undefined) return [];
  const held = saga === null ? await heldBy(env, season, first, now) : null;
  const why = saga === null ? (held?.why ?? null) : 'RUN_BEFORE';
  return asked.map((ask, nth) => ({ ...ask, heldBy: nth === 0 ? why : 'RUN_BEFORE' }));
}

/** What a run of the books waits for; nothing where the season's object does not hold it. */
export async function readWaits(
  env: SeasonsEnv,
  run: Pick<StoredRun, 'season' | 'number'>,
  now: number,
): Promise<readonly Wait[]> {
  const progress = await callSeason(env, run.season, (object) => object.progress());
  const sealed = await sealedOf(env, progress);
  if (sealed === null || runName(sealed.saga.run) !== runName(run)) return [];
  return waitsOf(env, sealed, now);
}

async function waitsOf(env: SeasonsEnv, sealed: Sealed, now: number): Promise<readonly Wait[]> {
  const { saga, setting, destinations, openBatches } = sealed;
  const { coldStorage } = setting.season;
  const isArchiving = saga.phase === 'ARCHIVE' && saga.run.wave === 'RESET' && !saga.skipped;
  const cold = isArchiving ? coldStorage : null;
  const toldWith = (off: ReadonlySet<string>): string[] =>
    awaitedOf(saga, destinations, openBatches, off).map(({ id }) => id);
  const all = [...toldWith(new Set()), ...(cold === null ? [] : [cold])];
  const off = await readOff(env.DB, [...new Set(all)], saga.run.next, now);
  const told = toldWith(new Set(off.keys()));
  const waits: Wait[] = [];
  for (const [destination, one] of off) {
    // Whom nobody names is passed over soon; cold storage never is: a person skips it, or it is
    // switched on.
    if (destination !== cold && !(one.isNamed && told.includes(destination))) continue;
    const since = await readSwitchOff(env.DB, destination);
    if (since === null) continue;
    const { version, writtenAt } = since;
    waits.push({ destination, reason: 'SWITCHED_OFF', since: writtenAt, cause: `${version}` });
  }
  waits.push(
    ...unreadWaits(saga, openBatches, now).filter(({ destination }) => !off.has(destination)),
  );
  const ofExport = cold === null ? null : await exportWait(env, saga, cold);
  return ofExport === null ? waits : [...waits, ofExport];
}

/** Why the export does not go on, beyond a cold storage that is switched off; null: it does. */
async function exportWait(
  env: SeasonsEnv,
  { exported, exports, run, seal, at }: Saga,
  destination: string,
): Promise<Wait | null> {
  const wait = (reason: Wait['reason'], since: number): Wait => ({
    destination,
    reason,
    since,
    cause: reason,
  });
  const outcomes = [...(await readOutcomes(env.DB, exports)).values()];
  const failed = outcomes.filter(({ outcome }) => outcome !== 'CONFIRMED');
  const first = failed.toSorted((a, b) => a.at - b.at)[0];
  if (first !== undefined) {
    const isRejected = first.outcome === 'REJECTED';
    return wait(isRejected ? 'EXPORT_REJECTED' : 'EXPORT_ABANDONED', first.at);
  }
  if (exported) return null;
  const cold = await coldStorageOf(env, destination, seal);
  if (cold === null) return wait('NOT_CONFIGURED', at);
  const fields = { season_id: run.season, run: runName(run), count: 0, digest: '', items: [] };
  const rendered = renderRequest(cold.destination, 'season-export', fields, null);
  return rendered.ok ? null : wait('CANNOT_BE_TOLD', at);
}
