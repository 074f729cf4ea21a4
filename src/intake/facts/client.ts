/**
 * Events that state a fact (a quality result, actuals): their source keeps them, and beside each the rows
 * that say it. Decides the order: the event first, then its rows, both before the answer; whoever
 * is cut off between the two sends the same again and the same rows are made. Refuses with a throw
 * while they cannot be.
 */
import type { Arrival, EventOwner, KeptEvent, Taken } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { callSource, type IntakeEnv } from '../client';

/** The rows that events say; none where there is nothing to say. */
export type FactRows<E> = (env: E, kept: readonly KeptEvent[]) => Promise<readonly Row[]>;

export const ownerOfFacts =
  <E extends IntakeEnv>(rowsOf: FactRows<E>): EventOwner<E> =>
  async (env, arrivals, now) => {
    const taken = new Map<Arrival, Taken>();
    const bySource = Map.groupBy(arrivals, ({ event }) => event.source);
    await Promise.all(
      [...bySource].map(async ([source, group]) => {
        const answers = await callSource(env, source, (object) => object.accept(group, now));
        const said = await rowsOf(
          env,
          answers.filter(stands).map(({ kept }) => kept),
        );
        if (said.length > 0) await callSource(env, source, (object) => object.hold(said, now));
        group.forEach((arrival, index) => {
          const answer = answers[index];
          if (answer !== undefined) taken.set(arrival, answer);
        });
      }),
    );
    return arrivals.flatMap((arrival) => taken.get(arrival) ?? []);
  };

/** A conflicting event says nothing: the first stands. */
const stands = ({ verdict }: Taken): boolean => verdict === 'accepted' || verdict === 'duplicate';
