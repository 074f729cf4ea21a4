/**
 * How others reach coaching session objects. `coachingOwner` takes completions and scores, one call
 * per coaching session; its lock window is the longest of the programmes there are. Refuses nothing
 * authentic; an unreachable object throws, and the sender comes again.
 */
import { StaleCache } from '../../durable/cache';
import { callObject, type Objects } from '../../durable/client';
import { sandboxOf } from '../../durable/sandbox';
import type { Arrival, EventOwner, Taken } from '../../events/event';
import { sessionKeyOf } from '../../kernel/ids';
import { readAllVersions } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import { DEFAULT_PROGRAMME, PROGRAMME_KIND, type Programme } from '../programmes/programme';
import type { CoachingEnv, CoachingSessionObject } from './object';

export interface PointsEnv extends CoachingEnv {
  readonly SESSIONS: Objects<
    Pick<CoachingSessionObject, 'accept' | 'poke' | 'nudge' | 'erase' | 'gathersUntil'>
  >;
}

const lockSeconds = new StaleCache<string, number>();

/** Seconds of the lock window; the default while no programme is set or D1 cannot be asked. */
async function lockWindow(env: PointsEnv, now: number): Promise<number> {
  try {
    const read = async (): Promise<number> => {
      const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
      const latest = new Map(programmes.map((one) => [one.name, one.content.lockSeconds]));
      return latest.size === 0 ? DEFAULT_PROGRAMME.lockSeconds : Math.max(...latest.values());
    };
    return sandboxOf(env) === null ? await lockSeconds.get('all', now, read) : await read();
  } catch (thrown) {
    log('warn', 'coaching.lock-window-unknown', { message: messageOf(thrown) });
    return DEFAULT_PROGRAMME.lockSeconds;
  }
}

/** Takes `performance.coaching.completed` and `qa.score.updated`. Answers in the order of arrivals. */
export const coachingOwner: EventOwner<PointsEnv> = async (env, arrivals, now) => {
  const seconds = await lockWindow(env, now);
  const groups = Map.groupBy(arrivals, ({ event }) => keyOf(event));
  const taken = new Map<Arrival, Taken>();
  await Promise.all(
    [...groups].map(async ([session, group]) => {
      const answers = await callObject(
        () => env.SESSIONS.getByName(session),
        (object) => object.accept({ session, arrivals: group, lockSeconds: seconds, now }),
      );
      group.forEach((arrival, index) => {
        const answer = answers[index];
        if (answer !== undefined) taken.set(arrival, answer);
      });
    }),
  );
  return arrivals.flatMap((arrival) => taken.get(arrival) ?? []);
};

const keyOf = (event: Arrival['event']): string =>
  sessionKeyOf(event.namespace, String(event.data.coachingSessionId));

/** Pokes one coaching session: it settles what is due and forgets itself when it may. */
export const pokeSession = (env: PointsEnv, session: string, now: number): Promise<void> =>
  callObject(
    () => env.SESSIONS.getByName(session),
    (object) => object.poke(now),
  );

/** Has one coaching session settle once more, whether or not it has forgotten itself. */
export const nudgeSession = (env: PointsEnv, session: string, now: number): Promise<void> =>
  callObject(
    () => env.SESSIONS.getByName(session),
    (object) => object.nudge(session, now),
  );

/** Has one coaching session settle and forget: one of its persons was erased. */
export const eraseSession = (env: PointsEnv, session: string, now: number): Promise<void> =>
  callObject(
    () => env.SESSIONS.getByName(session),
    (object) => object.erase(session, now),
  );

/** UTC ms until which the events of a coaching session gather; null where it holds none. */
export const gathersUntil = (env: PointsEnv, session: string): Promise<number | null> =>
  callObject(
    () => env.SESSIONS.getByName(session),
    (object) => object.gathersUntil(),
  );
