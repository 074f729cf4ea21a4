/** Two persons act on one thing, once, on what they saw. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../http/caller';
import { ask, decide, type Office, openOffice, pointsOf, propose } from './office';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});

const proposed = async (more: object = {}): Promise<string> =>
  (await propose(office.payroll, more)).body.reviewId;

describe('a decision', () => {
  test('posts what was frozen when it approves, with the review as cause', async () => {
    const before = await pointsOf(office.viewer);
    const id = await proposed();
    expect(await pointsOf(office.viewer)).toBe(before);
    const answer = await decide(office.approver, id, 'APPROVE');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      state: 'APPROVED',
      openedBy: 'pay@example.com',
      decision: { decision: 'APPROVE', by: 'boss@example.com', reason: 'looked at it' },
    });
    expect(Number(await pointsOf(office.viewer))).toBe(Number(before) + 12.5);
    const list = await ask('GET', '/v1/ledger/transactions?limit=1', { key: office.viewer });
    expect(list.body.items[0]).toMatchObject({ kind: 'ADJUSTMENT', cause: id });
  });

  test('posts nothing when it rejects', async () => {
    const before = await pointsOf(office.viewer);
    const id = await proposed();
    expect((await decide(office.approver, id, 'REJECT')).body.state).toBe('REJECTED');
    expect(await pointsOf(office.viewer)).toBe(before);
  });

  test('answers the first when it is made again the same way, and 409 another way', async () => {
    const id = await proposed();
    const first = await decide(office.approver, id, 'APPROVE');
    const before = await pointsOf(office.viewer);
    const again = await decide(office.approver, id, 'APPROVE', { reason: 'once more' });
    expect(again.status).toBe(200);
    expect(again.body.decision).toEqual(first.body.decision);
    const other = await decide(office.approver, id, 'REJECT');
    expect(other.status).toBe(409);
    expect(other.body.code).toBe('conflict');
    expect(await pointsOf(office.viewer)).toBe(before);
  });

  test('is made once by twenty who make it at once', async () => {
    const id = await proposed();
    const before = Number(await pointsOf(office.viewer));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        decide(office.approver, id, index % 2 === 0 ? 'APPROVE' : 'REJECT'),
      ),
    );
    const states = new Set(answers.filter(({ status }) => status === 200).map((a) => a.body.state));
    expect(states.size).toBe(1);
    const [state] = states;
    const moved = Number(await pointsOf(office.viewer)) - before;
    expect(moved).toBe(state === 'APPROVED' ? 12.5 : 0);
    const acts = await env.DB.prepare('SELECT count(*) AS n FROM review_acts WHERE id = ?')
      .bind(`${id}/decided`)
      .first();
    expect(acts).toEqual({ n: 1 });
  });

  test('binds to the hash of what was seen', async () => {
    const id = await proposed();
    const seen = await ask('GET', `/v1/reviews/${id}`, { key: office.viewer });
    const wrong = await decide(office.approver, id, 'APPROVE', { ifHash: 'a'.repeat(64) });
    expect(wrong.status).toBe(409);
    const right = await decide(office.approver, id, 'APPROVE', { ifHash: seen.body.hash });
    expect(right.status).toBe(200);
    const act = await env.DB.prepare('SELECT content_hash FROM review_acts WHERE id = ?')
      .bind(`${id}/decided`)
      .first();
    expect(act).toEqual({ content_hash: seen.body.hash });
  });

  test('is refused without the permission of its kind, and the refusal is audited', async () => {
    const id = await proposed();
    const answer = await decide(office.compliance, id, 'APPROVE');
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('approve');
    const audit = await ask('GET', '/v1/audit?limit=20', { key: office.viewer });
    expect(audit.text).toContain('deciding this needs the permission approve');
  });

  test('is not made by the person who caused it, whatever the key and the spelling', async () => {
    const id = await proposed();
    expect((await decide(office.payroll, id, 'APPROVE')).status).toBe(403);
    const second = await makeKey(['approver'], { person: ' PAY@example.com ' });
    const answer = await decide(second.key, id, 'APPROVE');
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('two persons');
  });

  test('is not made by the agent it is about', async () => {
    const id = await proposed();
    const pat = await makeKey(['approver'], { person: 'e-77' });
    const answer = await decide(pat.key, id, 'APPROVE');
    expect(answer.status).toBe(403);
    expect(answer.body.detail).toContain('gains or loses');
  });

  test('leaves an audit entry with its reason, and one change set holds all of it', async () => {
    const id = await proposed();
    await decide(office.approver, id, 'APPROVE', { reason: 'the roster says so' });
    const audit = await ask('GET', `/v1/audit?subject=review:${id}`, { key: office.viewer });
    expect(audit.body.items.map((one) => one.action).sort()).toEqual([
      'ADJUSTMENT_PROPOSED',
      'REVIEW_APPROVED',
    ]);
    expect(audit.text).toContain('the roster says so');
    const seals = await env.DB.prepare(
      `SELECT count(DISTINCT seal) AS n FROM (
         SELECT seal FROM entries WHERE cause = ?1
         UNION ALL SELECT seal FROM review_acts WHERE id = ?1 || '/decided'
         UNION ALL SELECT seal FROM audit WHERE subject = 'review:' || ?1 AND action = 'REVIEW_APPROVED')`,
    )
      .bind(id)
      .first();
    expect(seals).toEqual({ n: 1 });
  });

  test('is answered once more under its Idempotency-Key', async () => {
    const id = await proposed();
    const body = { decision: 'APPROVE', reason: 'yes' };
    const sent = { key: office.approver, headers: { 'Idempotency-Key': 'd-1' }, body };
    const first = await ask('POST', `/v1/reviews/${id}/decision`, sent);
    const again = await ask('POST', `/v1/reviews/${id}/decision`, sent);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('refuses junk with a pointer and unknown reviews with 404', async () => {
    const id = await proposed();
    const junk = await decide(office.approver, id, 'MAYBE');
    expect(junk.status).toBe(422);
    expect(junk.body.errors[0]?.pointer).toBe('#/decision');
    expect((await decide(office.approver, 'f'.repeat(32), 'APPROVE')).status).toBe(404);
    expect((await ask('GET', '/v1/reviews/x', { key: office.viewer })).status).toBe(422);
  });
});
