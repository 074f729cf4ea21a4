/** Compensation plans through the API: drafts, versions, approval by another person, differences. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Heard, makeKey, send } from '../http/caller';
import { SEED_PLAN } from './build';

let author = '';
let approver = '';
let both = '';

beforeAll(async () => {
  author = (await makeKey(['author'])).key;
  approver = (await makeKey(['approver'])).key;
  both = (await makeKey(['author', 'approver'])).key;
});

const draft = (change: object, key = author): Promise<Heard> =>
  send('POST', '/v1/plans', {
    key,
    body: { compensation_plan: { ...SEED_PLAN, plan_id: 'P', keyPrefix: 'P', ...change } },
  });

const pointers = ({ body }: Heard): string[] =>
  (body.errors as { pointer: string }[]).map(({ pointer }) => pointer);

describe('a plan', () => {
  it('is taken as the guide prints it, as version 1 with the prefix VAR_PAY', async () => {
    const { status, body } = await send('POST', '/v1/plans', {
      key: author,
      body: { compensation_plan: SEED_PLAN },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ planId: 'VAR_PAY_Q4_2023', version: 1, status: 'DRAFT' });
    expect(body.compensation_plan).toMatchObject({
      ...SEED_PLAN,
      currency: 'USD',
      keyPrefix: 'VAR_PAY',
    });
    expect(body.warnings).toEqual([]);
  });

  it('that comes second must name a prefix of its own (DEC-4)', async () => {
    const body = { compensation_plan: { ...SEED_PLAN, plan_id: 'SECOND' } };
    const answer = await send('POST', '/v1/plans', { key: author, body });
    expect([answer.status, pointers(answer)]).toEqual([422, ['#/compensation_plan/keyPrefix']]);
    const taken = await draft({ plan_id: 'SECOND', keyPrefix: 'VAR_PAY' });
    expect(taken.status).toBe(422);
    expect((await draft({ plan_id: 'SECOND', keyPrefix: 'SECOND' })).status).toBe(201);
  });

  it('gets a next draft when it is posted again, and none when it says the same', async () => {
    expect((await draft({})).body).toMatchObject({ version: 1 });
    const again = await draft({});
    expect([again.status, again.body.version]).toEqual([200, 1]);
    const raised = await draft({ base_bonus: 550 });
    expect([raised.status, raised.body.version, raised.body.status]).toEqual([201, 2, 'DRAFT']);
    const diff = await send('GET', '/v1/plans/P/diff?from=1&to=2', { key: author });
    expect(diff.body.differences).toEqual([{ path: '/base_bonus', from: 500, to: 550 }]);
    const { body } = await send('GET', '/v1/plans/P/versions', { key: author });
    expect((body.items as { version: number }[]).map(({ version }) => version)).toEqual([1, 2]);
  });

  it('is approved by another person, by its hash and for its content alone', async () => {
    const { body: written } = await draft({ base_bonus: 600, plan_id: 'Q', keyPrefix: 'Q' }, both);
    const path = '/v1/plans/Q/versions/1/approve';
    const approve = (key: string, hash: unknown) => send('POST', path, { key, body: { hash } });
    expect((await approve(both, written.hash)).status).toBe(403);
    expect((await approve(approver, 'f'.repeat(64))).status).toBe(409);
    const approved = await approve(approver, written.hash);
    expect([approved.status, approved.body.status]).toEqual([200, 'APPROVED']);
    expect((await approve(approver, written.hash)).body).toEqual(approved.body);
    const next = await draft({ base_bonus: 601, plan_id: 'Q', keyPrefix: 'Q' }, both);
    expect([next.body.version, next.body.status]).toEqual([2, 'DRAFT']);
  });
});

it('keeps its cadence and its currency: another is another plan (DEC-4, DEC-5)', async () => {
  const kept = { plan_id: 'K', keyPrefix: 'K', cadence: 'QUARTERLY', currency: 'EUR' };
  expect((await draft(kept)).status).toBe(201);
  const changed = await draft({ ...kept, cadence: 'WEEKLY', currency: 'USD' });
  expect([changed.status, pointers(changed)]).toEqual([
    422,
    ['#/compensation_plan/cadence', '#/compensation_plan/currency'],
  ]);
  const { currency: _, ...silent } = kept;
  const next = await draft({ ...silent, base_bonus: 501 });
  expect([next.status, next.body.version]).toEqual([201, 2]);
  expect(next.body.compensation_plan).toMatchObject({ cadence: 'QUARTERLY', currency: 'EUR' });
});

describe('what a plan may not say', () => {
  const tiers = [
    { min_score: 90, multiplier: 1 },
    { min_score: 80, multiplier: 0.8 },
    { min_score: 90.0, multiplier: 1.1 },
  ];
  const cards = [{ type: 'A', version_ids: ['v'], weight: 1, fallback_behavior: 'NEUTRAL' }];
  it.each([
    ['two tiers that begin at one score', { quality_tiers: tiers }, '/quality_tiers/2/min_score'],
    ['NEUTRAL without a score', { scorecards: cards }, '/scorecards/0/neutral_score'],
    ['half a cent', { base_bonus: '500.005' }, '/base_bonus'],
    [
      'productive time that is not logged in',
      { status_codes: { productive: ['talk'], logged_in: ['aux'] } },
      '/status_codes/productive/0',
    ],
    [
      'productive time that is exempt',
      { status_codes: { productive: ['queue_empty'] } },
      '/status_codes/productive/0',
    ],
    [
      'an end before its beginning',
      { effective_from: '2023-10-02', effective_to: '2023-10-01' },
      '/effective_to',
    ],
    ['a prefix that holds a period', { keyPrefix: 'VAR_PAY_2024_10' }, '/keyPrefix'],
  ])('%s', async (_, change, pointer) => {
    const answer = await draft(change);
    expect([answer.status, pointers(answer)]).toEqual([422, [`#/compensation_plan${pointer}`]]);
  });
});

it('weights that do not sum to 1 are taken with a warning; tiers are sorted', async () => {
  const sorted = await draft({
    plan_id: 'W',
    keyPrefix: 'W',
    quality_weight: 0.7,
    quality_tiers: SEED_PLAN.quality_tiers.toReversed(),
  });
  expect(sorted.body.warnings).toEqual(['quality_weight and productivity_weight do not sum to 1']);
  expect(sorted.body.compensation_plan).toMatchObject({ quality_tiers: SEED_PLAN.quality_tiers });
});
