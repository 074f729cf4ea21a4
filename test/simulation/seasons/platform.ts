/**
 * The platform of a history: users with attributes and skills, in a memory that no crash of ours
 * reaches. It fails in every way: before it applies, after it, with a storm of 429, by saying yes
 * and doing nothing. Remembers every update, when it came and how many were in flight.
 */
import { type Chance, unitOf } from '../chance';
import type { History } from '../history';

export const PLATFORM = 'season-platform';

const FATES = [
  'unavailable before',
  'unavailable after',
  'timeout before',
  'timeout after',
  'too fast',
  'garbage after',
  'lies',
] as const;
type Fate = (typeof FATES)[number];

export const PLATFORM_TROUBLES: readonly string[] = [
  ...FATES.map((fate) => `season platform ${fate}`),
  'season platform 429 storm',
];

export interface PlatformHabits {
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
  /** While it lasts everything is answered 429; UTC ms. */
  readonly storm: readonly [from: number, until: number] | null;
  readonly retryAfter: number | null;
}

export function drawPlatform(chance: Chance, opens: number): PlatformHabits {
  const levels = [0, 0, 0.1, 0.3];
  const fates = Object.fromEntries(FATES.map((fate) => [fate, chance.pick(levels) / 2]));
  const from = opens + chance.between(-10, 5) * 60_000;
  return {
    fates: fates as PlatformHabits['fates'],
    storm: chance.happens(0.3) ? [from, from + chance.pick([2, 20, 1500]) * 60_000] : null,
    retryAfter: chance.pick([null, 2, 40]),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** One request that changes something, as it came in. */
export interface Update {
  readonly at: number;
  readonly user: string;
  readonly key: string;
  readonly body: string;
  readonly what: string;
}

/** One question about a user, or about all (`user` is empty then). */
export interface Question {
  readonly at: number;
  readonly user: string;
  readonly isSkills: boolean;
  readonly isAnswered: boolean;
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

const USER = /\/(?:users|agents)\/([^/]+)(?:\/([a-z-]+))?(?:\/([^/]+))?$/;
const LIST = /\/(?:users|agents)$/;

export class Platform {
  readonly attributes = new Map<string, Fields>();
  readonly skills = new Map<string, Set<string>>();
  readonly updates: Update[] = [];
  /** `<user> <body>` of each update of attributes that it applied. */
  readonly taken = new Set<string>();
  /** Of whom it answered, and when. */
  readonly reads: { readonly at: number; readonly user: string }[] = [];
  /** What it was asked, in order, and whether it answered. */
  readonly questions: Question[] = [];
  readonly suffered = new Set<string>();
  /** Whose latest attributes it said yes to and did not take. */
  readonly swallowed = new Set<string>();
  mostInFlight = 0;
  /** Set when the faults of a history end. */
  calm = false;
  readonly #seed: number;
  readonly #habits: PlatformHabits;
  readonly #now: () => number;
  readonly #caller: () => unknown;
  readonly #inFlight = new Map<unknown, number>();
  readonly #asked = new Map<string, number>();

  constructor(seed: number, habits: PlatformHabits, now: () => number, caller: () => unknown) {
    this.#seed = seed;
    this.#habits = habits;
    this.#now = now;
    this.#caller = caller;
  }

  /** Counts what it did to us. */
  tell(history: History): void {
    for (const name of this.suffered) {
      const trouble = `season platform ${name}`;
      if (!history.troubles.has(trouble)) history.trouble(trouble);
    }
  }

  async answer(request: Request): Promise<Response> {
    // What a crash of the caller cut off is in flight no more.
    const caller = this.#caller();
    const move = (by: number): number => {
      const flying = (this.#inFlight.get(caller) ?? 0) + by;
      this.#inFlight.set(caller, flying);
      return flying;
    };
    this.mostInFlight = Math.max(this.mostInFlight, move(1));
    try {
      const body = await request.text();
      // A real platform takes its time, and requests at once are seen to be at once.
      await scheduler.wait(0);
      const { pathname } = new URL(request.url);
      if (request.method === 'GET') return this.#read(pathname);
      return this.#write(request, pathname, body);
    } finally {
      move(-1);
    }
  }

  #fate(name: string): Fate | '429 storm' | null {
    const nth = (this.#asked.get(name) ?? 0) + 1;
    this.#asked.set(name, nth);
    if (this.calm) return null;
    const { storm, fates } = this.#habits;
    if (storm !== null && storm[0] <= this.#now() && this.#now() < storm[1]) return '429 storm';
    let left = unitOf(`${this.#seed} platform ${name} ${nth}`);
    for (const fate of FATES) {
      const chance = fates[fate] ?? 0;
      if (left < chance) return fate;
      left -= chance;
    }
    return null;
  }

  #tooFast(): Response {
    const { retryAfter } = this.#habits;
    return json(429, {}, retryAfter === null ? {} : { 'retry-after': String(retryAfter) });
  }

  #failed(fate: Fate | '429 storm' | null, when: 'before' | 'after'): Response | null {
    if (fate !== null) this.suffered.add(fate);
    if (when === 'before' && (fate === 'too fast' || fate === '429 storm')) return this.#tooFast();
    if (fate === `unavailable ${when}`) return json(503, { error: 'maintenance' });
    if (fate === `timeout ${when}`) throw new TypeError('Network connection lost.');
    if (when === 'after' && fate === 'garbage after') return new Response('<html>thanks</html>');
    return null;
  }

  #read(pathname: string): Response {
    const fate = this.#fate(`read ${pathname}`);
    const [, name = '', part] = USER.exec(pathname) ?? [];
    const user = decodeURIComponent(name);
    const isSkills = part?.endsWith('skills') ?? false;
    // A timeout is no answer: it is thrown.
    this.questions.push({ at: this.#now(), user, isSkills, isAnswered: false });
    const failed = this.#failed(fate, 'before') ?? this.#failed(fate, 'after');
    if (failed !== null) return failed;
    this.questions.pop();
    this.questions.push({ at: this.#now(), user, isSkills, isAnswered: true });
    if (LIST.test(pathname)) {
      const users = [...this.attributes.keys()];
      return json(200, {
        entities: users.map((id) => ({ id })),
        agents: users.map((agentId) => ({ agentId })),
      });
    }
    const held = this.attributes.get(user) ?? {};
    this.reads.push({ at: this.#now(), user });
    if (part === 'routingskills' || part === 'skills') {
      const own = [...(this.skills.get(user) ?? [])];
      return json(200, { entities: own.map((id) => ({ id })) });
    }
    if (part === 'custom-data') return json(200, { fields: held });
    return json(200, { id: user, customAttributes: held });
  }

  #write(request: Request, pathname: string, body: string): Response {
    const [, name = '', part = 'user', skill = ''] = USER.exec(pathname) ?? [];
    const user = decodeURIComponent(name);
    const key = request.headers.get('idempotency-key') ?? '';
    const fate = this.#fate(`write ${user} ${part}`);
    const failed = this.#failed(fate, 'before');
    this.updates.push({ at: this.#now(), user, key, body, what: `${request.method} ${part}` });
    if (failed !== null) return failed;
    if (fate !== 'lies' && part.endsWith('skills')) this.#teach(user, skill, request.method, body);
    else if (fate !== 'lies') this.#apply(user, body);
    else if (!part.endsWith('skills')) this.swallowed.add(user);
    return this.#failed(fate, 'after') ?? json(200, { id: user });
  }

  #teach(user: string, skill: string, method: string, body: string): void {
    const own = this.skills.get(user) ?? new Set<string>();
    this.skills.set(user, own);
    if (method === 'DELETE') {
      own.delete(decodeURIComponent(skill));
      return;
    }
    const said = JSON.parse(body) as readonly Fields[] | { readonly skills: readonly Fields[] };
    const given = 'skills' in said ? said.skills : said;
    for (const one of given) own.add(String(one.id ?? one.skillId));
  }

  #apply(user: string, body: string): void {
    this.taken.add(`${user} ${body}`);
    this.swallowed.delete(user);
    const said = JSON.parse(body) as Readonly<Record<string, Fields>>;
    const given = said.customAttributes ?? said.attributes ?? said.fields ?? {};
    this.attributes.set(user, { ...this.attributes.get(user), ...given });
  }
}

/** The platform of a history behind its destination; others may have targets of their own. */
export async function openPlatform(
  { world, plan }: History,
  preset: 'seed' | 'genesys-cloud' | 'cxone',
  habits: PlatformHabits,
): Promise<Platform> {
  const { board } = world;
  const caller = (): unknown => board.states.get(`destination ${PLATFORM}`);
  const platform = new Platform(plan.seed, habits, () => world.now, caller);
  const { outside } = board;
  board.outside = (host, request) =>
    host.startsWith(`${PLATFORM}.`) || outside === null
      ? platform.answer(request)
      : outside(host, request);
  await world.must('PUT', `/v1/destinations/${PLATFORM}`, {
    preset,
    url: `https://${PLATFORM}.example.com`,
    auth: { type: 'bearer', token: `canary-platform-${plan.seed}-0123456789` },
    settings: preset === 'genesys-cloud' ? { schemaId: 'schema-1' } : {},
  });
  return platform;
}
