/** What a coaching session hands over fits into change sets, whatever its bodies are made of. */
import { describe, expect, it } from 'vitest';
import { checkChangeSet } from '../../src/kernel/change-set';
import { handOverSets } from '../../src/points/coaching/sets';
import { completed } from './build';

describe('a hand-over', () => {
  it('of bodies that double when they are escaped goes in sets the journal takes', () => {
    const events = Array.from({ length: 40 }, () => completed({ note: 'x'.repeat(500) }));
    const bodies = new Map(events.map(({ id }) => [id, '"'.repeat(6_500)]));
    const sets = handOverSets(events, (id) => bodies.get(id));
    expect(sets.map(checkChangeSet)).toEqual(sets.map(() => null));
    const sent = sets.flatMap(({ rows }) => rows.map(({ id }) => id));
    expect(sent).toEqual(events.map(({ id }) => id));
    const kept = sets.flatMap((set) => Object.entries(set.bodies ?? {}));
    expect(new Map(kept)).toEqual(bodies);
  });

  it('of many small events without bodies is few sets, and of nothing none', () => {
    const events = Array.from({ length: 250 }, () => completed());
    const sets = handOverSets(events, () => undefined);
    expect(sets.map(({ rows }) => rows.length)).toEqual([100, 100, 50]);
    expect(sets.map(({ bodies }) => bodies)).toEqual([undefined, undefined, undefined]);
    expect(handOverSets([], () => undefined)).toEqual([]);
  });
});
