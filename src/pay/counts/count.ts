/**
 * Counts of interactions over spans of days, for who does not send every interaction. Decides the id
 * of a revision and how spans make up a period: the longest that lie inside it first, none that
 * overlaps one already taken. Refuses nothing: what a body must say is its route's.
 */
import type { Row } from '../../kernel/change-set';
import { causeId, compareText } from '../../kernel/ids';
import { compactDay, dayNumber } from '../../kernel/period';

export interface InteractionCount {
  readonly agentKey: string;
  /** `YYYY-MM-DD` in the organisation's zone, both included. */
  readonly firstDay: string;
  readonly lastDay: string;
  readonly revision: number;
  readonly count: number;
}

export function countRow(said: InteractionCount): Row {
  const { agentKey, firstDay, lastDay, revision, count } = said;
  const name = causeId('interaction-count', firstDay, lastDay, revision, count).slice(0, 24);
  return {
    table: 'interaction_counts',
    id: `${agentKey}.${compactDay(firstDay)}.${name}`,
    values: {
      agent_key: agentKey,
      first_day: firstDay,
      last_day: lastDay,
      revision,
      count,
    },
  };
}

/** One span as it stands: its latest revision. */
export interface SpanCount {
  readonly rowId: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly count: number;
}

export interface PeriodCount {
  readonly count: number;
  /** Ids of the rows that count, sorted. */
  readonly rowIds: readonly string[];
}

/** What spans inside a period come to. */
export function periodCount(spans: readonly SpanCount[]): PeriodCount {
  const days = ({ firstDay, lastDay }: SpanCount): number =>
    dayNumber(lastDay) - dayNumber(firstDay);
  const taken: SpanCount[] = [];
  const order = spans.toSorted((a, b) => days(b) - days(a) || compareText(a.firstDay, b.firstDay));
  for (const span of order) {
    const meets = taken.some((one) => one.firstDay <= span.lastDay && span.firstDay <= one.lastDay);
    if (!meets) taken.push(span);
  }
  return {
    count: taken.reduce((sum, { count }) => sum + count, 0),
    rowIds: taken.map(({ rowId }) => rowId).toSorted(),
  };
}
