/**
 * A stage for boards: agents, coaching sessions as the ledger sees them, boards through the API.
 * Sessions are posted by change sets of the same form as the engine's own; decides nothing.
 */
import { env, exports } from 'cloudflare:workers';
import type { CommitAnswer, Row } from '../../src/kernel/change-set';
import { keyedHash } from '../../src/kernel/hash';
import { localDay } from '../../src/kernel/zone';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { entryRow, type Leg, transaction } from '../../src/ledger/entry';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const keyOf = (agentId: string): string => `k${agentId}`.padEnd(16, 'a').slice(0, 16);

export async function must(answer: Promise<CommitAnswer>): Promise<number> {
  const said = await answer;
  if (said.verdict !== 'committed') throw new Error(JSON.stringify(said));
  return said.seal;
}

export interface Person {
  readonly agentId: string;
  readonly groups?: readonly string[];
  readonly status?: string;
  readonly version?: number;
  readonly effectiveFrom?: number | null;
}

export const personRow = (person: Person, now: number): Row =>
  configRow(
    {
      kind: 'agent',
      name: keyOf(person.agentId),
      version: person.version ?? 1,
      effectiveFrom: person.effectiveFrom ?? null,
      writtenAt: now,
      author: 'tester',
      content: {
        agentId: person.agentId,
        name: null,
        status: person.status ?? 'ACTIVE',
        groups: person.groups ?? ['Mentors'],
        attributes: {},
        platformIds: {},
        employeeId: null,
      },
    },
    'salt',
  );

export async function people(ids: readonly string[], now: number): Promise<void> {
  for (let from = 0; from < ids.length; from += 200) {
    const some = ids.slice(from, from + 200);
    const rows = some.flatMap((agentId) => [
      personRow({ agentId }, now),
      {
        table: 'agent_ids',
        id: keyedHash(env.SECRETS_KEY, `id:${agentId}`),
        values: { agent_key: keyOf(agentId) },
      },
    ]);
    await must(commit(env, { rows }, now));
  }
}

export interface Post {
  readonly agentId: string;
  readonly session: string;
  /** Counts the settlements of a coaching session from 1. */
  readonly number: number;
  /** Signed, in points. */
  readonly points: number;
  readonly at: number;
  readonly category?: string;
  readonly zone?: string;
  /** Transaction that it answers. */
  readonly reverses?: string | null;
}

/** The entry of one settlement, as a coaching session posts it. */
export function postRow(post: Post, recordedAt: number): Row {
  const category = post.category ?? 'Mentorship';
  const account = `agent:${keyOf(post.agentId)}:points:${category}:none`;
  const program = `program:${category}`;
  const leg: Leg = {
    unit: `POINTS/${category}`,
    from: post.points > 0 ? program : account,
    to: post.points > 0 ? account : program,
    amount: Math.round(Math.abs(post.points) * 10_000),
    day: localDay(post.at, post.zone ?? 'Etc/UTC'),
    rule: 'rule/r/1',
  };
  const cause = {
    kind: post.points > 0 ? 'AWARD' : 'REVERSAL',
    cause: `${post.session}.${String(post.number).padStart(4, '0')}`,
    occurredAt: post.at,
    recordedAt,
    reverses: post.reverses ?? (post.points > 0 ? null : 'earlier'),
  };
  const [entry] = transaction(cause, [leg]);
  if (entry === undefined) throw new Error('an entry');
  return entryRow(entry);
}

export const post = (posts: readonly Post[], now: number): Promise<number> =>
  must(commit(env, { rows: posts.map((one) => postRow(one, now)) }, now));

export const SEED_BOARD = {
  name: 'Senior Mentorship Leaderboard',
  description: 'Rolling 30-day leaderboard tracking validated mentorship points with decay',
  enabled: true,
  pointCategory: 'Mentorship',
  evaluationWindow: { type: 'ROLLING', durationDays: 30 },
  decayConfiguration: { enabled: true, decayRatePercentPerDay: 1.5, minimumPointValue: 0 },
  eligibility: {
    userGroups: ['Senior_Agent_Group_ID', 'Mentor_Certified_Group_ID'],
    statusFilter: 'ACTIVE',
  },
  rewardTiers: [
    { rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 },
    { rankRange: '4-10', rewardType: 'EXTRA_PTO', value: 4 },
  ],
};

export interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

let bearer = '';

/** A request of an operator with every permission a person may have. */
export async function api(method: string, path: string, body?: unknown): Promise<Told> {
  if (bearer === '') await signIn();
  return send(method, path, bearer, body);
}

/** Makes the key of the requests to come; again after the books were emptied. */
export async function signIn(): Promise<string> {
  const made = await send('POST', '/v1/keys', env.ADMIN_TOKEN, {
    name: 'boards',
    person: 'operator@guerdon.test',
    roles: ['viewer', 'author', 'approver', 'compliance', 'admin'],
  });
  bearer = String(made.body.key);
  return bearer;
}

async function send(method: string, path: string, key: string, body?: unknown): Promise<Told> {
  const response = await exports.default.fetch(`https://guerdon.test${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    headers: response.headers,
  };
}

export interface Line {
  readonly rank: number;
  readonly agentId: string | null;
  readonly score: string;
  readonly exactScore: string;
  readonly reachedAt: string;
  readonly reward: { readonly rewardType: string; readonly unit: string } | null;
}

export async function standings(
  id: string,
  query = '',
): Promise<{ items: Line[]; nextCursor: string | null; seal: number; participants: number }> {
  const told = await api('GET', `/v1/leaderboards/${id}/standings?limit=200${query}`);
  if (told.status !== 200) throw new Error(JSON.stringify(told.body));
  return told.body as unknown as Awaited<ReturnType<typeof standings>>;
}

export async function newBoard(fields: object = {}): Promise<string> {
  const made = await api('POST', '/v1/leaderboards', { ...SEED_BOARD, eligibility: {}, ...fields });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return String(made.body.id);
}
