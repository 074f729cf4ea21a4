/** Pay runs from calculation to a confirmed line, against a payroll system that may misbehave. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { readAllRuns } from '../../src/pay/runs/store';
import { HOUR, MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const KEY = 'VAR_PAY_2032_10_agent-uuid-456_v1';

describe('a run', () => {
  it('pays the example of the guide with its key and payload, once', async () => {
    stage = await PayStage.open();
    await stage.hire('agent-uuid-456', { employeeId: 'EMP-998877' });
    await stage.month('agent-uuid-456', { scores: [92.5] });
    const id = await stage.pay();
    expect(id).toBe(`VAR_PAY_Q4_2023.${PERIOD}.v1`);
    expect(stage.hris.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
    expect(stage.hris.asked[0]?.url).toBe('https://hris.example.com/api/v1/payroll/variable_pay');
    expect(stage.hris.ofKey(KEY)).toMatchObject({
      employee_id: 'EMP-998877',
      pay_period_start: '2032-10-01',
      pay_period_end: '2032-10-31',
      variable_pay_amount: 453.5,
      currency: 'USD',
      calculation_details: {
        base_bonus: 500,
        final_quality_score: 92.5,
        quality_tier_multiplier: 1,
        productivity_score: 0.88,
        scorecard_version_id: 'sc-version-789',
        wfm_actuals_id: expect.stringMatching(/^actuals-[0-9a-f]{32}$/),
        interaction_count: 145,
        calculation_timestamp: '2032-11-01T10:00:00Z',
      },
    });
    expect(await stage.run(id)).toMatchObject({
      status: 'SETTLED',
      states: { CONFIRMED: 1 },
      totals: [{ currency: 'USD', amount: '453.50' }],
    });
    expect(await stage.held(`:paid:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(45_350);
    expect(await stage.held(`:pay:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(0);
    const told = await stage.rows<{ kind: string }>('SELECT kind FROM notices');
    expect(told.map(({ kind }) => kind).toSorted()).toEqual([
      'pay.line.confirmed',
      'pay.run.settled',
    ]);
  });

  it('is approved by another than who began it, and sent by another than who approved it', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    const run = await stage.must('other', 'POST', '/v1/pay-runs', {
      planId: 'VAR_PAY_Q4_2023',
      period: PERIOD,
    });
    const path = `/v1/pay-runs/${run.runId}`;
    expect((await stage.ask('payroll', 'POST', `${path}/dispatch`)).status).toBe(409);
    expect((await stage.ask('other', 'POST', `${path}/approve`, {})).status).toBe(403);
    expect((await stage.ask('payroll', 'POST', `${path}/approve`, {})).status).toBe(403);
    const wrong = { hash: 'f'.repeat(64) };
    expect((await stage.ask('approver', 'POST', `${path}/approve`, wrong)).status).toBe(409);
    await stage.must('approver', 'POST', `${path}/approve`, { hash: run.hash });
    expect((await stage.ask('other', 'POST', `${path}/dispatch`)).status).toBe(202);
    await stage.settle(String(run.runId));
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
  });

  it('holds to its seal: what comes after changes nothing that is calculated', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    const id = await stage.begin();
    await stage.result('a', 10);
    // In force from the period's begin: a run that begins now would take it.
    await stage.plan({ base_bonus: 900, effective_from: `${PERIOD}-01` });
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.send();
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
  });

  it('does not begin before its period has ended, without an approved plan, or beside another', async () => {
    stage = await PayStage.open(null);
    await stage.must('author', 'POST', '/v1/plans', {
      compensation_plan: {
        plan_id: 'VAR_PAY_Q4_2023',
        base_bonus: 1,
        quality_weight: 1,
        productivity_weight: 0,
      },
    });
    const begin = (period: string) =>
      stage.ask('payroll', 'POST', '/v1/pay-runs', { planId: 'VAR_PAY_Q4_2023', period });
    expect((await begin(PERIOD)).status).toBe(409);
    expect((await begin('2032-11')).status).toBe(422);
    expect((await begin('2032-Q3')).status).toBe(422);
    await stage.plan({ effective_from: '2032-10-01' });
    const [one, other] = await Promise.all([begin(PERIOD), begin(PERIOD)]);
    expect([one.status, other.status].toSorted()).toEqual([201, 409]);
    expect((await begin(PERIOD)).status).toBe(409);
    const again = await stage.ask('payroll', 'POST', '/v1/pay-runs', {
      planId: 'VAR_PAY_Q4_2023',
      period: PERIOD,
      recalculate: true,
    });
    expect([again.status, again.body.calculationVersion]).toEqual([201, 2]);
    const first = await stage.ask(
      'approver',
      'POST',
      `/v1/pay-runs/VAR_PAY_Q4_2023.${PERIOD}.v1/approve`,
      {},
    );
    expect(first.status).toBe(409);
  });

  it('lets a missing number in HR wait alone, lists it, and pays it when it is mended', async () => {
    stage = await PayStage.open();
    await stage.hire('with');
    await stage.hire('without', { employeeId: null });
    for (const agent of ['with', 'without']) await stage.month(agent, { scores: [92.5] });
    const id = await stage.pay();
    expect(stage.hris.paidTo('EMP-with')).toBe(45_350);
    expect((await stage.run(id)).states).toEqual({ BLOCKED: 1, CONFIRMED: 1 });
    await stage.hire('without', { employeeId: 'EMP-late' });
    stage.pass(HOUR);
    await stage.look(id);
    await stage.settle(id);
    expect(stage.hris.paidTo('EMP-late')).toBe(45_350);
    expect(stage.hris.lines.size).toBe(2);
  });

  it('sends the same bytes again after a lost answer, and the money once', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    let losses = 2;
    stage.hris.trouble = ({ method }, phase) => {
      if (method !== 'POST' || phase !== 'after' || losses === 0) return null;
      losses -= 1;
      throw new TypeError('the connection broke');
    };
    const id = await stage.pay();
    for (let turn = 0; turn < 6; turn += 1) {
      stage.pass(10 * MINUTE);
      await stage.settle(id);
    }
    const posts = stage.hris.asked.filter(({ method }) => method === 'POST');
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
    expect(stage.hris.lines.size).toBe(1);
    expect((await stage.run(id)).states).toEqual({ CONFIRMED: 1 });
  });

  it('puts a refused line back, and the next version pays it', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    stage.hris.trouble = ({ method }, phase) =>
      method === 'POST' && phase === 'before'
        ? Response.json({ error: 'unknown employee' }, { status: 422 })
        : null;
    const id = await stage.pay();
    expect((await stage.run(id)).states).toEqual({ REJECTED: 1 });
    expect(await stage.held(`:pay:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(0);
    expect(await stage.held('plan:VAR_PAY_Q4_2023')).toBe(0);
    stage.hris.trouble = () => null;
    const second = await stage.pay();
    expect(second).toBe(`VAR_PAY_Q4_2023.${PERIOD}.v2`);
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
  });
});

describe('a further version', () => {
  it('sends only the difference, up or down', async () => {
    stage = await PayStage.open();
    await stage.hire('up');
    await stage.hire('down');
    await stage.hire('same');
    for (const agent of ['up', 'down', 'same']) await stage.month(agent, { scores: [92.5] });
    await stage.pay();
    await stage.result('up', 97.5);
    await stage.result('down', 67.5);
    const id = await stage.pay();
    expect(id).toMatch(/v2$/);
    // 95: 518.00; 80: 368.00.
    expect(stage.hris.ofKey('VAR_PAY_2032_10_up_v2')).toMatchObject({ variable_pay_amount: 64.5 });
    expect(stage.hris.ofKey('VAR_PAY_2032_10_down_v2')).toMatchObject({
      variable_pay_amount: 0,
      clawback_amount: 85.5,
    });
    expect(stage.hris.ofKey('VAR_PAY_2032_10_same_v2')).toBeUndefined();
    expect([stage.hris.paidTo('EMP-up'), stage.hris.paidTo('EMP-down')]).toEqual([51_800, 36_800]);
    expect(await stage.held('plan:VAR_PAY_Q4_2023')).toBe(-(51_800 + 36_800 + 45_350));
  });

  it('waits for the outcome of the version before it, agent by agent', async () => {
    stage = await PayStage.open();
    await stage.hire('slow');
    await stage.hire('quick');
    for (const agent of ['slow', 'quick']) await stage.month(agent, { scores: [92.5] });
    stage.hris.trouble = ({ body, method }) =>
      method === 'POST' && body.includes('EMP-slow') ? new Response('', { status: 503 }) : null;
    await stage.pay();
    for (const agent of ['slow', 'quick']) await stage.result(agent, 97.5);
    const id = await stage.pay();
    expect(stage.hris.paidTo('EMP-quick')).toBe(51_800);
    expect((await stage.run(id)).states).toMatchObject({ HELD: 1, CONFIRMED: 1 });
    stage.hris.trouble = () => null;
    for (let turn = 0; turn < 8; turn += 1) {
      stage.pass(HOUR);
      await stage.settle(id);
    }
    expect(stage.hris.paidTo('EMP-slow')).toBe(51_800);
    expect([...stage.hris.lines.keys()].filter((key) => key.includes('slow'))).toEqual([
      'VAR_PAY_2032_10_slow_v1',
      'VAR_PAY_2032_10_slow_v2',
    ]);
  });

  it('takes the place of the one before it for whoever was not sent by then', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    stage.hris.trouble = ({ method }, phase) =>
      method === 'POST' && phase === 'before' ? Response.json({}, { status: 422 }) : null;
    await stage.pay();
    stage.hris.trouble = () => null;
    await stage.hire('a', { employeeId: null });
    const second = await stage.pay();
    expect((await stage.run(second)).states).toEqual({ BLOCKED: 1 });
    await stage.hire('a', { employeeId: 'EMP-a' });
    await stage.pay();
    for (let turn = 0; turn < 4; turn += 1) {
      stage.pass(HOUR);
      await stage.cron();
      await stage.send();
    }
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
    expect((await stage.run(second)).states).toEqual({ SUPERSEDED: 1 });
  });
});

describe('two versions that are both sent out', () => {
  it('each say what became of their own lines, and the first is settled beside the second', async () => {
    stage = await PayStage.open();
    await stage.hire('known');
    await stage.hire('unknown', { employeeId: null });
    await stage.month('known', { scores: [92.5] });
    await stage.month('unknown', { scores: [92.5] });
    const first = await stage.pay();
    const second = await stage.pay();
    for (let turn = 0; turn < 3; turn += 1) {
      stage.pass(70 * MINUTE);
      await stage.cron();
    }
    expect(await stage.run(first)).toMatchObject({
      status: 'SETTLED',
      states: { CONFIRMED: 1, SUPERSEDED: 1 },
    });
    expect(await stage.run(second)).toMatchObject({
      status: 'DISPATCHED',
      states: { NOTHING_TO_PAY: 1, BLOCKED: 1 },
    });
  });
});

describe('many runs', () => {
  it('are all listed and looked after, however many there are', async () => {
    stage = await PayStage.open(null);
    const names = Array.from({ length: 1_203 }, (_, at) => `P${String(at).padStart(4, '0')}`);
    await env.DB.prepare(
      `INSERT INTO config (id, kind, name, version, effective_from, written_at, author_hash,
         content_hash, seal, author, content, salt)
       SELECT 'pay-run/' || value || '.2032-10.v1/000001', 'pay-run', value || '.2032-10.v1', 1, NULL,
         0, 'h', 'h', 1, 'test', json_object('planId', value, 'cadence', 'MONTHLY',
           'period', '2032-10', 'firstDay', '2032-10-01', 'lastDay', '2032-10-31', 'number', 1,
           'phase', 'SETTLED', 'planVersion', 1, 'planHash', 'h', 'scorecardVersions', json_array(),
           'rates', NULL, 'timeZone', 'UTC', 'destination', 'hris'), 's' FROM json_each(?)`,
    )
      .bind(JSON.stringify(names))
      .run();
    const listed: unknown[] = [];
    for (let more = '', pages = 0; pages < 10; pages += 1) {
      const page = await stage.must('payroll', 'GET', `/v1/pay-runs?limit=200${more}`);
      listed.push(...(page.items as { runId: string }[]).map(({ runId }) => runId));
      if (page.nextCursor === null) break;
      more = `&cursor=${page.nextCursor}`;
    }
    expect(listed).toEqual(names.map((name) => `${name}.2032-10.v1`));
    const found = await readAllRuns(env.DB);
    expect(new Set(found.map(({ name }) => name)).size).toBe(names.length);
    expect(found).toHaveLength(names.length);
  });
});
