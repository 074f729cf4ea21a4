/** A forecast against what nights and evaluations then do, day by day, with no further earnings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysAway } from '../../src/agents/absences/absence';
import { fractionOfDecimal } from '../../src/kernel/fraction';
import { civilDay } from '../../src/kernel/instant';
import { dayNumber } from '../../src/kernel/period';
import { localDay, startOfLocalDay } from '../../src/kernel/zone';
import { type Lot, nightlyEntries, valueAt } from '../../src/seasons/decay/decay';
import { floorTier, type LiveSeason, seasonSchema } from '../../src/seasons/season';
import { endedOf, evaluate, graceOf, meetsMinimums } from '../../src/seasons/standing/evaluation';
import { NOTHING_MEASURED, type Opening, type Standing } from '../../src/seasons/standing/words';
import { DEFAULT_TIERS, honouredAt, rankOf } from '../../src/seasons/tier';
import { curveOf, losses, type Outlook } from '../../src/seasons/view/forecast';

const ZONE = 'America/New_York';
const FIRST = dayNumber('2024-10-01');
const LAST = dayNumber('2024-12-31');
const FACTOR = '0.95';
const TIERS = DEFAULT_TIERS.tiers.map(({ name }) => name);

const scene = fc.record({
  lots: fc.array(
    fc.record({
      day: fc.integer({ min: FIRST, max: FIRST + 25 }),
      amount: fc.integer({ min: -30_000_000, max: 120_000_000 }).map(BigInt),
    }),
    { maxLength: 6 },
  ),
  today: fc.integer({ min: FIRST + 26, max: LAST }),
  graceDays: fc.integer({ min: 0, max: 60 }),
  floor: fc.constantFrom(...TIERS),
  opened: fc.constantFrom(...TIERS),
  honoured: fc.constantFrom(...TIERS),
  csat: fc.constantFrom(6, 9),
  gone: fc.integer({ min: 0, max: 30 }),
});

describe('a forecast', () => {
  it('says what nights and evaluations will say of points, tier and honoured tier', () => {
    fc.assert(
      fc.property(scene, (drawn) => {
        const season: LiveSeason = {
          ...seasonSchema.parse({
            categories: ['Mentorship'],
            startDay: civilDay(FIRST),
            endDay: civilDay(LAST),
            graceDays: drawn.graceDays,
            floor: drawn.floor,
            compliance: [{ metric: 'csat', atLeast: '7.5', minimumCount: 1 }],
          }),
          id: 'S',
          version: 1,
          timeZone: ZONE,
          span: {
            from: startOfLocalDay(civilDay(FIRST), ZONE),
            until: startOfLocalDay(civilDay(LAST + 1), ZONE),
          },
        };
        const from = civilDay(FIRST + 20);
        const away = daysAway({ absences: [{ from, to: civilDay(FIRST + 20 + drawn.gone) }] });
        const higher = (a: string, b: string) =>
          rankOf(DEFAULT_TIERS, a) > rankOf(DEFAULT_TIERS, b) ? a : b;
        const tier = higher(drawn.floor, drawn.opened);
        const graceUntil = drawn.graceDays === 0 ? null : graceOf(season, away);
        const opening: Opening = {
          number: 0,
          tier,
          honoured: graceUntil === null ? tier : higher(tier, drawn.honoured),
          graceUntil,
          compliant: true,
        };
        const measures = {
          ...NOTHING_MEASURED,
          csat: { sum: BigInt(drawn.csat) * 1_000_000n, count: 1 },
        };
        const factor = fractionOfDecimal(FACTOR);
        const lots: readonly Lot[] = drawn.lots;
        const judge = (before: Standing, points: number, day: number): Standing => {
          const evidence = { points, measures, opening, away };
          const { graceUntil: ends } = before;
          const isOver = ends !== null && ends <= startOfLocalDay(civilDay(day), ZONE);
          return isOver
            ? (evaluate(season, DEFAULT_TIERS, before, { ...evidence, endsGrace: true, at: 0 })
                ?.standing ?? before)
            : endedOf(season, DEFAULT_TIERS, before, evidence);
        };
        let balance = valueAt(lots, drawn.today, factor, away);
        let standing = judge(opening, Number(balance), drawn.today);
        const outlook: Outlook = {
          accounts: [lots],
          factor,
          away,
          today: drawn.today,
          firstDay: FIRST,
          lastDay: LAST,
          table: DEFAULT_TIERS,
          standing: {
            floor: floorTier(season, DEFAULT_TIERS),
            opening,
            graceEnds:
              standing.graceUntil === null ? null : dayNumber(localDay(standing.graceUntil, ZONE)),
            compliant: meetsMinimums(season, measures),
          },
        };
        const curve = curveOf(outlook);
        const first = standing.honoured;
        const lost = new Map<string, string>();
        for (const [index, foreseen] of curve.entries()) {
          const day = drawn.today + index;
          if (index > 0) {
            const run = { season: 'S', number: index, day: civilDay(day) };
            const held = [{ category: 'C', unit: 'POINTS/C', lots, balance }];
            for (const { from: giver, amount } of nightlyEntries(run, season, 'key', held, {
              factor,
              away,
              at: 0,
            })) {
              balance += giver.startsWith('agent:') ? -BigInt(amount) : BigInt(amount);
            }
            standing = judge(standing, Number(balance), day);
          }
          const now = startOfLocalDay(civilDay(day), ZONE);
          expect(foreseen).toEqual({
            day: civilDay(day),
            points: Number(balance),
            tier: standing.tier,
            honoured: honouredAt(standing, now),
          });
          for (const name of TIERS) {
            const isLost = rankOf(DEFAULT_TIERS, standing.honoured) < rankOf(DEFAULT_TIERS, name);
            if (isLost && !lost.has(name)) lost.set(name, civilDay(day));
          }
        }
        for (const { tier: name, day } of losses(outlook, curve)) {
          expect(rankOf(DEFAULT_TIERS, name)).toBeLessThanOrEqual(rankOf(DEFAULT_TIERS, first));
          expect(day).toBe(lost.get(name) ?? null);
        }
      }),
      { numRuns: 15 },
    );
  });
});
