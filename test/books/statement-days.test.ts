import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  byTime,
  daysOf,
  mergePage,
  readPlace,
  writePlace,
} from '../../src/books/statements/statement';

const BERLIN = 'Europe/Berlin';
/** Half past midnight on the first of September in Berlin, still August in UTC. */
const NIGHT = Date.UTC(2024, 7, 31, 22, 30);

const days = (asked: { from?: string; to?: string }, now = NIGHT) => {
  const read = daysOf(asked, BERLIN, now);
  return read.ok ? [read.value.from, read.value.to] : null;
};

describe('the days of a statement', () => {
  it.each([
    [{}, ['2024-09-01', '2024-10-01']],
    [{ from: '2024-03-10' }, ['2024-03-10', '2024-10-01']],
    [{ from: '2025-02-10' }, ['2025-02-10', '2025-03-01']],
    [{ to: '2024-03-01' }, ['2024-02-01', '2024-03-01']],
    [{ to: '2024-03-10' }, ['2024-03-01', '2024-03-10']],
    [{ to: '1970-01-01' }, null],
    [{ to: '1970-01-02' }, ['1970-01-01', '1970-01-02']],
    [
      { from: '2024-03-31T00:00:00+01:00', to: '2024-04-01T00:00:00+02:00' },
      ['2024-03-31', '2024-04-01'],
    ],
    [{ from: '2024-03-31T00:00:00Z' }, null],
    [{ from: '1969-12-31' }, null],
    [{ from: '2024-3-1' }, null],
    [{ from: '2024-09-02', to: '2024-09-01' }, null],
  ])('%j are %j', (asked, expected) => {
    expect(days(asked)).toEqual(expected);
  });
});

it('a kind without a sum of its own is earned where it gains and revoked where it gives', () => {
  expect(bucketOf('CORRECTION', 1n)).toBe('earned');
  expect(bucketOf('CORRECTION', -1n)).toBe('revoked');
  expect(bucketOf('ADJUSTMENT', 1n)).toBe('adjustments');
  expect(bucketOf('DECAY', -1n)).toBe('decay');
});

describe('a page of two lists', () => {
  const at = (...places: string[]) => places.map((place) => ({ place }));
  const merged = (a: string[], b: string[], reached: string | null, limit: number) => {
    const { lines, next } = mergePage(at(...a), at(...b), reached, limit);
    return [lines.map(({ place }) => place).join(''), next];
  };

  it('ends where it is full, where one list is known to, or not at all', () => {
    expect(merged(['a', 'c'], ['b'], null, 3)).toEqual(['abc', null]);
    expect(merged(['a', 'c'], ['b'], null, 2)).toEqual(['ab', 'b']);
    expect(merged(['a', 'c', 'd'], ['b'], 'c', 9)).toEqual(['abc', 'c']);
    expect(merged(['d'], [], 'c', 9)).toEqual(['', 'c']);
  });

  it('ends with a whole day where it holds one, and splits a day that alone does not fit', () => {
    const of = (a: string[], b: string[], reached: string | null, limit: number) => {
      const { lines, next } = mergePage(at(...a), at(...b), reached, limit);
      return [lines.map(({ place }) => place), next];
    };
    const [x, y, z] = ['20240901.a', '20240902.a', '20240902.b'];
    expect(of([x, y, z], [], null, 2)).toEqual([[x], x]);
    expect(of([y, z], [], null, 1)).toEqual([[y], y]);
    expect(of([x], [y], y, 9)).toEqual([[x], x]);
    expect(of([], [y], y, 9)).toEqual([[y], y]);
    expect(of([x], [y, z], '20240902/', 9)).toEqual([[x, y, z], '20240902/']);
  });

  it('is read by day, then as it was recorded, then by name', () => {
    const line = (place: string, recordedAt: number, seal = 1) => ({ place, recordedAt, seal });
    const inOrder = [
      line('20240901.b', 9),
      line('20240902.z', 1),
      line('20240902.c', 2, 1),
      line('20240902.a', 2, 2),
      line('20240902.b', 2, 2),
    ];
    expect(inOrder.toReversed().toSorted(byTime)).toEqual(inOrder);
  });

  it('goes on from a place that reads as it was written', () => {
    const place = {
      seal: 7,
      asOf: NIGHT,
      from: '2024-09-01',
      to: '2024-10-01',
      after: '20240903.ab',
    };
    expect(readPlace(writePlace(place))).toEqual(place);
    expect(readPlace(writePlace({ ...place, after: '20240903/' }))?.after).toBe('20240903/');
    expect(readPlace(writePlace({ ...place, after: "20240903.'" }))).toBeNull();
    expect(readPlace(writePlace({ ...place, from: '2024-09-31' }))).toBeNull();
    expect(readPlace(writePlace({ ...place, after: '20240931.ab' }))).toBeNull();
  });
});
