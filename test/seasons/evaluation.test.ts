import { describe, expect, it } from 'vitest';
import { daysAway, NEVER_AWAY } from '../../src/agents/absences/absence';
import { meantBy } from '../../src/seasons/reset/trigger/meant';
import { checkSeason, copyOf } from '../../src/seasons/season';
import { evaluate, newcomer, openingOf } from '../../src/seasons/standing/evaluation';
import { placeOf, type Track } from '../../src/seasons/standing/standing';
import { NOTHING_MEASURED } from '../../src/seasons/standing/words';
import { checkTiers, DEFAULT_TIERS, honouredAt, isOlder, tierFor } from '../../src/seasons/tier';
import { season } from './live';

const at = (text: string): number => Date.parse(text);

const Q3 = season('2024-Q3', { startDay: '2024-07-01', endDay: '2024-09-30' });
const Q4 = season('2024-Q4', { startDay: '2024-10-01', endDay: '2024-12-31' });
const TABLE = DEFAULT_TIERS;
const points = (count: number): number => count * 10_000;

describe('the tier table', () => {
  it('puts the seed’s 4,250 points at SILVER (DEC-19)', () => {
    expect(tierFor(TABLE, points(4250))).toBe('SILVER');
    expect(tierFor(TABLE, points(4999) + 9999)).toBe('SILVER');
    expect(tierFor(TABLE, points(5000))).toBe('GOLD');
    expect(tierFor(TABLE, points(8000))).toBe('PLATINUM');
    expect(tierFor(TABLE, 0)).toBe('BRONZE');
  });

  it('rises from zero, else each place is named', () => {
    const [bronze, silver, gold] = TABLE.tiers;
    if (bronze === undefined || silver === undefined || gold === undefined)
      throw new Error('tiers');
    const errors = checkTiers({ ...TABLE, tiers: [silver, gold, bronze, gold] });
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '#/tiers/0/threshold floor',
      '#/tiers/2/threshold order',
      '#/tiers/3/name duplicate',
    ]);
  });
});

describe('a season', () => {
  const check = (own: ReturnType<typeof season>, others: ReturnType<typeof season>[], now = 0) =>
    checkSeason(own, { table: TABLE, others, before: null, now }).map(
      ({ pointer, code }) => `${pointer} ${code}`,
    );

  it('shares neither categories nor agents with another on the same days', () => {
    const rival = season('R', { startDay: '2024-09-01', endDay: '2024-10-31' });
    expect(check(rival, [Q3])).toEqual(['#/categories overlap', '#/target_groups overlap']);
    const apart = { startDay: '2024-07-01', endDay: '2024-09-30' };
    const sales = season('A', { ...apart, categories: ['Sales'], target_groups: ['a'] });
    const care = season('B', { ...apart, target_groups: ['b'] });
    expect(check(sales, [care])).toEqual([]);
    expect(check(Q4, [Q3])).toEqual([]);
  });

  it('that has begun keeps first day, zone and decay', () => {
    const next = season('2024-Q3', {
      startDay: '2024-07-02',
      endDay: '2024-09-29',
      decay: { factor: '0.9' },
    });
    const now = at('2024-08-01T00:00:00Z');
    const errors = checkSeason(next, { table: TABLE, others: [], before: Q3, now });
    expect(errors.map(({ pointer }) => pointer)).toEqual(['#/startDay', '#/decay/factor']);
  });

  it('is copied into the next quarter, month or as many days', () => {
    const named = (own: ReturnType<typeof season>) => {
      const { id, content } = copyOf(own, [own]);
      return [id, content.startDay, content.endDay];
    };
    expect(named(Q4)).toEqual(['2025-Q1', '2025-01-01', '2025-03-31']);
    const summer = season('Summer', { startDay: '2024-06-10', endDay: '2024-06-19' });
    expect(named(summer)).toEqual(['Summer-2', '2024-06-20', '2024-06-29']);
    expect(named(season('2024-02', { startDay: '2024-02-01', endDay: '2024-02-29' }))).toEqual([
      '2024-03',
      '2024-03-01',
      '2024-03-31',
    ]);
  });
});

describe('a season’s opening', () => {
  const ended = { honoured: 'GOLD', points: points(6000) };

  it('honours the previous tier for fourteen days while new points add up (DEC-18)', () => {
    const opening = openingOf(ended, Q4, TABLE);
    expect(opening).toMatchObject({ tier: 'BRONZE', honoured: 'GOLD' });
    expect(opening.graceUntil).toBe(at('2024-10-15T00:00:00Z'));
    expect(honouredAt(opening, at('2024-10-14T23:59:59Z'))).toBe('GOLD');
    expect(honouredAt(opening, at('2024-10-15T00:00:00Z'))).toBe('BRONZE');
  });

  it('begins at the tier of the archive where the policy says so (DEC-18)', () => {
    const next = season('N', {
      startDay: '2024-10-01',
      endDay: '2024-12-31',
      resetPolicy: 'FROM_ARCHIVE',
    });
    expect(openingOf(ended, next, TABLE).tier).toBe('GOLD');
  });

  it('runs no grace while an agent is away', () => {
    const away = daysAway({ absences: [{ from: '2024-10-03', to: '2024-10-12' }] });
    expect(openingOf(ended, Q4, TABLE, away).graceUntil).toBe(at('2024-10-25T00:00:00Z'));
  });
});

describe('an evaluation', () => {
  const opening = openingOf({ honoured: 'GOLD', points: 0 }, Q4, TABLE);
  const evidence = {
    points: points(3000),
    measures: NOTHING_MEASURED,
    opening,
    away: NEVER_AWAY,
    endsGrace: false,
    at: at('2024-10-02T00:00:00Z'),
  };

  it('in grace keeps what was honoured and takes more at once', () => {
    const silver = evaluate(Q4, TABLE, opening, evidence);
    expect(silver?.standing).toMatchObject({ number: 1, tier: 'SILVER', honoured: 'GOLD' });
    const top = evaluate(Q4, TABLE, opening, { ...evidence, points: points(9000) });
    expect(top?.standing.honoured).toBe('PLATINUM');
  });

  it('ends grace only for the wave that does so', () => {
    const before = { ...opening, number: 4 };
    const ended = evaluate(Q4, TABLE, before, { ...evidence, endsGrace: true });
    expect(ended).toMatchObject({
      reason: 'GRACE_ENDED',
      standing: { number: 5, tier: 'SILVER', honoured: 'SILVER', graceUntil: null },
    });
  });

  it('opens grace again for leave that is written late, where its end is still to come', () => {
    const ended = { ...opening, number: 5, tier: 'BRONZE', honoured: 'BRONZE', graceUntil: null };
    const away = daysAway({ absences: [{ from: '2024-10-04', to: '2024-10-10' }] });
    const on = (day: string, more: object = {}) =>
      evaluate(Q4, TABLE, ended, {
        ...{ ...evidence, points: 0, away, at: at(`${day}Z`) },
        ...more,
      });
    expect(on('2024-10-18T09:00:00')).toMatchObject({
      reason: 'GRACE_REOPENED',
      standing: { number: 6, honoured: 'GOLD', graceUntil: at('2024-10-22T00:00:00Z') },
    });
    expect(on('2024-10-18T09:00:00', { away: NEVER_AWAY })).toBeNull();
    // Its end has passed, or comes within the hour; and before the end without leave there is none.
    expect(on('2024-10-22T00:00:00')).toBeNull();
    expect(on('2024-10-21T23:30:00')).toBeNull();
    expect(on('2024-10-14T23:30:00')).toBeNull();
    // Who was never in grace has none to get back.
    expect(on('2024-10-18T09:00:00', { opening: newcomer(Q4, TABLE) })).toBeNull();
  });

  it('says nothing where nothing changes', () => {
    expect(evaluate(Q4, TABLE, newcomer(Q4, TABLE), { ...evidence, points: 1 })).toBeNull();
  });
});

describe('the place of an agent', () => {
  const ended = { points: points(6000), measures: NOTHING_MEASURED, away: NEVER_AWAY };
  const track: Track = {
    agentKey: 'a',
    groups: ['g'],
    archived: [],
    changes: [
      {
        agentKey: 'a',
        season: '2024-Q3',
        number: 2,
        tier: 'GOLD',
        honoured: 'GOLD',
        graceUntil: null,
        compliant: true,
        points: points(6000),
        reason: 'POINTS',
        at: 0,
      },
    ],
  };

  it('after the end of a season is what the reset will open, before it is made', () => {
    const place = placeOf(track, [Q3, Q4], TABLE, at('2024-10-01T00:00:01Z'), () => ended);
    expect(place).toMatchObject({ foreseen: true, standing: { tier: 'BRONZE', honoured: 'GOLD' } });
    expect(place?.season.id).toBe('2024-Q4');
  });

  it('is the same for who has left the groups of the season: nobody is routed by one that ended', () => {
    const other = { ...Q3, target_groups: ['elsewhere'] };
    const now = at('2024-10-01T00:00:01Z');
    const place = placeOf(
      track,
      [other, { ...Q4, target_groups: ['elsewhere'] }],
      TABLE,
      now,
      () => ended,
    );
    expect(place).toMatchObject({ foreseen: true, season: { id: '2024-Q4' } });
    const own = season('Own', { startDay: '2024-09-01', endDay: '2024-12-31', graceDays: 0 });
    const moved = [
      other,
      { ...own, target_groups: ['g'] },
      { ...Q4, target_groups: ['elsewhere'] },
    ];
    const elsewhere = placeOf(track, moved, TABLE, now, () => ended);
    expect(elsewhere).toMatchObject({ season: { id: 'Own' }, standing: { honoured: 'BRONZE' } });
  });

  it('between two seasons is already what the next one opens with', () => {
    const next = season('Later', { startDay: '2024-10-10', endDay: '2024-12-31', graceDays: 0 });
    const place = placeOf(track, [Q3, next], TABLE, at('2024-10-02T00:00:00Z'), () => ended);
    expect(place).toMatchObject({ season: { id: 'Later' }, standing: { honoured: 'BRONZE' } });
  });
});

describe('a trigger', () => {
  const days = { startDay: '2024-07-01', endDay: '2024-09-30' };
  const care = season('Care-Q3', { ...days, target_groups: ['care'] });
  const sales = season('Sales-Q3', { ...days, categories: ['Sales'], target_groups: ['sales'] });
  const monthly = { startDay: '2024-09-01', endDay: '2024-09-15', target_groups: ['chat'] };
  const chat = season('Chat-09', { ...monthly, categories: ['Chat'] });
  const all = [care, sales, chat];
  const meant = (groups: readonly string[], instant = '2024-10-01T02:00:00Z') =>
    meantBy(all, at(instant), groups).map((one) => [one.season.id, ...one.groups]);

  it('means of each group it names the season that had ended at its time', () => {
    expect(meant(['care'])).toEqual([['Care-Q3', 'care']]);
    expect(meant(['chat'])).toEqual([['Chat-09', 'chat']]);
    expect(meant(['sales', 'care'])).toEqual([
      ['Sales-Q3', 'sales'],
      ['Care-Q3', 'care'],
    ]);
    expect(meant(['care'], '2024-09-30T23:59:59Z')).toEqual([]);
    expect(meant([])).toEqual([['Care-Q3'], ['Sales-Q3']]);
  });

  it('may name a group that no season is for: it narrows those that are meant', () => {
    expect(meant(['care', 'berlin'])).toEqual([['Care-Q3', 'care', 'berlin']]);
    expect(meant(['berlin'])).toEqual([['Sales-Q3', 'berlin']]);
    expect(meant(['berlin'], '2024-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('what a seat hears', () => {
  it('is ignored when it is as old or older', () => {
    const facts = (seasonStart: number, number: number) =>
      ({ seasonStart, number }) as Parameters<typeof isOlder>[0];
    expect(isOlder(facts(1, 2), facts(1, 2))).toBe(true);
    expect(isOlder(facts(1, 3), facts(1, 2))).toBe(false);
    expect(isOlder(facts(0, 9), facts(1, 0))).toBe(true);
    expect(isOlder(facts(2, 0), facts(1, 9))).toBe(false);
  });
});
