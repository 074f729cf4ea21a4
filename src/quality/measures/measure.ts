/**
 * Values of the metrics that plans and seasons name, one row per recorded event. Decides which
 * events are kept (metrics that somebody wants) and under which id: metric, interaction and
 * revision, so that the same revision is one row from wherever it comes and the first word of it
 * stands; without an interaction each event adds. Refuses values that are no decimal of at most six
 * places or too large to be summed.
 */
import type { KeptEvent } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { parseDecimal, toScaled } from '../../kernel/decimal';
import { causeId } from '../../kernel/ids';
import { keyDay } from '../../kernel/period';

/** Metrics that are kept where nobody names others. */
export const USUAL_METRICS: readonly string[] = ['aht', 'csat', 'fcr'];

/** Values are kept in millionths. */
export const MEASURE_SCALE = 6;

/** The row of a recorded metric, or null where its value cannot be summed. */
export function measureRow(kept: KeptEvent, agentKey: string): Row | null {
  const { metricId, value, interactionId, revision } = kept.event.data;
  const decimal = parseDecimal(value);
  const scaled = decimal === null ? null : toScaled(decimal, MEASURE_SCALE);
  if (scaled === null || !Number.isSafeInteger(Number(scaled))) return null;
  const metric = String(metricId);
  const interaction =
    interactionId == null
      ? causeId('measure-event', kept.id)
      : causeId('measure-interaction', String(interactionId));
  const number = typeof revision === 'number' ? revision : 0;
  const name = causeId('measure', metric, interaction, number).slice(0, 24);
  return {
    table: 'measures',
    id: `${agentKey}.${keyDay(kept.occurredAt)}.${name}`,
    values: {
      agent_key: agentKey,
      metric,
      interaction,
      revision: number,
      value: Number(scaled),
      occurred_at: kept.occurredAt,
    },
  };
}
