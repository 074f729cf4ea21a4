/**
 * Tells subscribers that a run waits for a destination: `season.reset.waits`, or `season.grace.waits`
 * of an end of grace (S4). Decides that each cause is told once of a run: a destination that is
 * switched off again is told again. Refuses to tell of what is passed over, and of breakers: those
 * say `destination.parked`.
 */
import { pokeSubscriptions } from '../../../../delivery/client';
import { type Notice, noticeRow } from '../../../../delivery/notice';
import { untold } from '../../../../delivery/store';
import { printInstant } from '../../../../kernel/instant';
import type { SeasonsEnv } from '../../../client';
import { saltBy } from '../../../salt';
import { readWaits } from '../../going/client';
import { runName } from '../../run';
import { write } from '../../steps/client';
import type { StoredRun } from '../../store';
import type { Wait } from './wait';

export async function tellWaits(env: SeasonsEnv, run: StoredRun, now: number): Promise<void> {
  const notices = (await readWaits(env, run, now)).map((wait) => noticeOf(env, run, wait));
  const rows = await untold(env.DB, notices.map(noticeRow));
  if (rows.length === 0) return;
  await write(env, { rows }, now);
  await pokeSubscriptions(env, [kindOf(run)], now);
}

const kindOf = ({ wave }: Pick<StoredRun, 'wave'>): string =>
  wave === 'RESET' ? 'season.reset.waits' : 'season.grace.waits';

function noticeOf(env: SeasonsEnv, run: StoredRun, wait: Wait): Notice {
  const { destination, reason, since } = wait;
  const kind = kindOf(run);
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
