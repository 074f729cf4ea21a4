import { describe, expect, test } from 'vitest';
import type { KeptEvent } from '../../src/events/event';
import type { Decision, Frozen, Measure } from '../../src/points/coaching/decision';
import { completionOf } from '../../src/points/coaching/fold';
import { type Settlement, settle } from '../../src/points/coaching/settlement';
import { programmeSchema } from '../../src/points/programmes/programme';
import {
  completed,
  DAY,
  facts,
  MINUTE,
  MONDAY,
  SESSION,
  scored,
  seedAward,
  seedRevoke,
  versionOf,
} from './build';

const rules = [versionOf(seedAward), versionOf(seedRevoke)];
const at = (minutes: number) => ({ occurredAt: MONDAY + minutes * MINUTE });

const frozenOf = (
  events: readonly KeptEvent[],
  measure: Measure,
  before: string | null,
): Frozen | null => {
  const completion = completionOf(events);
  if (completion === null) return null;
  return {
    completion: completion.id,
    mentorKey: `key-of-${completion.event.data.mentorId}`,
    menteeKey: 'key-of-mentee-1',
    day: new Intl.DateTimeFormat('sv').format(completion.occurredAt),
    ...facts,
    before,
    measures: { 14: measure },
  };
};

const UNKNOWN: Measure = { after: null, done: true };

function settled(
  events: readonly KeptEvent[],
  decisions: readonly Decision[] = [],
  more: { measure?: Measure; before?: string | null; frozen?: null; now?: number } = {},
): Settlement {
  const frozen =
    more.frozen === null ? null : frozenOf(events, more.measure ?? UNKNOWN, more.before ?? null);
  const known = { session: SESSION, events, decisions, rules, programmes: [], frozen };
  return settle(known, more.now ?? MONDAY + 2 * MINUTE);
}

/** Settled under a programme that requires some fields. */
function requiring(requiredFields: readonly string[], events: readonly KeptEvent[]): Settlement {
  const version = { kind: 'program', name: 'Mentorship', version: 1, effectiveFrom: null };
  const content = programmeSchema.parse({ requiredFields });
  const programmes = [{ ...version, writtenAt: 0, author: 'a', content }];
  const frozen = frozenOf(events, UNKNOWN, null);
  const known = { session: SESSION, events, decisions: [], rules, programmes, frozen };
  return settle(known, MONDAY);
}

const amounts = (settlement: Settlement): number[] =>
  settlement.decision.postings.map((posting) => posting.amount);

describe('a settlement', () => {
  test('awards once, with one entry from the programme to the mentor', () => {
    const { decision, entries } = settled([completed()]);
    expect(decision.outcome).toBe('AWARDED');
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      kind: 'AWARD',
      unit: 'POINTS/Mentorship',
      from: 'program:Mentorship',
      to: 'agent:key-of-mentor-1:points:Mentorship:none',
      amount: 500_000,
      rule: 'rule/rule-10/1',
      reverses: null,
    });
    expect(entries[0]?.id).toMatch(/^key-of-mentor-1\.20240916\.[0-9a-f]{24}$/);
    expect(entries[0]?.tx).toBe(entries[0]?.id);
  });

  test('says nothing when nothing is new', () => {
    const events = [completed()];
    const first = settled(events);
    expect(settled(events, [first.decision])).toMatchObject({ idle: true, entries: [] });
  });

  test('reverses exactly what was posted and names what it reverses (DEC-8, L3)', () => {
    const first = settled([completed({ mentee: {} })], [], {
      before: '70/1',
      measure: { after: '85/1', done: true },
    });
    expect(amounts(first)).toEqual([750_000]);
    const events = [completed(), scored(85, 75, at(10))];
    const second = settled(events, [first.decision]);
    expect(second.entries).toMatchObject([
      {
        kind: 'REVERSAL',
        from: 'agent:key-of-mentor-1:points:Mentorship:none',
        to: 'program:Mentorship',
        amount: 750_000,
        reverses: first.entries[0]?.id,
      },
    ]);
    expect(second.decision.outcome).toBe('REVOKED');
  });

  test('reinstates with a new award after a reversal', () => {
    const base = completed();
    const first = settled([base]);
    const down = scored(85, 75, at(10));
    const second = settled([base, down], [first.decision]);
    const third = settled([base, down, scored(75, 90, at(20))], [first.decision, second.decision]);
    expect(third.entries).toMatchObject([{ kind: 'AWARD', amount: 500_000 }]);
    expect(new Set([first, second, third].map((one) => one.entries[0]?.id)).size).toBe(3);
  });

  test('posts only the difference when the multiplier becomes known (DEC-9)', () => {
    const events = [completed()];
    const open = { after: null, done: false };
    const first = settled(events, [], { before: '70/1', measure: open });
    expect(first.decision.awards[0]?.multiplier.state).toBe('PENDING');
    expect(first.wakeAt).toBe(MONDAY + 14 * DAY);
    const second = settled(events, [first.decision], {
      before: '70/1',
      measure: { after: '80/1', done: true },
      now: MONDAY + 14 * DAY,
    });
    expect(second.entries).toMatchObject([{ kind: 'CORRECTION', amount: 250_000 }]);
    expect(second.wakeAt).toBeNull();
  });

  test('moves points to the mentor whom a later completion names', () => {
    const first = settled([completed()]);
    const other = completed({ mentorId: 'mentor-2' }, at(30));
    const second = settled([completed(), other], [first.decision]);
    expect(second.entries.map(({ kind, to, from }) => [kind, from, to])).toEqual([
      ['CORRECTION', 'agent:key-of-mentor-1:points:Mentorship:none', 'program:Mentorship'],
      ['CORRECTION', 'program:Mentorship', 'agent:key-of-mentor-2:points:Mentorship:none'],
    ]);
    expect(new Set(second.entries.map((entry) => entry.tx)).size).toBe(1);
  });

  test('moves an award to the business day of a later completion', () => {
    const first = settled([completed()]);
    const second = settled([completed(), completed({}, at(24 * 60))], [first.decision]);
    expect(second.decision.postings.map(({ day, amount }) => [day, amount])).toEqual([
      ['2024-09-16', -500_000],
      ['2024-09-17', 500_000],
    ]);
  });

  test('waits for a score, asks again when the wait expires, and then says so', () => {
    const events = [completed({ qaCalibrationScore: null })];
    const first = settled(events);
    expect(first).toMatchObject({ wakeAt: MONDAY + 14 * DAY, entries: [] });
    expect(first.decision.outcome).toBe('AWAITING_SCORE');
    const second = settled(events, [first.decision], { now: MONDAY + 14 * DAY });
    expect(second).toMatchObject({ wakeAt: null, idle: false });
    expect(second.decision.outcome).toBe('EXPIRED');
  });

  test('tells that a completion is missing while only scores are known', () => {
    expect(settled([scored(80, 90)]).decision.outcome).toBe('AWAITING_COMPLETION');
  });

  test('posts nothing for persons nobody knows, says so, and asks again daily for two weeks', () => {
    const now = MONDAY + MINUTE;
    const { decision, entries, wakeAt } = settled([completed()], [], { frozen: null, now });
    expect(decision.outcome).toBe('UNKNOWN_AGENT');
    expect(entries).toEqual([]);
    expect(wakeAt).toBe(now + DAY);
    const late = settled([completed()], [], { frozen: null, now: MONDAY + 14 * DAY });
    expect(late.wakeAt).toBeNull();
  });

  test('names the failed gate with expected and actual', () => {
    const { decision } = settled([completed({ sessionDurationSeconds: 899 })]);
    expect(decision.outcome).toBe('RULE_EVALUATION_FAILED');
    expect(decision.rules[0]?.conditions.filter((one) => one.verdict === 'FAILED')).toMatchObject([
      { field: 'sessionDurationSeconds', expected: 900, actual: 899 },
    ]);
  });

  test('refuses a mentor who is the mentee, by key and not by address (M9)', () => {
    const events = [completed({ menteeId: 'mentor-1-elsewhere' })];
    const frozen = frozenOf(events, UNKNOWN, null);
    if (frozen === null) throw new Error('no completion');
    const self = { ...frozen, menteeKey: frozen.mentorKey };
    const known = { session: SESSION, events, decisions: [], rules, programmes: [], frozen: self };
    const { decision, entries } = settle(known, MONDAY);
    expect(decision.outcome).toBe('RULE_EVALUATION_FAILED');
    expect(entries).toEqual([]);
    expect(decision.rules[0]?.conditions[0]).toEqual({
      field: 'mentorId',
      operator: 'NOT_EQUALS',
      expected: 'mentor-1-elsewhere',
      actual: 'mentor-1',
      verdict: 'FAILED',
    });
  });

  test('asks for no evaluation of a coaching of oneself', () => {
    const events = [completed({ qaCalibrationScore: null })];
    const frozen = frozenOf(events, UNKNOWN, null);
    const self = frozen && { ...frozen, menteeKey: frozen.mentorKey };
    const known = { session: SESSION, events, decisions: [], rules, programmes: [], frozen: self };
    expect(settle(known, MONDAY)).toMatchObject({
      decision: { outcome: 'RULE_EVALUATION_FAILED' },
      wakeAt: null,
    });
  });

  test('finds a field its programme requires at the end of a path', () => {
    const path = ['mentee.scoreBefore'];
    const given = completed({ mentee: { scoreBefore: 70 } });
    expect(requiring(path, [given]).decision.outcome).toBe('AWARDED');
    expect(requiring(path, [completed({ mentee: {} })]).decision.outcome).toBe(
      'RULE_EVALUATION_FAILED',
    );
  });

  test('fails on a field its programme requires', () => {
    const { decision } = requiring(['templateId'], [completed()]);
    expect(decision.outcome).toBe('RULE_EVALUATION_FAILED');
    expect(decision.rules[0]?.conditions.at(-1)).toMatchObject({
      field: 'templateId',
      verdict: 'FAILED',
    });
  });
});
