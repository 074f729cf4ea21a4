/**
 * Events that ask for something to be done once (a season's reset): their source keeps them, and then
 * whoever does it is asked, again with every repetition: it knows what it has done. Refuses with a
 * throw while it cannot be asked: sending the same again is safe.
 */
import type { Arrival, EventOwner, KeptEvent, Taken } from '../../events/event';
import { callSource, type IntakeEnv } from '../client';

/** What became of the asking. */
export interface Done {
  readonly verdict: 'accepted' | 'duplicate' | 'quarantined';
  /** The sender's id of what was there first, of a duplicate under another id. */
  readonly first?: string;
  readonly reason?: string;
}

export type Doer<E> = (env: E, kept: KeptEvent, now: number) => Promise<Done>;

export const ownerOfTriggers =
  <E extends IntakeEnv>(act: Doer<E>): EventOwner<E> =>
  async (env, arrivals, now) => {
    const taken = new Map<Arrival, Taken>();
    for (const [source, group] of Map.groupBy(arrivals, ({ event }) => event.source)) {
      const answers = await callSource(env, source, (object) => object.accept(group, now));
      for (const [index, arrival] of group.entries()) {
        const answer = answers[index];
        if (answer === undefined) continue;
        taken.set(arrival, await actedOn(env, act, answer, now));
      }
    }
    return arrivals.flatMap((arrival) => taken.get(arrival) ?? []);
  };

/** A conflicting event asks for nothing: the first stands. */
async function actedOn<E>(env: E, act: Doer<E>, answer: Taken, now: number): Promise<Taken> {
  if (answer.verdict === 'conflict' || answer.verdict === 'quarantined') return answer;
  const done = await act(env, answer.kept, now);
  if (done.verdict === 'accepted') return answer;
  const { reason, first } = done;
  return {
    ...answer,
    verdict: done.verdict,
    ...(reason !== undefined && { reason }),
    ...(first !== undefined && { first }),
  };
}
