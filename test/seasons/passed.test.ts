/**
 * A destination that is switched off while a reset tells it: the run waits and says so, goes on when
 * it is switched on, and ends where an operator gives its deliveries up or nobody names it any more.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DESTINATION_KIND, type Destination } from '../../src/delivery/destination';
import { readDestination } from '../../src/delivery/store';
import { readLatest } from '../../src/ledger/store';
import { resetHealth } from '../../src/seasons/reset/client';
import { readRuns } from '../../src/seasons/reset/store';
import { SEASON_KIND } from '../../src/seasons/season';
import { Network } from '../delivery/network';
import { makeKey, send } from '../http/caller';
import { at, put } from './stage';
import {
  attributesOf,
  currentOf,
  Play,
  platform,
  type Quarter,
  quarter,
  seasonStub,
} from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const SWITCHED_OFF = '2031-10-01T00:05:00Z';
const WINDOW = { maintenanceWindow: { start: '02:00', minutes: 2 } };
const updates = () => network.seen.filter(({ method }) => method === 'PATCH');

async function turned(id: string, enabled: boolean, now: string): Promise<void> {
  const known = await readDestination(env.DB, id);
  await put(DESTINATION_KIND, id, { ...(known?.content as Destination), enabled }, at(now));
}

/** The season that opens names these destinations and no others from now on. */
async function naming({ next }: Quarter, destinations: readonly string[]): Promise<void> {
  const known = await readLatest<object>(env.DB, SEASON_KIND, next);
  await put(SEASON_KIND, next, { ...known?.content, destinations }, at('2031-10-01T03:00:00Z'));
}

/** Cron and objects before the window and through it. */
async function night({ play }: Quarter, day: string): Promise<void> {
  await play.step(`2031-10-${day}T00:10:00`, `2031-10-${day}T00:11:00`);
  await play.step(`2031-10-${day}T02:00:00`, `2031-10-${day}T02:02:30`);
}

const lastRun = async ({ id }: Quarter) => (await readRuns(env.DB, id)).at(-1);

const waitsIn = async ({ id, play }: Quarter): Promise<string[]> => {
  const { detail } = await resetHealth.check(env, play.now);
  return (detail as { switchedOff: string[] }).switchedOff.filter((one) => one.startsWith(id));
};

/** What subscribers hear of a run that waits, oldest first. */
const waitsToldOf = async ({ id }: Quarter) =>
  (
    await env.DB.prepare(
      "SELECT content FROM notices WHERE kind = 'season.reset.waits' AND subject = ?1 ORDER BY at",
    )
      .bind(`season:${id}`)
      .all<{ content: string }>()
  ).results.map(({ content }) => JSON.parse(content) as Record<string, unknown>);

async function reconciled({ id }: Quarter): Promise<Record<string, unknown>> {
  const { key } = await makeKey(['viewer']);
  const { body } = await send('GET', `/v1/seasons/${id}/reconciliation`, { key });
  const [run] = body.runs as Record<string, unknown>[];
  return run ?? {};
}

async function abandonAll({ id }: Quarter, destination: string): Promise<void> {
  const { key } = await makeKey(['payroll']);
  const progress = await seasonStub(id).progress();
  const told = (progress?.openBatches ?? []).flatMap(({ deliveries }) => deliveries);
  for (const { id: delivery } of told.filter((one) => one.destination === destination)) {
    const body = { reason: 'the platform is being moved' };
    const given = await send('POST', `/v1/deliveries/${delivery}/abandon`, { key, body });
    expect(given.status).toBe(200);
  }
}

/** A reset whose platform was switched off, and whose deliveries an operator has given up. */
async function abandoned(): Promise<Quarter> {
  const stage = await quarter([0, 3000], WINDOW);
  await stage.play.step('2031-10-01T00:00:30', '2031-10-01T00:01:00');
  await turned(stage.destination, false, SWITCHED_OFF);
  await night(stage, '01');
  await abandonAll(stage, stage.destination);
  return stage;
}

it('the run waits and says for which, and goes on when it is switched on again', async () => {
  const stage = await quarter([0, 3000], WINDOW);
  const { id, next, destination, agents } = stage;
  await stage.play.step('2031-10-01T00:00:30', '2031-10-01T00:01:00');
  await turned(destination, false, SWITCHED_OFF);
  await night(stage, '01');
  await night(stage, '02');
  expect(await currentOf(stage)).toMatchObject({
    phase: 'APPLY',
    waitsFor: [destination],
    switchedOff: [{ destination, since: '2031-10-01T00:05:00.000Z' }],
  });
  expect(await waitsIn(stage)).toEqual([`${id} RESET ${destination}`]);
  expect([(await lastRun(stage))?.endedAt, updates()]).toEqual([null, []]);
  // Once for each time it is switched off, however often cron fires or it is written.
  const told = {
    ...{ seasonId: id, nextSeasonId: next, run: `${id}.0001`, destination },
    ...{ reason: 'SWITCHED_OFF', since: '2031-10-01T00:05:00.000Z' },
  };
  await turned(destination, false, '2031-10-02T11:00:00Z');
  await stage.play.step('2031-10-02T11:05:00');
  expect(await waitsToldOf(stage)).toEqual([told]);
  await turned(destination, true, '2031-10-02T11:30:00Z');
  await turned(destination, false, '2031-10-02T11:40:00Z');
  await stage.play.step('2031-10-02T11:45:00');
  const again = { ...told, since: '2031-10-02T11:40:00.000Z' };
  expect(await waitsToldOf(stage)).toEqual([told, again]);
  await turned(destination, true, '2031-10-02T12:00:00Z');
  expect(await currentOf(stage)).toMatchObject({ switchedOff: [] });
  await night(stage, '03');
  expect((await lastRun(stage))?.report).toMatchObject({ expected: 2, applied: 2, differing: 0 });
  expect(attributesOf(network, agents[1]?.user ?? '').reset_applied_season).toBe(next);
  expect(await waitsIn(stage)).toEqual([]);
});

it('the run ends when an operator gives its deliveries up, and nothing is sent afterwards', async () => {
  const stage = await abandoned();
  const { destination, agents } = stage;
  await night(stage, '02');
  expect(await reconciled(stage)).toMatchObject({
    state: 'DONE',
    expected: 2,
    applied: 0,
    differing: 2,
    uncertain: 2,
    passedOver: [{ destination, reason: 'abandoned', agents: 2 }],
    differences: agents.map((agent) => ({
      agentId: agent.id,
      destination,
      fields: [],
      reason: 'abandoned',
    })),
  });
  await turned(destination, true, '2031-10-02T12:00:00Z');
  await night(stage, '03');
  expect(updates()).toEqual([]);
});

it('what a platform that is on holds all the same is applied, and what it does not is not told again', async () => {
  const stage = await abandoned();
  const { destination, agents } = stage;
  await turned(destination, true, '2031-10-01T12:00:00Z');
  // Somebody has typed in what one of them was to have.
  const [batch] = (await seasonStub(stage.id).progress())?.openBatches ?? [];
  const [typed] = batch?.expected ?? [];
  network
    .shelf('genesys')
    .put('users', typed?.userId ?? '', { customAttributes: typed?.attributes ?? {} });
  await night(stage, '02');
  const report = (await lastRun(stage))?.report;
  expect(report).toMatchObject({ applied: 1, differing: 1, uncertain: 0, retried: 0 });
  expect(report?.differences).toMatchObject([{ reason: 'abandoned', destination }]);
  expect(report?.differences[0]?.fields).toContain('reset_applied_season');
  expect(agents.map(({ key }) => key)).toContain(report?.differences[0]?.agentKey);
  expect(updates()).toEqual([]);
});

it('the run ends when neither season nor policy names it, and the others are told', async () => {
  const found = await quarter([0, 3000], WINDOW);
  const { id, next, destination, agents } = found;
  const other = `${destination}-other`;
  const play = new Play(found.play.now, [id, next], [destination, other]);
  const stage = { ...found, play };
  await platform(other, 'cxone');
  const season = await readLatest<object>(env.DB, SEASON_KIND, id);
  const both = { ...season?.content, destinations: [destination, other] };
  await put(SEASON_KIND, id, both, at('2031-09-01T00:00:00Z'));
  await play.step('2031-10-01T00:00:30', '2031-10-01T00:01:00');
  await turned(other, false, SWITCHED_OFF);
  await night(stage, '01');
  expect(await currentOf(stage)).toMatchObject({ switchedOff: [{ destination: other }] });
  // One is told all the same, and only the end waits for the other.
  expect(attributesOf(network, agents[1]?.user ?? '').reset_applied_season).toBe(next);
  await naming(stage, [destination]);
  await night(stage, '02');
  const ended = await lastRun(stage);
  expect(ended?.endedAt).not.toBeNull();
  expect(ended?.report).toMatchObject({ expected: 4, applied: 2, differing: 2, uncertain: 2 });
  expect(ended?.report?.passed).toEqual([{ destination: other, reason: 'not-named', agents: 2 }]);
  // Its queue still holds what it was to be told, and the run is over.
  const before = network.seen.length;
  await turned(other, true, '2031-10-02T12:00:00Z');
  await night(stage, '03');
  const late = network.seen.slice(before).filter(({ method }) => method !== 'GET');
  expect(late).toEqual([]);
});

it('who was told already and is switched off before it is surveyed is waited for, or left by name', async () => {
  const stage = await quarter([3000], WINDOW);
  const { destination } = stage;
  network.instead = ({ method, url }) => {
    const isSurvey = method === 'GET' && new URL(url).search.includes('pageSize');
    return isSurvey ? Response.json({}, { status: 503 }) : null;
  };
  await night(stage, '01');
  expect(await currentOf(stage)).toMatchObject({ phase: 'RECONCILE', applied: 1 });
  await turned(destination, false, '2031-10-01T03:00:00Z');
  await night(stage, '02');
  expect(await currentOf(stage)).toMatchObject({ switchedOff: [{ destination }] });
  await naming(stage, []);
  await night(stage, '03');
  expect((await lastRun(stage))?.report).toMatchObject({ applied: 1, differing: 0 });
  // It was waited for until nobody named it.
  expect(await waitsToldOf(stage)).toMatchObject([{ destination }]);
});
