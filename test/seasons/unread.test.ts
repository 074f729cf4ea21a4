/**
 * A platform that was told and does not answer what it holds: it is named, and after a day the run
 * goes on without it.
 */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { quarter, seasonStub } from './theatre';
import { asOne, type Line, shownOf, toldOf, turned } from './waiting';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => {
  network.remove();
  vi.useRealTimers();
});

const WINDOW = { maintenanceWindow: { start: '02:00', minutes: 2 } };
const hasEnded = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.endedAt !== null;
const reportOf = async ({ id }: Line) => (await readRuns(env.DB, id)).at(-1)?.report;

/** Cron and objects before the window and through it. */
async function night({ play }: Line, day: string): Promise<void> {
  await play.step(`2031-10-${day}T00:10:00`, `2031-10-${day}T00:11:00`);
  await play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:00:40`);
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
    for (const time of ['02:20:00', '20:00:00']) {
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

  it('is polled and not asked at once for ever, where nothing that was ordered is left', async () => {
    answers('example.com', 503);
    const line = await quarter([3000], WINDOW);
    const { id, play } = line;
    await night(line, '01');
    await runInDurableObject(seasonStub(id) as unknown as DurableObjectStub, (_, { storage }) => {
      const [[key, batch] = ['', {}]] = [...storage.kv.list<object>({ prefix: 'batch:' })];
      storage.kv.put(key, { ...batch, deliveries: [] });
    });
    expect((await seasonStub(id).progress())?.openBatches).toMatchObject([{ deliveries: [] }]);
    expect(await dueAt(id, play.now)).toBeGreaterThan(play.now);
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

  it('that only cannot be surveyed is passed over after a day, and what was read of it stands', async () => {
    answers('pageSize', 503);
    const line = await quarter([3000], WINDOW);
    const { destination, play } = line;
    await night(line, '01');
    await play.step('2031-10-01T02:30:00', '2031-10-01T02:31:00');
    await asOne(line, [`${destination} NOT_READ`]);
    await play.step('2031-10-02T02:01:00', '2031-10-02T02:03:00');
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
    await play.step('2031-10-03T12:05:00', '2031-10-03T12:07:00');
    expect(await hasEnded(line)).toBe(false);
    await play.step('2031-10-04T12:10:00', '2031-10-04T12:12:00');
    expect(await hasEnded(line)).toBe(true);
  });

  it('lets an end of grace go on as well, also where its object was lost meanwhile', async () => {
    const { id, next, destination, play } = await quarter([6000], { ...WINDOW, graceDays: 1 });
    const line = { id: next, play };
    await night({ id, play }, '01');
    expect(await hasEnded({ id, play })).toBe(true);
    answers('example.com', 401);
    for (const day of ['02', '03']) await night(line, day);
    const stub = seasonStub(next) as unknown as DurableObjectStub;
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll());
    await play.step('2031-10-03T02:01:00', '2031-10-03T02:01:20');
    await play.step('2031-10-03T02:30:00');
    expect((await toldOf(line))[0]).toContain(`season.grace.waits ${destination} NOT_READ`);
    await night(line, '04');
    expect(await hasEnded(line)).toBe(true);
    expect((await reportOf(line))?.passed).toMatchObject([{ reason: 'not-read' }]);
  });
});
