/**
 * What a run waits for: the view, the notices and health name the same destinations, with the same
 * reason, and none that the run has nothing to do with.
 */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DESTINATION_KIND, type Destination } from '../../src/delivery/destination';
import { readDestination } from '../../src/delivery/store';
import { resetHealth } from '../../src/seasons/reset/client';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { at, put } from './stage';
import { currentOf, Play, platform, type Quarter, quarter, seasonStub } from './theatre';

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

async function turned(id: string, enabled: boolean, now: string): Promise<void> {
  const known = await readDestination(env.DB, id);
  await put(DESTINATION_KIND, id, { ...(known?.content as Destination), enabled }, at(now));
}

type Line = Pick<Quarter, 'id'> & { readonly play: Play };

/** `<destination> <reason>` as health has it. */
async function healthOf({ id, play }: Line): Promise<string[]> {
  const { detail } = await resetHealth.check(env, play.now);
  const { waits } = detail as { waits: string[] };
  return waits.flatMap((line) => {
    const [of, , destination, reason] = line.split(' ');
    return of === id ? [`${destination} ${reason}`] : [];
  });
}

/** `<kind> <destination> <reason> <since>` as subscribers hear it. */
const toldOf = async ({ id }: Line): Promise<string[]> =>
  (
    await env.DB.prepare(
      "SELECT kind, content FROM notices WHERE kind LIKE 'season.%.waits' AND subject = ?1 ORDER BY at, id",
    )
      .bind(`season:${id}`)
      .all<{ kind: string; content: string }>()
  ).results.map(({ kind, content }) => {
    const { destination, reason, since } = JSON.parse(content) as Record<string, string>;
    return `${kind} ${destination} ${reason} ${since}`;
  });

/** `<destination> <reason> <since>` as the view has it at the time that is played. */
async function shownOf(line: Line): Promise<string[]> {
  vi.setSystemTime(line.play.now);
  const { waits } = await currentOf(line);
  vi.useRealTimers();
  return (waits as Record<string, string>[]).map(
    ({ destination, reason, since }) => `${destination} ${reason} ${since}`,
  );
}

async function asOne(line: Line, expected: readonly string[]): Promise<void> {
  const shown = await shownOf(line);
  expect(shown.map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(expected);
  expect(await healthOf(line)).toEqual(expected);
  expect(await toldOf(line)).toEqual(shown.map((one) => `season.reset.waits ${one}`));
}

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
    await asOne(await archiving('cold-unknown'), ['cold-unknown NOT_CONFIGURED']);
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

const WINDOW = { maintenanceWindow: { start: '02:00', minutes: 2 } };
const hasEnded = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.endedAt !== null;
const reportOf = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.report;

/** Cron and objects before the window and through it. */
async function night({ play }: Line, day: string): Promise<void> {
  await play.step(`2031-10-${day}T00:10:00`, `2031-10-${day}T00:11:00`);
  await play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:02:30`);
}

/** Questions whose address has this in it are answered so. */
const answers = (part: string, status: number): void => {
  network.instead = ({ method, url }) =>
    method === 'GET' && url.includes(part) ? Response.json({}, { status }) : null;
};

const dueAt = (id: string, now: number) =>
  (seasonStub(id) as unknown as { due(now: number): Promise<number | null> }).due(now);

describe('a platform that was told and does not answer what it holds', () => {
  it('is named, and after a day its agents are reported as not read and the run ends', async () => {
    answers('example.com', 401);
    const line = await quarter([0, 3000], WINDOW);
    const { id, destination, agents, play } = line;
    await night(line, '01');
    expect(await shownOf(line)).toEqual([]);
    for (const time of ['02:20:00', '02:25:00', '20:00:00']) {
      await play.step(`2031-10-01T${time}`);
      await asOne(line, [`${destination} NOT_READ`]);
    }
    await play.step('2031-10-02T01:59:00', '2031-10-02T01:59:30');
    expect(await hasEnded(line)).toBe(false);
    // Whoever is asked twice at once, or broken off, says the same.
    await Promise.allSettled([dueAt(id, play.now), dueAt(id, play.now)]);
    await night(line, '02');
    expect(await hasEnded(line)).toBe(true);
    const report = await reportOf(line);
    expect(report).toMatchObject({ expected: 2, applied: 0, differing: 2, uncertain: 2 });
    expect(report?.passed).toEqual([{ destination, reason: 'not-read', agents: 2 }]);
    const unread = agents.map(({ key: agentKey }) => agentKey).toSorted();
    expect(report?.differences.map(({ agentKey }) => agentKey).toSorted()).toEqual(unread);
    expect(report?.differences).toMatchObject([{ reason: 'not-read' }, { reason: 'not-read' }]);
    expect(network.seen.filter(({ method }) => method === 'PATCH').length).toBe(2);
  });

  it('is believed when it answers within the day, and the day begins anew afterwards', async () => {
    answers('example.com', 503);
    const line = await quarter([0, 3000], WINDOW);
    await night(line, '01');
    await line.play.step('2031-10-01T20:00:00', '2031-10-01T20:01:00');
    network.instead = () => null;
    await night(line, '02');
    expect(await reportOf(line)).toMatchObject({ applied: 2, differing: 0 });
    expect((await reportOf(line))?.passed).toBeUndefined();
    expect(await hasEnded(line)).toBe(true);
  });

  it('for one agent alone is reported of that one', async () => {
    const line = await quarter([0, 3000, 100], WINDOW);
    answers(String(line.agents[1]?.user), 500);
    await night(line, '01');
    await night(line, '02');
    await night(line, '03');
    const report = await reportOf(line);
    expect(report).toMatchObject({ expected: 3, applied: 2, differing: 1, uncertain: 1 });
    expect(report?.differences).toMatchObject([{ agentKey: line.agents[1]?.key }]);
  });

  it('is counted anew by an object that was lost, and the run ends with the same report', async () => {
    answers('example.com', 401);
    const line = await quarter([0, 3000], WINDOW);
    const { destination, id } = line;
    await night(line, '01');
    const stub = seasonStub(id) as unknown as DurableObjectStub;
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
    for (const day of ['02', '03', '04']) await night(line, day);
    expect(await hasEnded(line)).toBe(true);
    const report = await reportOf(line);
    expect(report).toMatchObject({ expected: 2, applied: 0, differing: 2, uncertain: 2 });
    expect(report?.passed).toEqual([{ destination, reason: 'not-read', agents: 2 }]);
  });

  it('that only cannot be surveyed is passed over after a day, and what was read of it stands', async () => {
    answers('pageSize', 503);
    const line = await quarter([3000], WINDOW);
    const { destination, play } = line;
    await night(line, '01');
    await play.step('2031-10-01T02:30:00', '2031-10-01T02:31:00');
    await asOne(line, [`${destination} NOT_READ`]);
    await play.step('2031-10-02T02:00:00', '2031-10-02T02:30:00');
    expect(await hasEnded(line)).toBe(true);
    const report = await reportOf(line);
    expect(report).toMatchObject({ applied: 1, differing: 0 });
    expect(report?.passed).toEqual([{ destination, reason: 'not-read', agents: 0 }]);
  });

  it('does not run out of its day while it is switched off', async () => {
    answers('pageSize', 503);
    const line = await quarter([3000], WINDOW);
    const { destination, play } = line;
    await night(line, '01');
    await turned(destination, false, '2031-10-01T03:00:00Z');
    await night(line, '02');
    await night(line, '03');
    expect(await shownOf(line)).toMatchObject([expect.stringContaining('SWITCHED_OFF')]);
    await turned(destination, true, '2031-10-03T12:00:00Z');
    await play.step('2031-10-03T12:05:00', '2031-10-03T12:30:00');
    expect(await hasEnded(line)).toBe(false);
    await play.step('2031-10-04T12:00:00', '2031-10-04T12:30:00');
    expect(await hasEnded(line)).toBe(true);
  });

  it('lets an end of grace go on as well', async () => {
    const { id, next, destination, play } = await quarter([6000], { ...WINDOW, graceDays: 1 });
    const line = { id: next, play };
    await night({ id, play }, '01');
    expect(await hasEnded({ id, play })).toBe(true);
    answers('example.com', 401);
    for (const day of ['02', '03']) await night(line, day);
    await play.step('2031-10-03T02:30:00');
    expect((await toldOf(line))[0]).toContain(`season.grace.waits ${destination} NOT_READ`);
    await night(line, '04');
    expect(await hasEnded(line)).toBe(true);
    expect((await reportOf(line))?.passed).toMatchObject([{ reason: 'not-read' }]);
  });
});
