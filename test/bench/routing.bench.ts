/**
 * `npm run bench -- routing`: decisions and selections a second, beside a call of an object that
 * does nothing and one that only writes a row. Shares are compared from machine to machine; rates
 * are this one's. Rows are counted by `test/routing`.
 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, it } from 'vitest';
import { MAX_ELIGIBLE } from '../../src/routing/queues/selection';
import { send } from '../http/caller';
import { ask, decide, hire, keyOf, personKey, seatOf, selectFrom } from '../routing/desk';
import { type Measure, noBar, reportLines } from './report';
import type { NothingObject } from './worker';

const AT_ONCE = 16;
/** Each is measured in rounds, the yardstick right before it: what else runs here hits both. */
const ROUNDS = 5;
const CALLS = 200;
const COLD = 100;
const ELIGIBLE = [1, 10, 50, MAX_ELIGIBLE];
const PEOPLE = Array.from({ length: MAX_ELIGIBLE }, (_, n) => `bench-${n}`);
const NOW = Date.UTC(2090, 0, 4, 12);
const lines: string[] = [];
const measures: Measure[] = [];

const nothing = (env as unknown as { NOTHING: DurableObjectNamespace<NothingObject> }).NOTHING;

let serial = 0;

/** Calls a second, some at a time; every call has a number of its own. */
async function rate(count: number, call: (n: number) => Promise<unknown>): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      serial += 1;
      await call(serial);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (count * 1000) / (performance.now() - begun);
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const idle = (): Promise<unknown> => nothing.getByName('bench').nothing();
const writing = (n: number): Promise<unknown> => nothing.getByName('bench').write(`w${n % 500}`);

/** A line of the table: the middle of the rounds, and its share of both yardsticks. */
async function measure(
  what: string,
  call: (n: number) => Promise<unknown>,
  count = CALLS,
): Promise<void> {
  const rounds: { rate: number; idle: number; writing: number }[] = [];
  await rate(Math.ceil(count / 5), call);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      idle: await rate(CALLS, idle),
      writing: await rate(CALLS, writing),
      rate: await rate(count, call),
    });
  }
  const share = (of: 'idle' | 'writing'): string =>
    `${(100 * middle(rounds.map((one) => one.rate / one[of]))).toFixed(0)} %`.padStart(9);
  const perSecond = middle(rounds.map((one) => one.rate)).toFixed(0);
  measures.push(
    noBar(what, `${perSecond}/s, ${share('writing').trim()} of a call that writes a row`),
  );
  lines.push(
    `${what.padEnd(44)} | ${perSecond.padStart(8)} | ${share('idle')} | ${share('writing')}`,
  );
}

beforeAll(async () => {
  for (let from = 0; from < PEOPLE.length; from += 20) {
    await Promise.all(PEOPLE.slice(from, from + 20).map((id) => hire(id)));
  }
  for (const id of PEOPLE) await decide(id, 'warm');
}, 600_000);

it('objects: decisions, samples and picks', async () => {
  const key = await keyOf('bench-0');
  const asked = (interactionId: string) =>
    seatOf(key).decide({ ...ask(key, NOW), interactionId, resetApplied: null });
  await measure('a new decision', (n) => asked(`d${n}`));
  await measure('a decision that is held already', () => asked('held'));
  await measure('a release', (n) => seatOf(key).release(`none${n}`));
  await measure('a sample of load', (n) =>
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
  await measure('a pick of a queue among 10', (n) => queue.pick(`p${n}`, candidates));
});

it('the whole way: requests through the Worker', async () => {
  const key = await personKey();
  await measure('GET …/policy: a key and one read', () =>
    send('GET', '/v1/routing/policy', { key }),
  );
  await measure('POST …/decisions, 200 agents', (n) => decide(PEOPLE[n % 200] ?? '', `way-${n}`));
  for (const eligible of ELIGIBLE) {
    const ids = PEOPLE.slice(0, eligible);
    const count = Math.max(16, Math.round(CALLS / Math.max(1, eligible / 10)));
    await measure(
      `POST …/selections, ${eligible} eligible`,
      (n) => selectFrom(`q${eligible}`, `s${n}`, ids),
      count,
    );
  }
});

it('cold and warm: one decision after the other', async () => {
  const median = (times: number[]): string => `${middle(times).toFixed(2)} ms`;
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
  const head = `${'what'.padEnd(44)} | a second | of a call | of a row`;
  reportLines('routing', head, lines, measures);
});
