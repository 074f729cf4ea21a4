/** A delivery of several requests: each is answered once, and one that is refused stops no other. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { orderDeliveries } from '../../src/delivery/client';
import { renderRequest } from '../../src/delivery/connectors/connector';
import type { Destination } from '../../src/delivery/destination';
import { deliveryIdOf, deliveryRow, type Intent } from '../../src/delivery/intent';
import { readOutcomes } from '../../src/delivery/store';
import { commit } from '../../src/ledger/client';
import { makeKey, send } from '../http/caller';
import { destinationOf, keep, MINUTE, NOON, outcomesOf, SECOND, turn, work } from './depot';
import { Network } from './network';

let network: Network;
let number = 0;

beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

/** Orders one delivery that updates so many users. */
async function ordered(count: number, more: Partial<Destination> = {}) {
  number += 1;
  const id = `platform-${number}`;
  const destination = destinationOf('seed', 'https://genesys.example.com', more);
  await keep(id, destination);
  const [request, ...further] = Array.from({ length: count }, (_, index) => {
    const fields = { userId: `user-${number}-${index}`, attributes: { active_tier: 'GOLD' } };
    const rendered = renderRequest(destination, 'user-attributes', fields, `key-${index}`);
    if (!rendered.ok) throw new Error(rendered.failure);
    return rendered.value.request;
  });
  if (request === undefined) throw new Error('nothing to order');
  const intent: Intent = {
    destination: id,
    operation: 'user-attributes',
    cause: `batch-${number}`,
    subject: 'season:S',
    at: NOON,
    idempotencyKey: null,
    request,
    further,
    expect: [],
    agents: [],
    outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
  };
  await commit(env, { rows: [deliveryRow(intent, 'salt')] }, NOON);
  const ids = [deliveryIdOf(intent)];
  await orderDeliveries(env, id, ids, NOON);
  return { id, ids };
}

const reasonOf = async ([id = '']: readonly string[]) =>
  (await readOutcomes(env.DB, [id])).get(id)?.content?.reason;

it('is confirmed when every request was answered', async () => {
  const { id, ids } = await ordered(50);
  expect(await turn(id, NOON)).toBeNull();
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  expect(network.seen.map(({ key }) => key)).toEqual(
    Array.from({ length: 50 }, (_, index) => `key-${index}`),
  );
});

it('goes on where it was stopped, and sends nothing again that was answered', async () => {
  const { id, ids } = await ordered(10);
  network.faults('genesys', [{ kind: 'throttle', retryAfter: 7, match: `user-${number}-4` }]);
  const next = await turn(id, NOON);
  expect(next).toBe(NOON + 7 * SECOND);
  expect(await outcomesOf(ids)).toEqual([null]);
  await work(id, next ?? 0, NOON + MINUTE);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  const users = network.seen.map(({ path }) => path.split('-').at(-1));
  expect(users).toEqual(['0', '1', '2', '3', '4', '4', '5', '6', '7', '8', '9']);
});

it('names those that were refused and takes the others', async () => {
  const { id, ids } = await ordered(5);
  network.faults('genesys', [{ kind: 'status', status: 404, match: `user-${number}-1` }]);
  await turn(id, NOON);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  expect(await reasonOf(ids)).toBe('4 of 5 taken, refused: 2');
});

it('shows every request, so that the one whose answer is kept stands beside it', async () => {
  const { id, ids } = await ordered(3);
  await turn(id, NOON);
  const { key } = await makeKey(['viewer']);
  const { body } = await send('GET', `/v1/deliveries/${ids[0]}`, { key });
  const paths = [body.request, ...(body.furtherRequests as unknown[])].map(
    (request) => (request as { path: string }).path,
  );
  expect(paths).toEqual(network.seen.map(({ path }) => path));
  expect(paths).toHaveLength(3);
  expect(JSON.stringify(body.response)).toContain(`user-${number}-2`);
});

it('is rejected when none was taken', async () => {
  const { id, ids } = await ordered(2);
  network.faults('genesys', [{ kind: 'status', status: 404, times: 2 }]);
  await turn(id, NOON);
  expect(await outcomesOf(ids)).toEqual(['REJECTED']);
});

it('keeps to the rate of the target, however many requests it has', async () => {
  const { id, ids } = await ordered(25, { ratePerMinute: 10 });
  await turn(id, NOON);
  expect(network.seen).toHaveLength(10);
  await work(id, NOON + SECOND, NOON + 59 * SECOND);
  expect(network.seen).toHaveLength(10);
  await work(id, NOON + 61 * SECOND, NOON + 10 * MINUTE);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  expect(network.seen).toHaveLength(25);
});
