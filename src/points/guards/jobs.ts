/**
 * The net under the caps: walks the claims behind a mark and nudges every coaching session that
 * still stands otherwise than the claims say. Asks what is due and not done; firing twice or
 * missing a firing changes nothing in the end result. Refuses to move its mark past a claim whose
 * neighbours have not settled yet and which it does not remember.
 */

import { commit } from '../../ledger/client';
import { type ConfigVersion, MARK_KIND, markRow } from '../../ledger/config';
import { readAllVersions, readLatest } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import type { PointsEnv } from '../coaching/client';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { readSealedIds, type SealedId } from '../sweep/store';
import { isWorthMoving, type Mark } from '../sweep/sweep';
import { nudgeSessions, stretches } from './client';
import { anyCaps, concernOf, flippedSessions } from './reach';
import { readClaimRows, readClaims } from './store';

const MARK = 'cap-claims';
/** A settlement nudges its neighbours itself; the net takes what is older. */
const LATE_AFTER_MS = 2 * 60_000;
const MAX_PAGES = 20;
/** Claims that the mark remembers; each firing may read the claims of as many mentors. */
const MAX_OPEN = 200;

/** Every five minutes. Programmes without caps cost one read. */
export async function sweepCaps(env: PointsEnv, now: number): Promise<void> {
  const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
  if (!anyCaps(programmes)) return;
  const before = await readLatest<Mark>(env.DB, MARK_KIND, MARK);
  const { seal: mark, open: remembered = [] } = before?.content ?? { seal: 0 };
  const nudge = (ids: readonly string[]): Promise<OpenStretch[]> =>
    nudgeUnsettled(env, programmes, ids, now);
  const open = new Set((await nudge(remembered)).flatMap(({ ids }) => ids));
  const seen: SealedId[] = [];
  let reached = mark;
  let stop: number | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { ids, reached: last } = await readSealedIds(
      env.DB,
      'cap_claims',
      reached,
      now - LATE_AFTER_MS,
    );
    if (last === reached) break;
    seen.push(...ids);
    const found = await nudge(ids.map(({ id }) => id));
    stop ??= remember(open, found);
    reached = last;
  }
  const seal = stop === null ? reached : Math.max(mark, stop - 1);
  const isSame = [...open].join() === remembered.join();
  if (isSame && !isWorthMoving(mark, seal, seen)) return;
  const content = { seal, ...(open.size > 0 && { open: [...open] }) };
  await commit(env, { rows: [markRow(MARK, before, content, now)] }, now);
}

/** Claims of one mentor and category among whose neighbours one has not settled yet. */
interface OpenStretch {
  /** The first seal of one of them. */
  readonly seal: number;
  /** Those of the first and of the last day, from which the stretch is found again. */
  readonly ids: readonly string[];
}

/** Adds what there is room for; the seal of the first stretch that finds none, or null. */
function remember(open: Set<string>, found: readonly OpenStretch[]): number | null {
  for (const { seal, ids } of found.toSorted((one, other) => one.seal - other.seal)) {
    const fresh = ids.filter((id) => !open.has(id));
    if (open.size + fresh.length > MAX_OPEN) return seal;
    for (const id of fresh) open.add(id);
  }
  return null;
}

/** Nudges whom these claims displace or free; answers the stretches that are not settled. */
async function nudgeUnsettled(
  env: PointsEnv,
  programmes: readonly ConfigVersion<Programme>[],
  ids: readonly string[],
  now: number,
): Promise<OpenStretch[]> {
  const changes = ids.length === 0 ? [] : await readClaimRows(env.DB, ids);
  const open: OpenStretch[] = [];
  for (const { mentorKey, category, day } of stretches(changes.map(({ claim }) => claim))) {
    const { concerned, read } = concernOf(programmes, category, day);
    const claims = await readClaims(env.DB, mentorKey, category, read);
    const flipped = flippedSessions(programmes, claims, concerned);
    if (flipped.length === 0) continue;
    const own = changes
      .filter(({ claim }) => claim.mentorKey === mentorKey && claim.category === category)
      .toSorted((one, other) => (one.id < other.id ? -1 : 1));
    open.push({
      seal: Math.min(...own.map(({ seal }) => seal)),
      ids: [...new Set([own[0], own.at(-1)].flatMap((one) => (one === undefined ? [] : [one.id])))],
    });
    await nudgeSessions(env, flipped, now).catch((thrown: unknown) =>
      log('warn', 'caps.nudge-failed', { message: messageOf(thrown) }),
    );
  }
  return open;
}
