/**
 * `npm test` plays the bugs that nearly any history finds, each from the seed that is known to find
 * it; `npm run sim -- --planted` hunts all of them from seed 1.
 */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { PlantedBug } from './bug';
import { BUGS } from './bugs';
import known from './found.json';
import { hunt } from './hunt';

const SLOW = { timeout: 1_800_000 };
/** Within so many histories every bug must be found. */
const SEEDS = 200;
/** A second each. */
const SAMPLE = ['BUG-2', 'BUG-5', 'BUG-6', 'BUG-7', 'BUG-13', 'BUG-17', 'BUG-18'];

const { SIM_PLANTED } = env as { readonly SIM_PLANTED?: string };
const isHunt = SIM_PLANTED !== undefined && SIM_PLANTED !== '';
const wanted = !isHunt ? SAMPLE : SIM_PLANTED === 'all' ? null : SIM_PLANTED.split(',');
const asked = BUGS.filter(({ id }) => wanted === null || wanted.includes(id));

/** What joins the simulation moves every draw: from the known seed on it is found soon, or not at it. */
const firstSeed = ({ id }: PlantedBug): number =>
  isHunt ? 1 : ((known as Partial<Record<string, { readonly seed: number }>>)[id]?.seed ?? 1);

describe('the simulation finds', () => {
  it.each(asked)('$id: $planted', SLOW, async (bug) => {
    const first = firstSeed(bug);
    const found = await hunt(bug, first, first + SEEDS - 1);
    const { id, what, planted } = bug;
    const said = { id, what, planted, seed: found?.seed ?? null, by: found?.by ?? '' };
    console.log(`planted ${JSON.stringify(said)}`);
    expect(found).not.toBeNull();
  });
});
