/** Wakes one planted bug and plays histories until one of them breaks. */
import { newCoverage } from '../coverage';
import { draw } from '../draw';
import { simulate } from '../simulate';
import { systemsOf } from '../systems';
import type { PlantedBug } from './bug';

/** What a hunt found; `by` is the first thing that broke. */
export interface Found {
  readonly seed: number;
  readonly by: string;
}

const switchboard = globalThis as { planted?: string };

/**
 * The invariant that one history breaks with the bug awake; null: it holds, or the bug is so bad
 * that the history cannot be played to its end, which says nothing about the invariants.
 */
async function brokenBy({ id }: PlantedBug, seed: number): Promise<string | null> {
  switchboard.planted = id;
  try {
    const { broken } = await simulate(seed, newCoverage());
    return broken[0] ?? null;
  } catch {
    return null;
  } finally {
    delete switchboard.planted;
  }
}

/** That it is the bug that was found. */
async function holdsAsleep(seed: number): Promise<boolean> {
  const { broken } = await simulate(seed, newCoverage());
  return broken.length === 0;
}

const mayMeet = ({ systems }: PlantedBug, seed: number): boolean =>
  systemsOf(draw(seed)).some(({ name }) => systems.includes(name));

/** The first seed that finds the bug, or null. Seeds that cannot meet it count and are not played. */
export async function hunt(bug: PlantedBug, from: number, until: number): Promise<Found | null> {
  for (let seed = from; seed <= until; seed += 1) {
    if (!mayMeet(bug, seed)) continue;
    const by = await brokenBy(bug, seed);
    if (by !== null && (await holdsAsleep(seed))) return { seed, by };
  }
  return null;
}
