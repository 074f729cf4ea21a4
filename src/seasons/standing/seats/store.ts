/**
 * What the books say to seats, for many agents at once. Decides which of it is only foreseen: where a
 * reset has not archived the agent yet it may still decide otherwise, for points, measures and
 * absences count up to its seal. Refuses to name a season that has ended: whom none follows is in
 * none. Writes nothing.
 */
import { isReset } from '../../reset/pending';
import { readAllRuns } from '../../reset/store';
import type { SeatFacts } from '../../tier';
import { seatFactsOf } from '../standing';
import { type Placed, readPlaces } from '../store';

/** Ids of ended seasons that a reset is still to decide for whoever is not archived in them. */
async function readUndecided(db: D1Database, placed: readonly Placed[]): Promise<Set<string>> {
  const ended = new Map(placed.flatMap((one) => (one.ended ? [[one.ended.id, one.ended]] : [])));
  if (ended.size === 0) return new Set();
  const runs = await readAllRuns(db);
  return new Set([...ended.values()].filter((one) => !isReset(one, runs)).map(({ id }) => id));
}

/**
 * What the seats of some agents must know now, from the books alone: what a seat reads after its
 * season has ended, and what cron compares by night. An agent of no season stands at the floor.
 */
export async function readSeatFacts(
  db: D1Database,
  agentKeys: readonly string[],
  now: number,
): Promise<Map<string, SeatFacts>> {
  const places = await readPlaces(db, agentKeys, now);
  const undecided = await readUndecided(db, [...places.values()]);
  return new Map(
    [...places].map(([agentKey, { place, table, ended }]): [string, SeatFacts] => {
      const isOver = place !== null && now >= place.season.span.until;
      const facts = seatFactsOf(agentKey, isOver ? null : place, table);
      const isForeseen = ended !== null && undecided.has(ended.id);
      return [agentKey, isForeseen ? { ...facts, foreseen: true } : facts];
    }),
  );
}
