/**
 * Plays a range of seeds in one test file. `npm test` plays the first three hundred; `npm run sim`
 * names others. Two files share a range, odd and even, because the machine has more than one core.
 * A failing seed says what is broken and the one command that plays it again; a long run fails as
 * well when a kind of trouble or a mode of failure never came.
 */
import { env } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { MODES } from '../worker/io';
import { type Coverage, newCoverage, replayOf, simulate } from './simulate';

const SEEDS_IN_NPM_TEST = 300;
const SEEDS_PER_TEST = 10;
/** From this many seeds on a counter at zero is a failure: the draw itself has gone wrong. */
const LONG_RUN = 1000;
/** Every so many seeds one is played twice, and must end the same (INV-20). */
const TWICE_EVERY = 25;
const SLOW = { timeout: 600_000 };

export const TROUBLES = [
  'redelivery',
  'burst',
  'array',
  'reordering',
  'late event',
  'tie',
  'two sources',
  'missing score',
  'lower score',
  'higher score',
  'contradiction',
  'unusable body',
  'unknown agent',
  'bad signature',
  'rule-change',
  'quality',
  'rotate',
  'evict',
  'abort',
  'abort all',
  'alarm-early',
  'alarm-twice',
  'alarm late',
  'cron',
  'cron twice',
  'D1 away',
  'capped',
] as const;

function setting(name: 'SIM_SEEDS' | 'SIM_FIRST', otherwise: number): number {
  const given = (env as unknown as Record<string, string | undefined>)[name];
  return given === undefined || given === '' ? otherwise : Number(given);
}

async function findings(seed: number, coverage: Coverage): Promise<string[]> {
  const found: string[] = [];
  const report = await simulate(seed, coverage).catch((thrown: unknown) => {
    found.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return null;
  });
  found.push(...(report?.broken ?? []));
  if (report !== null && seed % TWICE_EVERY === 0) {
    const again = await simulate(seed, newCoverage());
    if (again.state !== report.state) found.push('INV-20: the second run ends in another state');
  }
  return found.length === 0 ? [] : [`seed ${seed}: ${replayOf(seed)}`, ...found.map(indented)];
}

const indented = (line: string): string => `    ${line}`;

/** What a long run should have seen and has not. */
export function gaps(coverage: Coverage): string[] {
  const modes = new Set([...coverage.fired.keys()].map((key) => key.split(' ').at(-1)));
  return [
    ...TROUBLES.filter((name) => !coverage.troubles.has(name)).map((name) => `no ${name}`),
    ...MODES.filter((mode) => !modes.has(mode)).map((mode) => `no ${mode}`),
    ...[...coverage.met.keys()]
      .filter((point) => !MODES.some((mode) => coverage.fired.has(`${point} ${mode}`)))
      .map((point) => `nothing ever failed at ${point}`),
  ];
}

function told(coverage: Coverage, seeds: number, ms: number): string {
  const sum = (counts: ReadonlyMap<string, number>) => Object.fromEntries([...counts].sort());
  return `simulation ${JSON.stringify({
    seeds,
    seconds: Math.round(ms / 100) / 10,
    troubles: sum(coverage.troubles),
    fired: sum(coverage.fired),
  })}`;
}

/** Defines the tests of this file's share of the range. */
export function playRange(part: number, parts: number): void {
  const seeds = setting('SIM_SEEDS', SEEDS_IN_NPM_TEST);
  const first = setting('SIM_FIRST', 1);
  const own = Array.from({ length: seeds }, (_, index) => first + index).filter(
    (seed) => seed % parts === part,
  );
  describe('seeded histories of the coaching way', () => {
    const coverage = newCoverage();
    const began = performance.now();
    afterAll(() => console.log(told(coverage, own.length, performance.now() - began)));
    for (let from = 0; from < own.length; from += SEEDS_PER_TEST) {
      const share = own.slice(from, from + SEEDS_PER_TEST);
      it(`hold every invariant for seeds ${share[0]} to ${share.at(-1)}`, SLOW, async () => {
        const wrong: string[] = [];
        for (const seed of share) wrong.push(...(await findings(seed, coverage)));
        expect(wrong.join('\n')).toBe('');
      });
    }
    it('leave no kind of trouble out over a long run', () => {
      expect(seeds < LONG_RUN ? [] : gaps(coverage)).toEqual([]);
    });
  });
}
