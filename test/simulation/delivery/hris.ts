/**
 * The HRIS of a history: what it was asked, what it committed and under which key, in a memory that
 * no crash of ours reaches. It fails in every way a target can: before it commits, after it, with
 * nonsense, with another amount than it took, by forgetting keys or never having honoured any.
 */
import { type Chance, unitOf } from '../chance';
import type { History } from '../history';

export const FATES = [
  'unavailable before',
  'unavailable after',
  'timeout before',
  'timeout after',
  'too fast',
  'garbage after',
  'other amount told',
] as const;
export type Fate = (typeof FATES)[number];

export interface Habits {
  /** Chance of each fate of a request; the rest goes well. */
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
  readonly honoursKeys: boolean;
  /** Hours after which it has forgotten a key. */
  readonly keyLifeHours: number;
}

export function drawHabits(chance: Chance): Habits {
  const levels = [0, 0, 0.1, 0.3];
  const fates = Object.fromEntries(FATES.map((fate) => [fate, chance.pick(levels) / 2]));
  return {
    fates: fates as Partial<Record<Fate, number>>,
    honoursKeys: chance.happens(0.6),
    keyLifeHours: chance.pick([2, 24]),
  };
}

export interface Commit {
  readonly key: string;
  readonly body: string;
  readonly at: number;
}

interface Employee {
  readonly employee_id?: string;
}

/** What it is asked for: where, how it lists what it has, and how it tells another amount. */
export interface Desk {
  readonly path: string;
  readonly lists: (commit: Commit, asked: URLSearchParams) => boolean;
  readonly wrong: object;
}

/** Employees it does not know; what is for them is refused for good. */
export const UNKNOWN = 'nobody-at-the-hris';
const HOUR = 3_600_000;
const REWARDS: Desk = {
  path: '/api/v1/rewards',
  lists: ({ key }, asked) => key === (asked.get('idempotency_key') ?? ''),
  wrong: { amount: '0.01' },
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

export class Hris {
  readonly commits: Commit[] = [];
  /** Every body that was sent under a key, whether it was taken or not. */
  readonly said = new Map<string, string[]>();
  readonly suffered = new Map<string, number>();
  mostInFlight = 0;
  /** Set when the faults of a history end. */
  calm = false;
  readonly #seed: number;
  readonly #habits: Habits;
  readonly #now: () => number;
  readonly #secret: string;
  readonly #desk: Desk;
  readonly #asked = new Map<string, number>();
  /** Whoever asks: what a crash cut off is in flight no more, and nobody hears of its end. */
  readonly #caller: () => unknown;
  readonly #inFlight = new Map<unknown, number>();

  constructor(
    seed: number,
    habits: Habits,
    secret: string,
    now: () => number,
    caller: () => unknown = () => null,
    desk: Desk = REWARDS,
  ) {
    this.#seed = seed;
    this.#habits = habits;
    this.#secret = secret;
    this.#now = now;
    this.#caller = caller;
    this.#desk = desk;
  }

  /** Counts what it did to us. */
  tell(history: History): void {
    const fates = [...this.suffered.keys()].map((fate) => `hris ${fate}`);
    const habits = this.#habits.honoursKeys ? [] : ['hris ignores keys'];
    for (const name of [...fates, ...habits]) {
      if (!history.troubles.has(name)) history.trouble(name);
    }
  }

  async answer(request: Request): Promise<Response> {
    const caller = this.#caller();
    const move = (by: number): number => {
      const now = (this.#inFlight.get(caller) ?? 0) + by;
      this.#inFlight.set(caller, now);
      return now;
    };
    this.mostInFlight = Math.max(this.mostInFlight, move(1));
    try {
      const body = await request.text();
      if (request.headers.get('authorization') !== `Bearer ${this.#secret}`) {
        return json(401, { error: 'who are you' });
      }
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== this.#desk.path) return json(404, { error: 'no such thing' });
      if (request.method === 'GET') return this.#list(searchParams);
      return this.#take(request.headers.get('idempotency-key') ?? '', body);
    } finally {
      move(-1);
    }
  }

  #fate(name: string): Fate | null {
    const nth = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, nth);
    if (this.calm) return null;
    let left = unitOf(`${this.#seed} hris ${name} ${nth}`);
    for (const fate of FATES) {
      const chance = this.#habits.fates[fate] ?? 0;
      if (left < chance) {
        this.suffered.set(fate, (this.suffered.get(fate) ?? 0) + 1);
        return fate;
      }
      left -= chance;
    }
    return null;
  }

  #list(asked: URLSearchParams): Response {
    const fate = this.#fate(`look ${asked.get('idempotency_key') ?? asked}`);
    if (fate === 'too fast') return json(429, {}, { 'retry-after': '3' });
    if (fate?.startsWith('timeout')) throw new TypeError('Network connection lost.');
    if (fate?.startsWith('unavailable')) return json(503, { error: 'maintenance' });
    if (fate === 'garbage after') return new Response('<html>login</html>');
    const items = this.commits.filter((commit) => this.#desk.lists(commit, asked));
    return json(200, {
      items: items.map(({ key, body }) => ({ ...JSON.parse(body), idempotency_key: key })),
    });
  }

  #take(key: string, body: string): Response {
    this.said.set(key, [...(this.said.get(key) ?? []), body]);
    const fate = this.#fate(`post ${key}`);
    if (fate === 'too fast') return json(429, {}, { 'retry-after': '2' });
    if (fate === 'unavailable before') return json(503, { error: 'maintenance' });
    if (fate === 'timeout before') throw new TypeError('Network connection lost.');
    const employee = JSON.parse(body) as Employee;
    if (employee.employee_id?.startsWith(UNKNOWN)) return json(422, { error: 'no such employee' });
    if (!this.#remembers(key)) this.commits.push({ key, body, at: this.#now() });
    if (fate === 'unavailable after') return json(502, { error: 'bad gateway' });
    if (fate === 'timeout after') throw new TypeError('Network connection lost.');
    if (fate === 'garbage after') return new Response('<html>thank you</html>');
    if (fate === 'other amount told') return json(200, { ...employee, ...this.#desk.wrong });
    return json(201, employee);
  }

  #remembers(key: string): boolean {
    const { honoursKeys, keyLifeHours } = this.#habits;
    const since = this.#now() - keyLifeHours * HOUR;
    return honoursKeys && this.commits.some((commit) => commit.key === key && commit.at > since);
  }
}
