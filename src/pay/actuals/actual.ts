/**
 * WFM actuals as rows: one per agent, UTC day and sending, however fine the buckets are. Decides a
 * row's id (the content is its cause) and which buckets share it. Refuses nothing: what an item must
 * say is the event schema's.
 */
import { type Bucket, bucketsOf } from '../../events/actuals';
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { canonicalJson } from '../../kernel/hash';
import { causeId } from '../../kernel/ids';
import { parseInstant } from '../../kernel/instant';
import { keyDay } from '../../kernel/period';

export { type Bucket, HANDLE_TIME_REASON, isHandleTime } from '../../events/actuals';

/** First instant, end, milliseconds by code. */
export type PackedBucket = [number, number, Record<string, number>];

const pack = ({ start, end, codes }: Bucket): PackedBucket => [start, end, { ...codes }];

/**
 * The rows of one item. `pulled_at` tells a sending apart from an earlier one of the same content: a
 * pull found that it is so again.
 */
export function actualsRows(agentKey: string, item: JsonObject): Row[] {
  const revisedAt = parseInstant(String(item.modified_date ?? '')) ?? 0;
  const stamp = String(item.pulled_at ?? '');
  const byDay = Map.groupBy(bucketsOf(item), ({ start }) => keyDay(start));
  return [...byDay].map(([day, some]) => {
    const buckets = canonicalJson(some.toSorted((a, b) => a.start - b.start).map(pack));
    const name = causeId('wfm-actuals', revisedAt, stamp, buckets).slice(0, 24);
    return {
      table: 'wfm_actuals',
      id: `${agentKey}.${day}.${name}`,
      values: { agent_key: agentKey, revised_at: revisedAt, buckets },
    };
  });
}
