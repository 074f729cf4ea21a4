/**
 * What is written next for one period: its lock at the boundary, a settlement later. Decides the
 * frozen set from the counted sums and from facts that were read before; and what an answer of the
 * journal makes of the period. Refuses to lock under a definition the log was not looked through
 * under.
 */
import type { CommitAnswer, Row } from '../../kernel/change-set';
import { lockOf, type Snapshot } from '../goal';
import { lockIdOf, lockRows } from '../lock';
import {
  closingSet,
  type Effects,
  type SettlementFacts,
  settlingSet,
} from '../settlement/settlement';
import type { Count } from './count';
import { type Frozen, type GoalState, lastWritten, type PeriodState, patched } from './state';

/** Nothing of any period can be written now. */
export class JournalAway extends Error {}

/** Throws where the journal took nothing, so that the alarm comes again. */
export function mustBeThere({ verdict }: CommitAnswer): void {
  if (verdict !== 'busy' && verdict !== 'retry') return;
  throw new JournalAway(`the journal answered ${verdict}`);
}

/** A settlement that asks for an instant that has passed is asked again after this. */
const AGAIN_MS = 60_000;

export interface Look {
  readonly facts: SettlementFacts;
  /** Number of the seal up to which the log has been looked through. */
  readonly covered: number;
  /** The snapshot that was locked before, should the books have lost it; null: none was. */
  readonly kept: Snapshot | null;
}

export interface Decision {
  readonly state: GoalState;
  /** What is locked, to be kept until the period can change no more; null: nothing new. */
  readonly keep: Snapshot | null;
}

/** The state with the next set of a period frozen; the same where it must wait; null: nothing governs it. */
export function decide(
  count: Count,
  state: GoalState,
  label: string,
  { facts: read, covered, kept }: Look,
): Decision | null {
  const period = state.periods[label];
  const definition = count.definitionIn(state, label);
  if (period === undefined || definition === null) return null;
  if (definition.fingerprint !== period.fingerprint) return { state, keep: null };
  const facts = { ...read, isAgain: period.isAgain };
  const { goal, team } = definition;
  const floorMet = count.evaluated(state, label)?.floorMet ?? true;
  const about = { goal: goal.content, team, floorMet };
  const { locked } = facts;
  if (period.lock === null || locked === null) {
    // Books that were set back get the same lock again, and never what corrections made of it.
    const again = period.lock === null ? null : kept;
    const snapshot = again ?? count.restated(state, label, covered, period.until);
    const effects = closingSet({ ...about, snapshot, restated: snapshot });
    const rows = [...lockRows(snapshot), ...effects.rows];
    const frozen = frozenOf('lock', snapshot, rows, effects);
    return { state: patched(state, label, { frozen }), keep: snapshot };
  }
  const restated = count.restated(state, label, covered, facts.now);
  const effects = settlingSet({ ...about, snapshot: locked, restated }, facts);
  const patch =
    effects.rows.length === 0
      ? whenNext(later(effects.dueAt, facts.now), effects)
      : { frozen: frozenOf('settle', locked, effects.rows, effects) };
  return { state: patched(state, label, patch), keep: null };
}

const whenNext = (
  at: number | null,
  { isIdle = false }: Effects,
): Pick<PeriodState, 'settleAt' | 'lookAt'> =>
  isIdle ? { settleAt: null, lookAt: at } : { settleAt: at, lookAt: null };

const later = (at: number | null, now: number): number | null =>
  at === null || at > now ? at : now + AGAIN_MS;

export const frozenOf = (
  kind: Frozen['kind'],
  snapshot: Snapshot,
  rows: readonly Row[],
  { guards, dueAt, orders = [] }: Effects,
): Frozen => ({
  kind,
  lock: lockOf(snapshot),
  dueAt,
  orders,
  set: guards === undefined ? { rows } : { rows, guards },
});

/**
 * The state after an answer that was waited for, of a period as it was when the asking began: what
 * somebody asked for meanwhile came after the answer, so the period is looked at once more.
 */
export function keepingAsked(
  before: GoalState,
  after: GoalState,
  label: string,
  seen: Pick<PeriodState, 'asks'>,
): GoalState {
  const asked = before.periods[label];
  if (asked === undefined || asked.lock === null || asked.asks === seen.asks) return after;
  return patched(after, label, { settleAt: asked.settleAt });
}

/** `first`: the lock that D1 holds where ours met another. What lost is decided anew. */
export function answered(
  { lock, dueAt, set }: Frozen,
  answer: CommitAnswer,
  first: Snapshot | null,
  now: number,
): Partial<PeriodState> {
  if (answer.verdict === 'committed') {
    // Something was written, so what follows at once may be asked for at once.
    return { frozen: null, lock, settleAt: dueAt, written: lastWritten({ set }) };
  }
  if (answer.verdict === 'rejected') return { frozen: null, parked: answer.reason };
  if (first === null) return { frozen: null };
  const written = lockIdOf(first.goalId, first.period);
  return { frozen: null, lock: lockOf(first), settleAt: now, written };
}
