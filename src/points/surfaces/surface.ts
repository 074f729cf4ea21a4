/**
 * What is shown on the platform's own scorecards: one value per agent and day, as an external metric
 * of type Total, so that a value sent again changes nothing. Decides the deliveries of some days.
 * Refuses agents the platform has no id for.
 */
import type { Agent } from '../../agents/agent';
import { batchSizeOf, renderRequest } from '../../delivery/connectors/connector';
import { type Destination, platformIdOf } from '../../delivery/destination';
import { deliveryRow, type Intent } from '../../delivery/intent';
import type { Row } from '../../kernel/change-set';
import { keyedSalt } from '../../kernel/hash';
import { dashedDay } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { printAmount, type Unit } from '../../kernel/units';

const OPERATION = 'external-metrics';

/** What an agent gained and lost on a day, without decay, in the unit's smallest part. */
export interface DayTotal {
  readonly agentKey: string;
  /** `YYYYMMDD`, as ids of entries have it. */
  readonly day: string;
  readonly amount: number;
}

export interface Surface {
  /** Names the deliveries, together with the seal up to which the books were read. */
  readonly name: string;
  /** What they are about, e.g. `program:Mentorship`. */
  readonly subject: string;
  readonly unit: Unit;
  readonly destinationId: string;
  readonly metricId: string;
  readonly destination: Destination;
}

/**
 * The deliveries that show some days. `upTo`: the seal up to which the books were read, which
 * names them together with the surface.
 */
export function surfaceRows(
  surface: Surface,
  totals: readonly DayTotal[],
  agents: ReadonlyMap<string, Agent>,
  by: { readonly upTo: number; readonly now: number; readonly secretsKey: string },
): Result<Row[], string> {
  const { name, subject, destinationId, destination } = surface;
  const shown = totals.flatMap((total) => {
    const agent = agents.get(total.agentKey);
    const userId = agent === undefined ? null : platformIdOf(agent, destination);
    return userId === null ? [] : [{ total, item: itemOf(surface, total, userId) }];
  });
  const most = batchSizeOf(destination, OPERATION);
  const rows: Row[] = [];
  for (let from = 0; from < shown.length; from += most) {
    const some = shown.slice(from, from + most);
    const items = some.map(({ item }) => item);
    const rendered = renderRequest(destination, OPERATION, { items }, null);
    if (!rendered.ok) return fail(rendered.failure);
    const cause = `${name}.${by.upTo}.${from}`;
    const intent: Intent = {
      destination: destinationId,
      operation: OPERATION,
      cause,
      subject,
      at: by.now,
      idempotencyKey: null,
      request: rendered.value.request,
      expect: rendered.value.expect,
      agents: [...new Set(some.map(({ total }) => total.agentKey))],
      outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
    };
    rows.push(deliveryRow(intent, keyedSalt(by.secretsKey, 'surface-salt', cause)));
  }
  return ok(rows);
}

const itemOf = ({ unit, metricId }: Surface, { day, amount }: DayTotal, userId: string) => ({
  userId,
  metricId,
  dateOccurred: dashedDay(day),
  value: Number(printAmount(amount, unit)),
  type: 'Total',
});
