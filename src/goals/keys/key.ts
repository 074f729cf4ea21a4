/**
 * The key under which a goal's reward is paid once (G7, DEC-12): SHA-256 over length-prefixed goal
 * id, period and status; an approved re-evaluation adds an epoch from 2 on. Decides nothing by time
 * or attempt, so any other party that knows these fields comes to the same key. Refuses epochs that
 * are no counting number.
 */
import { hashFields } from '../../kernel/hash.ts';
import { invariant } from '../../kernel/result.ts';

export interface KeyFields {
  readonly goalId: string;
  /** As the goal writes it, e.g. `2024-09` or `2024-Q3`. */
  readonly period: string;
  readonly status: string;
  /** 1 for the first evaluation; the first leaves it out of the hash. */
  readonly epoch?: number;
}

/**
 * 64 lower-case hex digits. Each field is hashed as its length in UTF-8 bytes, a colon and its
 * bytes: `7:goal-q37:2024-098:ACHIEVED`, and for epoch 2 `1:2` after it.
 */
export function goalKey({ goalId, period, status, epoch = 1 }: KeyFields): string {
  invariant(Number.isSafeInteger(epoch) && epoch >= 1, 'epochs count from 1');
  return epoch === 1
    ? hashFields(goalId, period, status)
    : hashFields(goalId, period, status, epoch);
}

/**
 * Key of one member's part towards the HRIS: that of the goal and the member's agent key, so every
 * attempt carries the same one and no two members share one.
 */
export const memberKey = (key: string, agentKey: string): string => `${key}-${agentKey}`;
