/**
 * Plays a range of seeds in one test file. `npm test` plays the first three hundred; `npm run sim`
 * names others. Two files share a range, odd and even, because the machine has more than one core.
 * A failing seed says what is broken and the one command that plays it again. Each file prints what
 * it has seen and what not; over a long run `npm run sim` fails on what neither has seen.
 */
import { env } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { tally } from '../worker/io';
import { type Coverage, gaps, newCoverage } from './coverage';
import { draw } from './draw';
import type { Plan } from './plan';
import { shown, shrunk } from './shrink';
import { type Report, replayOf, simulate, simulatePlan } from './simulate';
import { SYSTEMS, systemsOf } from './systems';

const SEEDS_IN_NPM_TEST = 300;
const SEEDS_PER_TEST = 10;
/**
 * Every so many seeds one is played twice, and must end the same (INV-20): once more on the
 * emulator's own binding of D1, for what is quicker stands for it in all others.
 */
const TWICE_EVERY = 25;
const SLOW = { timeout: 600_000 };

type Setting = 'SIM_SEEDS' | 'SIM_FIRST' | 'SIM_ONLY' | 'SIM_SHRINK';

const given = (name: Setting): string =>
  (env as unknown as Record<string, string | undefined>)[name] ?? '';

const setting = (name: Setting, otherwise: number): number =>
  given(name) === '' ? otherwise : Number(given(name));

/** True of histories that are asked for: with SIM_ONLY those in which a system takes part. */
function isAsked(seed: number): boolean {
  const only = given('SIM_ONLY');
  const system = SYSTEMS.find(({ name }) => name === only);
  if (only !== '' && system === undefined) throw new Error(`there is no system ${only}`);
  return system === undefined || system.partakes(seed);
}

async function findings(seed: number, coverage: Coverage): Promise<string[]> {
  const found: string[] = [];
  const began = performance.now();
  const report = await simulate(seed, coverage).catch((thrown: unknown) => {
    found.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return null;
  });
  const systems = systemsOf(draw(seed)).map(({ name }) => name);
  tally(coverage.ms, systems.join(' '), Math.round(performance.now() - began));
  tally(coverage.ms, `histories of ${systems.join(' ')}`);
  found.push(...(report?.broken ?? []));
  if (report !== null && seed % TWICE_EVERY === 0) found.push(...(await againOf(seed, report)));
  if (found.length === 0) return [];
  // Said at once: to make it smaller takes up to sixty histories more.
  console.log(`BROKEN ${replayOf(seed)}\n${found.map(indented).join('\n')}`);
  return [
    `seed ${seed}: ${replayOf(seed)}`,
    ...[...found, ...(await shrunkSeed(seed))].map(indented),
  ];
}

/** INV-20: what is wrong with a second run of a seed, on the emulator's own D1. */
async function againOf(seed: number, first: Report): Promise<string[]> {
  const plan: Plan = { ...draw(seed), backing: 'emulator' };
  const again = await simulatePlan(plan, newCoverage()).catch((thrown: unknown) => String(thrown));
  if (typeof again === 'string') return [`on the emulator's D1: ${again}`];
  const isOther = again.state !== first.state;
  return [
    ...(isOther ? ['INV-20: the second run ends in another state'] : []),
    ...again.broken.map((what) => `on the emulator's D1: ${what}`),
  ];
}

/** What is left of a failing history when everything that can be left out is left out. */
async function shrunkSeed(seed: number): Promise<string[]> {
  if (given('SIM_SHRINK') === 'no') return [];
  const plan = draw(seed);
  const smaller = await shrunk(plan, async (less) => {
    const report = await simulatePlan(less, newCoverage()).catch(() => null);
    return report === null || report.broken.length > 0;
  });
  const [left, all] = [smaller.operations.length, plan.operations.length];
  return [`fails with ${left} of its ${all} operations:`, ...shown(smaller).map(indented)];
}

const indented = (line: string): string => `  ${line}`;

function told(coverage: Coverage, seeds: number, ms: number): string {
  const sum = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort());
  return `simulation ${JSON.stringify({
    seeds,
    seconds: Math.round(ms / 100) / 10,
    troubles: sum(coverage.troubles),
    fired: sum(coverage.fired),
    transitions: sum(coverage.transitions),
    counted: sum(coverage.counted),
    ms: sum(coverage.ms),
    missing: gaps(coverage),
  })}`;
}

/** Defines the tests of this file's share of the range. */
export function playRange(part: number, parts: number): void {
  const seeds = setting('SIM_SEEDS', SEEDS_IN_NPM_TEST);
  const first = setting('SIM_FIRST', 1);
  const own = Array.from({ length: seeds }, (_, index) => first + index).filter(
    (seed) => seed % parts === part && isAsked(seed),
  );
  describe('seeded histories', () => {
    const coverage = newCoverage();
    const began = performance.now();
    afterAll(() => console.log(told(coverage, own.length, performance.now() - began)));
    for (let from = 0; from < own.length; from += SEEDS_PER_TEST) {
      const share = own.slice(from, from + SEEDS_PER_TEST);
      it(`hold every invariant for seeds ${share[0]} to ${share.at(-1)}`, SLOW, async () => {
        const wrong: string[] = [];
        for (const seed of share) wrong.push(...(await findings(seed, coverage)));
        // `npm run sim` counts these lines and says every hundred histories how far it is.
        if (given('SIM_SEEDS') !== '') console.log(`played ${share.length}`);
        expect(wrong.join('\n')).toBe('');
      });
    }
    // The one test of a share in which no history was asked for.
    it('meet no I/O point that points.ts does not name', () => {
      expect(gaps(coverage).filter((gap) => gap.startsWith('points.ts lacks'))).toEqual([]);
    });
  });
}
