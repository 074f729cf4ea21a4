import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { fractionOfDecimal } from '../../src/kernel/fraction';
import { dayNumber } from '../../src/kernel/period';
import { decayHealth, runDecay } from '../../src/seasons/decay/client';
import { valueAt } from '../../src/seasons/decay/decay';
import { at, away, balanceOf, earn, hire, movesOf, season } from './stage';

const ZONE = { timeZone: 'America/New_York' };
const WROTE = at('2024-06-01T00:00:00Z');
const account = (key: string, id = 'S'): string => `agent:${key}:points:Mentorship:${id}`;
const FACTOR = fractionOfDecimal('0.95');
const closed = (points: number, earned: string, day: string): number =>
  Number(
    valueAt([{ day: dayNumber(earned), amount: BigInt(points * 10_000) }], dayNumber(day), FACTOR),
  );

beforeAll(async () => {
  await season('S', { startDay: '2024-07-01', endDay: '2024-07-31', ...ZONE }, WROTE);
});

describe('a night', () => {
  it('falls once however often and late cron fires, from the local day after the award on (DEC-16)', async () => {
    const key = await hire('pat');
    await earn(key, 100, '2024-07-03', at('2024-07-03T12:00:00Z'));
    await runDecay(env, at('2024-07-04T03:07:00Z'));
    expect(await balanceOf(account(key))).toBe(1_000_000);
    for (const hour of ['04', '04', '05', '23'])
      await runDecay(env, at(`2024-07-04T${hour}:07:00Z`));
    expect(await balanceOf(account(key))).toBe(closed(100, '2024-07-03', '2024-07-04'));
    const decays = (await movesOf(account(key))).filter(({ kind }) => kind === 'DECAY');
    expect(decays.map(({ id, amount }) => [id.split('.')[1], amount])).toEqual([
      ['20240704', -50_000],
    ]);
  });

  it('makes up for nights that were missed in one entry with the same result', async () => {
    const key = await hire('lee');
    await earn(key, 100, '2024-07-05', at('2024-07-05T12:00:00Z'));
    await runDecay(env, at('2024-07-12T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(closed(100, '2024-07-05', '2024-07-12'));
    expect(await movesOf(account(key))).toHaveLength(2);
  });

  it('gives back the decay of what was taken back, and catches up with what came late (DEC-16)', async () => {
    const key = await hire('kim');
    await earn(key, 100, '2024-07-12', at('2024-07-12T12:00:00Z'));
    await runDecay(env, at('2024-07-14T10:07:00Z'));
    await earn(key, -100, '2024-07-12', at('2024-07-14T12:00:00Z'));
    await earn(key, 50, '2024-07-10', at('2024-07-14T13:00:00Z'));
    await runDecay(env, at('2024-07-15T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(closed(50, '2024-07-10', '2024-07-15'));
  });

  it('does not fall for who is away, also where that is said afterwards', async () => {
    const key = await hire('sam');
    await earn(key, 100, '2024-07-15', at('2024-07-15T12:00:00Z'));
    await runDecay(env, at('2024-07-18T10:07:00Z'));
    await away(key, [{ from: '2024-07-17', to: '2024-07-20' }], at('2024-07-18T12:00:00Z'));
    await runDecay(env, at('2024-07-19T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(closed(100, '2024-07-15', '2024-07-16'));
    await runDecay(env, at('2024-07-22T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(closed(100, '2024-07-15', '2024-07-18'));
  });

  it('is the last of a season after its last day; what comes late is valued as of then', async () => {
    const key = await hire('max');
    await earn(key, 100, '2024-07-30', at('2024-07-30T12:00:00Z'));
    await runDecay(env, at('2024-08-01T10:07:00Z'));
    const ended = closed(100, '2024-07-30', '2024-07-31');
    expect(await balanceOf(account(key))).toBe(ended);
    await runDecay(env, at('2024-08-09T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(ended);
    await earn(key, -100, '2024-07-30', at('2024-08-09T12:00:00Z'));
    await runDecay(env, at('2024-08-10T10:07:00Z'));
    expect(await balanceOf(account(key))).toBe(0);
  });

  it('that is hours late is told by health', async () => {
    expect((await decayHealth.check(env, at('2024-08-10T12:00:00Z'))).status).toBe('ok');
    expect((await decayHealth.check(env, at('2024-08-11T12:00:00Z'))).status).toBe('late');
  });
});
