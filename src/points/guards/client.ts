/**
 * How a coaching session tells its neighbours under a cap: after its claim is in D1 it looks once
 * more, and whoever stands otherwise than the claims now say is nudged to settle again. Two who
 * did not see each other both look after both have written, so the later one sees. Refuses to wait
 * for a neighbour: two that waited for each other would wait for ever.
 */
import { callObject, type Objects } from '../../durable/client';
import type { ConfigVersion } from '../../ledger/config';
import type { Programme } from '../programmes/programme';
import type { Place } from './claim';
import { concernOf, flippedSessions } from './reach';
import { readClaims } from './store';

export interface NudgeEnv {
  readonly DB: D1Database;
  readonly SESSIONS: Objects<{ nudge(session: string, now: number): Promise<void> }>;
}

const NUDGES_AT_ONCE = 20;

/** Has these coaching sessions look again. Throws when one cannot be reached. */
export async function nudgeSessions(
  env: NudgeEnv,
  sessions: readonly string[],
  now: number,
): Promise<void> {
  for (let from = 0; from < sessions.length; from += NUDGES_AT_ONCE) {
    const some = sessions.slice(from, from + NUDGES_AT_ONCE);
    await Promise.all(
      some.map((session) =>
        callObject(
          () => env.SESSIONS.getByName(session),
          (object) => object.nudge(session, now),
        ),
      ),
    );
  }
}

/** Nudges whom claims at these places displace or free; true when the asking one is among them. */
export async function settleNeighbours(
  env: NudgeEnv,
  session: string,
  places: readonly Place[],
  programmes: readonly ConfigVersion<Programme>[],
  now: number,
): Promise<boolean> {
  const flipped = new Set<string>();
  for (const { mentorKey, category, day } of stretches(places)) {
    const { concerned, read } = concernOf(programmes, category, day);
    const claims = await readClaims(env.DB, mentorKey, category, read);
    for (const one of flippedSessions(programmes, claims, concerned)) flipped.add(one);
  }
  const own = flipped.delete(session);
  await nudgeSessions(env, [...flipped], now);
  return own;
}

interface Stretch extends Omit<Place, 'day'> {
  readonly day: { readonly first: string; readonly last: string };
}

/** Places of one mentor and category as one stretch of days. */
export function stretches(places: readonly Place[]): Stretch[] {
  const groups = Map.groupBy(places, ({ mentorKey, category }) => `${mentorKey}.${category}`);
  return [...groups.values()].flatMap((group): Stretch[] => {
    const days = group.map(({ day }) => day).toSorted();
    const [first] = days;
    const last = days.at(-1);
    const [place] = group;
    if (place === undefined || first === undefined || last === undefined) return [];
    return [{ mentorKey: place.mentorKey, category: place.category, day: { first, last } }];
  });
}
