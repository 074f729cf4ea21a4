/**
 * One page of a pull: asked for and judged, or taken. What the destination refuses, does not know or
 * answers unreadably ends the pull with a remark; whatever may be different later is thrown, and the
 * same page is asked for again.
 */
import { askDestination } from '../../../delivery/ask/client';
import type { DeliveryEnv } from '../../../delivery/client';
import { readDestination } from '../../../delivery/store';
import type { JsonObject } from '../../../events/event';
import { hashBytes } from '../../../kernel/hash';
import type { IntakeEnv } from '../../client';
import type { Owners } from '../../owners/client';
import type { Source } from '../../sources/source';
import { readSource } from '../../sources/store';
import { takeItems } from '../../webhooks/client';
import type { ItemVerdict } from '../../webhooks/verdict';
import { type Platform, platformOf } from '../platform';
import type { SourcePull } from '../pull';
import {
  type Counts,
  cutOff,
  isRepeated,
  nextPlace,
  nextQuery,
  oddness,
  type Pending,
  type Place,
  type PullRun,
  remarked,
  withPage,
  withTaken,
} from '../run';
import { judgePage, readUsers } from '../store';

export interface PullEnv extends IntakeEnv, DeliveryEnv {}

interface Asked {
  readonly id: string;
  readonly source: Source;
  readonly pull: SourcePull;
  readonly platform: Platform;
}

const liveSource = async (env: PullEnv, id: string): Promise<Source | null> => {
  const source = (await readSource(env.DB, id))?.content;
  return source?.enabled === true ? source : null;
};

/** The run with its next page read and what that lacks frozen, or ended. */
export async function askNext(
  env: PullEnv,
  id: string,
  run: PullRun,
  now: number,
): Promise<PullRun> {
  const source = await liveSource(env, id);
  const pull = source?.pull ?? null;
  if (source === null || pull === null) return cutOff(run, 'GONE: the source pulls no more');
  const destination = await readDestination(env.DB, pull.destinationId);
  const platform = destination && platformOf(destination.content.preset, run.kind);
  if (platform === null) return cutOff(run, 'CANNOT_ASK: no such destination, or not for this');
  const placed = await placeUsers(env, run, platform, source.platform);
  const queries = platform.queries(pull, run).length;
  if (placed === null) return placedAt(run, nextQuery(run.place, queries));
  // So far nobody is on this platform: nothing is asked, and it goes on behind those it looked at.
  if (placed.place.users?.length === 0) return placedAt(run, nextPlace(placed.place, 0, queries));
  return askPage(env, placed, { id, source, pull, platform }, now);
}

const placedAt = (run: PullRun, next: Place | null): PullRun =>
  next === null ? { ...run, ended: true } : { ...run, place: next };

/** The run with the users of its place read; null where nobody is left to ask for. */
async function placeUsers(
  env: PullEnv,
  run: PullRun,
  { usersPerCall }: Platform,
  platform: string,
): Promise<PullRun | null> {
  const { place } = run;
  if (usersPerCall === 0 || place.users !== null) return run;
  const found = await readUsers(env.DB, platform, place.after, usersPerCall);
  return found === null ? null : { ...run, place: { ...place, ...found } };
}

async function askPage(
  env: PullEnv,
  run: PullRun,
  { id, source, pull, platform }: Asked,
  now: number,
): Promise<PullRun> {
  const queries = platform.queries(pull, run);
  const query = queries[run.place.query] ?? {};
  const fields = platform.fields(run, query);
  const { destinationId } = pull;
  const answer = await askDestination(env, destinationId, platform.operation, fields, now);
  if (!answer.ok) {
    const { failure } = answer;
    const detail = 'detail' in failure ? failure.detail : failure.kind;
    if (failure.kind === 'unavailable') throw new Error(detail);
    return cutOff(run, `REFUSED: ${detail}`);
  }
  const page = platform.read(answer.value);
  if (page === null) return cutOff(run, 'UNREADABLE: no page of this kind was answered');
  const odd = oddness(run, page);
  const own = page.items.filter((body) => platform.isOfAnother?.(query, body) !== true);
  const bodies = isRepeated(odd) ? [] : own;
  const judged = await judgePage(env, readingOf(id, source), run, bodies);
  const found = {
    api: judged.reduce((sum, { units }) => sum + units, 0),
    seen: judged.reduce((sum, { seen }) => sum + seen, 0),
    missing: judged.flatMap(({ missing }) => missing ?? []),
  };
  const next = nextPlace(run.place, page.pageCount, queries.length);
  return withPage(remarked(run, odd), page, found, next);
}

/** Pulled bodies are the platform's own, so of a mapping only what it says of evaluations holds. */
const readingOf = (id: string, { platform, namespace, mapping }: Source) => ({
  source: id,
  platform,
  namespace,
  events: [],
  mapping: mapping === null ? null : { ...mapping, rules: [] },
});

/**
 * The run after what was frozen is taken, through the door that signed events come in by. Throws
 * where not all of it is kept; the same is taken again then.
 */
export async function takeMissing<E extends PullEnv>(
  env: E,
  owners: Owners<E>,
  id: string,
  run: PullRun,
  { missing }: Pending,
  now: number,
): Promise<PullRun> {
  const source = await liveSource(env, id);
  if (source === null) return cutOff(run, 'GONE: the source pulls no more');
  const signature = `pull:${run.id}`;
  const work: Promise<unknown>[] = [];
  const call = {
    env,
    now,
    clockSet: true,
    requestId: `pull-${run.id}-${run.counts.pages}`,
    later: (one: Promise<unknown>) => void work.push(one),
  };
  const reading = readingOf(id, source);
  const intake = { call, owners, reading, signature, keeps: true, undatedAt: null };
  const verdicts = await takeItems(intake, missing.map(itemOf));
  await Promise.allSettled(work);
  const counts = countsOf(verdicts, missing, signature);
  if (counts === null) throw new Error('not everything that was pulled is kept yet');
  return withTaken(run, counts);
}

function itemOf({ body }: { readonly body: JsonObject }) {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { item: { value: body, bytes, hash: hashBytes(bytes) }, messageId: null };
}

/** What this pull fetched, had come after all, or cannot be used; null while one is not kept. */
function countsOf(
  verdicts: readonly ItemVerdict[],
  missing: Pending['missing'],
  signature: string,
): Pick<Counts, 'seen' | 'fetched' | 'refused'> | null {
  const counts = { seen: 0, fetched: 0, refused: 0 };
  for (const [index, { status, taken }] of verdicts.entries()) {
    const units = missing[index]?.units ?? 0;
    if (status === 'unavailable') return null;
    if (status === 'quarantined' || status === 'conflict') counts.refused += units;
    else if (taken.some(({ kept }) => kept.signature === signature)) counts.fetched += units;
    else counts.seen += units;
  }
  return counts;
}
