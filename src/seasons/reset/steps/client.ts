/**
 * The staging of a run, page by page, as a function of its seal. Decides the
 * change sets; every row is named by the run, so a step that is made again writes nothing new.
 * Refuses to go on where the journal does not answer: it throws, and the alarm comes again.
 */

import type { ChangeSet, Row } from '../../../kernel/change-set';
import { invariant } from '../../../kernel/result';
import { commit } from '../../../ledger/client';
import { log } from '../../../runtime/log';
import type { SeasonsEnv } from '../../client';
import { saltBy } from '../../salt';
import { type About, BATCH_AGENTS, type Ordered, ordersOf, readsOf } from '../../telling/batch';
import { readDestinationsBy } from '../../telling/store';
import type { NamedDestination } from '../../telling/target';
import type { SeatFacts } from '../../tier';
import { isTold, type Known, type Planned, planOf, type Setting, tellingOf } from '../plan';
import type { Report } from '../report';
import { type Batch, runEnds, runName, type Saga } from '../run';
import { readAgentsBy, readKnown, readSetting } from '../store';
import { hoursOf } from '../window';

/** Agents of one page: four batches at the most. */
export const PAGE_AGENTS = 200;
const EVER = Number.MAX_SAFE_INTEGER;

/** Commits or throws; `conflict` and `refused` are told. */
export async function write(
  env: SeasonsEnv,
  set: ChangeSet,
  now: number,
): Promise<{ readonly seal: number } | { readonly conflict: ReadonlySet<string> }> {
  const answer = await commit(env, set, now);
  if (answer.verdict === 'committed') return { seal: answer.seal };
  if (answer.verdict === 'conflict') {
    return { conflict: new Set(answer.rows.map(({ table, id }) => `${table} ${id}`)) };
  }
  if (answer.verdict === 'refused') return { conflict: new Set() };
  if (answer.verdict === 'rejected') log('error', 'season.parked', { reason: answer.reason });
  throw new Error(`the journal answered ${answer.verdict}`);
}

export async function settingOf(env: SeasonsEnv, saga: Saga): Promise<Setting> {
  const setting = await readSetting(env.DB, saga.run, saga);
  invariant(setting !== null, 'a run has its seasons in the books');
  return { ...setting, saltOf: saltBy(env) };
}

export interface Page {
  readonly cursor: string | null;
  /** True when this was the last. */
  readonly last: boolean;
  readonly known: readonly Known[];
}

/** A page of the directory as of a seal, after the one that a cursor ends. */
export async function pageOf(
  env: SeasonsEnv,
  setting: Setting,
  { seal, cursor }: Pick<Saga, 'seal' | 'cursor'>,
): Promise<Page> {
  const page = await readAgentsBy(env.DB, cursor, PAGE_AGENTS, seal);
  const known = await readKnown(env.DB, setting, page.agents, seal);
  return {
    cursor: page.names.at(-1) ?? cursor,
    last: page.names.length < PAGE_AGENTS,
    known,
  };
}

/** What a page of a run is planned to be. */
export const plannedOf = (setting: Setting, known: readonly Known[]): Planned[] =>
  known.flatMap((one) => planOf(setting, one) ?? []);

/** The batches of a page. A dry run counts them as a run stages them. */
export const batchesOf = (planned: readonly Planned[]): Planned[][] =>
  Array.from({ length: Math.ceil(planned.length / BATCH_AGENTS) }, (_, nth) =>
    planned.slice(nth * BATCH_AGENTS, (nth + 1) * BATCH_AGENTS),
  );

export interface Staged {
  readonly cursor: string | null;
  readonly last: boolean;
  readonly batches: readonly Batch[];
  readonly report: Report;
  /** What seats are told. */
  readonly facts: readonly SeatFacts[];
}

/** One page of a run: its rows and deliveries are frozen in the books, and nothing is sent. */
export async function stagePage(env: SeasonsEnv, saga: Saga, now: number): Promise<Staged> {
  const setting = await settingOf(env, saga);
  const [page, destinations] = await Promise.all([
    pageOf(env, setting, saga),
    readDestinationsBy(env.DB, setting.next.destinations, saga.seal),
  ]);
  const planned = plannedOf(setting, page.known);
  const staged: StagedBatch[] = [];
  for (const some of batchesOf(planned)) {
    const number = saga.staged + staged.length;
    staged.push(await stageBatch(env, setting, { number, planned: some, destinations }, now));
  }
  return {
    cursor: page.cursor,
    last: page.last,
    batches: staged.map(({ batch }) => batch),
    report: reportWith(saga.report, planned, staged),
    facts: planned.flatMap(({ facts }) => facts ?? []),
  };
}

interface StagedBatch {
  readonly batch: Batch;
  readonly unsayable: readonly string[];
}

/** A batch before it is staged. */
export interface Staging {
  readonly number: number;
  readonly planned: readonly Planned[];
  readonly destinations: readonly NamedDestination[];
}

const aboutOf = ({ run, next, season, at, saltOf }: Setting, number: number): About => ({
  cause: `${runName(run)}.${number}`,
  subject: `season:${next.id}`,
  at,
  hours: hoursOf(season),
  unless: runEnds(run),
  saltOf,
});

/** What platforms are told of a batch. */
export const orderedOf = (setting: Setting, { number, planned, destinations }: Staging): Ordered =>
  ordersOf(destinations, planned.filter(isTold), aboutOf(setting, number));

async function stageBatch(
  env: SeasonsEnv,
  setting: Setting,
  staging: Staging,
  now: number,
): Promise<StagedBatch> {
  const { number, planned } = staging;
  const ordered = orderedOf(setting, staging);
  const rows = [...planned.flatMap((one) => one.rows), ...ordered.rows];
  const written = await write(env, { rows }, now);
  const batch: Batch = {
    number,
    agents: planned.map(({ agentKey, agent }) => ({ agentKey, agentId: agent.agentId })),
    deliveries: ordered.deliveries,
    expected: ordered.expected,
    requests: ordered.requests,
    retries: 0,
  };
  const { unsayable } = ordered;
  if ('seal' in written) return { batch, unsayable };
  if (setting.run.wave === 'RESET') {
    await writeLeft(env, rows, now);
    return { batch, unsayable };
  }
  const again = await restage(env, setting, { ...staging, batch }, now);
  return { batch: again, unsayable };
}

/**
 * Writes what is not there. What the books hold under these names stands: of a batch that is staged
 * once more, after somebody of it was erased, the delivery has other requests; reading the platform
 * back then finds who was left out of it.
 */
async function writeLeft(env: SeasonsEnv, rows: readonly Row[], now: number): Promise<void> {
  let wanted = rows;
  for (let turn = 0; wanted.length > 0; turn += 1) {
    const written = await write(env, { rows: wanted, resent: true }, now);
    if ('seal' in written) return;
    invariant(turn < 4, `a batch that settles: ${rows.length} rows`);
    wanted = wanted.filter(({ table, id }) => !written.conflict.has(`${table} ${id}`));
  }
}

/**
 * Points that came between the seal and now have changed somebody's tier: the change that ends grace
 * has the next number. Whoever is in the books already is told as they stand.
 */
async function restage(
  env: SeasonsEnv,
  setting: Setting,
  { planned, destinations, batch }: Staging & { readonly batch: Batch },
  now: number,
): Promise<Batch> {
  const agents = planned.map(({ agentKey, agent }) => ({ agentKey, agent }));
  const known = await readKnown(env.DB, setting, agents, EVER);
  const again = known.map((one) => {
    const plan = planOf(setting, one);
    const { agent } = one;
    const { agentKey } = one.track;
    return plan ?? { agentKey, agent, rows: [], telling: tellingOf(setting, one) };
  });
  const about = aboutOf(setting, batch.number);
  const told = again.filter(({ agent }) => agent.status !== 'LEFT');
  const ordered = ordersOf(destinations, told, about);
  await writeLeft(env, [...again.flatMap((one) => one.rows), ...ordered.rows], now);
  const { deliveries, expected, requests } = ordered;
  return { ...batch, deliveries, expected, requests };
}

function reportWith(
  report: Report,
  planned: readonly Planned[],
  staged: readonly StagedBatch[],
): Report {
  const moved = (moves: number): number => planned.filter((one) => one.moves === moves).length;
  const sum = (count: (batch: Batch) => number): number =>
    staged.reduce((all, { batch }) => all + count(batch), 0);
  return {
    ...report,
    agents: report.agents + planned.length,
    batches: report.batches + staged.length,
    up: report.up + moved(1),
    down: report.down + moved(-1),
    same: report.same + moved(0),
    requests: report.requests + sum(({ requests }) => requests),
    reads: report.reads + sum(({ expected }) => readsOf(expected)),
    expected: report.expected + sum(({ expected }) => expected.length),
    unsayable: [
      ...new Set([...report.unsayable, ...staged.flatMap(({ unsayable }) => unsayable)]),
    ].slice(0, 20),
  };
}
