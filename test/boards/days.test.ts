import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { type BoardVersion, boardSchema, scoringOf } from '../../src/boards/board';
import { issueBoardRewards } from '../../src/boards/rewards/jobs';
import { duePeriods } from '../../src/boards/rewards/reward';
import { periodEnd, periodOf, periodStart } from '../../src/kernel/period';
import { api, newBoard, people, post, standings } from './stage';

const NEW_YORK = 'America/New_York';
const at = (text: string): number => Date.parse(text);
vi.useFakeTimers({ toFake: ['Date'] });

const board = (fields: object = {}) =>
  boardSchema.parse({
    name: 'Days',
    pointCategory: 'Days',
    evaluationWindow: { type: 'ROLLING', durationDays: 30 },
    rewardTiers: [{ rankRange: '1', rewardType: 'CASH_BONUS', value: 1 }],
    ...fields,
  });

it('weeks, months and quarters begin at local midnight, whatever the clocks do', () => {
  const november = periodOf('MONTHLY', '2032-11-07');
  expect(november).toMatchObject({ label: '2032-11', lastDay: '2032-11-30' });
  const hours = (periodEnd(november, NEW_YORK) - periodStart(november, NEW_YORK)) / 3_600_000;
  expect(hours).toBe(30 * 24 + 1);
  expect(periodOf('QUARTERLY', '2032-12-31')).toMatchObject({
    label: '2032-Q4',
    firstDay: '2032-10-01',
    lastDay: '2032-12-31',
  });
  expect(periodOf('WEEKLY', '2032-11-07', 'MONDAY').firstDay).toBe('2032-11-01');
  expect(periodOf('WEEKLY', '2032-11-07', 'SUNDAY').firstDay).toBe('2032-11-07');
  expect(periodOf('WEEKLY', '1969-12-30', 'MONDAY').firstDay).toBe('1969-12-29');
});

it('an award ages at local midnight, on days of 23 and 25 hours too', () => {
  const calendar = { timeZone: NEW_YORK, weekStart: 'MONDAY' } as const;
  const today = (text: string) => scoringOf(board(), calendar, at(text)).today;
  const spring = today('2032-03-14T12:00:00Z');
  expect(today('2032-03-14T04:59:59.999Z')).toBe(spring - 1);
  expect(today('2032-03-14T05:00:00Z')).toBe(spring);
  expect(today('2032-03-15T03:59:59.999Z')).toBe(spring);
  expect(today('2032-03-15T04:00:00Z')).toBe(spring + 1);
  const autumn = today('2032-11-07T12:00:00Z');
  expect(today('2032-11-07T04:00:00Z')).toBe(autumn);
  expect(today('2032-11-08T04:59:59.999Z')).toBe(autumn);
  expect(today('2032-11-08T05:00:00Z')).toBe(autumn + 1);
});

it('a static window begins with the period that holds the day', () => {
  const calendar = { timeZone: 'Etc/UTC', weekStart: 'MONDAY' } as const;
  const fixed = board({ evaluationWindow: { type: 'STATIC' }, rewardPeriod: 'QUARTERLY' });
  const { fromDay, today } = scoringOf(fixed, calendar, at('2032-11-07T12:00:00Z'));
  expect(today - fromDay).toBe(37);
});

it('periods are due once their last coachings have had time to settle', () => {
  const calendar = { timeZone: NEW_YORK, weekStart: 'MONDAY' } as const;
  const version = (number: number, fields: object, effectiveFrom: number | null): BoardVersion => ({
    kind: 'leaderboard',
    name: 'days',
    version: number,
    effectiveFrom,
    writtenAt: at('2032-09-15T12:00:00Z'),
    author: 'x',
    content: board(fields),
  });
  const due = (versions: BoardVersion[], last: string | null, now: string) =>
    duePeriods(versions, last, calendar, { now: at(now), settleMs: 360_000 }).map(
      ({ period }) => period,
    );
  const one = [version(1, {}, null)];
  expect(due(one, null, '2032-10-01T04:05:59Z')).toEqual([]);
  expect(due(one, null, '2032-10-01T04:07:00Z')).toEqual(['2032-09']);
  expect(due(one, '2032-09-30', '2032-12-01T05:07:00Z')).toEqual(['2032-10', '2032-11']);
  expect(due(one, '2032-09-30', '2032-12-01T04:30:00Z')).toEqual(['2032-10']);
  const weekly = version(2, { rewardPeriod: 'WEEKLY' }, at('2032-10-20T12:00:00Z'));
  expect(due([...one, weekly], '2032-09-30', '2032-11-10T12:00:00Z')).toEqual([
    '2032-10',
    '2032-11-01',
  ]);
  const off = version(2, { enabled: false }, at('2032-10-20T12:00:00Z'));
  expect(due([...one, off], null, '2033-01-10T12:00:00Z')).toEqual(['2032-09']);
});

it('a month of the organisation ends at its own midnight', async () => {
  vi.setSystemTime(at('2032-10-15T12:00:00Z'));
  await people(['ann', 'bob'], at('2032-10-01T00:00:00Z'));
  const settings = { timeZone: NEW_YORK, currency: 'EUR', weekStart: 'MONDAY' };
  expect((await api('PUT', '/v1/organisation', settings)).status).toBeLessThan(300);
  const id = await newBoard({ pointCategory: 'Zoned' });
  const award = (agentId: string, instant: string) => ({
    agentId,
    session: `zoned-${agentId}`,
    number: 1,
    points: 50,
    at: at(instant),
    category: 'Zoned',
    zone: NEW_YORK,
  });
  // 23:30 of the 31st and 00:30 of the 1st in New York; both are November in UTC.
  await post([award('ann', '2032-11-01T03:30:00Z')], at('2032-11-01T03:31:00Z'));
  await post([award('bob', '2032-11-01T04:30:00Z')], at('2032-11-01T04:31:00Z'));
  await issueBoardRewards(env, at('2032-11-01T03:07:00Z'));
  const posted = async () => {
    const { results } = await env.DB.prepare(
      "SELECT id, unit FROM entries WHERE kind = 'BOARD_REWARD'",
    ).all<{ id: string; unit: string }>();
    return results.map(({ id: entry, unit }) => `${entry.slice(0, 4)} ${unit}`);
  };
  expect(await posted()).toEqual([]);
  await issueBoardRewards(env, at('2032-11-01T05:07:00Z'));
  expect(await posted()).toEqual(['kann EUR']);
  vi.setSystemTime(at('2032-11-01T05:10:00Z'));
  const { items } = await standings(id);
  expect(items.map(({ agentId, exactScore }) => [agentId, exactScore])).toEqual([
    ['bob', '50'],
    ['ann', '49.25'],
  ]);
});
