/**
 * Named reads of destinations that are switched off while a run is to tell them, and whether anybody
 * still names them. Writes nothing.
 */
import { DESTINATION_KIND, type Destination } from '../../../delivery/destination';
import type { ConfigVersion } from '../../../ledger/config';
import { readLatest, readLatestOf, readVersionsBy } from '../../../ledger/store';
import { findSeason } from '../../store';
import { ROUTING_POLICY, type SkillTarget } from '../../telling/target';

const EVER = Number.MAX_SAFE_INTEGER;

interface Policy {
  readonly skills: readonly SkillTarget[];
}

/** A destination that is switched off as it stands now. */
export interface Off {
  /** UTC ms at which it was last written. */
  readonly since: number;
  /** Whether the season that opens, or routing's policy, names it as they stand now. */
  readonly isNamed: boolean;
}

/** Those of some destinations that are switched off. `next`: the season that opens. */
export async function readOff(
  db: D1Database,
  ids: readonly string[],
  next: string,
  now: number,
): Promise<ReadonlyMap<string, Off>> {
  const latest = await readLatestOf<Destination>(db, DESTINATION_KIND, ids);
  const off = latest.filter(({ content }) => !content.enabled);
  if (off.length === 0) return new Map();
  const { kind, name } = ROUTING_POLICY;
  const [season, policy] = await Promise.all([
    findSeason(db, next, now),
    readLatest<Policy>(db, kind, name),
  ]);
  // A season that cannot be found says nothing of whom it names: nobody is passed over for that.
  const named = new Set([
    ...(season.ok ? season.value.destinations : ids),
    ...(policy?.content.skills ?? []).map(({ destination }) => destination),
  ]);
  return new Map(
    off.map((one) => [one.name, { since: one.writtenAt, isNamed: named.has(one.name) }]),
  );
}

/** The version with which a destination was switched off, however often it was written since. */
export async function readSwitchOff(
  db: D1Database,
  id: string,
): Promise<Pick<ConfigVersion<Destination>, 'version' | 'writtenAt'> | null> {
  const versions = await readVersionsBy<Destination>(db, DESTINATION_KIND, id, EVER);
  const lastOn = versions.findLastIndex(({ content }) => content.enabled);
  return versions[lastOn + 1] ?? null;
}
