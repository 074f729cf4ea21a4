/**
 * Tells subscribers that a run waits for a destination: `season.reset.waits`, or `season.grace.waits`
 * of an end of grace (S4). Decides that each cause is told once of a run: a destination that is
 * switched off again is told again. Refuses to tell of what is passed over, and of breakers: those
 * say `destination.parked`.
 */
import { pokeSubscriptions } from '../../../../delivery/client';
import { type Notice, noticeId, noticeRow } from '../../../../delivery/notice';
import { printInstant } from '../../../../kernel/instant';
import type { SeasonsEnv } from '../../../client';
import { saltBy } from '../../../salt';
import { readWaits } from '../../going/client';
import { runName } from '../../run';
import { write } from '../../steps/client';
import type { StoredRun } from '../../store';
import { readWritten } from '../store';
import type { Wait } from './wait';

export async function tellWaits(env: SeasonsEnv, run: StoredRun, now: number): Promise<void> {
  const notices = (await readWaits(env, run, now)).map((wait) => noticeOf(env, run, wait));
  if (notices.length === 0) return;
  const written = await readWritten(env.DB, notices.map(noticeId));
  const fresh = notices.filter((notice) => !written.has(noticeId(notice)));
  if (fresh.length === 0) return;
  await write(env, { rows: fresh.map(noticeRow) }, now);
  await pokeSubscriptions(env, [...new Set(fresh.map(({ kind }) => kind))], now);
}

function noticeOf(env: SeasonsEnv, run: StoredRun, wait: Wait): Notice {
  const { destination, reason, since } = wait;
  const kind = run.wave === 'RESET' ? 'season.reset.waits' : 'season.grace.waits';
  const cause = `${runName(run)}.${destination}.${wait.cause}`;
  return {
    kind,
    subject: `season:${run.season}`,
    cause,
    at: Math.max(since, run.instant),
    content: {
      seasonId: run.season,
      nextSeasonId: run.next,
      run: runName(run),
      destination,
      reason,
      since: printInstant(since),
    },
    salt: saltBy(env)('notice', kind, cause),
  };
}
