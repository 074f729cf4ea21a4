/** One destination: sends once, waits, asks, parks and settles; the books and the HRIS agree. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentReward, fundingAccount } from '../../src/ledger/account';
import {
  agentKey,
  audited,
  balance,
  HOUR,
  MINUTE,
  NOON,
  outcomesOf,
  promise,
  REWARDS,
  SECOND,
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

const earned = (agent: string) => balance(agentReward(agent, 'earned'));
const pending = (agent: string) => balance(agentReward(agent, 'pending'));

describe('a delivery that is answered', () => {
  it('is confirmed when the answer repeats what was asked for', async () => {
    const { id, ids, agent } = await scene();
    expect(await turn(id, NOON)).toBeNull();
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect([await pending(agent), await earned(agent)]).toEqual([0, 1250]);
    expect(network.lines(REWARDS)).toMatchObject([{ amount: '12.50', unit: 'USD' }]);
  });

  it('is rejected by a refusal that can be read, and the money goes back', async () => {
    const { id, ids, agent } = await scene();
    network.faults('hris', [{ kind: 'status', status: 422 }]);
    const before = await balance(fundingAccount('pool'));
    await turn(id, NOON);
    expect(await outcomesOf(ids)).toEqual(['REJECTED']);
    expect([await pending(agent), await earned(agent)]).toEqual([0, 0]);
    expect(await balance(fundingAccount('pool'))).toBe(before + 1250);
  });

  it('is ordered twice and sent once', async () => {
    const { id, ids } = await scene();
    await stubOf(id).order(ids, NOON);
    await work(id, NOON, NOON + HOUR);
    await stubOf(id).order(ids, NOON + HOUR);
    await work(id, NOON + HOUR, NOON + 2 * HOUR);
    expect(network.seen).toHaveLength(1);
  });
});

describe('what is ordered while a wave is on its way', () => {
  it.each([
    ['a single one', 1],
    ['a page of them', 60],
  ])('goes after it: %s', async (_, count) => {
    const { id, ids, destination, number } = await scene();
    const rewards = Array.from({ length: count }, (_, nth) => ({
      cause: `meanwhile-${number}-${nth}`,
      agentKey: agentKey(`m${number}x${nth}`),
      amount: 100,
    }));
    const later = await promise(id, destination, rewards);
    let isFirst = true;
    network.instead = async () => {
      if (isFirst) {
        isFirst = false;
        await stubOf(id).order(later, NOON);
      }
      return null;
    };
    await work(id, NOON, NOON + MINUTE);
    expect(new Set(await outcomesOf([...ids, ...later]))).toEqual(new Set(['CONFIRMED']));
    expect(network.seen).toHaveLength(1 + count);
  });
});

it('that is released while somebody gives it up goes when that came to nothing', async () => {
  const { id, ids, delivery } = await scene();
  expect(await stubOf(id).lease(delivery, NOON)).toMatchObject({ kind: 'FREE' });
  expect(await stubOf(id).release(delivery, NOON + SECOND)).toBe(true);
  expect(await work(id, NOON + SECOND, NOON + 30 * SECOND)).toBe(NOON + MINUTE);
  expect(network.seen).toHaveLength(0);
  await work(id, NOON + MINUTE, NOON + 2 * MINUTE);
  expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
});

describe('a delivery of which nothing is known', () => {
  it.each([
    ['close-after-commit', {}],
    ['close-before-commit', {}],
    ['status', { status: 503 }],
    ['garbage', {}],
    ['wrong-amount', {}],
    ['status', { status: 302 }],
    ['status', { status: 409 }],
  ] as const)('is sent again with the same bytes and key after %s %o', async (kind, more) => {
    const { id, ids, agent } = await scene();
    network.faults('hris', [{ kind, ...more }]);
    const next = await turn(id, NOON);
    expect(await outcomesOf(ids)).toEqual([null]);
    expect(await statesOf(id, ids)).toEqual(['RETRYING']);
    expect(next).toBeGreaterThanOrEqual(NOON + SECOND);
    expect(next).toBeLessThanOrEqual(NOON + 3 * SECOND);
    await work(id, next ?? 0, NOON + HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(await earned(agent)).toBe(1250);
    const [first, second] = network.seen;
    expect([second?.body, second?.key]).toEqual([first?.body, first?.key]);
    expect(network.seen.filter(({ committed }) => committed)).toHaveLength(1);
  });

  it('waits two, four and eight seconds, more or less', async () => {
    const { id } = await scene();
    network.faults('hris', [{ kind: 'status', status: 409, times: 3 }]);
    const waits: number[] = [];
    let now = NOON;
    for (let nth = 0; nth < 3; nth += 1) {
      const next = (await turn(id, now)) ?? 0;
      waits.push((next - now) / SECOND);
      now = next;
    }
    for (const [index, wait] of waits.entries()) {
      expect(wait / 2 ** (index + 1)).toBeGreaterThanOrEqual(0.5);
      expect(wait / 2 ** (index + 1)).toBeLessThanOrEqual(1.5);
    }
    await turn(id, now);
    expect(network.seen.at(-1)?.status).toBe(200);
  });

  it('is asked about when the answers make no sense, and found', async () => {
    const { id, ids, agent } = await scene();
    network.faults('hris', [
      { kind: 'wrong-amount', times: 1 },
      { kind: 'garbage', times: 3 },
    ]);
    await work(id, NOON, NOON + HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(await earned(agent)).toBe(1250);
    expect(network.seen.map(({ method }) => method)).toEqual([
      'POST',
      'POST',
      'POST',
      'POST',
      'GET',
    ]);
    expect(network.lines(REWARDS)).toHaveLength(1);
  });

  it('rests with an alarm when the target holds another amount', async () => {
    const { id, ids, agent, number } = await scene();
    network.faults('hris', [{ kind: 'garbage', times: 4 }]);
    network.canned('hris', [
      {
        match: 'idempotency_key=',
        body: {
          items: [
            {
              idempotency_key: `reward-cause-${number}`,
              employee_id: `EMP-${agent}`,
              amount: '99.00',
              unit: 'USD',
            },
          ],
        },
      },
    ]);
    expect(await work(id, NOON, NOON + HOUR)).toBeNull();
    expect(await outcomesOf(ids)).toEqual([null]);
    expect(await statesOf(id, ids)).toEqual(['UNCERTAIN']);
    const alarms = await audited('DELIVERY_ALARM');
    expect(alarms.some(({ detail }) => JSON.stringify(detail).includes(ids[0] ?? '-'))).toBe(true);
    expect(await pending(agent)).toBe(1250);
  });

  it('stops at once when its key was used for another request, and nothing is posted', async () => {
    const { id, ids, number } = await scene();
    network.shelf('hris').put('keys', `reward-cause-${number}`, { asked: 'x', status: 200 });
    expect(await work(id, NOON, NOON + HOUR)).toBeNull();
    expect(network.seen).toHaveLength(1);
    expect(await statesOf(id, ids)).toEqual(['UNCERTAIN']);
  });
});

describe('a key that the target may have forgotten', () => {
  it('is looked up before anything is sent again, and what is found is confirmed', async () => {
    const { id, ids } = await scene({ probeSeconds: 24 * 3600 });
    network.faults('hris', [
      { kind: 'close-after-commit', times: 1 },
      { kind: 'status', status: 503, times: 3 },
    ]);
    await work(id, NOON, NOON + HOUR);
    network.shelf('hris').clear('keys');
    await stubOf(id).resume(NOON + 23.5 * HOUR);
    await work(id, NOON + 23.5 * HOUR, NOON + 25 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(network.lines(REWARDS)).toHaveLength(1);
    expect(network.seen.at(-1)?.method).toBe('GET');
  });

  it('is sent again when the target says that it does not have it', async () => {
    const { id, ids } = await scene({ probeSeconds: 24 * 3600 });
    network.faults('hris', [{ kind: 'close-before-commit', times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    await stubOf(id).resume(NOON + 23.5 * HOUR);
    await work(id, NOON + 23.5 * HOUR, NOON + 25 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(network.lines(REWARDS)).toHaveLength(1);
    expect(network.seen.slice(-2).map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('is never trusted where keys are not honoured: one commit, found by its reference', async () => {
    const { id, ids } = await scene({ honoursKeys: false });
    network.faults('hris', [
      { kind: 'close-after-commit', times: 1 },
      { kind: 'ignore-keys', times: 9, match: 'nothing' },
    ]);
    await work(id, NOON, NOON + HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(network.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(network.lines(REWARDS)).toHaveLength(1);
  });
});

describe('giving up', () => {
  it('needs no question where nothing ever left', async () => {
    const { id, ids } = await scene();
    expect(await stubOf(id).lease(ids[0] ?? '', NOON)).toMatchObject({ kind: 'FREE' });
    expect(await turn(id, NOON + SECOND)).toBe(NOON + 60 * SECOND);
    expect(network.seen).toHaveLength(0);
  });

  it('finds what arrived and confirms it instead', async () => {
    const { id, ids } = await scene();
    network.faults('hris', [{ kind: 'close-after-commit' }]);
    await turn(id, NOON);
    expect(await stubOf(id).lease(ids[0] ?? '', NOON + SECOND)).toMatchObject({ kind: 'FOUND' });
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  });

  it('asks about one that rests too, and confirms what is found', async () => {
    const { id, ids } = await scene();
    network.faults('hris', [{ kind: 'wrong-amount', times: 20 }]);
    await work(id, NOON, NOON + 20 * HOUR);
    expect(await statesOf(id, ids)).toEqual(['UNCERTAIN']);
    network.faults('hris', []);
    expect(await stubOf(id).lease(ids[0] ?? '', NOON + 21 * HOUR)).toMatchObject({ kind: 'FOUND' });
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  });

  it('does not undo that another released it while it was asked about', async () => {
    const { id, ids, delivery } = await scene();
    network.faults('hris', [{ kind: 'wrong-amount', times: 40 }]);
    await work(id, NOON, NOON + 20 * HOUR);
    let isReleased = false;
    network.instead = async () => {
      if (!isReleased) isReleased = await stubOf(id).release(delivery, NOON + 21 * HOUR);
      return null;
    };
    await stubOf(id).lease(delivery, NOON + 21 * HOUR);
    expect(isReleased).toBe(true);
    network.faults('hris', []);
    await work(id, NOON + 21 * HOUR, NOON + 22 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
  });

  it('says so when the target does not have it, and not a moment after it was sent', async () => {
    const { id, ids } = await scene();
    network.faults('hris', [{ kind: 'close-before-commit' }]);
    await turn(id, NOON);
    const lease = (at: number) => stubOf(id).lease(ids[0] ?? '', at);
    expect(await lease(NOON + SECOND)).toMatchObject({ kind: 'UNKNOWN' });
    expect(await lease(NOON + 2 * MINUTE)).toMatchObject({ kind: 'GONE' });
  });
});
