/** How long a platform is asked in vain before a run goes on without it, and what it waits for then. */
import { describe, expect, it } from 'vitest';
import { awaitedOf, unreadWaits } from '../../src/seasons/reset/passing/waits/wait';
import {
  askedInVain,
  isOverdue,
  type Unread,
  unreadAfter,
} from '../../src/seasons/reset/reading/unread';
import { EMPTY_REPORT, type PassedBecause } from '../../src/seasons/reset/report';
import { beginning, withAnswers } from '../../src/seasons/reset/run';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A platform that was asked in vain at these instants. */
const askedAt = (times: readonly number[], givenUp: readonly string[] = []): Unread => {
  const [first = 0, ...more] = times;
  return more.reduce(
    (before, now) => askedInVain('crm', before, givenUp, now),
    askedInVain('crm', null, givenUp, first),
  );
};

describe('patience with a platform that does not answer', () => {
  it('is over after a day and four questions an hour apart', () => {
    const usual = [0, HOUR, 5 * HOUR, DAY];
    expect(isOverdue(askedAt(usual), [], DAY - 1)).toBe(false);
    expect(isOverdue(askedAt(usual), [], DAY)).toBe(true);
  });

  it('does not end by a clock that jumps a day, nor by many questions at its two ends', () => {
    const ends = [0, 5000, 10_000, DAY, DAY + 5000, DAY + 10_000];
    expect(askedAt(ends).asks).toBe(2);
    expect(isOverdue(askedAt(ends), [], DAY + HOUR)).toBe(false);
    const further = [...ends, DAY + HOUR, DAY + 2 * HOUR];
    expect(isOverdue(askedAt(further), [], DAY + 2 * HOUR)).toBe(true);
  });

  it('with one that the run has given up lasts for three questions in two minutes', () => {
    const times = [0, 5000, MINUTE, 2 * MINUTE];
    expect(isOverdue(askedAt(times.slice(0, 3), ['crm']), ['crm'], 2 * MINUTE)).toBe(false);
    expect(isOverdue(askedAt(times, ['crm']), ['crm'], 2 * MINUTE)).toBe(true);
    expect(isOverdue(askedAt(times, ['other']), ['other'], 2 * MINUTE)).toBe(false);
  });

  it('is whole again when it has answered for anybody', () => {
    const run = { season: 'Q1', wave: 'RESET', number: 1, next: 'Q2', key: '', by: '' } as const;
    const saga = { ...beginning({ ...run, groups: [], instant: 0 }, 1, 0), givenUp: ['a', 'b'] };
    expect(withAnswers(saga, ['b', 'c']).givenUp).toEqual(['a']);
    expect(withAnswers(saga, ['c'])).toBe(saga);
    const earlier = [askedAt([0, HOUR])];
    const said = { silent: ['crm'], unasked: [], off: new Set<string>(), givenUp: [] };
    expect(unreadAfter(earlier, { ...said, answered: [] }, DAY)).toMatchObject([{ since: 0 }]);
    const anew = [{ destination: 'crm', since: DAY, asks: 1, lastAsk: DAY }];
    expect(unreadAfter(earlier, { ...said, answered: ['crm'] }, DAY)).toEqual(anew);
    expect(unreadAfter(earlier, { ...said, answered: [], off: new Set(['crm']) }, DAY)).toEqual([]);
  });
});

describe('a platform that nobody could ask', () => {
  const said = { silent: [], unasked: ['crm'], answered: [], off: new Set<string>(), givenUp: [] };

  it('is not asked in vain: nothing begins, and what has begun stays as it is', () => {
    expect(unreadAfter([], said, DAY)).toEqual([]);
    const earlier = askedAt([0, HOUR]);
    expect(unreadAfter([earlier], said, DAY)).toEqual([earlier]);
    expect(unreadAfter([earlier], { ...said, answered: ['crm'] }, DAY)).toEqual([]);
  });

  it('is silent where somebody was asked in the same reading', () => {
    const both = unreadAfter([], { ...said, silent: ['crm'] }, DAY);
    expect(both).toEqual([askedAt([DAY])]);
  });
});

describe('a destination that was saved before questions were counted', () => {
  const old: Unread = { destination: 'crm', since: 0 };

  it('was asked once, and is given up like any other', () => {
    expect(askedInVain('crm', old, [], HOUR)).toMatchObject({ since: 0, asks: 2, lastAsk: HOUR });
    expect(isOverdue(old, [], DAY)).toBe(false);
    const times = [HOUR, 2 * HOUR, DAY];
    const later = times.reduce((before, now) => askedInVain('crm', before, [], now), old);
    expect(isOverdue(later, [], DAY)).toBe(true);
  });
});

describe('what a run still waits for', () => {
  const named = (id: string, hasAttributes: boolean) =>
    ({ id, hasAttributes }) as Parameters<typeof awaitedOf>[1][number];
  const both = [named('crm', false), named('desk', true)];
  const saga = (phase: 'APPLY' | 'RECONCILE', reason: PassedBecause) => {
    const passed = [{ destination: 'desk', reason, agents: 1 }];
    return { phase, cursor: null, next: 1, staged: 1, report: { ...EMPTY_REPORT, passed } };
  };
  const expectedOf = (destination: string) =>
    ({ destination, agentKey: 'a' }) as Parameters<typeof awaitedOf>[2][number]['expected'][number];
  const batch = {
    deliveries: [
      { destination: 'crm', id: '1' },
      { destination: 'desk', id: '2' },
    ],
    expected: [expectedOf('desk')],
  };
  type Given = Parameters<typeof awaitedOf>;
  const idsOf = (of: Given[0], named: Given[1], open: Given[2], off: readonly string[] = []) =>
    awaitedOf(of, named, open, new Set(off)).map(({ id }) => id);

  it('is whom it has told nothing yet, and of who was told what was not read to be so', () => {
    expect(idsOf(saga('APPLY', 'abandoned'), both, [batch])).toEqual(['crm', 'desk']);
    const unread = [{ destination: 'desk', since: 0, asks: 1, lastAsk: 0 }];
    expect(idsOf(saga('APPLY', 'abandoned'), both, [{ ...batch, unread }])).toEqual(['desk']);
    const read = { ...batch, met: ['desk a'] };
    expect(idsOf(saga('APPLY', 'abandoned'), both, [read])).toEqual([]);
  });

  it('is the survey of one that was not read, and not of one that will not be told', () => {
    expect(idsOf(saga('RECONCILE', 'not-read'), both, [])).toEqual(['desk']);
    expect(idsOf(saga('RECONCILE', 'abandoned'), both, [])).toEqual([]);
    expect(idsOf(saga('RECONCILE', 'not-read'), both, [], ['desk'])).toEqual([]);
  });

  it('is told of once in its batches and once in its survey', () => {
    const unread = { destination: 'desk', since: 0, asks: 1, lastAsk: 0 };
    const causes = (...given: Parameters<typeof unreadWaits>) =>
      unreadWaits(...given).map(({ cause }) => cause);
    expect(causes({}, [{ ...batch, unread: [unread] }], HOUR)).toEqual(['NOT_READ']);
    expect(causes({ unread }, [], HOUR)).toEqual(['NOT_READ.survey']);
  });
});
