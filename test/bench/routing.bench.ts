/**
 * `npm run bench -- routing`: decisions and selections a second, beside an object that does nothing
 * and one that only writes a row, called in the same way by the same test. Ratios hold on any
 * machine; rates are this one's. Rows are counted by `test/routing`.
 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MAX_ELIGIBLE } from '../../src/routing/queues/selection';
import { ask, decide, hire, keyOf, seatOf, selectFrom } from '../routing/desk';
import type { NothingObject } from './worker';

const AT_ONCE = 32;
const CALLS = 4000;
const REQUESTS = 1000;
const COLD = 200;
const ELIGIBLE = [1, 10, 50, MAX_ELIGIBLE];
const PEOPLE = Array.from({ length: MAX_ELIGIBLE }, (_, n) => `bench-${n}`);
const lines: string[] = [];

const nothing = (env as unknown as { NOTHING: DurableObjectNamespace<NothingObject> }).NOTHING;
const NOW = Date.UTC(2090, 0, 4, 12);

/** Calls a second, some at a time, after a tenth of them to warm up. */
async function rate(count: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const play = async (from: number, to: number): Promise<void> => {
    let next = from;
    const worker = async (): Promise<void> => {
      while (next < to) {
        next += 1;
        await call(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await play(-Math.ceil(count / 10), 0);
  const begun = performance.now();
  await play(0, count);
  return (count * 1000) / (performance.now() - begun);
}

const row = (what: string, perSecond: number, base: number): void => {
  const share = `${((100 * perSecond) / base).toFixed(0)} %`;
  lines.push(`${what.padEnd(52)} | ${perSecond.toFixed(0).padStart(7)} | ${share.padStart(6)}`);
};

beforeAll(async () => {
  for (let from = 0; from < PEOPLE.length; from += 20) {
    await Promise.all(PEOPLE.slice(from, from + 20).map((id) => hire(id)));
  }
  for (const id of PEOPLE) await decide(id, 'warm');
}, 600_000);

it('objects: a decision and a pick beside a call that does nothing', async () => {
  const object = nothing.getByName('bench');
  const idle = await rate(CALLS, () => object.nothing());
  const writing = await rate(CALLS, (n) => object.write(`w${n}`));
  const key = await keyOf('bench-0');
  const asked = (n: number, name: string) =>
    seatOf(key).decide({ ...ask(key, NOW), interactionId: `${name}${n}`, resetApplied: null });
  const decided = await rate(CALLS / 4, async (n) => {
    const answer = await asked(n, 'd');
    expect(answer.kind).toBe('decided');
    await seatOf(key).release(`d${n}`);
  });
  const repeated = await rate(CALLS, () => asked(0, 'held'));
  const sampled = await rate(CALLS, (n) =>
    seatOf(key).sample(ask(key, NOW), [
      {
        at: NOW + n,
        concurrent: 1,
        target: 2,
        ahtSeconds: null,
        targetAhtSeconds: null,
        queueWaitSeconds: null,
        queueLength: null,
        queueId: null,
        cause: `c${n}`,
      },
    ]),
  );
  const candidates = PEOPLE.slice(0, 10).map((agentKey) => ({
    agentKey,
    weight: 1_000_000,
    capacity: 1_000_000,
  }));
  const queue = env.QUEUES.getByName('bench');
  const picked = await rate(CALLS, (n) => queue.pick(`p${n}`, candidates));
  row('an object that does nothing', idle, idle);
  row('an object that writes one row', writing, idle);
  row('a decision and its release (two calls, two rows)', decided * 2, idle);
  row('a decision that is held already', repeated, idle);
  row('a sample of load', sampled, idle);
  row('a pick of a queue among 10', picked, idle);
});

it('the whole way: requests through the Worker', async () => {
  const idle = await rate(REQUESTS, () => nothing.getByName('bench').nothing());
  const decisions = await rate(REQUESTS, (n) =>
    decide(PEOPLE[Math.abs(n) % 200] ?? '', `way-${n}`),
  );
  row('POST /v1/routing/decisions over 200 agents', decisions, idle);
  for (const eligible of ELIGIBLE) {
    const ids = PEOPLE.slice(0, eligible);
    const count = Math.max(50, Math.round(REQUESTS / Math.max(1, eligible / 5)));
    const made = await rate(count, (n) => selectFrom(`q${eligible}`, `s${n}`, ids));
    row(`POST …/selections, ${eligible} eligible`, made, idle);
  }
});

it('cold and warm: one decision after the other', async () => {
  const median = (times: number[]): string =>
    `${(times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(2)} ms`;
  const timed = async (call: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await call();
    return performance.now() - begun;
  };
  const key = await keyOf('bench-1');
  const asked = (name: string) =>
    seatOf(key).decide({ ...ask(key, NOW), interactionId: name, resetApplied: null });
  const [warm, woken, cold]: [number[], number[], number[]] = [[], [], []];
  for (let turn = 0; turn < COLD; turn += 1) {
    warm.push(await timed(() => asked(`warm-${turn}`)));
    await evictDurableObject(seatOf(key));
    woken.push(await timed(() => asked(`woken-${turn}`)));
    const stranger = `stranger${String(turn).padStart(8, 'a')}`;
    cold.push(
      await timed(() =>
        seatOf(stranger).decide({ ...ask(stranger, NOW), interactionId: 'x', resetApplied: null }),
      ),
    );
  }
  lines.push(
    '',
    `median of a decision: warm ${median(warm)}, put away before ${median(woken)}, never asked before ${median(cold)}`,
  );
});

afterAll(() => {
  const head = `${'what'.padEnd(52)} | a second | of nothing`;
  console.log(['', head, ...lines, ''].join('\n'));
});
