import { expect, test } from 'vitest';
import { foldSession } from '../../src/points/coaching/fold';
import type { RuleVersion } from '../../src/points/rules/rule';
import {
  completed,
  facts,
  MINUTE,
  MONDAY,
  scored,
  seedAward,
  seedRevoke,
  versionOf,
} from './build';

const DAY = 86_400_000;
const fold = (events: ReturnType<typeof completed>[], rules: RuleVersion[]) =>
  foldSession({
    completion: events[0] as never,
    events,
    facts,
    rules,
    lockMsOf: () => 60_000,
  }).verdicts;

test('a REVOKE rule whose newest version governs another category takes nothing back (DEC-6)', () => {
  const award = versionOf(seedAward, { name: 'award' });
  const first = versionOf(seedRevoke, { name: 'revoke' });
  const second = versionOf(
    {
      ...seedRevoke,
      actions: seedRevoke.actions.map((action) => ({ ...action, pointCategory: 'Other' })),
    },
    { name: 'revoke', version: 2, effectiveFrom: MONDAY - DAY },
  );
  const events = [completed(), scored(85, 60, { occurredAt: MONDAY + 60 * MINUTE })];
  expect(fold(events, [award, first, second]).map(({ awarded }) => awarded)).toEqual([true]);
});

test('with a REVOKE rule that is disabled a drop within the lock window fails the award (DEC-7)', () => {
  const award = versionOf(seedAward, { name: 'award' });
  const disabled = versionOf({ ...seedRevoke, enabled: false }, { name: 'revoke' });
  const events = [completed(), scored(85, 60, { occurredAt: MONDAY + 10_000 })];
  const without = fold(events, [award]).map(({ awarded }) => awarded);
  expect(without).toEqual([false]);
  expect(fold(events, [award, disabled]).map(({ awarded }) => awarded)).toEqual(without);
});

test('with a REVOKE rule that is disabled a later drop is told as AWARD_STANDS (DEC-7)', () => {
  const award = versionOf(seedAward, { name: 'award' });
  const disabled = versionOf({ ...seedRevoke, enabled: false }, { name: 'revoke' });
  const events = [completed(), scored(85, 60, { occurredAt: MONDAY + 60 * MINUTE })];
  expect(fold(events, [award, disabled]).map(({ stands }) => stands)).toEqual([true]);
});
