/** Disputes and write-offs beside everything else that happens to a period (P11, P14, DEC-5). */
import { afterEach, describe, expect, it } from 'vitest';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const NOVEMBER = '2032-11';

interface DeltaRow {
  readonly id: string;
  readonly amount: number;
  readonly kind: string;
}
const deltas = () => stage.rows<DeltaRow>('SELECT id, amount, kind FROM pay_deltas ORDER BY id');

/** October paid 453.50 on one result; answers its id. */
async function paid(): Promise<string> {
  stage = await PayStage.open();
  const id = await stage.paidOnce();
  return id;
}
const decide = (id: unknown, by: 'approver' | 'compliance', decision = 'APPROVE') =>
  stage.ask(by, 'POST', `/v1/reviews/${id}/decision`, { decision, reason: 'looked at' });
const dispute = (expectedAmount: unknown, version = 1) =>
  stage.ask('payroll', 'POST', `/v1/pay-runs/${PLAN}.${PERIOD}.v${version}/lines/a/dispute`, {
    reason: 'an evaluation is missing',
    expectedAmount,
  });

describe('a dispute', () => {
  it('is not approved once its period has come to something else', async () => {
    const id = await paid();
    const opened = (await dispute('518.00')).body;
    await stage.result('a', 95, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    expect(await deltas()).toMatchObject([{ amount: 6_450 }]);
    const said = await decide(opened.reviewId, 'compliance');
    expect(said.status, said.text).toBe(409);
    expect(await deltas()).toMatchObject([{ amount: 6_450 }]);
  });

  it('stands alone in its period, whatever the version of the run', async () => {
    await paid();
    await stage.pay();
    const first = await dispute('518.00', 1);
    expect(first.status).toBe(201);
    expect((await dispute('518.00', 2)).status).toBe(409);
  });

  it('of a line that another version takes the place of is refused', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await stage.begin();
    const opened = await dispute('518.00', 1);
    const again = { planId: PLAN, period: PERIOD, recalculate: true };
    await stage.must('payroll', 'POST', '/v1/pay-runs', again);
    expect((await decide(opened.body.reviewId, 'compliance')).status).toBe(409);
    expect((await decide(opened.body.reviewId, 'compliance', 'REJECT')).status).toBe(200);
    expect((await dispute('518.00', 1)).status).toBe(409);
    expect((await dispute('518.00', 2)).status).toBe(201);
  });

  it('of a draft that was replaced is refused, also where the period was paid before', async () => {
    await paid();
    await stage.begin();
    const again = { planId: PLAN, period: PERIOD, recalculate: true };
    await stage.must('payroll', 'POST', '/v1/pay-runs', again);
    expect((await dispute('518.00', 2)).status).toBe(409);
    expect((await dispute('518.00', 3)).status).toBe(201);
  });

  it('in another currency than was paid is refused', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await stage.pay();
    await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', {
      base: 'USD',
      rates: { EUR: '0.5' },
    });
    await stage.hire('a', {
      attributes: { currency: 'EUR' },
      effectiveFrom: '2032-10-01T00:00:00Z',
    });
    await stage.pay();
    const said = await dispute('300.00', 2);
    expect(said.status, said.text).toBe(409);
  });
});

describe('a write-off', () => {
  it('does not stand beside a dispute of its period, whichever was first', async () => {
    const id = await paid();
    await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    const [delta] = await deltas();
    const path = `/v1/deltas/${delta?.id}/write-off`;
    const reason = { reason: 'below what it costs to collect' };
    const first = await stage.must('payroll', 'POST', path, reason);
    const opened = (await dispute('453.50')).body;
    expect((await stage.ask('payroll', 'POST', path, reason)).status).toBe(409);
    expect((await decide(first.reviewId, 'approver')).status).toBe(409);
    expect((await decide(opened.reviewId, 'compliance')).status).toBe(200);
    expect((await decide(first.reviewId, 'approver')).status).toBe(409);
    expect((await deltas()).reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
    await stage.pay(NOVEMBER);
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
  });

  it('may be proposed again after it was rejected', async () => {
    const id = await paid();
    await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    const [delta] = await deltas();
    const path = `/v1/deltas/${delta?.id}/write-off`;
    const first = await stage.must('payroll', 'POST', path, { reason: 'too small' });
    expect((await decide(first.reviewId, 'approver', 'REJECT')).status).toBe(200);
    const second = await stage.ask('payroll', 'POST', path, { reason: 'a better reason' });
    expect(second.status, second.text).toBe(201);
    expect((await decide(second.body.reviewId, 'approver')).status).toBe(200);
  });

  it('of what was still to be paid takes nothing back when it was not due', async () => {
    const id = await paid();
    await stage.result('a', 95, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    const [delta] = await deltas();
    const path = `/v1/deltas/${delta?.id}/write-off`;
    const first = await stage.must('payroll', 'POST', path, { reason: 'waived' });
    expect((await decide(first.reviewId, 'approver')).status).toBe(200);
    await stage.result('a', 92.5, { id, modified: '2032-11-20T09:00:00Z' });
    await stage.cron();
    expect((await deltas()).map(({ amount }) => amount)).toEqual([6_450, -6_450]);
    expect(await stage.held(`:owed:${PLAN}`)).toBe(0);
    expect(await stage.held(`:paid:${PLAN}:${PERIOD}`)).toBe(45_350);
  });

  it('pays nothing twice when what was written off turns out to be due', async () => {
    const id = await paid();
    await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    const [delta] = await deltas();
    const first = await stage.must('payroll', 'POST', `/v1/deltas/${delta?.id}/write-off`, {
      reason: 'x',
    });
    await decide(first.reviewId, 'approver');
    await stage.result('a', 92.5, { id, modified: '2032-11-20T09:00:00Z' });
    await stage.cron();
    await stage.month('a', { scores: [92.5], month: NOVEMBER });
    stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
    await stage.pay(NOVEMBER);
    expect(stage.hris.paidTo('EMP-a')).toBe(2 * 45_350);
    expect(await stage.held(`:pay:${PLAN}:${PERIOD}`)).toBe(0);
    expect(await stage.held(`:owed:${PLAN}`)).toBe(0);
  });
});

it('a statement says of a correction that a dispute was the cause', async () => {
  await paid();
  const opened = (await dispute('518.00')).body;
  await decide(opened.reviewId, 'compliance');
  const path = '/v1/agents/a/statement?from=2032-10-01&to=2032-11-01';
  const { items } = await stage.must('admin', 'GET', path);
  expect(JSON.stringify(items)).not.toContain('has changed');
  expect(JSON.stringify(items)).toContain('dispute');
});
