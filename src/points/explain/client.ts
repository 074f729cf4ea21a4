/**
 * A coaching session decided anew: for an operator's replay, and beforehand what that would come
 * to. The foresight reads what is in D1 and decides as the object would; it writes nothing.
 */
import { readAgentIds } from '../../agents/store';
import type { Resettler } from '../../events/event';
import { nudgeSession, type PointsEnv } from '../coaching/client';
import { recall } from '../coaching/recall/store';
import { settle } from '../coaching/settlement';
import { agentKeysOf, showDecision } from './view';

export const coachingResettler: Resettler<PointsEnv> = {
  settle: (env, session, now) => nudgeSession(env, session, now),
  async foresee(env, session, now) {
    const { known } = await recall(env, session, [], now);
    if (known.events.length === 0) {
      return { outcome: null, note: 'not settled yet: it is when its lock window ends' };
    }
    const { decision, idle } = settle(known, now);
    const ids = await readAgentIds(env.DB, agentKeysOf([decision]));
    const { outcome, rules, awards, postings } = showDecision(decision, ids);
    return { outcome, changes: !idle, rules, awards, postings };
  },
};
