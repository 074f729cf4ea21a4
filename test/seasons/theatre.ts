/**
 * A season's end with platforms: the objects, the journal and D1 are the real ones, the platforms
 * are the sandbox's fakes, and the test moves the clock from due time to due time.
 */
import { env } from 'cloudflare:workers';
import type { Destination, PresetName } from '../../src/delivery/destination';
import { runDecay } from '../../src/seasons/decay/client';
import { driveSeasons, endGraces } from '../../src/seasons/reset/client';
import type { SeasonMethods } from '../../src/seasons/reset/object';
import { evaluateTiers } from '../../src/seasons/standing/client';
import { destinationOf, keep } from '../delivery/depot';
import type { Network } from '../delivery/network';

export const MINUTE = 60_000;

/** Cron fires rarer than it does: missing a firing changes nothing in the end. */
const CRON = 30 * MINUTE;

interface Due {
  due(now: number): Promise<number | null>;
}

const stub = (binding: 'SEASONS' | 'DESTINATIONS', name: string): Due =>
  (env[binding] as unknown as { getByName(name: string): Due }).getByName(name);

export const seasonStub = (name: string): SeasonMethods => env.SEASONS.getByName(name);

export async function platform(
  id: string,
  preset: PresetName,
  more: Partial<Destination> = {},
): Promise<Destination> {
  const host = preset === 'cxone' ? 'cxone' : preset === 'webhook' ? 'webhook' : 'genesys';
  const destination = destinationOf(preset, `https://${host}.example.com`, {
    ratePerMinute: null,
    ...more,
  });
  await keep(id, destination);
  return destination;
}

/** What a user of the fake Genesys has. */
export const attributesOf = (network: Network, user: string): Record<string, unknown> =>
  ((network.shelf('genesys').get('users', user) as { customAttributes?: object } | undefined)
    ?.customAttributes ?? {}) as Record<string, unknown>;

export const evaluate = evaluateTiers<typeof env>(async () => undefined);

/** Objects that a test plays, and when each is due next. */
export class Play {
  now: number;
  readonly #due = new Map<string, number>();
  readonly #seasons: readonly string[];
  readonly #destinations: readonly string[];

  constructor(now: number, seasons: readonly string[], destinations: readonly string[]) {
    this.now = now;
    this.#seasons = seasons;
    this.#destinations = destinations;
  }

  /** Fires the jobs of seasons. */
  async cron(): Promise<void> {
    await runDecay(env, this.now);
    await evaluate(env, this.now);
    await endGraces(env, this.now);
    await driveSeasons(env, this.now);
  }

  /** Lets objects do what is due until an instant, and cron every half hour. */
  async until(end: number, withCron = true): Promise<void> {
    for (let at = this.now; at <= end; at += CRON) {
      this.now = at;
      if (withCron) await this.cron();
      await this.#work(Math.min(end, at + CRON - 1));
    }
    this.now = end;
  }

  async #work(end: number): Promise<void> {
    for (const name of this.#seasons) this.#due.set(`SEASONS ${name}`, this.now);
    for (const name of this.#destinations) this.#due.set(`DESTINATIONS ${name}`, this.now);
    for (let turn = 0; turn < 2000; turn += 1) {
      const [next] = [...this.#due].filter(([, at]) => at <= end).toSorted((a, b) => a[1] - b[1]);
      if (next === undefined) return;
      const [key, at] = next;
      this.now = Math.max(this.now, at);
      const [binding = '', name = ''] = key.split(' ');
      const due = await stub(binding as 'SEASONS', name).due(this.now);
      if (due === null) this.#due.delete(key);
      else this.#due.set(key, Math.max(due, this.now + (binding === 'SEASONS' ? 1000 : 1)));
      // Whoever was told something has it due now.
      if (binding === 'SEASONS') {
        for (const one of this.#destinations) this.#due.set(`DESTINATIONS ${one}`, this.now + 1);
      }
    }
    throw new Error('it never rests');
  }
}
