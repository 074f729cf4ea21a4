import { describe, expect, it } from 'vitest';
import type { Place } from '../worker/io';
import { newCoverage } from './coverage';
import { simulate } from './simulate';

const SLOW = { timeout: 600_000 };
/** A planted bug must be found within so many histories. */
const SEEDS = 40;

interface Planted {
  readonly what: string;
  readonly place: Place;
  readonly call: string;
  /** The how manieth call of this kind is not made. */
  readonly nth: number;
}

const BUGS: readonly Planted[] = [
  { what: 'an event that is answered and not kept', place: 'session', call: 'put', nth: 1 },
  {
    what: 'an effect that is marked done before it is written',
    place: 'session',
    call: 'JOURNAL.commit',
    // The first ones hand over events, which the Worker and the net send again.
    nth: 4,
  },
  {
    what: 'a group of the journal that D1 never took',
    place: 'journal',
    call: 'DB.write',
    nth: 30,
  },
];

/** The first seed in which something is broken, or null. */
async function foundAt({ place, call, nth }: Planted): Promise<number | null> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    let met = 0;
    const sabotage = (at: Place, name: string): boolean => {
      if (at !== place || name !== call) return false;
      met += 1;
      return met === nth;
    };
    const report = await simulate(seed, newCoverage(), sabotage).catch(() => null);
    if (report === null || report.broken.length > 0) return seed;
  }
  return null;
}

describe('the simulation finds', () => {
  it.each(BUGS)('$what', SLOW, async (bug) => {
    const seed = await foundAt(bug);
    console.log(`${bug.what}: found at seed ${seed}`);
    expect(seed).not.toBeNull();
  });
});
