/**
 * Named reads of what routing goes by: the policy and the table of tiers, remembered by the
 * isolate for half a minute, used stale for an hour while D1 is silent. Writes nothing.
 */
import { StaleCache } from '../../durable/cache';
import type { ConfigVersion } from '../../ledger/config';
import { readLatest } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import { readTiers } from '../../seasons/store';
import type { TierTable } from '../../seasons/tier';
import { DEFAULT_POLICY, POLICY_KIND, POLICY_NAME, type RoutingPolicy } from './policy';

export interface RoutingSetting {
  readonly policy: RoutingPolicy;
  /** Null while nothing could ever be read: seats then go by what they were told. */
  readonly table: TierTable | null;
}

export const readPolicy = (db: D1Database): Promise<ConfigVersion<RoutingPolicy> | null> =>
  readLatest<RoutingPolicy>(db, POLICY_KIND, POLICY_NAME);

/** What is in force at `now`, from D1. */
export async function readSetting(db: D1Database, now: number): Promise<RoutingSetting> {
  const [policy, table] = await Promise.all([readPolicy(db), readTiers(db, now)]);
  return { policy: policy?.content ?? DEFAULT_POLICY, table };
}

const remembered = new StaleCache<'all', RoutingSetting>();

/** Forgets what this isolate knows: somebody wrote a policy. Others follow within half a minute. */
export const forgetSetting = (): void => remembered.forget();

/** The same from this isolate's memory; never throws. Not remembered while a sandbox clock is set. */
export async function settingOf(
  env: { readonly DB: D1Database },
  { now, clockSet }: { readonly now: number; readonly clockSet: boolean },
): Promise<RoutingSetting> {
  const read = (): Promise<RoutingSetting> => readSetting(env.DB, now);
  try {
    return clockSet ? await read() : await remembered.get('all', now, read);
  } catch (thrown) {
    log('warn', 'routing.setting-unknown', { message: messageOf(thrown) });
    return { policy: DEFAULT_POLICY, table: null };
  }
}
