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
import { makeKey, send } from '../http/caller';
import { earn, hire, season } from './stage';

export const MINUTE = 60_000;

/** Instants as text are of UTC. */
const timeOf = (at: string | number): number =>
  typeof at === 'number' ? at : Date.parse(`${at}Z`);

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
  /** What cron's jobs reach the world through; a test of faults wraps it. */
  env: typeof env = env;
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
    await runDecay(this.env, this.now);
    await evaluate(this.env, this.now);
    await endGraces(this.env, this.now);
    await driveSeasons(this.env, this.now);
  }

  /** Cron fires at an instant, and then objects do what is due until another. */
  async step(from: string | number, until: string | number = from): Promise<void> {
    this.now = timeOf(from);
    await this.cron();
    await this.work(timeOf(until));
  }

  /** Objects do what is due until an instant. */
  async work(end: number): Promise<void> {
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

const WROTE = Date.parse('2031-06-01T00:00:00Z');
let serial = 0;

export interface Actor {
  readonly id: string;
  readonly key: string;
  /** Id on the platform. */
  readonly user: string;
}

export interface Quarter {
  readonly id: string;
  readonly next: string;
  readonly group: string;
  readonly category: string;
  readonly destination: string;
  readonly agents: readonly Actor[];
  readonly play: Play;
}

/** The third quarter of 2031 with a platform and agents of given points, all of its own. */
export async function quarter(
  points: readonly number[],
  fields: Record<string, unknown> = {},
  more: Partial<Destination> & { preset?: PresetName } = {},
): Promise<Quarter> {
  serial += 1;
  const [id, group, category] = [`Q${serial}`, `group-${serial}`, `Cat${serial}`];
  const destination = `platform-${serial}`;
  const { preset = 'seed', ...settings } = more;
  await platform(destination, preset, settings);
  await season(
    id,
    {
      categories: [category],
      startDay: '2031-07-01',
      endDay: '2031-09-30',
      decay: { factor: '1' },
      target_groups: [group],
      destinations: [destination],
      ...fields,
    },
    WROTE,
  );
  const agents: Actor[] = [];
  for (const [index, count] of points.entries()) {
    const name = `agent-${serial}-${index}`;
    const key = await hire(name, { groups: [group] }, WROTE);
    if (count > 0) {
      await earn(key, count, '2031-09-10', Date.parse('2031-09-10T12:00:00Z'), category);
    }
    agents.push({ id: name, key, user: `genesys-${name}` });
  }
  const next = `${id}-2`;
  const play = new Play(WROTE, [id, next], [destination]);
  if (points.some((count) => count > 0)) {
    play.now = Date.parse('2031-09-30T12:00:00Z');
    await evaluate(env, play.now);
  }
  return { id, next, group, category, destination, agents, play };
}

export const archived = async (id: string): Promise<Record<string, unknown>[]> =>
  (
    await env.DB.prepare('SELECT * FROM season_archive WHERE id > ?1 AND id < ?2 ORDER BY id')
      .bind(`${id}.`, `${id}/`)
      .all<Record<string, unknown>>()
  ).results;

/** What the route answers of the run under way. */
export async function currentOf({ id }: Pick<Quarter, 'id'>): Promise<Record<string, unknown>> {
  const { key } = await makeKey(['viewer']);
  const told = await send('GET', `/v1/seasons/${id}/reset`, { key });
  return told.body.current as Record<string, unknown>;
}
