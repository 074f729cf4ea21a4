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
 * The rows of one item. What tells a sending apart from an earlier one of the same content, after
 * others: `pulled_at`, when a pull found that it is so again, or `saidAt`, when the message that says
 * it was written, where the item itself is not dated.
 */
export function actualsRows(
  agentKey: string,
  item: JsonObject,
  saidAt: number | null = null,
): Row[] {
  const dated = parseInstant(String(item.modified_date ?? ''));
  const revisedAt = dated ?? 0;
  const stamp = String(item.pulled_at ?? (dated === null ? saidAt : null) ?? '');
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
