/**
 * What stands behind an entry in suspense: a delivery that its destination confirmed although it had
 * been given up, or that the books did not expect. The person it is about is told that it was done,
 * late; who says what it was for is a person, whom an alarm asks. Reads only; what was erased is null.
 */
import { readDeliveries, readGivenUp, readOutcomes } from '../../../../delivery/store';
import { printInstant } from '../../../../kernel/instant';
import type { Entry } from '../../../../ledger/entry';
import type { Explainer, Told } from '../../../../ledger/explain';
import { parseLineSubject } from '../../lines/line';
import { parseRunName } from '../../run';
import { payDeltaExplainer, payLineExplainer } from '../client';
import { lateWords } from '../words';

const CAUSE = /^([0-9a-f]{32})\.CONFIRMED\.\d+$/;
const deliveryOf = (cause: string): string => CAUSE.exec(cause)?.[1] ?? '';

const suspenseExplainer: Explainer<{ readonly DB: D1Database }> = {
  kind: 'suspense',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const id = deliveryOf(cause);
    const [deliveries, outcomes, givenUp] = await Promise.all([
      readDeliveries(db, [id]),
      readOutcomes(db, [id]),
      readGivenUp(db, [id]),
    ]);
    const [delivery, outcome] = [deliveries.get(id), outcomes.get(id)];
    if (delivery === undefined || outcome === undefined) return null;
    return {
      deliveryId: id,
      destination: delivery.destination,
      operation: delivery.operation,
      outcome: outcome.outcome,
      at: printInstant(outcome.at),
      wasGivenUp: givenUp.has(id),
      reason: outcome.content?.reason ?? null,
    };
  },
  async tell({ DB: db }, entries) {
    const ids = [...new Set(entries.map(({ cause }) => deliveryOf(cause)))];
    const [deliveries, givenUp] = await Promise.all([
      readDeliveries(db, ids),
      readGivenUp(db, ids),
    ]);
    return new Map(
      entries.map((entry: Entry): [string, Told] => {
        const deliveryId = deliveryOf(entry.cause);
        const run = runOf(deliveries.get(deliveryId)?.subject ?? '');
        const why = lateWords(entry, run, givenUp.has(deliveryId));
        return [entry.id, { about: { deliveryId, runId: run?.name ?? null }, why }];
      }),
    );
  },
};

/** The run of a line of pay; null for deliveries of other rooms. */
function runOf(subject: string) {
  const name = parseLineSubject(subject)?.run ?? null;
  const parsed = name === null ? null : parseRunName(name);
  return name === null || parsed === null ? null : { name, ...parsed };
}

export const payExplainers = [payLineExplainer, payDeltaExplainer, suspenseExplainer];
