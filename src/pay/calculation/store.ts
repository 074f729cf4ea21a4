/**
 * The facts of a page of agents and one period as of a seal: results, actuals, interactions. Each is
 * one query that returns a row per agent. Writes nothing.
 */
import { causeId } from '../../kernel/ids';
import type { Period, Span } from '../../kernel/period';
import { MEASURE_SCALE } from '../../quality/measures/measure';
import { readMeasures } from '../../quality/measures/store';
import { readResultsOfPeriod } from '../../quality/store';
import { readActuals } from '../actuals/store';
import { readInteractionCounts } from '../counts/store';
import type { AgentFacts } from './facts';

export interface PeriodFacts extends AgentFacts {
  /** Name of the set of actuals: a hash over the ids of its rows. */
  readonly actuals: string;
  /** First instants of buckets whose time would count twice, UTC ms. */
  readonly overlapsAt: readonly number[];
}

export interface FactsAsked {
  readonly agentKeys: readonly string[];
  readonly period: Pick<Period, 'firstDay' | 'lastDay'>;
  readonly span: Span;
  /** Counts interactions where the plan names one; else they are what was posted. */
  readonly metric: string | null;
  readonly seal: number;
}

/** Facts by agent key; an agent of whom nothing is known is left out. At most 500 agents a call. */
export async function readFacts(
  db: D1Database,
  { agentKeys, period, span, metric, seal }: FactsAsked,
): Promise<Map<string, PeriodFacts>> {
  const [results, actuals, interactions] = await Promise.all([
    readResultsOfPeriod(db, agentKeys, span, seal),
    readActuals(db, agentKeys, span, seal),
    metric === null
      ? readCounts(db, agentKeys, period, seal)
      : readMetric(db, agentKeys, metric, span, seal),
  ]);
  const known = new Map<string, PeriodFacts>();
  for (const agentKey of agentKeys) {
    const time = actuals.get(agentKey);
    const some = results.get(agentKey);
    const count = interactions.get(agentKey) ?? null;
    if (time === undefined && some === undefined && count === null) continue;
    known.set(agentKey, {
      results: (some ?? []).map(({ rowId, scorecardVersion, score }) => ({
        id: rowId.slice(agentKey.length + 1),
        version: scorecardVersion,
        score,
      })),
      millis: time?.millisByCode ?? {},
      interactions: count,
      actuals: actualsName(time?.rowIds ?? []),
      overlapsAt: time?.overlapsAt ?? [],
    });
  }
  return known;
}

export const actualsName = (rowIds: readonly string[]): string =>
  `actuals-${causeId('wfm-actuals-set', ...rowIds)}`;

async function readCounts(
  db: D1Database,
  agentKeys: readonly string[],
  period: FactsAsked['period'],
  seal: number,
): Promise<Map<string, number>> {
  const counts = await readInteractionCounts(db, agentKeys, period, seal);
  return new Map([...counts].map(([agentKey, { count }]) => [agentKey, count]));
}

/** The sum of a metric, in whole interactions. */
async function readMetric(
  db: D1Database,
  agentKeys: readonly string[],
  metric: string,
  span: Span,
  seal: number,
): Promise<Map<string, number>> {
  const sums = await readMeasures(db, agentKeys, [metric], span, seal);
  const scale = 10n ** BigInt(MEASURE_SCALE);
  return new Map(
    [...sums].flatMap(([agentKey, metrics]) => {
      const sum = metrics.get(metric)?.sum;
      return sum === undefined ? [] : [[agentKey, Number(sum / scale)] as const];
    }),
  );
}
