/**
 * What the platform does to the Worker in a history: alarms that fire, fire early, twice or late,
 * cron firings, evictions and crashes. Runs an alarm again when it was cut short, as the runtime
 * would; decides nothing about what an alarm should have done.
 */
import {
  abortAllDurableObjects,
  createExecutionContext,
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import worker from '../worker/entry';
import { evictAfterCall } from '../worker/evict';
import { BINDINGS, type Place, quiet, tally } from '../worker/io';
import type { World } from './world';

export interface Alarmed {
  alarm(info: { readonly isRetry: boolean; readonly retryCount: number }): Promise<void>;
}

interface Stubs {
  getByName(name: string): DurableObjectStub;
}

const RETRY_AFTER_MS = 2_000;
/** Firings of one object's alarm in a stretch of time; in a whole hour without D1 it is about 25. */
const MOST_FIRINGS = 30;
/** Firings of it at one instant: what has nothing new to do then does not end by itself. */
const MOST_AT_ONCE = MOST_FIRINGS / 2;

export class Machine {
  readonly #world: World;
  /** Alarms that fired without an end at one instant: the runtime would never rest. */
  readonly restless = new Set<string>();
  /** Alarms that were cut short, by `place name`: how often. */
  readonly #cut = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  stub(place: Place, name: string): DurableObjectStub {
    if (place === 'worker') throw new Error('a Worker has no stub');
    const namespace = env[BINDINGS[place]] as unknown as Stubs;
    return namespace.getByName(name);
  }

  /** `[place, name]` of every object that was ever made. */
  objects(): (readonly [Place, string])[] {
    return [...this.#world.board.objects].sort().map(split);
  }

  /**
   * Runs every alarm that is due by an instant, each at its own time, in order of time. One that
   * fires again and again is left for later, as the runtime's backoff would.
   */
  async runDue(until: number): Promise<void> {
    const { board } = this.#world;
    const fired = new Map<string, number>();
    const atOnce = new Map<string, number>();
    const left: [string, number][] = [];
    for (;;) {
      const [next] = [...board.alarms]
        .filter(([, at]) => at <= until)
        .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
      if (next === undefined) break;
      const [key, at] = next;
      board.alarms.delete(key);
      tally(fired, key);
      tally(atOnce, `${key} ${at}`);
      if ((atOnce.get(`${key} ${at}`) ?? 0) > MOST_AT_ONCE) this.restless.add(key);
      if ((fired.get(key) ?? 0) > MOST_FIRINGS) {
        left.push(next);
        continue;
      }
      this.#world.advanceTo(at);
      await this.fire(...split(key));
    }
    for (const [key, at] of left) if (!board.alarms.has(key)) board.alarms.set(key, at);
  }

  /** One firing. A crash in it makes the runtime fire again two seconds later. */
  async fire(place: Place, name: string): Promise<void> {
    const { board } = this.#world;
    const key = `${place} ${name}`;
    const cut = this.#cut.get(key) ?? 0;
    tally(board.calls, `${key} alarm`);
    try {
      const ran = await runDurableObjectAlarm(this.stub(place, name));
      if (!ran && cut > 0) await this.#again(place, name, cut);
      this.#cut.delete(key);
      evictAfterCall(this.stub(place, name));
    } catch {
      this.#cut.set(key, cut + 1);
      board.alarms.set(key, this.#world.now + RETRY_AFTER_MS * 2 ** Math.min(cut, 6));
    }
    await quiet(board);
  }

  /** Fires an alarm though none is set: late, doubled, or after it was consumed by a crash. */
  async #again(place: Place, name: string, retryCount: number): Promise<void> {
    await runInDurableObject(this.stub(place, name), async (object) => {
      const info = { isRetry: retryCount > 0, retryCount };
      await (object as unknown as Alarmed).alarm(info);
    });
  }

  async fireTwice(place: Place, name: string): Promise<void> {
    await this.fire(place, name);
    await this.#again(place, name, 0).catch(() => undefined);
    await quiet(this.#world.board);
  }

  /** The time an object's alarm is really set for, or null. */
  alarmOf(place: Place, name: string): Promise<number | null> {
    return runInDurableObject(this.stub(place, name), (_, state) => state.storage.getAlarm());
  }

  /** Puts every alarm that is really set where `runDue` sees it. */
  async recount(): Promise<void> {
    for (const [place, name] of this.objects()) {
      const at = await this.alarmOf(place, name);
      if (at !== null) this.#world.board.alarms.set(`${place} ${name}`, at);
    }
  }

  async evict(place: Place, name: string): Promise<void> {
    await evictDurableObject(this.stub(place, name)).catch(() => undefined);
  }

  async abort(place: Place, name: string): Promise<void> {
    await runInDurableObject(this.stub(place, name), (_, state) => {
      state.abort('crash of the simulation');
    }).catch(() => undefined);
  }

  async abortAll(): Promise<void> {
    await abortAllDurableObjects();
  }

  /** One firing of a cron string with the time of now, without waiting for others. */
  async cron(cron: string): Promise<void> {
    const controller = createScheduledController({
      cron,
      scheduledTime: new Date(this.#world.now),
    });
    const ctx = createExecutionContext();
    await Promise.resolve(worker.scheduled(controller, env)).catch(() => undefined);
    await waitOnExecutionContext(ctx).catch(() => undefined);
    await quiet(this.#world.board);
  }
}

function split(key: string): readonly [Place, string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at) as Place, key.slice(at + 1)];
}
