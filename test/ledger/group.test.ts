import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashFields } from '../../src/kernel/hash';
import { bodiesTable, faultOf } from '../../src/ledger/group/group';
import { Pause, type RejectedSet, Rejections, rejectionSet } from '../../src/ledger/health/health';
import { contentOf } from '../../src/ledger/seals/seal';
import { awardSet, NOON } from './books';

describe('what a failure means', () => {
  const faults: Readonly<Record<string, readonly string[]>> = {
    unknown: [
      'D1_ERROR: Network connection lost.',
      'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
      'D1_ERROR: D1 DB reset because its code was updated.',
      'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
      'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
      'D1_ERROR: D1 DB is overloaded. Too many requests queued.',
      'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
      'D1_ERROR: D1 DB exceeded its memory limit and was reset.',
      'D1_ERROR: D1 DB exceeded its CPU time limit and was reset.',
    ],
    unique: [
      'D1_ERROR: UNIQUE constraint failed: seals.id: SQLITE_CONSTRAINT',
      'D1_ERROR: UNIQUE: this seal exists: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)',
      'D1_ERROR: UNIQUE constraint failed: config.id: SQLITE_CONSTRAINT_PRIMARYKEY',
    ],
    chain: ['D1_ERROR: NOT NULL constraint failed: seals.previous: SQLITE_CONSTRAINT'],
    data: [
      'D1_ERROR: CHECK constraint failed: amount BETWEEN 1 AND 9007199254740991: SQLITE_CONSTRAINT',
      'D1_ERROR: NOT NULL constraint failed: entries.kind: SQLITE_CONSTRAINT',
      'D1_ERROR: cannot store TEXT value in INTEGER column config.version: SQLITE_CONSTRAINT',
      'D1_ERROR: entries are append-only: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)',
      'D1_ERROR: string or blob too big: SQLITE_TOOBIG',
    ],
  };
  for (const [kind, reasons] of Object.entries(faults)) {
    for (const reason of reasons) {
      test(`"${reason}" is ${kind}`, () => {
        expect(faultOf(reason)).toBe(kind);
      });
    }
  }
});

test('a pause doubles up to half a minute, holds by the clock of callers and ends with a success', () => {
  const pause = new Pause();
  expect(pause.leftMs(NOON)).toBe(0);
  pause.begin(NOON);
  expect([pause.leftMs(NOON), pause.leftMs(NOON - 5), pause.leftMs(NOON + 1_000)]).toEqual([
    1_000, 1_005, 0,
  ]);
  for (let failure = 1; failure < 20; failure += 1) pause.begin(NOON);
  expect(pause.leftMs(NOON)).toBe(30_000);
  // A clock set back by hours is another time: it may try.
  expect(pause.leftMs(NOON - 3_600_000)).toBe(0);
  pause.end();
  expect([pause.leftMs(NOON), pause.failures]).toEqual([0, 0]);
});

test('rejected sets are remembered once each, a hundred at most, until they are committed', () => {
  let kept: readonly RejectedSet[] = [];
  const keeping = {
    loadRejected: () => kept,
    saveRejected: (sets: readonly RejectedSet[]) => {
      kept = sets;
    },
  };
  const rejections = new Rejections(keeping);
  expect(rejections.add(awardSet('r'), 'first', NOON)).toBe(true);
  expect(rejections.add(awardSet('r'), 'again', NOON)).toBe(false);
  for (let index = 0; index < 150; index += 1) rejections.add(awardSet(`r-${index}`), 'x', NOON);
  expect(rejections.list(NOON)).toHaveLength(100);
  rejections.forget(awardSet('r-149'));
  expect(rejections.list(NOON)).toHaveLength(99);
  // One that is refused day by day is kept as of its last day.
  const days = 86_400_000;
  rejections.add(awardSet('r-140'), 'x', NOON + 3 * days);
  expect(new Rejections(keeping).list(NOON + 9 * days).map(({ id }) => id)).toEqual(
    awardSet('r-140')
      .rows.slice(0, 1)
      .map(({ id }) => id),
  );
  // Another life of the journal, for a week.
  expect(new Rejections(keeping).list(NOON)).toEqual(rejections.list(NOON));
  expect(new Rejections(keeping).list(NOON + 10 * days)).toEqual([]);
  // Its audit entry may have waited in the memory of the one before.
  expect(new Rejections(keeping).add(awardSet('r-140'), 'x', NOON)).toBe(true);
});

test('the audit entry of a rejected set can be stored whatever the set held', () => {
  const bad = { rows: [{ table: 'x\u0000', id: '\ud800', values: {} }] };
  const [row] = rejectionSet(bad, 'reason \udfff', NOON, 'salt').rows;
  expect(row?.side?.detail).toBe('{"reason":"reason \ufffd","rows":["x/\ufffd"]}');
});

test('bodies go by month into five tables', () => {
  const months = [0, 1, 2, 3, 4, 5].map((month) => bodiesTable(Date.UTC(2024, 8 + month, 1)));
  expect(new Set(months.slice(0, 5)).size).toBe(5);
  expect(months[5]).toBe(months[0]);
  expect(bodiesTable(Date.UTC(2024, 8, 30, 23, 59))).toBe(months[0]);
});

test('a column added later changes no hash of an old row', () => {
  expect(contentOf({ b: 1, a: null, c: 'x' })).toBe('{"b":1,"c":"x"}');
});

test('fields are hashed as their lengths and bytes in a row, whatever text they hold', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.integer(), fc.constant('\ud83d')),
      ),
      (fields) => {
        const hash = createHash('sha256');
        for (const field of fields) {
          const bytes = Buffer.from(String(field), 'utf8');
          hash.update(`${bytes.length}:`);
          hash.update(bytes);
        }
        expect(hashFields(...fields)).toBe(hash.digest('hex'));
      },
    ),
  );
});
