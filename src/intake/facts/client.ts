/**
 * Events that state a fact (a quality result, actuals, a value): their source keeps them, and beside
 * each goes the row that says it. Decides the order: the event first, then its rows, both before the
 * answer; whoever is cut off between the two sends the same again and the same rows are made.
 * Refuses with a throw while they cannot be.
 */
import type { Arrival, EventOwner, KeptEvent, Taken } from '../../events/event';
import { type CommitAnswer, MAX_SET_ROWS, type Row } from '../../kernel/change-set';
import { commit } from '../../ledger/client';
import { within } from '../../runtime/clock';
import { callSource, type IntakeEnv } from '../client';

/** The rows that events say; none where there is nothing to say. */
export type FactRows<E> = (env: E, kept: readonly KeptEvent[]) => Promise<readonly Row[]>;

/** Who looks at once at what some rows change; whatever fails there is found by its own net. */
export type FactsHeard<E> = (env: E, said: readonly Row[], now: number) => Promise<void>;

export const ownerOfFacts =
  <E extends IntakeEnv>(rowsOf: FactRows<E>, heard: FactsHeard<E>): EventOwner<E> =>
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
        await write(env, source, said, now);
        await within(LOOK_MS, heard(env, said, now), undefined);
        group.forEach((arrival, index) => {
          const answer = answers[index];
          if (answer !== undefined) taken.set(arrival, answer);
        });
      }),
    );
    return arrivals.flatMap((arrival) => taken.get(arrival) ?? []);
  };

/** How long a sender waits for those who look at once. */
const LOOK_MS = 400;
/** How long the journal has before the source holds the rows for it. */
const WRITE_MS = 400;

/**
 * Straight to the journal, which costs a row once; where it is slow or away the source holds them,
 * which costs each three times, and sends the same again.
 */
async function write(
  env: IntakeEnv,
  source: string,
  rows: readonly Row[],
  now: number,
): Promise<void> {
  for (let at = 0; at < rows.length; at += MAX_SET_ROWS) {
    const some = rows.slice(at, at + MAX_SET_ROWS);
    const answer = await within(WRITE_MS, commit(env, { rows: some }, now), AWAY);
    if (answer.verdict === 'committed') continue;
    await callSource(env, source, (object) => object.hold(some, now));
  }
}

const AWAY: CommitAnswer = { verdict: 'retry' };

/** A conflicting event says nothing: the first stands. */
const stands = ({ verdict }: Taken): boolean => verdict === 'accepted' || verdict === 'duplicate';
