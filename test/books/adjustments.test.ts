/** Manual adjustments: proposed by one person, posted when another approves. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../http/caller';
import { ask, decide, type Office, openOffice, pointsOf, propose } from '../reviews/office';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});

const count = async (table: string): Promise<number> =>
  (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())?.n ?? 0;

describe('an adjustment', () => {
  test('is a proposal that shows both outcomes as postings', async () => {
    const answer = await propose(office.payroll, { occurredOn: '2026-01-05' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/v1/reviews/${answer.body.reviewId}`);
    const review = await ask('GET', `/v1/reviews/${answer.body.reviewId}`, { key: office.viewer });
    expect(review.body).toMatchObject({
      kind: 'ADJUSTMENT',
      state: 'OPEN',
      subject: 'agent:pat-doe',
      permission: 'approve',
      reason: 'missed during an outage',
      evidence: {
        account: 'agent:pat-doe:points:Mentorship:none',
        amount: '12.5',
        occurredOn: '2026-01-05',
      },
      outcomes: {
        APPROVED: {
          postings: [
            {
              kind: 'ADJUSTMENT',
              from: 'program:Mentorship',
              to: 'agent:pat-doe:points:Mentorship:none',
              amount: '12.5',
              unit: 'POINTS/Mentorship',
              occurredAt: '2026-01-05T00:00:00.000Z',
            },
          ],
          otherRows: 0,
        },
        REJECTED: { postings: [], otherRows: 0 },
      },
    });
    expect(await pointsOf(office.viewer)).toBe('0');
  });

  test('takes points when it is negative, and the trial balance stays zero', async () => {
    const give = await propose(office.payroll, { amount: '20' });
    await decide(office.approver, give.body.reviewId, 'APPROVE');
    const take = await propose(office.payroll, { amount: '-7.25' });
    expect(take.body.postings[0]).toMatchObject({
      from: 'agent:pat-doe:points:Mentorship:none',
      to: 'program:Mentorship',
      amount: '7.25',
    });
    await decide(office.approver, take.body.reviewId, 'APPROVE');
    expect(await pointsOf(office.viewer)).toBe('12.75');
    const net = await env.DB.prepare('SELECT sum(amount) AS n FROM balances').first<{
      n: number;
    }>();
    expect(net?.n).toBe(-127_500);
  });

  test('is recorded when it is approved and belongs to the day it names', async () => {
    const answer = await propose(office.payroll, { occurredOn: '2026-02-03' });
    await decide(office.approver, answer.body.reviewId, 'APPROVE');
    const entry = await env.DB.prepare('SELECT * FROM entries WHERE cause = ?')
      .bind(answer.body.reviewId)
      .first<{ id: string; occurred_at: number; recorded_at: number; seal: number }>();
    expect(entry?.id).toMatch(/^[a-z2-7]{16}\.20260203\./);
    expect(entry?.occurred_at).toBe(Date.UTC(2026, 1, 3));
    const act = await env.DB.prepare('SELECT at FROM review_acts WHERE id = ?')
      .bind(`${answer.body.reviewId}/decided`)
      .first<{ at: number }>();
    expect(entry?.recorded_at).toBe(act?.at);
  });

  test('writes nothing on a dry run and shows the postings', async () => {
    const before = [await count('reviews'), await count('audit')];
    const answer = await ask('POST', '/v1/ledger/adjustments?dry_run=true', {
      key: office.payroll,
      body: { agentId: 'pat-doe', unit: 'POINTS/Mentorship', amount: -9999, reason: 'try' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ dryRun: true, reviewId: null });
    expect(answer.body.postings).toHaveLength(1);
    expect(answer.body.warnings).toHaveLength(1);
    expect([await count('reviews'), await count('audit')]).toEqual(before);
  });

  test('is proposed once under one Idempotency-Key, also by twenty at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const before = await count('reviews');
      const headers = { 'Idempotency-Key': `adjust-${round}` };
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => propose(office.payroll, {}, headers)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ body }) => body.reviewId)).size).toBe(1);
      expect(await count('reviews')).toBe(before + 1);
    }
    const headers = { 'Idempotency-Key': 'adjust-1' };
    const other = await propose(office.payroll, { amount: '1' }, headers);
    expect(other.status).toBe(422);
  });

  test.each([
    ['#/amount', { amount: '0' }],
    ['#/amount', { amount: '1.23456' }],
    ['#/amount', { amount: '1e3' }],
    ['#/amount', { amount: '1000000.0001' }],
    ['#/amount', { amount: '-1000001' }],
    ['#/unit', { unit: 'USD' }],
    ['#/unit', { unit: 'POINTS/Nowhere' }],
    ['#/agentId', { agentId: 'nobody' }],
    ['#/occurredOn', { occurredOn: '2026-02-30' }],
    ['#/occurredOn', { occurredOn: '2999-01-01' }],
    ['#/occurredOn', { occurredOn: '2001-01-01' }],
    ['#/reason', { reason: '' }],
    ['#/approvedBy', { approvedBy: 'me' }],
  ])('is refused with a pointer to %s for %j', async (pointer, more) => {
    const before = await count('reviews');
    const answer = await propose(office.payroll, more);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]?.pointer).toBe(pointer);
    expect(await count('reviews')).toBe(before);
  });

  test('is proposed by payroll alone, and by nobody for themselves', async () => {
    for (const key of [office.viewer, office.approver, office.admin, office.compliance]) {
      expect((await propose(key)).status).toBe(403);
    }
    const own = await makeKey(['payroll'], { person: 'Pat-Doe' });
    const answer = await propose(own.key);
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('themselves');
  });
});
