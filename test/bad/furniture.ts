/**
 * What there is before anything bad is asked: one thing of every kind, called `known` where a name
 * can be chosen, so that a request gets past "there is no such thing". Moves nothing in the books.
 */
import { ROLES } from '../../src/access/role';
import { encodeCursor } from '../../src/http/paging';
import { ADMIN_TOKEN, type Body, type Heard, itemsOf, makeKey, send } from '../http/caller';
import {
  OF_A_BEARER,
  OF_A_CLIENT,
  OF_A_DESTINATION,
  OF_A_PASSWORD,
  OF_A_SENDER,
  OF_A_SOURCE,
  OF_A_SUBSCRIPTION,
  OF_A_TOKEN,
} from './canaries';

/** The day it is, some days on. */
const dayFromNow = (days: number): string =>
  new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

const AGENT = { name: 'An agent', groups: ['Everyone'] };
const METRIC = { metricId: 'acd.handle.time', aggregation: 'SUM' };
const TEAM = {
  name: 'A team',
  teamScope: 'EXPLICIT',
  memberIds: ['known'],
  metricDefinitions: [METRIC],
};
const goal = (evaluationFrequency: string) => ({
  name: 'A goal',
  teamId: 'known',
  metricId: 'acd.handle.time.sum',
  evaluationFrequency,
  thresholds: [{ status: 'ACHIEVED', operator: 'LTE', value: 285 }],
});
const season = (category: string, startDay: string, endDay: string) => ({
  categories: [category],
  startDay,
  endDay,
});
const TIER = { name: 'BRONZE', threshold: '0', queue: 'Standard', weight: '0.8', priority: 80 };
const HTTPS = 'https://there.example.com/v1';

/** Everything that is put, in the order in which one thing needs another. */
export const THINGS: readonly (readonly [path: string, body: Body])[] = [
  ['/v1/organisation', { timeZone: 'Etc/UTC', currency: 'USD', weekStart: 'MONDAY' }],
  ['/v1/agents/known', AGENT],
  [
    '/v1/agents/agent-1',
    { ...AGENT, platformIds: { genesys: 'user-1', 'genesys-cloud': 'user-1' }, employeeId: 'E-1' },
  ],
  ['/v1/agents/known/absences', { absences: [{ from: '2024-10-07', to: '2024-10-20' }] }],
  ['/v1/programs/Mentorship', { lockSeconds: 0 }],
  ['/v1/teams/known', TEAM],
  ['/v1/goals/known', goal('MONTHLY')],
  ['/v1/goals/weekly', goal('WEEKLY')],
  ['/v1/goals/quarterly', goal('QUARTERLY')],
  ['/v1/reward-pools/known', { unit: 'USD', funded: '0' }],
  ['/v1/tiers', { tiers: [TIER] }],
  ['/v1/seasons/known', season('Before', '2024-07-01', '2024-09-30')],
  ['/v1/seasons/running', season('Now', dayFromNow(-30), dayFromNow(60))],
  ['/v1/routing/policy', { targetConcurrent: '3' }],
  ['/v1/fx-rates/2024-09-30', { base: 'USD', rates: { EUR: '0.9236' } }],
  [
    '/v1/sources/known',
    {
      signature: { scheme: 'hmac-hex', header: 'X-Webhook-Signature' },
      secrets: [OF_A_SOURCE],
      bearer: { token: OF_A_BEARER },
    },
  ],
  [
    '/v1/sources/sender',
    { platform: 'genesys-cloud', signature: { scheme: 'hmac-hex' }, secrets: [OF_A_SOURCE] },
  ],
  ['/v1/sources/timed', { signature: { scheme: 'timestamped' }, secrets: [OF_A_SOURCE] }],
  ['/v1/sources/standard', { signature: { scheme: 'standard' }, secrets: [OF_A_SENDER] }],
  [
    '/v1/destinations/known',
    { preset: 'webhook', url: HTTPS, auth: { type: 'signed', secret: OF_A_DESTINATION } },
  ],
  [
    '/v1/destinations/hris',
    { preset: 'hris', url: HTTPS, auth: { type: 'bearer', token: OF_A_TOKEN } },
  ],
  [
    '/v1/destinations/basic',
    {
      preset: 'seed',
      url: HTTPS,
      auth: { type: 'basic', username: 'guerdon', password: OF_A_PASSWORD },
    },
  ],
  [
    '/v1/destinations/oauth',
    {
      preset: 'genesys-cloud',
      url: HTTPS,
      auth: {
        type: 'oauth2',
        tokenUrl: 'https://login.example.com/token',
        clientId: 'guerdon',
        clientSecret: OF_A_CLIENT,
      },
    },
  ],
  ['/v1/subscriptions/known', { kinds: ['goal.*'], url: HTTPS, secret: OF_A_SUBSCRIPTION }],
  ['/v1/members/pat@example.com', { roles: ['approver'] }],
];

export const RULE = {
  name: 'The known rule',
  evaluationOrder: 10,
  conditions: [{ field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 }],
  actions: [
    { type: 'AWARD_POINTS', points: 50, pointCategory: 'Mentorship', recipientType: 'MENTOR' },
  ],
};
export const BOARD = {
  name: 'The known board',
  pointCategory: 'Mentorship',
  evaluationWindow: { type: 'ROLLING', durationDays: 30 },
  rewardTiers: [{ rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 }],
};
export const PLAN = {
  plan_id: 'known',
  base_bonus: 500,
  quality_weight: 0.6,
  productivity_weight: 0.4,
  quality_tiers: [{ min_score: 80, multiplier: 1 }],
};
export const ADJUSTMENT = {
  agentId: 'known',
  unit: 'POINTS/Mentorship',
  amount: '-12.5',
  reason: 'counted twice',
};
export const KEY_USED = 'the-key-that-was-used';

export interface Furniture {
  /** The key of everybody's rights; the second person's; one that may only read; one revoked. */
  readonly key: string;
  readonly other: string;
  readonly viewer: string;
  readonly revoked: string;
  readonly admin: string;
  /** Things whose names are given to them. */
  readonly rule: string;
  readonly board: string;
  readonly run: string;
  /** Reviews that the caller opened, and that the second person did. */
  readonly review: string;
  readonly othersReview: string;
  /** The next page of the agents, and one whose last characters were exchanged. */
  readonly cursor: string;
  readonly tampered: string;
  readonly shortened: string;
}

async function done(heard: Promise<Heard>, what: string): Promise<Body> {
  const { status, text, body } = await heard;
  if (status >= 300) throw new Error(`${what}: ${status} ${text}`);
  return body;
}

/** One of everything. Nothing of it is in the ledger. */
export async function furnished(): Promise<Furniture> {
  const roles = [...ROLES];
  const { key } = await makeKey(roles, { person: 'one@example.com' });
  const { key: other } = await makeKey(roles, { person: 'other@example.com' });
  const { key: viewer } = await makeKey(['viewer']);
  const gone = await makeKey(roles);
  await done(send('DELETE', `/v1/keys/${gone.id}`, { key }), 'a key that is revoked');
  for (const [path, body] of THINGS) await done(send('PUT', path, { key, body }), path);
  const post = (path: string, body: unknown, by = key, headers = {}): Promise<Body> =>
    done(send('POST', path, { key: by, body, headers }), path);
  const rule = await post('/v1/rules', RULE);
  const board = await post('/v1/leaderboards', BOARD, key, { 'Idempotency-Key': KEY_USED });
  const plan = await post('/v1/plans', { compensation_plan: PLAN });
  await post('/v1/plans/known/versions/1/approve', { hash: plan.hash }, other);
  const run = await post('/v1/pay-runs', { planId: 'known', period: '2024-09' });
  const review = await post('/v1/ledger/adjustments', ADJUSTMENT);
  const others = await post('/v1/ledger/adjustments', ADJUSTMENT, other);
  const page = await send('GET', '/v1/agents?limit=1', { key });
  if (itemsOf(page).length !== 1) throw new Error('no agents');
  const cursor = String(page.body.nextCursor);
  return {
    ...{ key, other, viewer, revoked: gone.key, admin: ADMIN_TOKEN },
    rule: String(rule.id),
    board: String(board.id),
    run: String(run.runId),
    review: String(review.reviewId),
    othersReview: String(others.reviewId),
    cursor,
    tampered: encodeCursor('abc').slice(0, 11) + cursor.slice(11),
    shortened: cursor.slice(0, -4),
  };
}

/** A text with the names of what was made. */
export const filled = (text: string, furniture: Furniture): string =>
  text.replace(/\{([A-Za-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(furniture, name) ? furniture[name as keyof Furniture] : whole,
  );
