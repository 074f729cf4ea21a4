/** What is found again: on the second page of a look-up, behind an abandon, behind thousands of others. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderRequest } from '../../src/delivery/connectors/connector';
import { deliveryIdOf, deliveryRow, type Intent } from '../../src/delivery/intent';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { agentReward } from '../../src/ledger/account';
import { commit } from '../../src/ledger/client';
import {
  agentKey,
  balance,
  destinationOf,
  HOUR,
  keep,
  MINUTE,
  NOON,
  outcomesOf,
  promise,
  statesOf,
  stubOf,
  turn,
  work,
} from './depot';
import { Network } from './network';
import { scene } from './scene';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

const RECOGNITIONS = '/api/v2/employeeengagement/recognitions';

it('a recognition whose answer was lost is found behind a hundred others', async () => {
  const target = destinationOf('genesys-cloud', 'https://genesys.example.com');
  await keep('genesys-paged', target);
  const intentOf = (cause: string): Intent => {
    const fields = { recipientId: 'u1', title: 'Team reward unlocked', note: cause };
    const rendered = renderRequest(target, 'reward-recognition', fields, cause);
    if (!rendered.ok) throw new Error(rendered.failure);
    return {
      destination: 'genesys-paged',
      operation: 'reward-recognition',
      cause,
      subject: 'goal:paged',
      at: NOON,
      idempotencyKey: cause,
      request: rendered.value.request,
      expect: [...rendered.value.expect],
      agents: [],
      outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
    };
  };
  const own = intentOf('the-lost-one');
  const others = Array.from({ length: 130 }, (_, at) => intentOf(`other-${at}`));
  const orderedIds = async (intents: readonly Intent[]): Promise<string[]> => {
    const rows = intents.map((one) => deliveryRow(one, 'salt'));
    await commit(env, { rows }, NOON);
    const ids = intents.map(deliveryIdOf);
    await stubOf('genesys-paged').order(ids, NOON);
    return ids;
  };
  await orderedIds(others);
  await work('genesys-paged', NOON, NOON + HOUR);
  network.faults('genesys', [{ kind: 'close-after-commit', match: RECOGNITIONS, times: 1 }]);
  const ids = await orderedIds([own]);
  await work('genesys-paged', NOON + HOUR, NOON + 3 * HOUR);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  const sent = network.seen.filter(
    ({ method, body }) => method === 'POST' && String(body).includes('the-lost-one'),
  );
  expect(sent).toHaveLength(1);
});

it('an abandon that the object was not told of is watched all the same', async () => {
  const { id, delivery, agent, ids } = await scene();
  network.faults('hris', [
    { kind: 'close-after-commit' },
    { kind: 'status', status: 503, match: 'idempotency_key', times: 4 },
  ]);
  await turn(id, NOON);
  const lease = await stubOf(id).lease(delivery, NOON + MINUTE);
  expect(lease.kind).toBe('UNKNOWN');
  // The books have it; the message that says so is lost.
  await env.DB.prepare(
    `INSERT INTO delivery_outcomes (id, delivery, outcome, at, content_hash, content, salt, seal)
     VALUES (?1 || '.ABANDONED', ?1, 'ABANDONED', ?2, '', '{}', '', 1)`,
  )
    .bind(delivery, NOON + MINUTE)
    .run();
  await work(id, NOON + 10 * MINUTE, NOON + 90 * HOUR);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  expect(await balance(agentReward(agent, 'earned'))).toBe(1250);
});

it('an operator who did not abandon it after all finds it resting as it was', async () => {
  const { id, delivery } = await scene();
  network.faults('hris', [{ kind: 'wrong-amount', times: 20 }]);
  await work(id, NOON, NOON + 20 * HOUR);
  expect(await statesOf(id, [delivery])).toEqual(['UNCERTAIN']);
  await stubOf(id).lease(delivery, NOON + 21 * HOUR);
  const asked = network.seen.length;
  await work(id, NOON + 22 * HOUR, NOON + 60 * HOUR);
  expect(await statesOf(id, [delivery])).toEqual(['UNCERTAIN']);
  expect(network.seen.length).toBe(asked);
});

it('three thousand that are open keep the sweep from nothing that was lost after them', async () => {
  const { id, destination, number } = await scene({ enabled: false });
  const rewards = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({
      cause: `${name}-${number}-${at}`,
      agentKey: agentKey(`${name}${at}`),
      amount: 1,
    }));
  for (let set = 0; set < 30; set += 1) await promise(id, destination, rewards(`set${set}`, 100));
  const [last = ''] = await promise(id, destination, rewards('last', 1));
  const heard = async (): Promise<number> => {
    const report = await stubOf(id).report();
    return (report?.waiting ?? 0) + (report?.inFlight ?? 0);
  };
  let before = -1;
  // A firing goes one page far: each begins where all before it was ordered.
  for (let firing = 0; firing < 20 && (await heard()) > before; firing += 1) {
    before = await heard();
    await sweepDeliveries(env, NOON + firing * MINUTE, 4);
  }
  expect(await heard()).toBe(3002);
  expect(await statesOf(id, [last])).toEqual(['WAITING']);
});
