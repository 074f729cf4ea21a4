/** What a source object says it holds: counted once, then kept up as it puts and drops. */
import { expect, test } from 'vitest';
import { HELD, type Held, PARKED } from '../../src/intake/holding';
import { Tally } from '../../src/intake/tally';

/** Storage that counts how many values are read. */
function storage() {
  const values = new Map<string, Held>();
  let read = 0;
  const kv = {
    put: (key: string, held: Held) => values.set(key, held),
    delete: (key: string) => values.delete(key),
    list: ({ prefix = '', startAfter = '', limit = 0 }) => {
      const keys = [...values.keys()].filter((key) => key.startsWith(prefix) && key > startAfter);
      const page = keys.toSorted().slice(0, limit);
      read += page.length;
      return page.map((key) => [key, values.get(key)] as const);
    },
  } as unknown as SyncKvStorage;
  return { kv, readSoFar: () => read };
}

const held = (heldAt: number): Held => ({
  row: { table: 'events', id: `e${heldAt}`, values: {} },
  heldAt,
});
const keyed = (prefix: string, nth: number): string =>
  `${prefix}events/${String(nth).padStart(5, '0')}`;

test('counting reads every value once, however often it is asked', () => {
  const { kv, readSoFar } = storage();
  for (let nth = 0; nth < 120; nth += 1) kv.put(keyed(HELD, nth), held(1000 - nth));
  kv.put(keyed(PARKED, 1), held(5));
  const tally = new Tally(() => kv);
  expect(tally.health()).toEqual({ pending: 120, oldestHeldAt: 881, parked: 1 });
  tally.put(keyed(HELD, 500), held(7));
  tally.drop(keyed(HELD, 119));
  expect(tally.health()).toEqual({ pending: 120, oldestHeldAt: 7, parked: 1 });
  tally.drop(keyed(HELD, 500));
  expect(tally.health()).toEqual({ pending: 119, oldestHeldAt: 882, parked: 1 });
  expect(readSoFar()).toBe(121);
});

test('what is beyond the bound is counted once there is room', () => {
  const { kv } = storage();
  for (let nth = 0; nth < 1200; nth += 1) kv.put(keyed(HELD, nth), held(nth));
  const tally = new Tally(() => kv);
  expect(tally.health().pending).toBe(1000);
  for (let nth = 0; nth < 1000; nth += 1) tally.drop(keyed(HELD, nth));
  expect(tally.health()).toEqual({ pending: 200, oldestHeldAt: 1000, parked: 0 });
});
