/** What cron does for erasures: each that is not over goes on where it was. */
import { log, messageOf } from '../../runtime/log';
import { type Forgetting, goOn, type PrivacyEnv } from './client';
import { readOpenErasures } from './store';

/** Every five minutes: each erasure that is not over goes on where it was. */
export const erasures =
  <E extends PrivacyEnv>(forgetting: Forgetting<E>) =>
  async (env: E, now: number): Promise<void> => {
    for (const { agentKey, sealed } of await readOpenErasures(env.DB)) {
      try {
        await goOn(env, forgetting, { agentKey, sealed }, now);
      } catch (thrown) {
        log('warn', 'erasure.failed', { agentKey, message: messageOf(thrown) });
      }
    }
  };
