/**
 * What a later version of a run, or a page that is played again, must not get wrong: who is of the
 * plan, in which money, whose line goes out, and what a draft may change (P2, P5, P13, DEC-5).
 */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { calculatePage, loadRun } from '../../src/pay/runs/calculate/client';
import { passPage, readOutlet } from '../../src/pay/runs/dispatch/client';
import { payHealth } from '../../src/pay/runs/jobs';
import { NO_TALLY } from '../../src/pay/runs/run';
import { pinScorecards } from '../../src/quality/scorecards/jobs';
import { fillCrowd } from './crowd';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const NOVEMBER = '2032-11';

const deltas = () =>
  stage.rows<{ amount: number; kind: string; unit: string }>(
    'SELECT amount, kind, unit FROM pay_deltas ORDER BY id',
  );

/** October paid 453.50 on one result; answers its id. */
async function paid(plan: object = {}, more: object = {}): Promise<string> {
  stage = await PayStage.open(plan);
  await stage.hire('a', more);
  const id = await stage.result('a', 92.5);
  await stage.month('a', { scores: [] });
  await stage.pay();
  return id;
}

const ratesAre = (EUR: string) =>
  stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', { base: 'USD', rates: { EUR } });

describe('who leaves a plan', () => {
  it('and was paid by an earlier version owes it by the later one, whatever their facts say', async () => {
    await paid({ members: { groups: ['team-a'] } }, { groups: ['team-a'] });
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
    await stage.hire('a', { groups: ['team-b'], effectiveFrom: '2032-10-01T00:00:00Z' });
    const id = await stage.pay();
    expect((await stage.run(id)).reasons).toEqual({ NOT_A_MEMBER: 1 });
    expect(await deltas()).toMatchObject([{ amount: -45_350, kind: 'VERSION' }]);
    await stage.result('a', 95);
    await stage.cron();
    expect(await deltas()).toHaveLength(1);
    expect(stage.hris.paidTo('EMP-a')).toBe(0);
  });

  it('is not whoever is of it still, and is neither active nor has facts of the period', async () => {
    stage = await PayStage.open({ min_interactions: 0 });
    for (const agent of ['a', 'b']) await stage.hire(agent);
    const result = await stage.result('a', 92.5);
    await stage.pay();
    await stage.result('b', 92.5, { id: result, modified: `${PERIOD}-20T09:00:00Z` });
    await stage.hire('a', { status: 'LEFT', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
    const id = await stage.pay();
    expect((await stage.run(id)).reasons).toMatchObject({ NO_FACTS: 1 });
    const explained = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines/a/explain`);
    expect(explained.steps).toEqual([
      'not ACTIVE at the end of the period, and without facts of it: pays 0.00 USD',
    ]);
  });
});

describe('rates', () => {
  it('corrections follow the rate that the latest version pinned', async () => {
    stage = await PayStage.open();
    await stage.hire('a', { attributes: { currency: 'EUR' } });
    const result = await stage.result('a', 92.5);
    await stage.month('a', { scores: [] });
    await ratesAre('1');
    await stage.pay();
    await ratesAre('2');
    await stage.pay();
    expect(stage.hris.paidTo('EMP-a')).toBe(90_700);
    await stage.result('a', 95, { id: result, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    expect((await deltas()).map(({ amount }) => amount)).toEqual([45_350, 12_900]);
  });

  it('nothing is corrected across currencies', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    const result = await stage.result('a', 92.5);
    await stage.month('a', { scores: [] });
    await stage.pay();
    await ratesAre('0.5');
    await stage.hire('a', {
      attributes: { currency: 'EUR' },
      effectiveFrom: '2032-10-01T00:00:00Z',
    });
    await stage.pay();
    await stage.result('a', 95, { id: result, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    expect(await deltas()).toEqual([]);
  });

  it('an agent whose currency is no currency is not paid by a guess', async () => {
    stage = await PayStage.open();
    await stage.hire('a', { attributes: { currency: 'EURO' } });
    await stage.month('a', { scores: [92.5] });
    const id = await stage.pay();
    expect(stage.hris.paidTo('EMP-a')).toBe(0);
    const { items } = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines`);
    expect(items).toMatchObject([{ state: 'BLOCKED', obstacle: 'UNKNOWN_CURRENCY' }]);
  });

  it('what is more than the books can hold is not paid, and holds up nobody else', async () => {
    stage = await PayStage.open({
      currency: 'BHD',
      base_bonus: 999_999_999,
      quality_weight: 100,
      quality_tiers: [{ min_score: 90, multiplier: 100 }],
    });
    for (const agent of ['a', 'b']) await stage.hire(agent);
    await stage.month('a', { scores: [99] });
    await stage.month('b', { scores: [70] });
    const id = await stage.pay();
    // Of productivity alone: 0.4 × 0.88 of 999,999,999.000.
    expect(stage.hris.ofKey('VAR_PAY_2032_10_b_v1')?.variable_pay_amount).toBe(351_999_999.648);
    const { items } = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines?state=BLOCKED`);
    expect(items).toMatchObject([{ agentId: 'a', obstacle: 'AMOUNT_TOO_LARGE' }]);
  });
});

it('a scorecard version that turns up after the pin counts in no run of the period', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await pinScorecards(env, stage.now, async () => true);
  await stage.result('a', 20, { version: 'sc-late' });
  const id = await stage.pay();
  expect((await stage.run(id)).scorecardVersionIds).toEqual(['sc-version-789']);
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});

it('a draft that nobody approved ends no re-reading', async () => {
  const id = await paid();
  await stage.month('a', { scores: [92.5], month: NOVEMBER });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay(NOVEMBER);
  await stage.must('author', 'POST', '/v1/plans', {
    compensation_plan: {
      plan_id: PLAN,
      base_bonus: 500,
      quality_weight: 0.6,
      productivity_weight: 0.4,
      clawback: { lookbackPeriods: 0 },
    },
  });
  await stage.result('a', 78, { id, modified: '2032-12-02T09:00:00Z' });
  await stage.cron();
  expect(await deltas()).toMatchObject([{ amount: -27_750 }]);
});

it('a page that is played again is the same, whoever joined since', async () => {
  stage = await PayStage.open();
  await fillCrowd(520);
  const id = await stage.begin();
  const setting = await loadRun(env.DB, id);
  if (setting === null) throw new Error('no run');
  const start = { cursor: '', tally: NO_TALLY, hash: 'again' };
  const before = await calculatePage(env, setting, start, stage.now);
  for (let n = 0; n < 40; n += 1) await stage.hire(`late-${n}`);
  const after = await calculatePage(env, setting, start, stage.now);
  expect(after).toEqual(before);
});

it('a line of a version that the journal takes late is not paid beside the later version', async () => {
  stage = await PayStage.open();
  await stage.hire('a', { employeeId: null });
  await stage.month('a', { scores: [92.5] });
  const first = await stage.begin();
  await stage.approve(first);
  await stage.dispatch(first);
  await stage.hire('a');
  const setting = await loadRun(env.DB, first);
  if (setting === null) throw new Error('no run');
  const outlet = await readOutlet(env, setting, stage.now);
  if (outlet === null) throw new Error('no outlet');
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const journal = env.JOURNAL.getByName('ledger');
  const late = {
    ...env,
    JOURNAL: {
      getByName: () => ({
        commit: async (...asked: Parameters<typeof journal.commit>) => {
          await held;
          return journal.commit(...asked);
        },
      }),
    },
  } as unknown as typeof env;
  const pass = passPage(late, setting, outlet, '');
  const second = await stage.pay();
  expect(stage.hris.ofKey(`VAR_PAY_2032_10_a_v2`)).toBeDefined();
  release();
  await pass;
  await stage.settle(second);
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});

it('weeks that begin on another day than those that were paid are not paid again', async () => {
  stage = await PayStage.open({ cadence: 'WEEKLY' });
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.begin('2032-10-18');
  const organisation = await stage.must('admin', 'GET', '/v1/organisation');
  const { timeZone, currency } = organisation as { timeZone: string; currency: string };
  await stage.must('admin', 'PUT', '/v1/organisation', { timeZone, currency, weekStart: 'SUNDAY' });
  const said = await stage.ask('payroll', 'POST', '/v1/pay-runs', {
    planId: PLAN,
    period: '2032-10-17',
  });
  expect(said.status, said.text).toBe(409);
});

it('a run that another has taken the place of is neither calculated nor missed', async () => {
  stage = await PayStage.open();
  await env.DB.prepare(
    `INSERT INTO config (id, kind, name, version, effective_from, written_at, author_hash,
       content_hash, seal, author, content, salt)
     SELECT 'pay-run/P.2032-10.v' || value || '/000001', 'pay-run', 'P.2032-10.v' || value, 1, NULL,
       0, 'h', 'h', 1, 'test', json_object('planId', 'P', 'period', '2032-10', 'number', value,
         'phase', iif(value = 1, 'CREATED', 'CALCULATED')), 's' FROM json_each('[1, 2]')`,
  ).run();
  expect(await payHealth.check(env, stage.now)).toMatchObject({
    status: 'ok',
    detail: { notCalculated: 0 },
  });
});
