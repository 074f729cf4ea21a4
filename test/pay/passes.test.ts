/** A pass over the lines of a run that was sent out: what it reads again, and what it remembers. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PassTally } from '../../src/pay/runs/run';
import { comeTo, pageOfPass, passed, type RunState, sentOut } from '../../src/pay/runs/state';

const LINES = 500;
const nameOf = (page: number): string => (page === 0 ? '' : `key-${String(page).padStart(3, '0')}`);

/** Plays passes over pages until nothing is open; answers which page each of them looked at. */
function play(open: number[]): { readonly looks: number[][]; readonly tally: PassTally | null } {
  let state: RunState = sentOut(null, 'run', 0);
  const looks: number[][] = [[]];
  for (let turn = 0; turn < 10_000; turn += 1) {
    const { passing } = state;
    if (passing === null) throw new Error('a run that waits is passed over');
    const page = open.findIndex((_, at) => nameOf(at) === pageOfPass(passing));
    looks.at(-1)?.push(page);
    const waits = Math.min(open[page] ?? 0, 1);
    const states = { CONFIRMED: LINES - waits, ...(waits > 0 && { SENT: waits }) };
    open[page] = Math.max(0, (open[page] ?? 0) - 1);
    const done = page === open.length - 1;
    state = passed(state, { cursor: done ? 'end' : nameOf(page + 1), done, states }, turn);
    const next = state.passing;
    if (next === null) throw new Error('a pass is followed by another');
    const tally = comeTo(next);
    if (tally !== null) return { looks, tally };
    if (next.rounds === looks.length) looks.push([]);
  }
  return { looks, tally: null };
}

describe('a pass', () => {
  it('looks again only at pages in which something was open', () => {
    const pages = Array.from({ length: 200 }, (_, at) => (at === 17 ? 3 : 0));
    const { looks } = play(pages);
    expect(looks.map(({ length }) => length)).toEqual([200, 1, 1, 1]);
    expect(looks[1]).toEqual([17]);
  });

  it('knows what every line has come to, however long some of them wait', () => {
    const rounds = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(rounds, (waits) => {
        const { looks, tally } = play([...waits]);
        expect(tally).toEqual({ CONFIRMED: LINES * waits.length });
        // Each page as often as something was open in it, and once more to see that nothing is.
        const seen = waits.map((_, page) => looks.flat().filter((one) => one === page).length);
        expect(seen).toEqual(waits.map((times) => times + 1));
      }),
    );
  });

  it('comes ever less often while lines wait, and soon again when one of them was sent', () => {
    const waits: number[] = [];
    let state = sentOut(null, 'run', 0);
    const look = (states: PassTally): void => {
      const { at = 0 } = state.passing ?? {};
      state = passed(state, { cursor: 'end', done: true, states }, at);
      waits.push(((state.passing?.at ?? 0) - at) / 1000);
    };
    for (let turn = 0; turn < 9; turn += 1) look({ CONFIRMED: 1, BLOCKED: 1 });
    look({ CONFIRMED: 1, SENT: 1 });
    look({ CONFIRMED: 1, SENT: 1 });
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 30, 60]);
  });

  it('begins from the first page when somebody asks, and when its end was cut off', () => {
    const state = sentOut(null, 'run', 0);
    const page = { cursor: 'end', done: true, states: { CONFIRMED: 1 } };
    const through = passed(state, page, 0);
    expect(through.passing).toMatchObject({ left: null, cursor: '', states: {}, closed: {} });
    const waits = passed(state, { ...page, states: { SENT: 1, CONFIRMED: 2 } }, 0);
    expect(waits.passing).toMatchObject({ left: [''] });
    expect(sentOut(waits, 'run', 5).passing).toMatchObject({ left: null, cursor: '', at: 5 });
  });
});
