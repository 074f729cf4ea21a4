/** Whoever had no line of a paid period and is due something by facts that came late (P11, DEC-5). */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { payHealth } from '../../src/pay/runs/jobs';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const deltas = () =>
  stage.rows<{ amount: number; kind: string }>('SELECT amount, kind FROM pay_deltas ORDER BY id');
const told = () =>
  stage.rows<{ content: string }>("SELECT content FROM notices WHERE kind = 'pay.delta.found'");
const ofVersion = (n: number, agentId = 'late') =>
  stage.hris.ofKey(`VAR_PAY_2032_10_${agentId}_v${n}`);

/** October is paid; `late` has no line of it, for they had left and nothing was known of them. */
async function paidWithout(more: object = { status: 'LEFT' }): Promise<string> {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.hire('late', more);
  const id = await stage.pay();
  stage.pass(MINUTE);
  await stage.cron();
  return id;
}

async function november(): Promise<string> {
  stage.pass(Math.max(0, Date.UTC(2032, 11, 1, 10) - stage.now));
  await stage.month('late', { scores: [92.5], month: '2032-11' });
  return stage.pay('2032-11');
}

describe('facts of one who has no line of a paid period', () => {
  it('are a delta from nothing, told once, that the next cycle pays', async () => {
    const id = await paidWithout();
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    const notices = await told();
    expect(notices).toHaveLength(1);
    expect(JSON.parse(notices[0]?.content ?? '')).toMatchObject({
      agentId: 'late',
      runId: id,
      before: '0.00',
      after: '453.50',
      open: '453.50',
      direction: 'ADJUSTMENT',
    });
    await november();
    expect(stage.hris.paidTo('EMP-late')).toBe(90_700);
    expect(await stage.held(`:pay:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(0);
    // A version begun by hand finds it paid.
    await stage.pay();
    expect(stage.hris.paidTo('EMP-late')).toBe(90_700);
    expect(await deltas()).toHaveLength(1);
  });

  it('are paid once by the next version, and by no cycle after it', async () => {
    await paidWithout();
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await stage.pay();
    expect(ofVersion(2)).toMatchObject({ variable_pay_amount: 453.5 });
    await stage.cron();
    await november();
    expect(stage.hris.paidTo('EMP-late')).toBe(90_700);
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    // What changes now is a difference to what that version paid.
    await stage.result('late', 10);
    await stage.cron();
    expect((await deltas()).map(({ amount }) => Math.sign(amount))).toEqual([1, -1]);
  });

  it('count also for one who was entered in the directory after the run', async () => {
    await paidWithout();
    await stage.hire('new');
    await stage.month('new', { scores: [92.5] });
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    expect(await told()).toHaveLength(1);
    await stage.pay();
    expect(stage.hris.paidTo('EMP-new')).toBe(45_350);
  });

  it('are found too when they come between the calculation and the sending out', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await stage.hire('late', { status: 'LEFT' });
    const id = await stage.begin();
    await stage.month('late', { scores: [92.5] });
    await stage.hire('new');
    await stage.month('new', { scores: [92.5] });
    await stage.cron();
    expect(await deltas()).toEqual([]);
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.settle(id);
    await stage.cron();
    await stage.cron();
    expect((await deltas()).map(({ amount }) => amount)).toEqual([45_350, 45_350]);
    expect(await told()).toHaveLength(2);
  });

  it('are a delta before the sender of an event is answered', async () => {
    await paidWithout();
    await stage.month('late', { scores: [] });
    await stage.cron();
    const before = await deltas();
    await stage.appeal('r-late', 92.5, 'late');
    const total = (await deltas()).reduce((sum, { amount }) => sum + amount, 0);
    expect([total, (await deltas()).length]).toEqual([45_350, before.length + 1]);
  });

  it('are nothing where they do not belong to the plan, come to nothing, or it went back', async () => {
    stage = await PayStage.open({ members: { groups: ['G1'] } });
    await stage.hire('a', { groups: ['G1'] });
    await stage.month('a', { scores: [92.5] });
    await stage.hire('other', { status: 'LEFT' });
    await stage.hire('late', { status: 'LEFT', groups: ['G1'] });
    await stage.pay();
    await stage.month('other', { scores: [92.5] });
    await stage.month('late', { scores: [92.5], interactions: 1 });
    await stage.cron();
    expect(await deltas()).toEqual([]);
  });

  it('of another month owe nothing for this one, whatever the plan pays for no facts', async () => {
    stage = await PayStage.open({ min_interactions: 0 });
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await stage.pay();
    await stage.hire('late');
    stage.pass(Math.max(0, Date.UTC(2032, 10, 20, 10) - stage.now));
    await stage.month('late', { scores: [92.5], month: '2032-11' });
    await stage.cron();
    expect(await deltas()).toEqual([]);
  });

  it('that were paid are taken back from one who was not of the plan after all', async () => {
    stage = await PayStage.open({ members: { groups: ['G1'] } });
    await stage.hire('a', { groups: ['G1'] });
    await stage.month('a', { scores: [92.5] });
    await stage.hire('late', { status: 'LEFT', groups: ['G1'] });
    await stage.pay();
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    await stage.hire('late', { groups: ['G2'], effectiveFrom: '2032-10-01T00:00:00Z' });
    await stage.pay();
    await stage.cron();
    expect((await deltas()).reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
    expect(stage.hris.paidTo('EMP-late')).toBe(0);
  });

  it('that fall again leave nothing open', async () => {
    await paidWithout();
    const id = await stage.result('late', 92.5);
    await stage.month('late', { scores: [] });
    await stage.cron();
    await stage.result('late', 92.5, { id, status: 'DELETED', modified: '2032-11-20T09:00:00Z' });
    await stage.cron();
    const total = (await deltas()).reduce((sum, { amount }) => sum + amount, 0);
    await stage.pay();
    expect(stage.hris.paidTo('EMP-late')).toBe(total);
  });
});

describe('one who has no line of a paid period and whom something keeps from being paid', () => {
  const unpaid = async () =>
    (
      await stage.rows<{ content: string }>(
        "SELECT content FROM notices WHERE kind = 'pay.newcomer.unpaid'",
      )
    ).map(({ content }) => JSON.parse(content) as Record<string, unknown>);
  const health = () => payHealth.check(env, stage.now);
  const ratesAre = (date: string) =>
    stage.must('payroll', 'PUT', `/v1/fx-rates/${date}`, { base: 'USD', rates: { EUR: '0.5' } });

  it('is told once and counted by health for want of a rate, and is paid by the version that pins one', async () => {
    const id = await paidWithout({ status: 'LEFT', currency: 'EUR' });
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await stage.result('late', 92.5);
    await stage.cron();
    await stage.cron();
    expect(await deltas()).toEqual([]);
    expect(await unpaid()).toEqual([
      {
        agentId: 'late',
        planId: 'VAR_PAY_Q4_2023',
        period: PERIOD,
        runId: id,
        obstacle: 'NO_RATE',
        why: "not paid: the run pinned no rate to the agent's currency",
      },
    ]);
    expect(await health()).toMatchObject({ status: 'late', detail: { notPaid: 1 } });
    await ratesAre('2032-10-29');
    await stage.pay();
    expect(ofVersion(2)).toMatchObject({ variable_pay_amount: 226.75, currency: 'EUR' });
    await stage.cron();
    await november();
    expect(stage.hris.paidTo('EMP-late')).toBe(2 * 22_675);
    expect(await health()).toMatchObject({ status: 'ok', detail: { notPaid: 0 } });
    expect(await deltas()).toEqual([]);
  });

  it('is paid without a further fact once the directory names a currency that has a rate', async () => {
    await paidWithout({ status: 'LEFT', currency: 'EUR' });
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await stage.hire('late', { currency: 'USD', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
    await stage.cron();
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    expect(await health()).toMatchObject({ status: 'ok', detail: { notPaid: 0 } });
    await november();
    expect(stage.hris.paidTo('EMP-late')).toBe(90_700);
  });

  it('is told of for actuals that overlap, and is paid once they are mended', async () => {
    await paidWithout();
    const overlapping = (duration: number) =>
      stage.must('author', 'POST', '/v1/wfm-actuals', {
        items: [
          {
            user_id: 'late',
            actuals: [
              {
                bucket_start: `${PERIOD}-03T00:00:00Z`,
                bucket_end: `${PERIOD}-03T23:59:59Z`,
                status_codes: [{ status_code_id: 'talk', duration }],
              },
            ],
          },
        ],
      });
    await overlapping(60_000);
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await stage.cron();
    expect(await deltas()).toEqual([]);
    expect(await unpaid()).toMatchObject([
      {
        agentId: 'late',
        obstacle: 'OVERLAPPING_ACTUALS',
        why: expect.stringMatching(/^not paid: buckets/),
      },
    ]);
    await overlapping(0);
    await stage.cron();
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    expect(await health()).toMatchObject({ detail: { notPaid: 0 } });
  });

  it('is told of where another currency was found for the period before', async () => {
    await paidWithout();
    await stage.month('late', { scores: [92.5] });
    await stage.cron();
    await ratesAre('2032-10-29');
    await stage.hire('late', { currency: 'EUR', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
    await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-30', {
      base: 'USD',
      rates: { EUR: '0.5' },
    });
    await stage.result('late', 95);
    await stage.cron();
    expect(await deltas()).toEqual([{ amount: 45_350, kind: 'FACTS' }]);
    expect(await unpaid()).toHaveLength(1);
    expect(await health()).toMatchObject({ detail: { notPaid: 1 } });
  });
});
