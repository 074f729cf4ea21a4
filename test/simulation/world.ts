/**
 * The stage of one history: an empty installation at the history's first instant, set up through
 * the API as an operator would. Everything is made anew for each seed, so a seed replays the same
 * alone as in the middle of ten thousand.
 */
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { type Backing, useDatabase } from '../worker/database';
import { emptied } from '../worker/empty';
import { type Board, installBoard, quiet } from '../worker/io';
import type { PlannedResult, PlannedRule } from './coaching/plan';
import type { PlannedPerson, SourceId } from './plan';
import { type Answer, PROFILES, request } from './sender';

export const SOURCES = Object.keys(PROFILES) as SourceId[];

const ROLES = ['viewer', 'author', 'approver', 'payroll', 'compliance', 'admin'];

/** The journal rests at most half a minute at a time. */
const MOST_WAITS = 5;

export class World {
  readonly board: Board;
  readonly #bearer: string;
  #second: string | null = null;
  #now: number;
  #requests = 0;
  /** INV-15: what was set and is not what is read right afterwards. */
  readonly unread: string[] = [];

  private constructor(board: Board, bearer: string, now: number) {
    this.board = board;
    this.#bearer = bearer;
    this.#now = now;
  }

  /**
   * An empty installation at an instant, with a key that may do everything a person may; on this
   * database, or on that of all tests.
   */
  static async open(now: number, backing?: Backing): Promise<World> {
    if (backing !== undefined) useDatabase(backing);
    await emptied();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now);
    const made = await request(
      'key',
      'POST',
      '/v1/keys',
      { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
      JSON.stringify({ name: 'history', person: 'operator@guerdon.test', roles: ROLES }),
    );
    if (made.status !== 201) throw new Error(`no key: ${JSON.stringify(made)}`);
    return new World(installBoard(), (made.body as { key: string }).key, now);
  }

  /** A further key, of a person who may do everything a person may. */
  async keyOf(person: string): Promise<string> {
    const body = { name: `history of ${person}`, person: `${person}@guerdon.test`, roles: ROLES };
    return ((await this.must('POST', '/v1/keys', body)) as { key: string }).key;
  }

  get now(): number {
    return this.#now;
  }

  /** Moves the clock; it never goes back. */
  advanceTo(instant: number): void {
    this.#now = Math.max(this.#now, instant);
    vi.setSystemTime(this.#now);
  }

  /** One request of an operator, without faults: what it changes is part of the history. Text goes as it is. */
  async operator(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    bearer = this.#bearer,
  ): Promise<Answer> {
    const { board } = this;
    const { decide } = board;
    board.decide = () => null;
    this.#requests += 1;
    try {
      const answer = await request(
        `operator ${this.#requests}`,
        method,
        path,
        {
          authorization: `Bearer ${bearer}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
      );
      if (method === 'PUT') await this.#readBack(path, answer, bearer);
      return answer;
    } finally {
      board.decide = decide;
      await quiet(board);
    }
  }

  /** INV-15, by the version that both answers name. */
  async #readBack(path: string, { status, headers }: Answer, bearer: string): Promise<void> {
    const written = headers.get('etag');
    if (status >= 300 || written === null) return;
    const authorization = `Bearer ${bearer}`;
    const read = await request(`${path} read back`, 'GET', path, { authorization }, undefined);
    const found = read.headers.get('etag');
    if (read.status === 200 && found === written) return;
    this.unread.push(`INV-15 ${path}: ${written} was set, ${read.status} ${found} is read`);
  }

  /** A second person: whoever configured what is reviewed does not decide it. */
  async reviewer(method: string, path: string, body?: unknown): Promise<Answer> {
    if (this.#second === null) {
      const asked = { name: 'reviewer', person: 'reviewer@guerdon.test' };
      const roles = ['viewer', 'compliance', 'approver'];
      const made = (await this.must('POST', '/v1/keys', { ...asked, roles })) as { key: string };
      this.#second = made.key;
    }
    return this.operator(method, path, body, {}, this.#second);
  }

  /** Requests that arrive in the same instant, with the faults of the history. */
  async atOnce(method: string, paths: readonly string[]): Promise<void> {
    const headers = { authorization: `Bearer ${this.#bearer}`, 'content-type': 'application/json' };
    this.#requests += 1;
    await Promise.all(
      paths.map((path) =>
        request(`at once ${this.#requests} ${path}`, method, path, headers, '{}').catch(() => null),
      ),
    );
    await quiet(this.board);
  }

  /** One request with the faults of the history; null where it was cut off. */
  async asked(method: string, path: string, body?: unknown): Promise<Answer | null> {
    const headers = { authorization: `Bearer ${this.#bearer}`, 'content-type': 'application/json' };
    this.#requests += 1;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const name = `asked ${this.#requests}`;
    const answer = await request(name, method, path, headers, text).catch(() => null);
    await quiet(this.board);
    return answer;
  }

  /** One request with the faults of the history; null: nothing was heard. */
  async attempt(
    bearer: string,
    method: string,
    path: string,
    body: unknown,
    key: string,
  ): Promise<Answer | null> {
    this.#requests += 1;
    const headers = {
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    };
    const actor = `attempt ${this.#requests}`;
    try {
      return await request(actor, method, path, headers, JSON.stringify(body));
    } catch {
      return null;
    }
  }

  /** The same, for what cannot fail. A journal that rests after a fault is waited for, as it asks. */
  async must(method: string, path: string, body?: unknown): Promise<unknown> {
    // What was lost may have been done: the same key says that it is the same request.
    const key = { 'idempotency-key': `operator-${this.#requests}` };
    const headers = method === 'POST' ? key : {};
    let answer = await this.operator(method, path, body, headers);
    for (let again = 0; answer.status === 503 && again < MOST_WAITS; again += 1) {
      this.advanceTo(this.#now + Number(answer.headers.get('retry-after') ?? 1) * 1000);
      answer = await this.operator(method, path, body, headers);
    }
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  }

  async addSource(source: SourceId, secret: string): Promise<void> {
    await this.must('PUT', `/v1/sources/${source}`, {
      platform: source,
      signature: PROFILES[source],
      secrets: [secret],
    });
  }

  async addPerson({ agentId, ...known }: PlannedPerson): Promise<void> {
    const body = { name: `Person ${agentId}`, status: 'ACTIVE', ...known };
    await this.must('PUT', `/v1/agents/${agentId}`, body);
  }

  async addRule(
    rule: PlannedRule,
    key = `rule ${rule.name}`.replaceAll(' ', '-'),
  ): Promise<string> {
    const headers = { 'idempotency-key': key };
    const answer = await this.operator('POST', '/v1/rules', rule, headers);
    if (answer.status !== 201) throw new Error(`POST /v1/rules: ${JSON.stringify(answer.body)}`);
    return (answer.body as { id: string }).id;
  }
}

/** The Idempotency-Key under which the first rule is made. */
export const FIRST_RULE_KEY = 'the-first-rule';

/** One item of the seed's results page. */
export const resultItem = (result: PlannedResult): unknown => ({
  id: result.id,
  user_id: result.agentId,
  scorecard_version_id: 'scorecard-1',
  result_status: 'COMPLETED',
  score: { total: result.score, weighted: true },
  created_date: new Date(result.createdAt).toISOString(),
});

/** Makes rules one after the other; their ids in order. */
export async function addRules(world: World, rules: readonly PlannedRule[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, rule] of rules.entries()) {
    ids.push(await world.addRule(rule, index === 0 ? FIRST_RULE_KEY : `rule-${index}`));
  }
  return ids;
}
