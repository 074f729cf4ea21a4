/**
 * What cron does at the end of a week, month or quarter: the scorecard versions in force are pinned,
 * once, when what was evaluated in it is here; whoever composes says when that is.
 * Asks which of the last periods have ended and have no pin. A period in which nothing was evaluated
 * yet is looked at again; whoever is second to write finds the first one's pin and leaves it.
 */
import { readOrganisation } from '../../access/store';
import { causeId } from '../../kernel/ids';
import { civilDay } from '../../kernel/instant';
import {
  CADENCES,
  type Cadence,
  dayNumber,
  type Period,
  periodOf,
  type WeekStart,
} from '../../kernel/period';
import { localDay } from '../../kernel/zone';
import { commit, type LedgerEnv } from '../../ledger/client';
import { configRow } from '../../ledger/config';
import { log } from '../../runtime/log';
import { PIN_KIND, pinOf } from './scorecard';
import { readPinnedLabels, readVersionsInForce } from './store';

/** Ended periods of each cadence that are looked at: cron may have been away for some. */
const LOOK_BACK = 3;

/**
 * Hourly: writes the pins that are missing. Firing twice changes nothing. P2.
 *
 * @param isIn whether what was evaluated in an ended period has been taken in
 */
export async function pinScorecards<E extends LedgerEnv>(
  env: E,
  now: number,
  isIn: (env: E, period: Period, now: number) => Promise<boolean>,
): Promise<void> {
  const { timeZone, weekStart } = await readOrganisation(env.DB);
  const today = localDay(now, timeZone);
  const ended = CADENCES.flatMap((cadence) => endedBefore(cadence, today, weekStart));
  const pinned = await readPinnedLabels(
    env.DB,
    ended.map(({ label }) => label),
  );
  for (const period of ended) {
    if (pinned.has(period.label)) continue;
    // Asked first: what came in before the answer is among the versions that are read after it.
    if (!(await isIn(env, period, now))) continue;
    const versions = await readVersionsInForce(env.DB, period);
    if (versions.length === 0) continue;
    const row = configRow(
      {
        kind: PIN_KIND,
        name: period.label,
        version: 1,
        effectiveFrom: null,
        writtenAt: now,
        author: 'cron',
        content: pinOf(period, versions),
      },
      causeId('scorecard-pin', period.label),
    );
    const { verdict } = await commit(env, { rows: [row] }, now);
    log('info', 'scorecards.pinned', { period: period.label, versions: versions.length, verdict });
  }
}

/** The last periods that ended before a day, the latest first. */
function endedBefore(cadence: Cadence, day: string, weekStart: WeekStart): Period[] {
  const periods: Period[] = [];
  for (let at = periodOf(cadence, day, weekStart); periods.length < LOOK_BACK; ) {
    at = periodOf(cadence, civilDay(dayNumber(at.firstDay) - 1), weekStart);
    periods.push(at);
  }
  return periods;
}
