/**
 * What a run waits for: the view, the notices and health name the same destinations, with the same
 * reason, and none that the run has nothing to do with.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SEASON_KIND } from '../../src/calendar/season';
import { readRuns } from '../../src/seasons/reset/store';
import { readSeasons } from '../../src/seasons/store';
import { Network } from '../delivery/network';
import { makeKey, send } from '../http/caller';
import { at, put, season } from './stage';
import { currentOf, Play, platform, type Quarter, quarter, seasonStub } from './theatre';
import { asOne, healthOf, type Line, shownOf, toldOf, turned } from './waiting';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  vi.useRealTimers();
});

const OFF = '2031-09-30T20:00:00Z';
const SINCE = '2031-09-30T20:00:00.000Z';

/** Resets that each have a cold storage of their own, some minutes after their seasons' end. */
async function archiving(coldStorages: readonly string[]): Promise<Line[]> {
  const quarters: Quarter[] = [];
  for (const coldStorage of coldStorages) quarters.push(await quarter([100], { coldStorage }));
  const ids = quarters.flatMap(({ id, next }) => [id, next]);
  const destinations = quarters.map(({ destination }) => destination);
  const now = Math.max(...quarters.map(({ play }) => play.now));
  const play = new Play(now, ids, [...destinations, ...coldStorages]);
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await play.step('2031-10-01T00:25:00', '2031-10-01T00:26:00');
  await play.step('2031-10-01T00:30:00', '2031-10-01T00:31:00');
  return quarters.map(({ id }) => ({ id, play }));
}

it('a reset that waits for cold storage says so once, and why', async () => {
  network.instead = ({ method, url }) =>
    method === 'POST' && url.includes('strict') ? Response.json({}, { status: 400 }) : null;
  await platform('cold-off', 'webhook');
  await turned('cold-off', false, OFF);
  await platform('cold-seed', 'seed');
  const strict = 'strict.webhook.example.com';
  await platform('cold-strict', 'webhook', { url: `https://${strict}`, hosts: [strict] });
  const all = ['cold-off', 'cold-unknown', 'cold-seed', 'cold-strict'];
  const [off, unknown, seed, strictly] = (await archiving(all)) as [Line, Line, Line, Line];
  await asOne(off, ['cold-off SWITCHED_OFF']);
  expect(await shownOf(off)).toEqual([`cold-off SWITCHED_OFF ${SINCE}`]);
  await asOne(unknown, ['cold-unknown NOT_CONFIGURED']);
  // Nothing is staged: how many windows it takes is not known.
  expect(await currentOf(unknown)).toMatchObject({ phase: 'ARCHIVE', estimatedWindows: null });
  await asOne(seed, ['cold-seed CANNOT_BE_TOLD']);
  await asOne(strictly, ['cold-strict EXPORT_REJECTED']);
  // It goes on when it is switched on, and when a person skips the export.
  await seasonStub(seed.id).skipExport(seed.id, seed.play.now);
  expect(await shownOf(seed)).toEqual([]);
  await turned('cold-off', true, '2031-10-01T00:40:00Z');
  await off.play.step('2031-10-01T00:45:00', '2031-10-01T00:50:00');
  expect(await currentOf(off)).toMatchObject({ phase: 'APPLY', waits: [], switchedOff: [] });
  expect(await healthOf(off)).toEqual([]);
  for (const { id } of [unknown, strictly]) {
    await seasonStub(id).skipExport(id, off.play.now);
    await off.play.work(off.play.now);
  }
});

/** `<destination> <reason>` at an instant of the first night. */
async function shownAt(line: Line, time: string): Promise<string[]> {
  line.play.now = at(time);
  return (await shownOf(line)).map((one) => one.split(' ').slice(0, 2).join(' '));
}

it('what nobody names is waited for by nobody, from the moment on that it is switched off', async () => {
  const line = await quarter([100]);
  const { id, next, destination, play } = line;
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await turned(destination, false, '2031-10-01T00:30:00Z');
  expect(await shownAt(line, '2031-10-01T00:31:00Z')).toEqual([`${destination} SWITCHED_OFF`]);
  const known = (await readSeasons(env.DB, play.now)).find((one) => one.id === next);
  if (known === undefined) throw new Error(`${id} has no successor`);
  const { id: _, span: __, version: ___, ...content } = known;
  await put(SEASON_KIND, next, { ...content, destinations: [] }, play.now);
  expect(await shownAt(line, '2031-10-01T00:32:00Z')).toEqual([]);
});

it('what is given skills alone and was off before the run is waited for by nobody', async () => {
  await platform('skills-off', 'genesys-cloud', { settings: { schemaId: 'schema-1' } });
  await turned('skills-off', false, OFF);
  const skills = [{ destination: 'skills-off', platform: 'genesys', skillIds: {} }];
  await put('routing-policy', 'policy', { skills }, at(OFF));
  const line = await quarter([100]);
  await line.play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await line.play.step('2031-10-01T00:30:00', '2031-10-01T00:31:00');
  expect(await currentOf(line)).toMatchObject({ phase: 'APPLY' });
  await asOne(line, []);
  await line.play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
  expect((await readRuns(env.DB, line.id)).at(-1)?.endedAt).not.toBeNull();
  await put('routing-policy', 'policy', { skills: [] }, at('2031-10-01T03:00:00Z'));
});

it('an end of grace that waits for a destination tells it as season.grace.waits', async () => {
  const { id, next, destination, play } = await quarter([6000], { graceDays: 1 });
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
  expect((await readRuns(env.DB, id)).at(-1)?.endedAt).not.toBeNull();
  await turned(destination, false, '2031-10-01T20:00:00Z');
  await play.step('2031-10-02T00:10:00', '2031-10-02T00:20:00');
  await play.step('2031-10-02T00:30:00', '2031-10-02T00:31:00');
  const since = '2031-10-01T20:00:00.000Z';
  const line = { id: next, play };
  expect(await toldOf(line)).toEqual([`season.grace.waits ${destination} SWITCHED_OFF ${since}`]);
  expect(await healthOf(line)).toEqual([`${destination} SWITCHED_OFF`]);
  expect(await shownOf(line)).toEqual([`${destination} SWITCHED_OFF ${since}`]);
  expect(await toldOf({ id, play })).toEqual([]);
});

/** `<wave> <key> <what it waits for>` of what was accepted and has not begun. */
async function askedAt({ id }: Pick<Quarter, 'id'>, now: string): Promise<string[]> {
  vi.setSystemTime(at(now));
  const { key } = await makeKey(['viewer']);
  const { body } = await send('GET', `/v1/seasons/${id}/reset`, { key });
  vi.useRealTimers();
  return (body.asked as Record<string, string>[]).map(
    ({ wave, idempotency_key, waitsFor }) => `${wave} ${idempotency_key} ${waitsFor}`,
  );
}

describe('what was accepted and has not begun is shown with what it waits for', () => {
  it('a reset that waits for the last night of its season', async () => {
    // Its last night is posted by cron, which has not come yet.
    const { id, play } = await quarter([100], { decay: { factor: '0.98' } });
    expect(await askedAt({ id }, '2031-10-01T00:04:00Z')).toEqual([]);
    vi.setSystemTime(at('2031-10-01T00:05:00Z'));
    const { key } = await makeKey(['author']);
    const body = { idempotency_key: 'of-a-person' };
    expect((await send('POST', `/v1/seasons/${id}/reset`, { key, body })).status).toBe(202);
    expect(await askedAt({ id }, '2031-10-01T00:06:00Z')).toEqual(['RESET of-a-person LAST_NIGHT']);
    await play.step('2031-10-01T00:15:00', '2031-10-01T00:25:00');
    expect(await askedAt({ id }, '2031-10-01T00:26:00Z')).toEqual([]);
    expect(await currentOf({ id })).toMatchObject({ idempotency_key: 'of-a-person' });
  });

  it('a reset behind that of the season before, and a wave behind a run', async () => {
    const { id, next, group, category, destination, play } = await quarter([6000]);
    const dates = { startDay: '2031-10-01', endDay: '2031-10-01' };
    const short = { ...dates, categories: [category], target_groups: [group] };
    await season(next, { ...short, destinations: [destination] }, at('2031-06-01T00:00:00Z'));
    await play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
    const grace = { season: next, wave: 'GRACE', key: 'g', by: 'cron', groups: [] } as const;
    const stub = seasonStub(next);
    const instant = at('2031-10-01T00:00:00Z');
    await stub.trigger({ ...grace, instant }, [], at('2031-10-01T00:21:00Z'));
    const reset = {
      ...grace,
      wave: 'RESET',
      key: 'r',
      instant: at('2031-10-02T00:00:00Z'),
    } as const;
    await stub.trigger(reset, [], at('2031-10-02T00:01:00Z'));
    const behind = ['GRACE g SEASON_BEFORE', 'RESET r RUN_BEFORE'];
    expect(await askedAt({ id: next }, '2031-10-02T00:02:00Z')).toEqual(behind);
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:10:00');
    await play.step('2031-10-02T02:15:00', '2031-10-02T02:20:00');
    expect((await readRuns(env.DB, id)).at(-1)?.endedAt).not.toBeNull();
    expect(await askedAt({ id: next }, '2031-10-02T02:21:00Z')).toEqual([]);
  });
});
