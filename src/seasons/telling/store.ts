/**
 * Named reads of who is told of tiers: destinations and, by routing's policy, how they are given
 * skills; as they stand, or as of a seal. Writes nothing.
 */
import { DESTINATION_KIND, type Destination } from '../../delivery/destination';
import { readDestination, withShares } from '../../delivery/store';
import { readLatest, readVersionsBy } from '../../ledger/store';
import {
  type NamedDestination,
  namedDestinations,
  ROUTING_POLICY,
  type SkillTarget,
} from './target';

interface Policy {
  readonly skills: readonly SkillTarget[];
}

async function named(
  db: D1Database,
  ids: readonly string[],
  targets: readonly SkillTarget[],
  read: (id: string) => Promise<Destination | null>,
): Promise<NamedDestination[]> {
  const all = [...new Set([...ids, ...targets.map(({ destination }) => destination)])];
  const found = await Promise.all(
    all.map(async (id) => [id, await read(id)] as const satisfies readonly unknown[]),
  );
  const known = new Map<string, Destination>();
  for (const [id, one] of found) if (one !== null) known.set(id, one);
  return namedDestinations(ids, targets, await withShares(db, known));
}

/** Destinations of a season, and those that are given skills; those nobody wrote are left out. */
export async function readDestinations(
  db: D1Database,
  ids: readonly string[],
): Promise<NamedDestination[]> {
  const policy = await readLatest<Policy>(db, ROUTING_POLICY.kind, ROUTING_POLICY.name);
  const read = async (id: string) => (await readDestination(db, id))?.content ?? null;
  return named(db, ids, policy?.content.skills ?? [], read);
}

/** The same as of a seal. */
export async function readDestinationsBy(
  db: D1Database,
  ids: readonly string[],
  seal: number,
): Promise<NamedDestination[]> {
  const { kind, name } = ROUTING_POLICY;
  const policies = await readVersionsBy<Policy>(db, kind, name, seal);
  const read = async (id: string) =>
    (await readVersionsBy<Destination>(db, DESTINATION_KIND, id, seal)).at(-1)?.content ?? null;
  return named(db, ids, policies.at(-1)?.content.skills ?? [], read);
}
