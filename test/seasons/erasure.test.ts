/** A person is forgotten while a reset is under way: what the season's object and a seat hold of them. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { forgetting } from '../../src/compose';
import type { SeasonMethods } from '../../src/seasons/reset/object';
import { readRuns } from '../../src/seasons/reset/store';
import { Network } from '../delivery/network';
import { ask, seatOf } from '../routing/desk';
import { at } from './stage';
import { type Actor, attributesOf, quarter, seasonStub } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

/** Everything that an object keeps, as text. */
const heldBy = (stub: unknown): Promise<string> =>
  runInDurableObject(stub as DurableObjectStub, (_, state) =>
    JSON.stringify([...state.storage.kv.list()]),
  );

const forget = ({ id, user, key }: Actor): Promise<void> =>
  forgetting.forgetHeld(
    env as never,
    { agentKey: key, words: [id, user] },
    at('2031-10-01T01:00:00Z'),
  );

it('a reset goes on without an agent who is erased before the window, and names them nowhere', async () => {
  const { id, agents, play } = await quarter([4250, 0, 0]);
  const [gone, other, third] = agents;
  if (gone === undefined || other === undefined || third === undefined) throw new Error('three');
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
  expect(await heldBy(seasonStub(id))).toContain(gone.user);
  await seatOf(gone.key).decide({
    ...ask(gone.key, at('2031-10-01T00:40:00Z')),
    interactionId: 'before',
    resetApplied: null,
  });
  expect(await heldBy(seatOf(gone.key))).not.toBe('[]');
  await forget(gone);
  expect(await heldBy(seatOf(gone.key))).toBe('[]');
  const held = await heldBy(seasonStub(id));
  for (const word of [gone.id, gone.user]) expect(held).not.toContain(word);
  for (const { user } of [other, third]) expect(held).toContain(user);
  // What was ordered of them is emptied with the rest of their traces; the batch is told anew.
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
  const report = (await readRuns(env.DB, id)).at(-1)?.report;
  expect(report).toMatchObject({ expected: 2, applied: 2, differing: 0 });
  expect(attributesOf(network, other.user).active_tier).toBe('BRONZE');
  expect(JSON.stringify(report)).not.toContain(gone.id);
});

it('what was ordered of a batch and emptied with one person is told anew of all the others', async () => {
  const { id, agents, destination, play } = await quarter([4250, 0]);
  const [gone, other] = agents;
  if (gone === undefined || other === undefined) throw new Error('two');
  network.instead = ({ method }) =>
    method === 'PATCH' ? Response.json({}, { status: 503 }) : null;
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:01:00');
  await forget(gone);
  await env.DB.prepare('UPDATE deliveries SET content = NULL, salt = NULL WHERE destination = ?1')
    .bind(destination)
    .run();
  network.instead = () => null;
  await env.DESTINATIONS.getByName(destination).resume(at('2031-10-01T02:10:00Z'));
  await play.step('2031-10-01T02:10:00', '2031-10-01T02:12:00');
  const report = (await readRuns(env.DB, id)).at(-1)?.report;
  expect(attributesOf(network, other.user).active_tier).toBe('BRONZE');
  expect(report).toMatchObject({ expected: 1, applied: 1, differing: 0 });
  expect(report?.passed).toBeUndefined();
});

it('a turn that is under way when somebody is erased does not bring them back', async () => {
  const { id, agents, play } = await quarter([4250, 0]);
  const [gone, other] = agents;
  if (gone === undefined || other === undefined) throw new Error('two');
  const silent = (url: string): boolean => url.includes('users') && !url.includes(other.user);
  network.instead = ({ method }) => (method === 'GET' ? Response.json({}, { status: 503 }) : null);
  await play.step('2031-10-01T00:10:00', '2031-10-01T00:30:00');
  await play.step('2031-10-01T02:00:00', '2031-10-01T02:00:20');
  network.instead = ({ method, url }) =>
    method === 'GET' && silent(url) ? Response.json({}, { status: 503 }) : null;
  const now = at('2031-10-01T02:01:00Z');
  const stub = seasonStub(id) as unknown as DurableObjectStub;
  await runInDurableObject(stub, async (object) => {
    const season = object as unknown as SeasonMethods & { due(at: number): Promise<number | null> };
    const turn = season.due(now);
    // It has read its state, and waits for D1.
    for (let tick = 0; tick < 5; tick += 1) await Promise.resolve();
    await Promise.all([turn, season.forgetAgent(gone.key, now)]);
  });
  expect(await heldBy(seasonStub(id))).not.toContain(gone.user);
  network.instead = () => null;
  await play.step('2031-10-01T02:02:00', '2031-10-01T02:03:00');
  const report = (await readRuns(env.DB, id)).at(-1)?.report;
  expect(report).toMatchObject({ expected: 1, applied: 1, differing: 0 });
});
