/**
 * Every hour: orders the external metrics of what came into the books since a mark, one mark a
 * programme. The mark moves in the same set as the deliveries, so nothing is shown twice or left
 * out; whoever comes second meets the mark. Refuses to pass entries it did not show.
 */
import { readLatestAgents } from '../../agents/store';
import { type DeliveryEnv, orderDeliveries } from '../../delivery/client';
import { readDestination } from '../../delivery/store';
import { commit } from '../../ledger/client';
import { readAllVersions, readLatest, walkAfter } from '../../ledger/store';
import { log } from '../../runtime/log';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { MARK_KIND, type Mark, markRow } from '../sweep/sweep';
import { readDayTotals } from './store';
import { type Surface, surfaceRows } from './surface';

const MAX_PAGES = 20;
/** Seals without anything to show after which the mark moves all the same. */
const FAR_BEHIND = 400;

/** Programmes without an external metric cost one read. */
export async function showPoints(env: DeliveryEnv, now: number): Promise<void> {
  const versions = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
  const latest = new Map(versions.map((version) => [version.name, version.content]));
  for (const [category, { externalMetric }] of latest) {
    if (externalMetric === undefined) continue;
    const target = await readDestination(env.DB, externalMetric.destinationId);
    if (target === null) continue;
    await show(env, { category, ...externalMetric, destination: target.content }, now);
  }
}

async function show(env: DeliveryEnv, surface: Surface, now: number): Promise<void> {
  const name = `points-shown.${surface.category}`;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const before = await readLatest<Mark>(env.DB, MARK_KIND, name);
    const seal = before?.content.seal ?? 0;
    const { ids, reached } = await walkAfter(env.DB, ['entries'], seal);
    if (reached === seal) return;
    const rows = await rowsOf(
      env,
      surface,
      ids.map(({ id }) => id),
      { upTo: reached, now },
    );
    if (rows.length === 0 && reached - seal < FAR_BEHIND) return;
    const mark = markRow(name, before, { seal: reached }, now);
    const answer = await commit(env, { rows: [...rows, mark] }, now);
    if (answer.verdict !== 'committed') return;
    const ordered = rows.map(({ id }) => id);
    await orderDeliveries(env, surface.destinationId, ordered, now);
  }
}

async function rowsOf(
  env: DeliveryEnv,
  surface: Surface,
  ids: readonly string[],
  by: { readonly upTo: number; readonly now: number },
) {
  const totals = await readDayTotals(env.DB, surface.category, ids);
  const versions = await readLatestAgents(
    env.DB,
    totals.map(({ agentKey }) => agentKey),
  );
  const agents = new Map(versions.map(({ name, content }) => [name, content]));
  const rows = surfaceRows(surface, totals, agents, by);
  if (rows.ok) return rows.value;
  log('warn', 'points.not-shown', { category: surface.category, reason: rows.failure });
  return [];
}
