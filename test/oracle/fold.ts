/**
 * The oracle's fold of one coaching session's events (DEC-7): which completion stands, in which
 * order the scores came about, and which of them is the score. Pure; the order in which the events
 * are handed in does not matter.
 */
import { millionths } from './number';

export interface OracleEvent {
  /** Id of the event's row: the last tie-break. */
  readonly id: string;
  readonly type: string;
  /** UTC ms. */
  readonly occurredAt: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ScoreStep {
  readonly event: OracleEvent;
  /** The score before this one in the fold, in millionths; null when there was none. */
  readonly previous: bigint | null;
  readonly score: bigint;
}

const byTimeThenId = (a: OracleEvent, b: OracleEvent): number =>
  a.occurredAt - b.occurredAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The completion that stands: the greatest (occurredAt, id). */
export const completionOf = (events: readonly OracleEvent[]): OracleEvent | null =>
  events
    .filter((event) => event.type === 'performance.coaching.completed')
    .toSorted(byTimeThenId)
    .at(-1) ?? null;

const rank = (event: OracleEvent): number => (event.data.scoreSource === 'MANUAL' ? 1 : 0);

const weakestFirst = (a: OracleEvent, b: OracleEvent): number =>
  rank(a) - rank(b) || (a.id < b.id ? -1 : 1);

/**
 * Scores of one instant, last one standing last: whoever names the running score as its previous
 * one comes next; among several, and when nobody does, AUTOMATED before MANUAL, then by id.
 */
function chained(ties: readonly OracleEvent[], running: bigint | null): OracleEvent[] {
  const left = ties.toSorted(weakestFirst);
  const ordered: OracleEvent[] = [];
  let score = running;
  while (left.length > 0) {
    const linked = left.findIndex((event) => millionths(event.data.previousScore) === score);
    const [next] = left.splice(Math.max(0, linked), 1);
    if (next === undefined) break;
    ordered.push(next);
    score = millionths(next.data.currentScore);
  }
  return ordered;
}

/** The score updates in the order of the fold, each with the fold's own previous score. */
export function scoreSteps(events: readonly OracleEvent[], first: bigint | null): ScoreStep[] {
  const updates = events.filter(
    (event) => event.type === 'qa.score.updated' && millionths(event.data.currentScore) !== null,
  );
  const instants = [...new Set(updates.map((event) => event.occurredAt))].sort((a, b) => a - b);
  const steps: ScoreStep[] = [];
  let running = first;
  for (const instant of instants) {
    const ties = updates.filter((event) => event.occurredAt === instant);
    for (const event of chained(ties, running)) {
      const score = millionths(event.data.currentScore) ?? 0n;
      steps.push({ event, previous: running, score });
      running = score;
    }
  }
  return steps;
}
