/** The sandbox's clock: what it runs on the way, in which order, and what a kill leaves. */
import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { clockOf } from '../../src/sandbox/clock/client';
import type { ProbeEnv } from './worker/entry';

const bindings = env as unknown as ProbeEnv;
const objects = env as unknown as { readonly SANDBOX_OBJECT: DurableObjectNamespace };
const clock = () => clockOf(bindings);
const probe = (name: string) => bindings.PROBES.getByName(name);
const journal = () => probe('journal').read();

/** Each test begins an hour after the one before, at a full hour; the clock cannot go back. */
const HOUR_MS = 3_600_000;
const FIRST = 1_725_148_800_000;
let start = FIRST - HOUR_MS;
let before = 0;

/** Lines that were written since the test began, with instants as seconds after its start. */
const lines = async (): Promise<string[]> =>
  (await journal())
    .slice(before)
    .map((line) => line.replace(/\d{13}$/, (at) => String((Number(at) - start) / 1000)));

describe('before it is set', () => {
  it('shows no instant, and its one real alarm does what has become due', async () => {
    expect(await clock().now()).toBeNull();
    await probe('real').want(0, 'once', 1000);
    await probe('real').want(0, 'again', 4_000_000_000_000);
    expect(await runDurableObjectAlarm(objects.SANDBOX_OBJECT.getByName('sandbox'))).toBe(true);
    expect((await journal())[0]).toMatch(/^real once \d{13}$/);
    expect(await journal()).toHaveLength(1);
  });

  it('goes anywhere the first time, without firing triggers for a time before real time', async () => {
    expect(await clock().set(FIRST - HOUR_MS)).toEqual({
      verdict: 'set',
      now: FIRST - HOUR_MS,
      steps: 0,
    });
    expect(await clock().now()).toBe(FIRST - HOUR_MS);
  });
});

describe('once it is set', () => {
  beforeEach(async () => {
    start += HOUR_MS;
    await clock().set(start);
    before = (await journal()).length;
  });

  it('refuses to go backwards and stays where it is', async () => {
    expect(await clock().set(start - 1)).toEqual({ verdict: 'backwards', now: start });
    expect(await clock().set(start)).toEqual({ verdict: 'set', now: start, steps: 0 });
  });

  it('asks the earliest first, those of one instant in order of name, then fires that instant', async () => {
    await probe('b').want(start, 'once', start + 300_000);
    await probe('a').want(start, 'once', start + 300_000);
    await probe('c').want(start, 'once', start + 60_000);
    await clock().set(start + 300_000);
    expect(await lines()).toEqual([
      'c once 60',
      'a once 300',
      'b once 300',
      'cron */5 * * * * 300',
    ]);
  });

  it('makes only the last of the firings that have nothing done between them', async () => {
    await probe('a').want(start, 'once', start + 31 * 60_000);
    await clock().set(start + 59 * 60_000);
    expect(await lines()).toEqual([
      'cron 7 * * * * 420',
      'cron */5 * * * * 1800',
      'a once 1860',
      'cron */5 * * * * 3300',
    ]);
  });

  it('follows what an object answers and what it makes due elsewhere', async () => {
    await probe('a').want(start, 'again', start + 1000);
    await probe('b').want(start, 'other', start + 2000);
    await clock().set(start + 100_000);
    expect(await lines()).toEqual(['a again 1', 'b other 2', 'later once 2.001', 'a once 61']);
  });

  it('asks an object that failed again later and goes on with the others', async () => {
    await probe('broken').want(start, 'broken', start + 1000);
    await probe('fine').want(start, 'once', start + 1000);
    const moved = await clock().set(start + 10_000);
    expect(moved).toEqual({ verdict: 'set', now: start + 10_000, steps: 4 });
    expect(await lines()).toEqual(['fine once 1', 'broken broken 7']);
  });

  it('does at once, by a real alarm, what is registered for an instant that has come', async () => {
    await probe('now').want(start, 'once', start);
    await expect.poll(lines).toEqual(['now once 0']);
  });

  it('keeps the earlier of two registrations, and is asked again for the later', async () => {
    await clock().register('PROBES', 'twice', start + 5000);
    await probe('twice').want(start, 'once', start + 9000);
    await clock().set(start + 9000);
    expect(await lines()).toEqual(['twice once 9']);
  });

  it('ends the same when it is killed midway and moved again', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `k${String(index).padStart(2, '0')}`);
    for (const [index, name] of names.entries()) {
      await probe(name).want(start, 'once', start + 1000 * (index + 1));
    }
    const killed = clock().set(start + 50_000);
    await expect.poll(async () => (await lines()).length).toBeGreaterThan(3);
    await abortAllDurableObjects();
    await killed.catch(() => undefined);
    await clock().set(start + 50_000);
    const seen = await lines();
    expect(new Set(seen).size).toBe(40);
    expect(seen.length).toBeLessThanOrEqual(41);
    expect(await clock().now()).toBe(start + 50_000);
  });

  it('stops after the most steps and goes on from there when it is moved again', async () => {
    await probe('stuck').want(start, 'stuck', start + 1000);
    const first = await clock().set(start + 5000);
    expect(first).toEqual({ verdict: 'unfinished', now: start + 1000, steps: 200 });
    expect(await clock().now()).toBe(start + 1000);
  });
});
