/**
 * What is written next for one period: its lock at the boundary, a settlement later. Decides the
 * frozen set from the counted sums and from facts that were read before; and what an answer of the
 * journal makes of the period. Refuses to lock under a definition the log was not looked through
 * under.
 */
import type { CommitAnswer, Row } from '../../kernel/change-set';
import type { Snapshot } from '../goal';
import { lockRows } from '../lock';
import {
  closingSet,
  type Effects,
  type SettlementFacts,
  settlingSet,
} from '../settlement/settlement';
import type { Count } from './count';
import { type Frozen, type GoalState, type PeriodState, patched } from './state';

/** A settlement that asks for an instant that has passed is asked again after this. */
const AGAIN_MS = 60_000;

export interface Look {
  readonly facts: SettlementFacts;
  /** Number of the seal up to which the log has been looked through. */
  readonly covered: number;
}

/** The state with the next set of a period frozen; the same where it must wait; null: nothing governs it. */
export function decide(
  count: Count,
  state: GoalState,
  label: string,
  { facts, covered }: Look,
): GoalState | null {
  const period = state.periods[label];
  const definition = count.definitionIn(state, label);
  if (period === undefined || definition === null) return null;
  if (definition.fingerprint !== period.fingerprint) return state;
  const { goal, team } = definition;
  const floorMet = count.evaluated(state, label)?.floorMet ?? true;
  const about = { goal: goal.content, team, floorMet };
  if (period.snapshot === null) {
    const snapshot = count.restated(state, label, covered, period.until);
    const effects = closingSet({ ...about, snapshot, restated: snapshot }, facts);
    const rows = [...lockRows(snapshot), ...effects.rows];
    return patched(state, label, { frozen: frozenOf('lock', snapshot, rows, effects) });
  }
  const { snapshot } = period;
  const restated = count.restated(state, label, covered, facts.now);
  const effects = settlingSet({ ...about, snapshot, restated }, facts);
  if (effects.rows.length === 0) {
    return patched(state, label, { settleAt: later(effects.dueAt, facts.now) });
  }
  return patched(state, label, { frozen: frozenOf('settle', snapshot, effects.rows, effects) });
}

const later = (at: number | null, now: number): number | null =>
  at === null || at > now ? at : now + AGAIN_MS;

const frozenOf = (
  kind: Frozen['kind'],
  snapshot: Snapshot,
  rows: readonly Row[],
  { guards, dueAt, orders = [] }: Effects,
): Frozen => ({
  kind,
  snapshot,
  dueAt,
  orders,
  set: guards === undefined ? { rows } : { rows, guards },
});

/** `first`: the lock that D1 holds where ours met another. What lost is decided anew. */
export function answered(
  { snapshot, dueAt }: Frozen,
  answer: CommitAnswer,
  first: Snapshot | null,
  now: number,
): Partial<PeriodState> {
  if (answer.verdict === 'committed') {
    // Something was written, so what follows at once may be asked for at once.
    return { frozen: null, snapshot, settleAt: dueAt };
  }
  if (answer.verdict === 'rejected') return { frozen: null, parked: answer.reason };
  return first === null ? { frozen: null } : { frozen: null, snapshot: first, settleAt: now };
}
