/**
 * Explains the entries of a night: the run, the seal as of which it was computed, the lots with what
 * is left of each, and the balance that was found. Everything is computed anew from the books as of
 * that seal, so an explanation that differs from the entry would show a fault. Writes nothing.
 */
import { NEVER_AWAY } from '../../../agents/absences/absence';
import { readDaysAwayBy } from '../../../agents/absences/store';
import { civilDay } from '../../../kernel/instant';
import { dashedDay } from '../../../kernel/period';
import { printAmount } from '../../../kernel/units';
import { agentOf } from '../../../ledger/account';
import type { Entry } from '../../../ledger/entry';
import type { Explainer, Told } from '../../../ledger/explain';
import { factorOf, SEASON_KIND, type Season, seasonInForce } from '../../season';
import { ageAt, DECAY_RUN_KIND, type DecayRun, valueAt, valuedDay } from '../decay';
import { readHoldings, readSealNames, readVersionsBy } from '../store';

interface ReadsD1 {
  readonly DB: D1Database;
}

const CAUSE = new RegExp(`^${DECAY_RUN_KIND}/(.+)/([0-9]{6})$`);
const NEWEST = Number.MAX_SAFE_INTEGER;
const MOST_LOTS = 200;

export const decayExplainer: Explainer<ReadsD1> = {
  kind: 'season-decay',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB }, cause, entries) {
    const found = await readRun(DB, cause);
    const [first] = entries;
    if (found === null || first === undefined) return null;
    const { run, seal } = found;
    const { asked } = await readSealNames(DB, seal);
    const versions = await readVersionsBy<Season>(DB, SEASON_KIND, run.season, seal);
    const season = seasonInForce(versions, asked?.at ?? 0);
    if (season === null) return null;
    const agentKey = agentOf(first.from) ?? agentOf(first.to) ?? '';
    const [holdings, absences] = await Promise.all([
      readHoldings(DB, season, [agentKey], seal),
      readDaysAwayBy(DB, [agentKey], seal),
    ]);
    const away = absences.get(agentKey) ?? NEVER_AWAY;
    const day = valuedDay(season, run.day);
    const factor = factorOf(season);
    return {
      seasonId: run.season,
      day: civilDay(day),
      run: cause,
      seal,
      decayFactor: season.decay.factor,
      accounts: (holdings.get(agentKey) ?? []).map(({ category, unit, lots, balance }) => ({
        category,
        unit,
        balanceBefore: printAmount(balance, unit),
        value: printAmount(valueAt(lots, day, factor, away), unit),
        lots: lots.slice(-MOST_LOTS).map((lot) => ({
          day: civilDay(lot.day),
          earned: printAmount(lot.amount, unit),
          age: ageAt(lot.day, day, away),
          left: printAmount(valueAt([lot], day, factor, away), unit),
        })),
      })),
    };
  },
  async tell(_env, entries) {
    return new Map(entries.map((entry) => [entry.id, toldOf(entry)]));
  },
};

function toldOf({ cause, from, to, amount, unit, id }: Entry): Told {
  const season = CAUSE.exec(cause)?.[1] ?? '';
  const day = id.split('.')[1] ?? '';
  const shown = dashedDay(day);
  const isLoss = agentOf(from) !== null && agentOf(to) === null;
  const words = isLoss
    ? `${printAmount(amount, unit)} points decayed in the night to ${shown}`
    : `${printAmount(amount, unit)} points of decay came back: points were taken back, or days away became known`;
  return { about: { seasonId: season, day: shown }, why: words };
}

async function readRun(
  db: D1Database,
  cause: string,
): Promise<{ readonly run: DecayRun; readonly seal: number } | null> {
  const season = CAUSE.exec(cause)?.[1] ?? '';
  const versions = await readVersionsBy<DecayRun>(db, DECAY_RUN_KIND, season, NEWEST);
  const found = versions.find(({ version }) => cause.endsWith(String(version).padStart(6, '0')));
  return found === undefined ? null : { run: found.content, seal: found.seal };
}
