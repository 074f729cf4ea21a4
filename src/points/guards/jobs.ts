/**
 * The net under the caps: walks the claims behind a mark and nudges every coaching session that
 * still stands otherwise than the claims say. Asks what is due and not done; firing twice or
 * missing a firing changes nothing in the end result. Refuses to move its mark past a claim whose
 * neighbours have not settled yet.
 */

import { commit } from '../../ledger/client';
import type { ConfigVersion } from '../../ledger/config';
import { readAllVersions, readLatest } from '../../ledger/store';
import { log, messageOf } from '../../runtime/log';
import type { PointsEnv } from '../coaching/client';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { readSealedIds } from '../sweep/store';
import { MARK_KIND, type Mark, markRow } from '../sweep/sweep';
import { nudgeSessions, stretches } from './client';
import { anyCaps, flippedSessions, reachOf } from './reach';
import { readClaimRows, readClaims } from './store';

const MARK = 'cap-claims';
/** A settlement nudges its neighbours itself; the net takes what is older. */
const LATE_AFTER_MS = 2 * 60_000;
const MAX_PAGES = 20;

/** Every five minutes. Programmes without caps cost one read. */
export async function sweepCaps(env: PointsEnv, now: number): Promise<void> {
  const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
  if (!anyCaps(programmes)) return;
  const before = await readLatest<Mark>(env.DB, MARK_KIND, MARK);
  const mark = before?.content.seal ?? 0;
  let reached = mark;
  let settled = mark;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { ids, reached: last } = await readSealedIds(
      env.DB,
      'cap_claims',
      reached,
      now - LATE_AFTER_MS,
    );
    if (last === reached) break;
    const open = await nudgeUnsettled(
      env,
      programmes,
      ids.map(({ id }) => id),
      now,
    );
    if (settled === reached) settled = open === null ? last : open - 1;
    reached = last;
  }
  if (settled > mark) await commit(env, { rows: [markRow(MARK, before, settled, now)] }, now);
}

/** Nudges whom these claims displace or free; the first seal of a claim that is not settled, or null. */
async function nudgeUnsettled(
  env: PointsEnv,
  programmes: readonly ConfigVersion<Programme>[],
  ids: readonly string[],
  now: number,
): Promise<number | null> {
  const changes = ids.length === 0 ? [] : await readClaimRows(env.DB, ids);
  const open: number[] = [];
  for (const { mentorKey, category, day } of stretches(changes.map(({ claim }) => claim))) {
    const reach = reachOf(programmes, category, day.first, day.last);
    const claims = await readClaims(env.DB, mentorKey, category, reach);
    const flipped = flippedSessions(programmes, claims, day.first);
    if (flipped.length === 0) continue;
    const own = changes.filter(
      ({ claim }) => claim.mentorKey === mentorKey && claim.category === category,
    );
    open.push(...own.map(({ seal }) => seal));
    await nudgeSessions(env, flipped, now).catch((thrown: unknown) =>
      log('warn', 'caps.nudge-failed', { message: messageOf(thrown) }),
    );
  }
  return open.length === 0 ? null : Math.min(...open);
}
