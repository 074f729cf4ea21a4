/** The breaker and patience: failures park, 429 only slows, a rate is kept. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askDestination } from '../../src/delivery/ask/client';
import { apply } from '../../src/delivery/sending/apply';
import { nextDue } from '../../src/delivery/sending/queue';
import { freshState, heldFrom, hold, type Shelf } from '../../src/delivery/sending/state';
import {
  agentKey,
  audited,
  HOUR,
  MINUTE,
  NOON,
  order,
  outcomesOf,
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

describe('the breaker', () => {
  it('opens after three failures in a row; deliveries are parked, not dropped', async () => {
    const { id, ids, destination, number } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 503, times: 99 }]);
    expect(await work(id, NOON, NOON + HOUR)).toBeNull();
    expect(network.seen).toHaveLength(3);
    const agent = agentKey(`late${number}`);
    const more = await order(id, destination, [
      { cause: `late-${number}`, agentKey: agent, amount: 5 },
    ]);
    expect(await work(id, NOON + HOUR, NOON + 2 * HOUR)).toBeNull();
    expect(await statesOf(id, [...ids, ...more])).toEqual(['PARKED', 'PARKED']);
    expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'OPEN' }, parked: 2 });
    expect((await audited('DESTINATION_PARKED')).length).toBeGreaterThan(0);
    network.faults('hris', []);
    await stubOf(id).resume(NOON + 3 * HOUR);
    await work(id, NOON + 3 * HOUR, NOON + 4 * HOUR);
    expect(await outcomesOf([...ids, ...more])).toEqual(['CONFIRMED', 'CONFIRMED']);
  });

  it('lets one delivery through when it is half open, and closes when that is answered', async () => {
    const { id, ids, destination, number } = await scene({ probeSeconds: 300 });
    const rewards = [1, 2, 3].map((nth) => ({
      cause: `probe-${number}-${nth}`,
      agentKey: agentKey(`probe${number}${nth}`),
      amount: nth,
    }));
    network.faults('hris', [{ kind: 'status', status: 500, times: 4 }]);
    await work(id, NOON, NOON + 20 * SECOND);
    const more = await order(id, destination, rewards, NOON + 30 * SECOND);
    const next = await work(id, NOON + 30 * SECOND, NOON + 2 * MINUTE);
    expect(network.seen).toHaveLength(3);
    const second = await turn(id, next ?? 0);
    expect(network.seen).toHaveLength(4);
    await work(id, second ?? 0, NOON + HOUR);
    expect(await outcomesOf([...ids, ...more])).toEqual(Array(4).fill('CONFIRMED'));
  });

  it('lets one question through when a probe is due; its answer has the delivery try at once', async () => {
    const { id, ids } = await scene({ probeSeconds: 300 });
    network.faults('hris', [{ kind: 'status', status: 500, times: 4 }]);
    await work(id, NOON, NOON + 20 * SECOND);
    expect(network.seen).toHaveLength(3);
    const ask = (now: number) => askDestination(env, id, 'rewards', {}, now);
    const parked = { failure: { kind: 'unavailable', isUnasked: true } };
    expect(await ask(NOON + MINUTE)).toMatchObject(parked);
    const due = NOON + 6 * MINUTE;
    const some = await Promise.all([ask(due), ask(due), ask(due)]);
    expect(some.filter((one) => !one.ok && 'isUnasked' in one.failure)).toHaveLength(2);
    expect(network.seen).toHaveLength(4);
    expect(await ask(due + MINUTE)).toMatchObject(parked);
    expect(await ask(due + 5 * MINUTE)).toMatchObject({ ok: true });
    await work(id, due + 5 * MINUTE, due + 6 * MINUTE);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'CLOSED' } });
  });

  it('stays open where questions are answered and deliveries are not, and further questions go', async () => {
    const { id, destination, number } = await scene({ probeSeconds: 300 });
    const rewards = [1, 2, 3, 4].map((nth) => ({
      cause: `read-${number}-${nth}`,
      agentKey: agentKey(`read${number}${nth}`),
      amount: nth,
    }));
    await order(id, destination, rewards);
    network.instead = ({ method }) =>
      method === 'GET' ? Response.json([]) : Response.json({}, { status: 503 });
    const parked = async () =>
      (await audited('DESTINATION_PARKED')).filter((one) => JSON.stringify(one).includes(id));
    let now = (await work(id, NOON, NOON + 20 * SECOND)) ?? 0;
    expect(await parked()).toHaveLength(1);
    const ask = () => askDestination(env, id, 'rewards', {}, now);
    for (let probe = 0; probe < 4; probe += 1) {
      now += 6 * MINUTE;
      expect(await ask()).toMatchObject({ ok: true });
      const some = await Promise.all([ask(), ask(), ask()]);
      expect(some.filter(({ ok }) => ok)).toHaveLength(3);
      const before = network.seen.filter(({ method }) => method !== 'GET').length;
      await turn(id, now);
      const writes = network.seen.filter(({ method }) => method !== 'GET').length;
      expect(writes - before).toBeLessThanOrEqual(1);
      expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'OPEN' } });
    }
    expect(await parked()).toHaveLength(1);
  });

  it('that only a person closes has questions fail in vain: nobody says that they will go', async () => {
    const { id } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 500, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    const answer = await askDestination(env, id, 'rewards', {}, NOON + HOUR);
    expect(answer).toMatchObject({ failure: { kind: 'unavailable' } });
    expect(answer).not.toMatchObject({ failure: { isUnasked: true } });
    expect(network.seen).toHaveLength(3);
  });

  it('is left as questions made it by a wave that felt nothing', async () => {
    const open = { failures: 3, openedAt: NOON, asksFrom: NOON, reason: 'answered 503' };
    const done = { afters: [], further: 0, endedAt: NOON, began: open };
    const mood = { breaker: open, paces: 0, pacedUntil: null };
    const shelf = new Map() as unknown as Shelf;
    const closed = apply(freshState('one'), shelf, { ...done, mood }, NOON + HOUR);
    expect(closed).toMatchObject({ breaker: { openedAt: null }, alarms: [] });
    const asked = { ...freshState('one'), breaker: { ...open, asksFrom: NOON + HOUR } };
    const failed = { ...mood, breaker: { ...open, failures: 4, openedAt: NOON + HOUR } };
    const after = apply(asked, shelf, { ...done, mood: failed }, NOON + HOUR);
    expect(after.breaker).toMatchObject({ openedAt: NOON + HOUR, asksFrom: NOON + HOUR });
  });

  it('rests until the hours of the one delivery that could probe', async () => {
    const { id, ids } = await scene({ probeSeconds: 300 });
    const shelf = new Map<string, unknown>();
    const kv = {
      get: (key: string) => shelf.get(key),
      put: (key: string, value: unknown) => void shelf.set(key, value),
      delete: (key: string) => shelf.delete(key),
      list: () => shelf.entries(),
    } as unknown as Shelf;
    const opens = NOON + 23 * HOUR;
    const parked = { ...heldFrom({ id: ids[0] ?? '', at: NOON }), nextAt: opens };
    const breaker = { failures: 3, openedAt: NOON, reason: '' };
    const state = hold({ ...freshState(id), breaker }, kv, parked);
    const pacing = { probeSeconds: 300, ratePerMinute: null };
    const now = NOON + 6 * MINUTE;
    expect(nextDue(state, kv, pacing, now)).toBe(opens);
    const leased = { ...parked, nextAt: NOON, released: true, leasedUntil: now + MINUTE };
    expect(nextDue(hold(state, kv, leased), kv, pacing, now)).toBe(now + MINUTE);
    const sent = [{ at: now, count: 9 }];
    const full = { ...hold(state, kv, { ...parked, nextAt: NOON }), sent };
    expect(nextDue(full, kv, { ...pacing, ratePerMinute: 9 }, now)).toBe(now + MINUTE);
  });

  it('is passed by what an operator releases', async () => {
    const { id, ids } = await scene({ probeSeconds: null });
    network.faults('hris', [{ kind: 'status', status: 500, times: 3 }]);
    await work(id, NOON, NOON + HOUR);
    expect(await stubOf(id).release(ids[0] ?? '', NOON + HOUR)).toBe(true);
    await work(id, NOON + HOUR, NOON + 2 * HOUR);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(await stubOf(id).report()).toMatchObject({ breaker: { state: 'CLOSED' } });
  });
});

describe('patience', () => {
  it('takes 429 as pace: two, four and eight seconds, and never opens the breaker', async () => {
    const { id, ids } = await scene();
    network.faults('hris', [{ kind: 'throttle', times: 5 }]);
    const times: number[] = [];
    let now: number | null = NOON;
    while (now !== null) {
      times.push((now - NOON) / SECOND);
      now = await turn(id, now);
    }
    expect(times.slice(0, 4)).toEqual([0, 2, 6, 14]);
    expect(await outcomesOf(ids)).toEqual(['CONFIRMED']);
    expect(await stubOf(id).report()).toMatchObject({ breaker: { failures: 0 } });
  });

  it('takes what was in flight together for one plea: two seconds first, however many say 429', async () => {
    const { id, destination, number } = await scene();
    const rewards = [1, 2, 3, 4].map((nth) => ({
      cause: `together-${number}-${nth}`,
      agentKey: agentKey(`tog${number}${nth}`),
      amount: nth,
    }));
    await order(id, destination, rewards);
    network.faults('hris', [{ kind: 'throttle', times: 5 }]);
    expect(await turn(id, NOON)).toBe(NOON + 2 * SECOND);
    expect(await turn(id, NOON + 2 * SECOND)).toBeNull();
  });

  it('waits as long as Retry-After says', async () => {
    const { id } = await scene();
    network.faults('hris', [{ kind: 'throttle', retryAfter: 37 }]);
    expect(await turn(id, NOON)).toBe(NOON + 37 * SECOND);
  });

  it('keeps to a rate: no more in any minute', async () => {
    const { id, destination } = await scene({ ratePerMinute: 30 });
    const rewards = Array.from({ length: 99 }, (_, nth) => ({
      cause: `rate-${nth}`,
      agentKey: agentKey(`rate${nth}y`),
      amount: 1,
    }));
    const ids = await order(id, destination, rewards);
    const sentBy: number[] = [];
    let now: number | null = NOON;
    while (now !== null) {
      now = await turn(id, now);
      sentBy.push(network.seen.length);
    }
    expect(sentBy).toEqual([30, 60, 90, 100]);
    expect(new Set(await outcomesOf(ids))).toEqual(new Set(['CONFIRMED']));
  });
});
