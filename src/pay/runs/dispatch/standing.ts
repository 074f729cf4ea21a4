/**
 * That what a line settles is still open, net, when its set is written. Decides which rows must not
 * be there by then: a further delta of a period that it settles, and claims of those of its deltas
 * that stand in the net without being claimed, set off or set aside. Whoever of two lines is second
 * is refused and looks anew, so no change is settled by both (DEC-5). Refuses nothing itself.
 */
import type { Guard } from '../../../kernel/change-set';
import {
  CLAIMS_TABLE,
  claimId,
  DELTAS_TABLE,
  type KnownDelta,
  type Part,
  remainderOf,
} from '../../deltas/delta';
import { nextDelta, type SendingKind } from '../history/history';

/** A set has at most 100 guards, and versions ask for some of them. */
const MOST_GUARDS = 80;

const absent = (table: string, id: string): Guard => ({ kind: 'absent', table, id });

/** What a line settles, and the deltas that it finds and writes itself. */
interface Settled {
  readonly kind: SendingKind;
  readonly allocation: { readonly parts: readonly Part[] };
  readonly fresh: readonly KnownDelta[];
}

/**
 * `deltas`: those of the agent that were in the books when it was decided. A cycle settles the
 * periods of its parts; a version its own, also where that comes to nothing. Where so many deltas
 * stand beside that not all can be asked for, the newest are.
 */
export function stillOpen(
  { planId, period: ownPeriod }: { readonly planId: string; readonly period: string },
  agentKey: string,
  deltas: readonly KnownDelta[],
  { kind, allocation: { parts }, fresh }: Settled,
): Guard[] {
  const periods =
    kind === 'SETTLE' ? [ownPeriod] : [...new Set(parts.map(({ delta }) => delta.period))];
  const written = new Set(fresh.map(({ id }) => id));
  const claimed = new Set(parts.map(({ delta }) => delta.id));
  const next = periods
    .map((period) => nextDelta(agentKey, { planId, period }, deltas))
    .filter((id) => !written.has(id));
  const beside = deltas.filter(
    (delta) =>
      periods.includes(delta.period) && !claimed.has(delta.id) && remainderOf(delta) !== 0n,
  );
  return [
    ...next.map((id) => absent(DELTAS_TABLE.name, id)),
    ...beside
      .toReversed()
      .map(({ id, claims }) => absent(CLAIMS_TABLE.name, claimId(id, claims.length + 1))),
  ].slice(0, MOST_GUARDS);
}
