import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { periodOf } from '../../../src/kernel/period';
import { type Caps, capsSchema, capVerdicts } from '../../../src/points/guards/cap';
import {
  type Claim,
  claimChanges,
  claimRow,
  readClaim,
  standingClaims,
} from '../../../src/points/guards/claim';
import { reachOf } from '../../../src/points/guards/reach';
import { programmeSchema } from '../../../src/points/programmes/programme';
import { counted } from '../../oracle/caps';

const DAY = 86_400_000;
const START = Date.UTC(2024, 8, 25);

const claimAt = (
  session: string,
  occurredAt: number,
  menteeKey = 'mentee',
  amount = 500_000,
): Claim => {
  const day = new Date(occurredAt).toISOString().slice(0, 10);
  const week = periodOf('WEEKLY', day).firstDay;
  const place = { session, category: 'Mentorship', mentorKey: 'mentor', menteeKey, day, week };
  return { ...place, occurredAt, amount, granted: true };
};

const grantedOf = (claims: readonly Claim[], caps: Caps): string[] =>
  [...capVerdicts(claims, () => caps)]
    .filter(([, verdict]) => verdict === null)
    .map(([session]) => session)
    .sort();

const two = { perMentor: { count: 2, period: 'DAY' } } as const;

describe('a cap', () => {
  test('lets the first count and holds back the later ones, whatever came in first', () => {
    const claims = [claimAt('c', START + 3), claimAt('a', START + 1), claimAt('b', START + 2)];
    expect(grantedOf(claims, two)).toEqual(['a', 'b']);
    expect(capVerdicts(claims, () => two).get('c')).toEqual({
      by: 'perMentor',
      period: 'DAY',
      limit: '2',
      before: 2,
    });
  });

  test('orders coaching sessions of one instant by their key', () => {
    const claims = ['z', 'a', 'm'].map((session) => claimAt(session, START));
    expect(grantedOf(claims, two)).toEqual(['a', 'm']);
  });

  test('begins anew with the day, the week and the month of the calendar', () => {
    const days = [0, 1, 4, 5, 6, 12].map((day) => claimAt(`day ${day}`, START + day * DAY));
    const once = (period: 'DAY' | 'WEEK' | 'MONTH') => ({ perMentor: { count: 1, period } });
    expect(grantedOf(days, once('DAY'))).toHaveLength(6);
    // 2024-09-25 is a Wednesday; the 30th a Monday.
    expect(grantedOf(days, once('WEEK'))).toEqual(['day 0', 'day 12', 'day 5']);
    expect(grantedOf(days, once('MONTH'))).toEqual(['day 0', 'day 6']);
  });

  test('of a pair takes no place of the mentor for what it holds back', () => {
    const caps = {
      perMentor: { count: 2, period: 'DAY' },
      perPair: { count: 1, period: 'DAY' },
    } as const;
    const claims = [
      claimAt('a', START + 1, 'x'),
      claimAt('b', START + 2, 'x'),
      claimAt('c', START + 3, 'x'),
      claimAt('d', START + 4, 'y'),
      claimAt('e', START + 5, 'z'),
    ];
    expect(grantedOf(claims, caps)).toEqual(['a', 'd']);
    expect(capVerdicts(claims, () => caps).get('e')?.by).toBe('perMentor');
  });

  test('of points takes what fits whole and passes over what does not', () => {
    const caps = { points: { amount: '100', period: 'MONTH' } } as const;
    const claims = [
      claimAt('a', START + 1, 'x', 600_000),
      claimAt('b', START + 2, 'x', 500_000),
      claimAt('c', START + 3, 'x', 400_000),
    ];
    expect(grantedOf(claims, caps)).toEqual(['a', 'c']);
  });

  test('of a version without caps is none, and its claims take no place', () => {
    const claims = [claimAt('old', START), claimAt('a', START + 1), claimAt('b', START + 2)];
    const verdicts = capVerdicts(claims, ({ session }) => (session === 'old' ? {} : two));
    expect([...verdicts.values()]).toEqual([null, null, null]);
  });

  test('counts what was fixed as granted first, however late, and gives it no verdict', () => {
    const fixed = { ...claimAt('fixed', START + 9), fixed: true };
    const nothing = { ...claimAt('nothing', START), granted: false, fixed: true };
    const claims = [nothing, claimAt('a', START + 1), claimAt('b', START + 2), fixed];
    const verdicts = capVerdicts(claims, () => two);
    expect([...verdicts.keys()]).toEqual(['a', 'b']);
    expect([verdicts.get('a'), verdicts.get('b')?.before]).toEqual([null, 2]);
  });

  test.each([
    [{ perMentor: { count: 0, period: 'DAY' } }],
    [{ perMentor: { count: 1, period: 'YEAR' } }],
    [{ points: { amount: '0', period: 'DAY' } }],
    [{ points: { amount: '1.00001', period: 'DAY' } }],
    [{ perTeam: { count: 1, period: 'DAY' } }],
  ])('%j is refused', (caps) => {
    expect(capsSchema.safeParse(caps).success).toBe(false);
  });

  const lengths = fc.constantFrom('DAY', 'WEEK', 'MONTH');
  const count = fc.record({ count: fc.integer({ min: 1, max: 4 }), period: lengths });
  const anyCaps = fc.record(
    {
      perMentor: count,
      perPair: count,
      points: fc.record({ amount: fc.constantFrom('60', '125.5', '400'), period: lengths }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Caps>;
  const anyClaims = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 45 * 24 }),
      fc.constantFrom('x', 'y', 'z'),
      fc.constantFrom(400_000, 500_000, 750_000),
    ),
    { maxLength: 40 },
  );

  test('agrees with the oracle on any set, in any order', () => {
    fc.assert(
      fc.property(anyCaps, anyClaims, (caps, drawn) => {
        const claims = drawn.map(([hour, mentee, amount], index) =>
          claimAt(`s${index}`, START + hour * 3_600_000, mentee, amount),
        );
        const expected = counted(
          claims.map(({ session, mentorKey, menteeKey, occurredAt, amount }) => ({
            key: session,
            mentor: mentorKey,
            mentee: menteeKey,
            occurredAt,
            worth: BigInt(amount),
          })),
          caps,
        );
        expect(grantedOf(claims.toReversed(), caps)).toEqual([...expected].sort());
      }),
      { numRuns: 500 },
    );
  });

  test('is decided rightly from the claims within its reach alone', () => {
    fc.assert(
      fc.property(anyCaps, anyClaims, fc.nat(), fc.nat(), (caps, drawn, which, fixed) => {
        const claims = drawn.map(([hour, mentee, amount], index) => ({
          ...claimAt(`s${index}`, START + hour * 3_600_000, mentee, amount),
          fixed: ((fixed >> (index % 30)) & 3) === 3,
        }));
        const one = claims[which % Math.max(1, claims.length)];
        if (one === undefined) return;
        const content = programmeSchema.parse({ caps });
        const version = { kind: 'program', name: 'Mentorship', version: 1, content };
        const programmes = [{ ...version, effectiveFrom: null, writtenAt: 0, author: '' }];
        const { first, last } = reachOf(programmes, 'Mentorship', one.day);
        const near = claims.filter(({ day }) => day >= first && day <= last);
        const whole = capVerdicts(claims, () => caps).get(one.session);
        expect(capVerdicts(near, () => caps).get(one.session)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});

describe('claims', () => {
  const claim = claimAt('s', START);

  test('are written when they begin, change or end, and not otherwise', () => {
    const held = { ...claim, granted: false };
    expect(claimChanges([], [claim])).toEqual([{ claim, standing: true }]);
    expect(claimChanges([claim], [claim])).toEqual([]);
    expect(claimChanges([claim], [held])).toEqual([{ claim: held, standing: true }]);
    expect(claimChanges([claim], [])).toEqual([{ claim, standing: false }]);
  });

  test('move to another mentor or day by two rows', () => {
    const moved = { ...claim, mentorKey: 'other' };
    expect(claimChanges([claim], [moved])).toEqual([
      { claim: moved, standing: true },
      { claim, standing: false },
    ]);
  });

  test('come back from their rows, the last of each coaching session', () => {
    const rows = [
      claimRow({ claim, standing: true }, 1),
      claimRow({ claim: { ...claim, granted: false }, standing: true }, 2),
      claimRow({ claim: { ...claim, session: 't' }, standing: true }, 1),
      claimRow({ claim: { ...claim, session: 't' }, standing: false }, 12),
      claimRow({ claim: { ...claim, session: 'u', fixed: true }, standing: true }, 3),
    ];
    const read = rows.flatMap(({ id, values }) => {
      const { mentee_key, week, occurred_at, amount, standing, granted, fixed } = values;
      const row = { menteeKey: mentee_key, week, occurredAt: occurred_at, amount };
      return readClaim({ id, ...row, standing, granted, fixed } as never) ?? [];
    });
    expect(standingClaims(read)).toEqual([
      { ...claim, granted: false },
      { ...claim, session: 'u', fixed: true },
    ]);
  });
});
