/**
 * Plays histories of pay alone until so many pay runs were made: several plans over three months,
 * everything at once. `npm run sim -- --pay-runs 10000` asks for as many; `npm test` plays one history. Every
 * one is held to the same truth as the others, and ends in one line that counts what it paid.
 */
import { env } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { tally } from '../../worker/io';
import { Chance, unitOf } from '../chance';
import { newCoverage } from '../coverage';
import { modesOfPlaces } from '../draw';
import { drawFaults } from '../faults';
import { leansOf } from '../foci';
import type { Plan } from '../plan';
import { drawTroubles, platformTroubles } from '../platform';
import { shown, shrunk } from '../shrink';
import { simulatePlan } from '../simulate';
import type { Frame } from '../system';
import { UTC, zoneOf } from '../zones';
import { drawPay, type Size } from './plan';

const SLOW = { timeout: 3_600_000 };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const EPOCH = Date.UTC(2031, 2, 3);
const LARGE: Size = {
  payees: [1, 4],
  plans: [3, 6],
  periods: 3,
  words: [8, 20],
  acts: [14, 30],
  forgets: 0.5,
};
const MOST_TROUBLES = 12;
/** A line of progress after so many histories of a file. */
const TOLD_EVERY = 10;

const settings = env as unknown as Record<string, string | undefined>;

function setting(name: 'SIM_PAY_RUNS' | 'SIM_FIRST', otherwise: number): number {
  const given = settings[name];
  return given === undefined || given === '' ? otherwise : Number(given);
}

/** A history of pay and nothing else, by seed. */
export function drawAlone(seed: number): Plan {
  const chance = new Chance(Math.floor(unitOf(`${seed} pay alone`) * 2 ** 32));
  const startAt = EPOCH + chance.between(0, 300) * DAY + chance.between(0, 86_399) * 1000;
  const endAt = startAt + 7 * DAY;
  const zone = zoneOf(seed, startAt);
  const foci = leansOf(seed, modesOfPlaces(), new Map([['pay', seed]]));
  const leansOn: Frame['leansOn'] = (place, call) =>
    foci.some((focus) => focus.place === place && focus.call === call);
  const {
    part,
    people,
    events,
    operations,
    causes = [],
  } = drawPay({ seed, chance, startAt, endAt, zone, people: [], leansOn }, LARGE);
  const mail = events.map(({ key, occurredAt }) => ({
    at: occurredAt + chance.between(0, 2 * HOUR),
    operation: { system: 'mail', kind: 'deliver', keys: [key], copies: 1 },
  }));
  const happening = [...operations, ...mail];
  const kinds = platformTroubles(chance);
  const troubles = drawTroubles(chance, kinds, MOST_TROUBLES, happening, [startAt, endAt]);
  return {
    seed,
    ...(zone !== UTC && { zone }),
    startAt,
    people,
    parts: { pay: part },
    events,
    operations: [...happening, ...troubles, ...causes].toSorted((a, b) => a.at - b.at),
    faults: drawFaults(chance, modesOfPlaces(), foci),
  };
}

export const replayAlone = (seed: number): string => `npm run sim -- --pay-runs 1 --from ${seed}`;

const indented = (line: string): string => `  ${line}`;

async function findings(seed: number, counts: Map<string, number>): Promise<string[]> {
  const plan = drawAlone(seed);
  const coverage = newCoverage();
  const found = await simulatePlan(plan, coverage).then(
    ({ broken }) => [...broken],
    (thrown: unknown) => [thrown instanceof Error ? (thrown.stack ?? '') : String(thrown)],
  );
  for (const [name, count] of coverage.counted) tally(counts, name, count);
  tally(
    counts,
    'faults',
    [...coverage.fired.values()].reduce((sum, one) => sum + one, 0),
  );
  if (found.length === 0) return [];
  console.log(`BROKEN ${replayAlone(seed)}\n${found.map(indented).join('\n')}`);
  if (settings.SIM_SHRINK === 'no') return [replayAlone(seed)];
  const smaller = await shrunk(plan, async (less) => {
    const report = await simulatePlan(less, newCoverage()).catch(() => null);
    return report === null || report.broken.length > 0;
  });
  const left = `fails with ${smaller.operations.length} of its ${plan.operations.length} operations:`;
  return [replayAlone(seed), ...[...found, left, ...shown(smaller)].map(indented)];
}

/** Defines the tests of this file's share: every `parts`-th seed, until its share of runs is made. */
export function playPayRuns(share: number, parts: number): void {
  const runs = setting('SIM_PAY_RUNS', 1);
  const first = setting('SIM_FIRST', 1);
  describe('pay runs', () => {
    const counts = new Map<string, number>();
    const began = performance.now();
    afterAll(() => {
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      console.log(`pay-runs ${JSON.stringify({ seconds, ...Object.fromEntries(counts) })}`);
    });
    // One run is one history: that of the seed, in the first file.
    const wanted = runs === 1 ? 1 - share : Math.ceil(runs / parts);
    if (wanted === 0) {
      it('are none in this file where one is asked for', () => expect(runs).toBe(1));
      return;
    }
    it('pay nobody twice, leave nobody out and explain every line', SLOW, async () => {
      const wrong: string[] = [];
      let seed = first + share;
      while ((counts.get('runs') ?? 0) < wanted) {
        wrong.push(...(await findings(seed, counts)));
        tally(counts, 'histories');
        const played = counts.get('histories') ?? 0;
        if (played % TOLD_EVERY === 0) {
          const seconds = Math.round((performance.now() - began) / 1000);
          console.log(
            `pay runs, file ${share + 1} of ${parts}: ${counts.get('runs') ?? 0} of ${wanted} ` +
              `after ${played} histories and ${seconds} s, last seed ${seed}`,
          );
        }
        seed += parts;
        if (wrong.length > 0) break;
      }
      expect(wrong.join('\n')).toBe('');
    });
  });
}
