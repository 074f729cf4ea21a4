/**
 * That what a line settles, or a delta is reckoned by, is still so when its set is written. Decides
 * which rows must not be there by then: a further delta of a period that is settled, and claims of
 * those of its deltas that stand in the net without being claimed, set off or set aside. Whoever of
 * two is second is refused and looks anew, so no change is settled by both (DEC-5), nor forgiven and
 * paid. Refuses nothing itself.
 */
import { absent, type Guard } from '../../../kernel/change-set';
import { netted } from '../../deltas/allocation';
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
export const MOST_GUARDS = 80;

/** What a line settles, and the deltas that it finds and writes itself. */
interface Settled {
  readonly kind: SendingKind;
  readonly allocation: { readonly parts: readonly Part[] };
  readonly fresh: readonly KnownDelta[];
}

/**
 * That nobody claims of some deltas of one agent what is left of them, as who writes it off does, nor
 * what a line on its way has of them, should it be refused. Where so many stand that not all
 * can be asked for, those of which most is open net are, for that alone is written off, and the newest.
 * Those that are `claimed` by whoever asks are left out: the claim itself is in the way of another.
 */
export function unclaimed(
  deltas: readonly KnownDelta[],
  claimed: ReadonlySet<string> = new Set(),
): Guard[] {
  const sizes = new Map(
    netted(deltas).map(({ delta, open }) => [delta.id, open < 0n ? -open : open]),
  );
  const sizeOf = ({ id }: KnownDelta): bigint => sizes.get(id) ?? 0n;
  const left = deltas.filter(
    (delta) =>
      !claimed.has(delta.id) &&
      (remainderOf(delta) !== 0n || delta.claims.some(({ counts, settled }) => counts && !settled)),
  );
  return left
    .toReversed()
    .toSorted((a, b) => (sizeOf(a) === sizeOf(b) ? 0 : sizeOf(a) > sizeOf(b) ? -1 : 1))
    .map(({ id, claims }) => absent(CLAIMS_TABLE.name, claimId(id, claims.length + 1)))
    .slice(0, MOST_GUARDS);
}

/**
 * `deltas`: those of the agent that were in the books when it was decided. A cycle settles the
 * periods of its parts; a version its own, also where that comes to nothing.
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
  const settled = deltas.filter(({ period }) => periods.includes(period));
  return [...next.map((id) => absent(DELTAS_TABLE.name, id)), ...unclaimed(settled, claimed)].slice(
    0,
    MOST_GUARDS,
  );
}
