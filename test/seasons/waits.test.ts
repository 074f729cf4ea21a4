/**
 * What a run waits for: the view, the notices and health name the same destinations, with the same
 * reason, and none that the run has nothing to do with.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
afterEach(() => network.remove());

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

const shownOf = async (line: Line): Promise<string[]> =>
  ((await currentOf(line)).waits as Record<string, string>[]).map(
    ({ destination, reason, since }) => `${destination} ${reason} ${since}`,
  );

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
