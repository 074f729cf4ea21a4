/**
 * Explanations over the whole way: from what signed senders sent to why each transaction stands,
 * for every kind of cause that posts. Titles say what an auditor reads.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BoardsEnv } from '../../src/boards/client';
import { issueBoardRewards } from '../../src/boards/rewards/jobs';
import { HOUR, MINUTE, Stage } from '../conformance/stage';
import { request } from '../simulation/sender';

interface Explanation {
  readonly transaction: {
    readonly id: string;
    readonly kind: string;
    readonly entries: readonly Readonly<Record<string, unknown>>[];
  };
  readonly sealed: { readonly number: number; readonly hash: string };
  readonly reverses: string | null;
  readonly reversedBy: readonly string[];
  readonly cause: {
    readonly kind: string;
    readonly id: string;
    readonly because: {
      readonly coachingSessionId: string;
      readonly decision: {
        readonly outcome: string;
        readonly rules: readonly {
          readonly rule: string;
          readonly verdict: string;
          readonly conditions: readonly Readonly<Record<string, unknown>>[];
          readonly revokedBy?: {
            readonly conditions: readonly Readonly<Record<string, unknown>>[];
          };
        }[];
      };
      readonly rules: readonly Readonly<Record<string, unknown>>[];
      readonly events: readonly {
        readonly id: string;
        readonly arrived: number;
        readonly eventId: string;
        readonly type: string;
        readonly signature: { readonly verdict: string; readonly by: string };
        readonly repetitions: readonly { readonly action: string }[];
      }[];
      readonly settlements: readonly { readonly outcome: string }[];
      readonly [field: string]: unknown;
    } | null;
  };
}

let stage: Stage;
let explained: Explanation[] = [];

const ACCOUNT = '/v1/ledger/accounts/agent:mentor-1:points:Mentorship:none';

async function explain(id: string): Promise<Explanation> {
  const path = `/v1/ledger/transactions/${id}/explain`;
  return (await stage.world.must('GET', path)) as Explanation;
}

/** Explanations of all transactions on an account, in the order in which they were sealed. */
async function explainAll(account = ACCOUNT): Promise<Explanation[]> {
  const { items } = (await stage.world.must('GET', `${account}?limit=200`)) as {
    items: { transaction: string; seal: number }[];
  };
  const inOrder = items.toSorted((a, b) => a.seal - b.seal);
  return Promise.all(inOrder.map(({ transaction }) => explain(transaction)));
}

beforeAll(async () => {
  stage = await Stage.open();
  const first = { occurredAt: new Date(stage.world.now).toISOString() };
  await stage.completed(first);
  await stage.completed(first);
  await stage.pass(2 * MINUTE);
  await stage.completed({ eventId: 'completed-2', mentee: { scoreBefore: 70, scoreAfter: 85 } });
  await stage.pass(2 * MINUTE);
  await stage.scored(85, 75);
  await stage.pass(2 * MINUTE);
  await stage.scored(75, 90);
  await stage.pass(2 * MINUTE);
  explained = await explainAll();
});

const nth = (index: number): Explanation => {
  const found = explained[index];
  if (found === undefined) throw new Error(`no transaction ${index}`);
  return found;
};

describe('a coaching session', () => {
  it('explains award, correction, reversal and reinstatement, each with its seal', () => {
    expect(explained.map(({ transaction }) => transaction.kind)).toEqual([
      'AWARD',
      'CORRECTION',
      'REVERSAL',
      'AWARD',
    ]);
    for (const { cause, sealed } of explained) {
      expect(cause.kind).toBe('coaching-session');
      expect(cause.because?.coachingSessionId).toBe('coaching-1');
      expect(sealed.hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it('shows of an award the rule version with expected and actual of each condition', () => {
    const { because } = nth(0).cause;
    const [award] = because?.decision.rules ?? [];
    expect(award?.verdict).toBe('PASSED');
    const tried = award?.conditions ?? [];
    expect(tried.map(({ field, expected, actual }) => [field, expected, actual])).toEqual([
      ['eventType', 'performance.coaching.completed', 'performance.coaching.completed'],
      ['mentee.userGroup.id', 'Junior_Agent_Group_ID', ['Junior_Agent_Group_ID']],
      ['sessionDurationSeconds', 900, 1200],
      ['qaCalibrationScore', 80, 85],
    ]);
    expect(tried.map(({ verdict }) => verdict)).toEqual(Array(4).fill('PASSED'));
    expect(because?.rules).toMatchObject([
      { rule: award?.rule, name: 'Mentorship Coaching Points Allocation', evaluationOrder: 10 },
    ]);
  });

  it('shows the events in order of arrival with signature verdict and repetitions', () => {
    const events = nth(3).cause.because?.events ?? [];
    expect(events.map(({ arrived, type }) => [arrived, type])).toEqual([
      [1, 'performance.coaching.completed'],
      [2, 'performance.coaching.completed'],
      [3, 'qa.score.updated'],
      [4, 'qa.score.updated'],
    ]);
    for (const { signature } of events) {
      expect(signature.verdict).toBe('VALID');
      expect(signature.by).toMatch(/^(hmac-hex|sha256-hex):[0-9a-f]{8}/);
    }
    expect(events[0]?.repetitions.map(({ action }) => action)).toEqual(['EVENT_DUPLICATE']);
    expect(events[1]?.repetitions).toEqual([]);
    expect(nth(0).cause.because?.events).toHaveLength(1);
  });

  it('names what each transaction takes back and what took it back', () => {
    const [award, correction, reversal, again] = explained.map(({ transaction }) => transaction.id);
    expect(nth(0).reversedBy).toEqual([correction]);
    expect(nth(1)).toMatchObject({ reverses: award, reversedBy: [reversal] });
    expect(nth(2)).toMatchObject({ reverses: correction, reversedBy: [] });
    expect(nth(3)).toMatchObject({ reverses: null, reversedBy: [] });
    expect(again).not.toBe(award);
    const amounts = explained.map(({ transaction }) => transaction.entries[0]?.amount);
    expect(amounts).toEqual(['50', '25', '75', '75']);
  });

  it('shows of a reversal the rule that took it back and the score it saw', () => {
    const { because } = nth(2).cause;
    expect(because?.decision.outcome).toBe('REVOKED');
    const [rule] = because?.decision.rules ?? [];
    expect(rule?.revokedBy?.conditions).toContainEqual({
      field: 'currentScore',
      operator: 'LESS_THAN',
      expected: 80,
      actual: 75,
      verdict: 'PASSED',
    });
    expect(because?.rules.map(({ name }) => name)).toContain('Mentorship QA Score Reversal');
    expect(because?.settlements.map(({ outcome }) => outcome)).toEqual([
      'AWARDED',
      'AWARDED',
      'REVOKED',
    ]);
  });

  it('says what a replay of its events would do, and a replay does no more', async () => {
    const [event] = nth(0).cause.because?.events ?? [];
    const path = `/v1/events/${event?.id}/replay`;
    const dry = await stage.world.must('POST', `${path}?dry_run=true`);
    expect(dry).toMatchObject({ dryRun: true, owner: 'decided on by its owner' });
    expect((dry as { would: unknown }).would).toMatchObject({ postings: [] });
    expect(await stage.world.must('POST', path)).toMatchObject({ status: 'duplicate' });
    await stage.pass(2 * MINUTE);
    expect(await explainAll()).toHaveLength(4);
  });
});

it('an adjustment names the review, both persons and their reasons', async () => {
  const made = await request(
    'payroll',
    'POST',
    '/v1/keys',
    { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
    JSON.stringify({ name: 'payroll', person: 'pay@guerdon.test', roles: ['payroll'] }),
  );
  const proposed = await request(
    'payroll',
    'POST',
    '/v1/ledger/adjustments',
    {
      authorization: `Bearer ${(made.body as { key: string }).key}`,
      'content-type': 'application/json',
    },
    JSON.stringify({
      agentId: 'mentor-1',
      unit: 'POINTS/Mentorship',
      amount: '-5.5',
      reason: 'counted twice',
    }),
  );
  const { reviewId } = proposed.body as { reviewId: string };
  const { hash } = (await stage.world.must('GET', `/v1/reviews/${reviewId}`)) as { hash: string };
  await stage.world.must('POST', `/v1/reviews/${reviewId}/decision`, {
    decision: 'APPROVE',
    reason: 'seen in the export',
    ifHash: hash,
  });
  const [adjusted] = (await explainAll()).filter(
    ({ transaction }) => transaction.kind === 'ADJUSTMENT',
  );
  expect(adjusted?.cause).toMatchObject({
    kind: 'review',
    id: reviewId,
    because: {
      reviewId,
      kind: 'ADJUSTMENT',
      state: 'APPROVED',
      subject: 'agent:mentor-1',
      opened: { by: 'pay@guerdon.test', reason: 'counted twice' },
      decided: { by: 'operator@guerdon.test', reason: 'seen in the export' },
      evidence: { amount: '-5.5', account: 'agent:mentor-1:points:Mentorship:none' },
    },
  });
  const told = (await stage.world.must('GET', '/v1/agents/mentor-1/statement')) as {
    items: { kind: string; why: string; cause: object }[];
    balances: object[];
  };
  expect(told.items.find(({ kind }) => kind === 'ADJUSTMENT')).toMatchObject({
    why: 'Adjusted by hand, approved by a second person: counted twice',
    cause: { kind: 'review', reviewId },
  });
  expect(told.balances).toMatchObject([
    { earned: '150', revoked: '-75', adjustments: '-5.5', closing: '69.5' },
  ]);
});

it('a reward of a leaderboard names period, rank, seal and the points that counted', async () => {
  const board = (await stage.world.must('POST', '/v1/leaderboards', {
    name: 'Mentors',
    pointCategory: 'Mentorship',
    evaluationWindow: { type: 'ROLLING', durationDays: 30 },
    decayConfiguration: { enabled: true, decayRatePercentPerDay: 1.5 },
    rewardTiers: [{ rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 }],
  })) as { id: string };
  const june = Date.UTC(2032, 5, 1) + HOUR;
  await stage.pass(june - stage.world.now);
  await issueBoardRewards(env as unknown as BoardsEnv, june);
  const [rewarded] = await explainAll('/v1/ledger/accounts/agent:mentor-1:reward:pending');
  expect(rewarded?.transaction).toMatchObject({
    kind: 'BOARD_REWARD',
    entries: [{ from: `funding:board:${board.id}`, amount: '150.00', unit: 'USD' }],
  });
  expect(rewarded?.cause).toMatchObject({
    kind: 'leaderboard-period',
    because: {
      leaderboardId: board.id,
      period: '2032-05',
      rank: 1,
      leaderboard: { version: 1, name: 'Mentors' },
      issued: { rewards: 1 },
    },
  });
  const because = rewarded?.cause.because;
  const counted = because?.counted as { transaction: string; kind: string; change: string }[];
  expect(counted.map(({ change }) => change).toSorted()).toEqual(['-5.5', '-75', '25', '50', '75']);
  expect(counted.map(({ transaction }) => transaction)).toContain(nth(0).transaction.id);
  const { path } = (because?.standings ?? {}) as { path: string };
  const standings = (await stage.world.must('GET', path)) as {
    items: { agentId: string; exactScore: string }[];
  };
  expect(standings.items[0]).toMatchObject({ agentId: 'mentor-1', exactScore: because?.score });

  const told = (await stage.world.must(
    'GET',
    '/v1/agents/mentor-1/statement?from=2032-05-01&to=2032-06-01',
  )) as { items: { kind: string; why: string }[]; balances: object[] };
  expect(told.items.find(({ kind }) => kind === 'BOARD_REWARD')?.why).toBe(
    `Rank 1 of leaderboard ${board.id} for 2032-05.`,
  );
  expect(told.balances).toContainEqual({
    unit: 'USD',
    opening: '0.00',
    earned: '150.00',
    revoked: '0.00',
    decay: '0.00',
    adjustments: '0.00',
    closing: '150.00',
    seasons: [],
  });
});

it('an id nobody wrote is not explained', async () => {
  const path = '/v1/ledger/transactions/nosuch/explain';
  expect((await stage.world.operator('GET', path)).status).toBe(404);
});
