/**
 * Named reads of what was sent for some agents and a period, in every run of it that was sent out.
 * One query a run; a row an agent. Writes nothing.
 */
import { readDeltas } from '../../deltas/store';
import { deliveryOf } from '../dispatch/sending';
import { isNobody, type Line } from '../lines/line';
import { isSentOut } from '../phase';
import { type Run, runName } from '../run';
import { type RunPhase, readLines } from '../store';
import { type History, historyOf, type PastLine, type Sent } from './history';

/** What became of the delivery of each agent's line in a run; who has none is left out. */
export async function readSent(
  db: D1Database,
  run: Run,
  agentKeys: readonly string[],
): Promise<Map<string, Sent>> {
  const name = runName(run);
  const ids = agentKeys.map((agentKey) => deliveryOf({ run, name }, agentKey));
  const { results } = await db
    .prepare(
      `SELECT w.key AS place, d.id, substr(d.subject, -6) AS kind,
         (SELECT o.outcome FROM delivery_outcomes AS o WHERE o.id IN
           (d.id || '.CONFIRMED', d.id || '.REJECTED', d.id || '.ABANDONED')
          ORDER BY o.outcome = 'CONFIRMED' DESC LIMIT 1) AS outcome,
         EXISTS (SELECT 1 FROM delivery_outcomes AS o WHERE o.id = d.id || '.ABANDONED') AS given_up
       FROM json_each(?1) AS w CROSS JOIN deliveries AS d ON d.id = w.value`,
    )
    .bind(JSON.stringify(ids))
    .all<SentRow>();
  return new Map(
    results.map(({ place, id: delivery, kind, outcome, given_up }) => [
      agentKeys[place] ?? '',
      {
        delivery,
        kind: kind.endsWith('FIRST') ? 'FIRST' : 'SETTLE',
        outcome,
        isLate: given_up === 1 && outcome === 'CONFIRMED',
      },
    ]),
  );
}

interface SentRow {
  readonly place: number;
  readonly id: string;
  readonly kind: string;
  readonly outcome: string | null;
  readonly given_up: number;
}

export const wasDispatched = ({ content: { phase } }: Pick<RunPhase, 'content'>): boolean =>
  isSentOut(phase);

/** Runs of a period, by number, whose lines stand: those that were sent out, and the newest. */
export const standingRuns = (runs: readonly RunPhase[]): RunPhase[] =>
  runs.filter((run) => wasDispatched(run) || run === runs.at(-1));

const pastLine = (run: string, line: Line, sent: Sent | null): PastLine => ({
  run,
  payUnit: line.payUnit,
  payAmount: BigInt(line.payAmount),
  rate: line.rate,
  blocked: line.blocked !== null,
  left: isNobody(line),
  sent,
});

/**
 * The history of each agent in a period: `runs` are those of the period that were sent out, by
 * number. At most 500 agents a call.
 */
export async function readHistories(
  db: D1Database,
  { planId, runs }: { readonly planId: string; readonly runs: readonly RunPhase[] },
  agentKeys: readonly string[],
): Promise<Map<string, History>> {
  const past = new Map<string, PastLine[]>();
  for (const { name, content } of runs) {
    const [lines, sent] = await Promise.all([
      readLines(db, name, agentKeys),
      readSent(db, content, agentKeys),
    ]);
    for (const [agentKey, line] of lines) {
      const some = past.get(agentKey) ?? [];
      some.push(pastLine(name, line, sent.get(agentKey) ?? null));
      past.set(agentKey, some);
    }
  }
  const deltas = await readDeltas(db, planId, agentKeys);
  const period = runs[0]?.content.period ?? null;
  return new Map(
    agentKeys.map((agentKey) => [
      agentKey,
      historyOf(past.get(agentKey) ?? [], deltas.get(agentKey) ?? [], period),
    ]),
  );
}
