/**
 * What a run begins and ends with: the successor, its first row, the export, notices per batch, its
 * last row. Decides the change sets; every row is named by the run, so a step that is made again
 * writes nothing new. Refuses to go on where the journal does not answer: it throws.
 */
import { copyRows, copyVersion } from '../../../calendar/succession';
import { orderDeliveries, pokeSubscriptions } from '../../../delivery/client';
import { renderRequest } from '../../../delivery/connectors/connector';
import { deliveryIdOf, deliveryRow, type Intent } from '../../../delivery/intent';
import { noticeRow } from '../../../delivery/notice';
import { readDestination } from '../../../delivery/store';
import { hashJson } from '../../../kernel/hash';
import { causeId } from '../../../kernel/ids';
import { invariant } from '../../../kernel/result';
import { auditRow } from '../../../ledger/audit';
import { log } from '../../../runtime/log';
import { logEntry } from '../../archive/entry';
import type { SeasonsEnv } from '../../client';
import { saltBy } from '../../salt';
import { type LiveSeason, namesOf, type Season, successorOf } from '../../season';
import { readDestinationsBy } from '../../telling/store';
import type { NamedDestination } from '../../telling/target';
import { type Batch, type RunStart, runName, runRow, runSubject, type Saga } from '../run';
import { pageOf, plannedOf, settingOf, write } from '../steps/client';

/** The season that follows, made by copying where nobody has written one. */
export async function ensureSuccessor(
  env: SeasonsEnv,
  season: LiveSeason,
  seasons: readonly LiveSeason[],
  now: number,
): Promise<string> {
  const known = successorOf(season, seasons);
  if (known !== null) return known.id;
  const { id, span: _, version: __, ...content } = season;
  const version = copyVersion<Season>({ id, content }, namesOf(seasons));
  const written = await write(env, { rows: copyRows({ of: id, version }) }, now);
  // Somebody took the name a moment ago: whoever comes again sees it, and takes another.
  if (!('seal' in written)) throw new Error(`another season is called ${version.name} by now`);
  return version.name;
}

/** Writes the first row of a run, or finds it written: its seal. */
export async function begin(env: SeasonsEnv, run: RunStart, now: number): Promise<number | null> {
  const written = await write(env, { rows: [runRow(run, run.instant, saltBy(env))] }, now);
  return 'seal' in written ? written.seal : null;
}

/**
 * One page of the export to cold storage: one delivery. Null while there is no cold storage of the
 * season's name, or it cannot be told an archive: then an operator writes it, or a person skips it.
 */
export async function exportPage(
  env: SeasonsEnv,
  saga: Saga,
  now: number,
): Promise<(Pick<Saga, 'cursor' | 'exports'> & { readonly last: boolean }) | null> {
  const setting = await settingOf(env, saga);
  const { season, run, at } = setting;
  const nothing = { cursor: null, exports: saga.exports, last: true };
  if (run.wave !== 'RESET' || season.coldStorage === null) return nothing;
  const cold = await coldStorageOf(env, season.coldStorage, saga.seal);
  if (cold === null) {
    log('warn', 'season.no-cold-storage', { destination: season.coldStorage });
    return null;
  }
  const page = await pageOf(env, setting, saga);
  const planned = plannedOf(setting, page.known);
  if (planned.length === 0) return { ...nothing, cursor: page.cursor, last: page.last };
  const byKey = new Map(page.known.map((known) => [known.track.agentKey, known]));
  const items = planned.map(({ agentKey, agent, from }) => {
    const basis = byKey.get(agentKey)?.basis;
    invariant(basis !== undefined, 'whoever is planned is known');
    const { points, measures } = basis;
    const logged = { season: season.id, points, measures, tier: from };
    return { agent_id: agent.agentId, ...logEntry(logged, season.span.until) };
  });
  const fields = {
    season_id: season.id,
    run: runName(run),
    count: items.length,
    // Of the canonical JSON of the items: cold storage is read years later, by others.
    digest: hashJson(items),
    items,
  };
  const cause = `${runName(run)}.export.${saga.cursor ?? ''}`;
  const rendered = renderRequest(
    cold.destination,
    'season-export',
    fields,
    causeId('export', cause),
  );
  if (!rendered.ok) {
    log('warn', 'season.cannot-be-exported', { destination: cold.id, reason: rendered.failure });
    return null;
  }
  const { request, expect } = rendered.value;
  const intent: Intent = {
    destination: cold.id,
    operation: 'season-export',
    cause,
    subject: `season:${season.id}`,
    at,
    idempotencyKey: causeId('export', cause),
    request,
    expect,
    agents: planned.map(({ agentKey }) => agentKey),
    outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
  };
  const id = deliveryIdOf(intent);
  await write(env, { rows: [deliveryRow(intent, saltBy(env)('export', id))] }, now);
  await orderDeliveries(env, cold.id, [id], now);
  return { cursor: page.cursor, exports: [...saga.exports, id], last: page.last };
}

/** As of the run's seal, or as it was written since. */
export async function coldStorageOf(
  env: SeasonsEnv,
  id: string,
  seal: number,
): Promise<Pick<NamedDestination, 'id' | 'destination'> | null> {
  // Those that are given skills are named as well.
  const named = await readDestinationsBy(env.DB, [id], seal);
  const known = named.find((one) => one.id === id);
  if (known !== undefined) return known;
  const written = await readDestination(env.DB, id);
  return written && { id, destination: written.content };
}

/** What subscribers hear of each reconciled batch. */
const BATCH_NOTICES = ['session.invalidation', 'season.synchronisation'] as const;

/** Tells desktops of a batch to let go what they hold, and to read anew (S12). */
export async function invalidate(
  env: SeasonsEnv,
  { run, at }: Saga,
  batch: Batch,
  now: number,
): Promise<void> {
  const cause = `${runName(run)}.${batch.number}`;
  const content = {
    seasonId: run.next,
    run: runName(run),
    batch: batch.number,
    agents: batch.agents,
  };
  const rows = BATCH_NOTICES.map((kind) =>
    noticeRow({
      kind,
      subject: `season:${run.next}`,
      cause,
      at,
      content,
      salt: saltBy(env)('notice', kind, cause),
    }),
  );
  await write(env, { rows }, now);
  // A desktop that goes on with what it holds is what this is against: nobody waits for the sweep.
  await pokeSubscriptions(env, BATCH_NOTICES, now);
}

/** The last row of a run, with its audit entry; a reset tells that its season is closed. */
export async function close(env: SeasonsEnv, { run, report }: Saga, now: number): Promise<void> {
  const salt = saltBy(env)('closed', runName(run));
  const detail = { seasonId: run.season, nextSeasonId: run.next, run: runName(run), ...report };
  const { differences: _, missing: __, ...figures } = detail;
  const closed = noticeRow({
    kind: run.wave === 'RESET' ? 'season.closed' : 'season.grace.ended',
    subject: `season:${run.season}`,
    cause: runName(run),
    at: now,
    content: { ...figures, archive: `/v1/seasons/${run.season}/archive` },
    salt,
  });
  const audit = auditRow({
    action: run.wave === 'RESET' ? 'SEASON_RESET' : 'SEASON_GRACE_ENDED',
    subject: runSubject(run),
    at: now,
    actor: run.by,
    detail: figures,
    cause: runName(run),
    salt,
  });
  await write(env, { rows: [runRow({ ...run, report }, now, saltBy(env)), closed, audit] }, now);
}
