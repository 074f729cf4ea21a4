/**
 * Tells subscribers that a run waits for a destination that is switched off: `season.reset.waits`, or
 * `season.grace.waits` of an end of grace (S4). Decides that each time it is switched off is told once
 * of a run. Refuses to tell of what is passed over, and of breakers: those say `destination.parked`.
 */
import { pokeSubscriptions } from '../../../../delivery/client';
import { type Notice, noticeId, noticeRow } from '../../../../delivery/notice';
import { printInstant } from '../../../../kernel/instant';
import type { SeasonsEnv } from '../../../client';
import { saltBy } from '../../../salt';
import { runName } from '../../run';
import { write } from '../../steps/client';
import type { StoredRun } from '../../store';
import { isLeft } from '../client';
import { readOffOf, readSwitchOff, readWritten } from '../store';

export async function tellWaits(env: SeasonsEnv, run: StoredRun, now: number): Promise<void> {
  const off = await readOffOf(env.DB, run, now);
  const notices: Notice[] = [];
  for (const [destination, one] of off) {
    const since = isLeft(one, now) ? null : await readSwitchOff(env.DB, destination);
    if (since !== null) notices.push(noticeOf(env, run, destination, since));
  }
  if (notices.length === 0) return;
  const written = await readWritten(env.DB, notices.map(noticeId));
  const fresh = notices.filter((notice) => !written.has(noticeId(notice)));
  if (fresh.length === 0) return;
  await write(env, { rows: fresh.map(noticeRow) }, now);
  await pokeSubscriptions(env, [...new Set(fresh.map(({ kind }) => kind))], now);
}

function noticeOf(
  env: SeasonsEnv,
  run: StoredRun,
  destination: string,
  { version, writtenAt }: { readonly version: number; readonly writtenAt: number },
): Notice {
  const kind = run.wave === 'RESET' ? 'season.reset.waits' : 'season.grace.waits';
  const cause = `${runName(run)}.${destination}.${version}`;
  return {
    kind,
    subject: `season:${run.season}`,
    cause,
    at: Math.max(writtenAt, run.instant),
    content: {
      seasonId: run.season,
      nextSeasonId: run.next,
      run: runName(run),
      destination,
      reason: 'SWITCHED_OFF',
      since: printInstant(writtenAt),
    },
    salt: saltBy(env)('notice', kind, cause),
  };
}
