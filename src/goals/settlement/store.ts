/** Reads what a closing or a settlement must know before it is decided. Writes nothing. */
import type { Snapshot } from '../goal';
import type { SettlementFacts } from './settlement';

export interface SettlementEnv {
  readonly DB: D1Database;
}

/** Throws when D1 cannot be read; the alarm comes again. */
export const readSettlementFacts = async (
  _env: SettlementEnv,
  _snapshot: Pick<Snapshot, 'goalId' | 'period'>,
  now: number,
): Promise<SettlementFacts> => ({ now });
