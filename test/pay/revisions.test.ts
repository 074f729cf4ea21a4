/** What a fact is when its sender dates only the messages, only the facts, or neither (P1, P2, P4, P11). */
import { createHmac } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { type Body, send } from '../http/caller';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const SECRET = 'a-secret-of-the-tests-0123456789';

async function open(): Promise<void> {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [] });
  await stage.must('admin', 'PUT', '/v1/sources/quality', { secrets: [SECRET] });
}

const saying = (total: number): Body => ({
  id: 'r-1',
  user_id: 'a',
  scorecard_version_id: 'sc-version-789',
  result_status: 'COMPLETED',
  score: { total },
  created_date: `${PERIOD}-15T14:30:00Z`,
});

/** An update that is dated by its message alone. */
async function hear(eventType: string, day: number, said: object): Promise<unknown> {
  const body = JSON.stringify({
    eventType,
    eventId: `e-${day}`,
    timestamp: `${PERIOD}-${day}T10:00:00Z`,
    ...said,
  });
  const mac = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = { 'X-Webhook-Signature': mac, 'Content-Type': 'application/json' };
  return (await send('POST', '/v1/webhooks/quality', { headers, body })).body.status;
}

const tell = (day: number, total: number): Promise<unknown> =>
  hear('performance.result.updated', day, saying(total));

const post = (more: object): Promise<Body> =>
  stage.must('author', 'POST', '/v1/quality-results', { items: [more] });

it('a score that an appeal restores is restored, though every word of it was said before', async () => {
  await open();
  for (const [day, total] of [
    [16, 92.5],
    [17, 78],
    [18, 92.5],
  ] as const) {
    expect(await tell(day, total)).toBe('accepted');
  }
  expect(await tell(17, 78)).toBe('duplicate');
  await stage.pay();
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});

it('messages that come in another order than they were sent come to the same', async () => {
  await open();
  for (const [day, total] of [
    [18, 92.5],
    [16, 60],
    [17, 78],
  ] as const) {
    expect(await tell(day, total)).toBe('accepted');
  }
  await stage.pay();
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});

it('a page without dates is refused where it differs from a dated revision, and not else', async () => {
  await open();
  await tell(17, 92.5);
  expect(await post(saying(92.5))).toMatchObject({ results: [{ status: 'accepted' }] });
  expect(await post(saying(92.5))).toMatchObject({ results: [{ status: 'duplicate' }] });
  expect(await post(saying(78))).toMatchObject({
    results: [{ status: 'refused', reason: 'MISSING_MODIFIED_DATE' }],
  });
  const dated = { ...saying(78), modified_date: `${PERIOD}-20T00:00:00Z` };
  expect(await post(dated)).toMatchObject({ results: [{ status: 'accepted' }] });
  await stage.pay();
  expect(stage.hris.paidTo('EMP-a')).toBe(17_600);
});

it('time that is put right again counts again, though it was said before', async () => {
  await open();
  await stage.result('a', 92.5);
  const worked = (talk: number) => ({
    user_id: 'a',
    actuals: [
      {
        bucket_start: `${PERIOD}-03T08:00:00Z`,
        bucket_end: `${PERIOD}-03T20:00:00Z`,
        status_codes: [
          { status_code_id: 'talk', duration: talk },
          { status_code_id: 'aux', duration: 100 - talk },
        ],
      },
    ],
  });
  for (const [day, talk] of [
    [16, 88],
    [17, 10],
    [18, 88],
  ] as const) {
    expect(await hear('wfm.actuals.updated', day, worked(talk))).toBe('accepted');
  }
  expect(await hear('wfm.actuals.updated', 17, worked(10))).toBe('duplicate');
  await stage.pay();
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});
