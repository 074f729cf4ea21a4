/** What a firing of the net decides from what it found. */
import { expect, test } from 'vitest';
import {
  isWorthMoving,
  type LateSession,
  MAX_LATE,
  planPokes,
  type SweptEvent,
} from '../../../src/points/sweep/sweep';

const event = (seal: number, receivedAt: number, settled = false): SweptEvent => ({
  seal,
  session: `session-${seal}`,
  receivedAt,
  settled,
});
const isLate = (receivedAt: number): boolean => receivedAt < 100;
const full = Array.from({ length: MAX_LATE }, (_, place): LateSession => {
  return { session: `late-${place}`, receivedAt: 1 };
});

test('a mark passes late events and stops before the first that may still be locked', () => {
  const events = [event(3, 10), event(4, 20, true), event(6, 150), event(8, 30)];
  const plan = planPokes({ events, mark: 2, reached: 9 }, [], isLate);
  expect(plan).toEqual({
    sessions: ['session-3', 'session-6', 'session-8'],
    mark: 5,
    late: [{ session: 'session-3', receivedAt: 10 }],
  });
});

test('a mark whose list is full stops, and what is new is poked before what is remembered', () => {
  const plan = planPokes({ events: [event(7, 10)], mark: 2, reached: 9 }, full, isLate);
  expect(plan.mark).toBe(6);
  expect(plan.late).toEqual(full);
  expect(plan.sessions).toHaveLength(1000);
  expect(plan.sessions.slice(0, 2)).toEqual(['session-7', 'late-0']);
});

test('a session that is remembered already takes no further place', () => {
  const again = { ...event(7, 50), session: 'late-0' };
  const plan = planPokes({ events: [again], mark: 2, reached: 9 }, full, isLate);
  expect(plan.mark).toBe(9);
  expect(plan.late[0]).toEqual({ session: 'late-0', receivedAt: 50 });
});

test.each([
  [5, 5, [{ seal: 5 }], false],
  [5, 9, [], false],
  [5, 9, [{ seal: 10 }], false],
  [5, 9, [{ seal: 7 }], true],
  [5, 1004, [], false],
  [5, 1005, [], true],
])('a mark that would go from %i to %i past %j moves: %s', (from, to, seen, moves) => {
  expect(isWorthMoving(from, to, seen)).toBe(moves);
});
