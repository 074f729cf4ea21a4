/**
 * Team rewards on the platform's own scorecards: what each agent earned from a pool on a day, as an
 * external metric of type Total. Decides which pools are shown where. Refuses pools that name no
 * platform or no metric: their rewards are shown as recognitions alone, or nowhere.
 */
import { readLatestAgents } from '../../agents/store';
import type { DeliveryEnv } from '../../delivery/client';
import { readDestination } from '../../delivery/store';
import type { Row } from '../../kernel/change-set';
import { readAllVersions } from '../../ledger/store';
import { showBehind } from '../../points/surfaces/client';
import { type Surface, surfaceRows } from '../../points/surfaces/surface';
import { POOL_KIND, type Pool } from '../../rewards/pool';
import { log } from '../../runtime/log';
import { readEarnedDays } from './store';

/** Every hour. Pools without an external metric cost one read. */
export async function showRewards(env: DeliveryEnv, now: number): Promise<void> {
  const versions = await readAllVersions<Pool>(env.DB, POOL_KIND);
  const latest = new Map(versions.map(({ name, content }) => [name, content]));
  for (const [poolId, { unit, externalMetricId, recognitionDestinationId }] of latest) {
    if (externalMetricId === null || recognitionDestinationId === null) continue;
    const target = await readDestination(env.DB, recognitionDestinationId);
    if (target === null) continue;
    const surface: Surface = {
      name: `reward-pool.${poolId}`,
      subject: `reward-pool:${poolId}`,
      unit,
      destinationId: recognitionDestinationId,
      metricId: externalMetricId,
      destination: target.content,
    };
    const mark = { name: `rewards-shown.${poolId}`, destinationId: recognitionDestinationId };
    await showBehind(
      env,
      mark,
      (ids, upTo) => rowsOf(env, { surface, poolId, upTo, now }, ids),
      now,
    );
  }
}

interface Showing {
  readonly surface: Surface;
  readonly poolId: string;
  readonly upTo: number;
  readonly now: number;
}

async function rowsOf(
  env: DeliveryEnv,
  { surface, poolId, upTo, now }: Showing,
  ids: readonly string[],
): Promise<readonly Row[] | null> {
  const totals = await readEarnedDays(env.DB, poolId, ids);
  const versions = await readLatestAgents(env.DB, [
    ...new Set(totals.map(({ agentKey }) => agentKey)),
  ]);
  const agents = new Map(versions.map(({ name, content }) => [name, content]));
  const rows = surfaceRows(surface, totals, agents, { upTo, now, secretsKey: env.SECRETS_KEY });
  if (rows.ok) return rows.value;
  log('warn', 'rewards.not-shown', { pool: poolId, reason: rows.failure });
  return null;
}
