/**
 * Every hour: orders the external metrics of what came into the books since a mark, one mark a
 * programme. Firing twice or late shows the same. Refuses to pass entries it did not show.
 */
import { readLatestAgents } from '../../agents/store';
import type { DeliveryEnv } from '../../delivery/client';
import { readDestination } from '../../delivery/store';
import { pointsUnit } from '../../kernel/units';
import { readAllVersions } from '../../ledger/store';
import { log } from '../../runtime/log';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { showBehind } from './client';
import { readDayTotals } from './store';
import { type Surface, surfaceRows } from './surface';

/** Programmes without an external metric cost one read. */
export async function showPoints(env: DeliveryEnv, now: number): Promise<void> {
  const versions = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
  const latest = new Map(versions.map((version) => [version.name, version.content]));
  for (const [category, { externalMetric }] of latest) {
    if (externalMetric === undefined) continue;
    const target = await readDestination(env.DB, externalMetric.destinationId);
    if (target === null) continue;
    const surface: Surface = {
      name: category,
      subject: `program:${category}`,
      unit: pointsUnit(category),
      ...externalMetric,
      destination: target.content,
    };
    const { destinationId } = externalMetric;
    const mark = { name: `points-shown.${category}`, destinationId };
    await showBehind(
      env,
      mark,
      (ids, upTo) => rowsOf(env, { surface, category, upTo, now }, ids),
      now,
    );
  }
}

interface Showing {
  readonly surface: Surface;
  readonly category: string;
  readonly upTo: number;
  readonly now: number;
}

async function rowsOf(
  env: DeliveryEnv,
  { surface, category, upTo, now }: Showing,
  ids: readonly string[],
) {
  const totals = await readDayTotals(env.DB, category, ids);
  const versions = await readLatestAgents(
    env.DB,
    totals.map(({ agentKey }) => agentKey),
  );
  const agents = new Map(versions.map(({ name, content }) => [name, content]));
  const rows = surfaceRows(surface, totals, agents, { upTo, now, secretsKey: env.SECRETS_KEY });
  if (rows.ok) return rows.value;
  log('warn', 'points.not-shown', { category, reason: rows.failure });
  return null;
}
