/**
 * What a run waits for: the view, the notices and health name the same destinations, with the same
 * reason, and none that the run has nothing to do with.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
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

/** A reset with a cold storage, some minutes after its season's end. */
async function archiving(coldStorage: string): Promise<Line & { readonly play: Play }> {
  const { id, next, destination, play } = await quarter([100], { coldStorage });
  const line = { id, play: new Play(play.now, [id, next], [destination, coldStorage]) };
  await line.play.step('2031-10-01T00:10:00', '2031-10-01T00:20:00');
  await line.play.step('2031-10-01T00:25:00', '2031-10-01T00:26:00');
  await line.play.step('2031-10-01T00:30:00', '2031-10-01T00:31:00');
  return line;
}

describe('a reset that waits for cold storage says so once', () => {
  it('that is switched off, and goes on when it is switched on', async () => {
    await platform('cold-off', 'webhook');
    await turned('cold-off', false, OFF);
    const line = await archiving('cold-off');
    await asOne(line, ['cold-off SWITCHED_OFF']);
    expect(await shownOf(line)).toEqual([`cold-off SWITCHED_OFF ${SINCE}`]);
    await turned('cold-off', true, '2031-10-01T00:40:00Z');
    await line.play.step('2031-10-01T00:45:00', '2031-10-01T00:50:00');
    expect(await currentOf(line)).toMatchObject({ phase: 'APPLY', waits: [], switchedOff: [] });
    expect(await healthOf(line)).toEqual([]);
  });

  it('that nobody has written', async () => {
    const line = await archiving('cold-unknown');
    await asOne(line, ['cold-unknown NOT_CONFIGURED']);
    // Nothing is staged: how many windows it takes is not known.
    expect(await currentOf(line)).toMatchObject({ phase: 'ARCHIVE', estimatedWindows: null });
  });

  it('that takes no archives, until a person skips the export', async () => {
    await platform('cold-seed', 'seed');
    const line = await archiving('cold-seed');
    await asOne(line, ['cold-seed CANNOT_BE_TOLD']);
    await seasonStub(line.id).skipExport(line.id, line.play.now);
    expect(await shownOf(line)).toEqual([]);
  });

  it('that has rejected the archive', async () => {
    network.instead = ({ method, url }) =>
      method === 'POST' && url.includes('webhook') ? Response.json({}, { status: 400 }) : null;
    await platform('cold-strict', 'webhook');
    await asOne(await archiving('cold-strict'), ['cold-strict EXPORT_REJECTED']);
  });
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
