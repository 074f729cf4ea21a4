/** What a line says of itself, what is exported, reconciled, disputed and written off. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Body, itemsOf } from '../http/caller';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const get = (path: string) => stage.must('payroll', 'GET', path);
const linesOf = async (id: string) =>
  itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));

async function paid(scores: Readonly<Record<string, number>>, plan: object = {}): Promise<string> {
  stage = await PayStage.open(plan);
  for (const [agent, score] of Object.entries(scores)) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [score] });
  }
  return stage.pay();
}

const decide = (
  review: unknown,
  by: 'approver' | 'compliance' = 'approver',
  decision = 'APPROVE',
) => stage.must(by, 'POST', `/v1/reviews/${review}/decision`, { decision, reason: 'looked at' });

describe('the lines of a run', () => {
  it('are its preview before it is sent out, with what stands in the way', async () => {
    stage = await PayStage.open();
    await stage.hire('ok');
    await stage.hire('blocked', { employeeId: null });
    await stage.hire('idle');
    for (const agent of ['ok', 'blocked']) await stage.month(agent, { scores: [92.5] });
    const id = await stage.begin();
    const lines = new Map((await linesOf(id)).map((line) => [line.agentId, line]));
    expect(lines.get('ok')).toMatchObject({
      state: 'CALCULATED',
      variablePay: '453.50',
      quality: '92.5000',
      productivity: '0.8800',
      idempotencyKey: 'VAR_PAY_2032_10_ok_v1',
    });
    expect(lines.get('blocked')).toMatchObject({ state: 'BLOCKED', obstacle: 'NO_EMPLOYEE' });
    expect(lines.get('idle')).toMatchObject({
      state: 'NOTHING_TO_PAY',
      reason: 'BELOW_MIN_INTERACTIONS',
      earned: '0.00',
    });
    const only = await get(`/v1/pay-runs/${id}/lines?state=BLOCKED`);
    expect((only.items as Body[]).map(({ agentId }) => agentId)).toEqual(['blocked']);
  });

  it('explain themselves down to results, codes, steps, key and answer', async () => {
    const id = await paid({ a: 92.5 });
    const told = await get(`/v1/pay-runs/${id}/lines/a/explain`);
    expect(told.steps).toContain('5. at least 0.85: productivity part 0.88 × 0.4 = 0.352');
    expect(told.plan).toMatchObject({ version: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(told.facts).toMatchObject({
      results: [{ result: { scorecard_version_id: 'sc-version-789' } }],
      wfmActuals: { isWhole: true, millisecondsByCode: { talk: 88_000, aux: 12_000 } },
      interactionCount: 145,
    });
    expect(told.delivery).toMatchObject({
      idempotencyKey: 'VAR_PAY_2032_10_a_v1',
      outcome: 'CONFIRMED',
      answer: { status: 201 },
    });
    const [entry] = await stage.rows<{ tx: string }>(
      "SELECT tx FROM entries WHERE kind = 'PAY_PAID'",
    );
    const because = await get(`/v1/ledger/transactions/${entry?.tx}/explain`);
    expect(because.cause).toMatchObject({ kind: 'pay-line', because: { runId: id } });
    const statement = await get('/v1/agents/a/statement?from=2032-10-01&to=2032-11-01');
    expect(JSON.stringify(statement)).toContain('Variable pay of VAR_PAY_Q4_2023 for 2032-10');
  });
});

describe('a line whose answer was lost', () => {
  it('says UNCERTAIN while the HRIS cannot tell, and so does the reconciliation', async () => {
    stage = await PayStage.open();
    await stage.must('admin', 'PUT', '/v1/destinations/hris', {
      preset: 'hris',
      url: 'https://hris.example.com',
      honoursKeys: false,
    });
    await stage.hire('agent-1');
    await stage.month('agent-1', { scores: [92.5] });
    stage.hris.trouble = ({ method, url }, phase) => {
      const asksForOne = method === 'GET' && url.includes('idempotency_key');
      if (asksForOne && phase === 'before') return Response.json({ items: [] });
      if (method === 'POST' && phase === 'after') throw new TypeError('the connection broke');
      return null;
    };
    const id = await stage.begin();
    await stage.approve(id);
    await stage.dispatch(id);
    for (let turn = 0; turn < 12; turn += 1) {
      await stage.send();
      stage.pass(6 * 60_000);
    }
    const shown = async (): Promise<unknown> => {
      const { items } = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines`);
      return (items as { state: string }[]).map(({ state }) => state);
    };
    expect(await shown()).toEqual(['UNCERTAIN']);
    const { uncertain, sent } = await stage.must(
      'payroll',
      'GET',
      `/v1/pay-runs/${id}/reconciliation`,
    );
    expect([uncertain, sent]).toEqual([1, 1]);
    const filtered = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines?state=UNCERTAIN`);
    expect(filtered.items).toHaveLength(1);
    expect(stage.hris.lines.size).toBe(1);
  });
});

describe('the delta report', () => {
  it('says none, then what is open, and who still owes', async () => {
    const id = await paid({ a: 92.5 });
    expect(await get(`/v1/pay-runs/${id}/delta-report`)).toMatchObject({ items: [] });
    expect(await get('/v1/agents/a')).toMatchObject({ openClawback: [] });
    await stage.result('a', 63.5);
    await stage.cron();
    expect(await get(`/v1/pay-runs/${id}/delta-report`)).toMatchObject({
      items: [{ agentId: 'a', amount: '-277.50', open: '-277.50', state: 'OPEN' }],
    });
    expect(await get('/v1/agents/a')).toMatchObject({
      openClawback: [{ planId: 'VAR_PAY_Q4_2023', currency: 'USD', amount: '277.50' }],
    });
  });

  it('is written off by two persons, and then nobody takes it back', async () => {
    const id = await paid({ a: 92.5 });
    await stage.result('a', 63.5);
    await stage.cron();
    const [delta] = (await get(`/v1/pay-runs/${id}/delta-report`)).items as Body[];
    const path = `/v1/deltas/${delta?.deltaId}/write-off`;
    const proposed = await stage.must('payroll', 'POST', path, { reason: 'an error of ours' });
    expect((await stage.ask('payroll', 'POST', path, { reason: 'again' })).status).toBe(409);
    await decide(proposed.reviewId);
    expect(await get('/v1/agents/a')).toMatchObject({ openClawback: [] });
    await stage.month('a', { scores: [92.5], month: '2032-11' });
    stage.pass(30 * 24 * 60 * MINUTE);
    await stage.pay('2032-11');
    expect(stage.hris.paidTo('EMP-a')).toBe(2 * 45_350);
    expect(await stage.held(':owed:VAR_PAY_Q4_2023')).toBe(0);
    expect((await stage.ask('payroll', 'POST', path, { reason: 'again' })).status).toBe(409);
  });
});

describe('a dispute', () => {
  it('freezes that line alone until compliance decides, and posts a delta', async () => {
    stage = await PayStage.open();
    for (const agent of ['a', 'b']) {
      await stage.hire(agent);
      await stage.month(agent, { scores: [92.5] });
    }
    const id = await stage.begin();
    await stage.approve(id);
    const path = `/v1/pay-runs/${id}/lines/a/dispute`;
    const body = { reason: 'an evaluation is missing', expectedAmount: '518.00' };
    const opened = await stage.must('payroll', 'POST', path, body);
    expect(opened.dueAt).toBe('2032-11-15T10:00:00.000Z');
    for (const waiting of [`/v1/reviews/${opened.reviewId}`, '/v1/reviews?kind=PAY_DISPUTE']) {
      const shown = await get(waiting);
      expect((shown.items as Body[] | undefined)?.[0] ?? shown).toMatchObject({
        dueAt: opened.dueAt,
        overdue: false,
      });
    }
    expect((await stage.ask('payroll', 'POST', path, body)).status).toBe(409);
    await stage.dispatch(id);
    await stage.settle(id);
    expect([stage.hris.paidTo('EMP-a'), stage.hris.paidTo('EMP-b')]).toEqual([0, 45_350]);
    expect((await stage.run(id)).states).toEqual({ DISPUTED: 1, CONFIRMED: 1 });
    await decide(opened.reviewId, 'compliance');
    await stage.dispatch(id);
    await stage.settle(id);
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
    await stage.cron();
    await stage.month('a', { scores: [92.5], month: '2032-11' });
    stage.pass(30 * 24 * 60 * MINUTE);
    await stage.pay('2032-11');
    expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v1')).toMatchObject({ adjustment_amount: 64.5 });
  });

  it('that is rejected posts nothing', async () => {
    const id = await paid({ a: 92.5 });
    const path = `/v1/pay-runs/${id}/lines/a/dispute`;
    const opened = await stage.must('payroll', 'POST', path, {
      reason: 'too little',
      expectedAmount: 600,
    });
    await decide(opened.reviewId, 'compliance', 'REJECT');
    expect(await get(`/v1/pay-runs/${id}/delta-report`)).toMatchObject({ items: [] });
  });
});

describe('a preview of a plan', () => {
  it('lists everybody whose pay would change and writes nothing', async () => {
    await paid({ high: 96, low: 92.5 });
    const draft = await stage.must('author', 'POST', '/v1/plans', {
      compensation_plan: {
        plan_id: 'VAR_PAY_Q4_2023',
        base_bonus: 500,
        quality_weight: 0.6,
        productivity_weight: 0.4,
        quality_tiers: [
          { min_score: 95, multiplier: 1.5 },
          { min_score: 80, multiplier: 1 },
        ],
        productivity_threshold: 0.85,
        min_interactions: 50,
      },
    });
    const count = () => stage.rows<{ n: number }>('SELECT count(*) AS n FROM seals');
    const before = await count();
    const path = `/v1/plans/VAR_PAY_Q4_2023/versions/${draft.version}/preview`;
    const preview = await stage.must('author', 'POST', path, { period: PERIOD });
    expect(preview).toMatchObject({
      against: `VAR_PAY_Q4_2023.${PERIOD}.v1`,
      items: [{ agentId: 'high', before: '521.60', after: '608.00' }],
      nextCursor: null,
    });
    expect(await count()).toEqual(before);
  });
});

interface Posted {
  readonly kind: string;
  readonly from_account: string;
  readonly to_account: string;
  readonly amount: number;
  readonly unit: string;
}

describe('another currency', () => {
  it('is paid at the rate pinned in the run, with entries of its own', async () => {
    stage = await PayStage.open();
    await stage.hire('euro', { attributes: { currency: 'EUR' } });
    await stage.hire('yen', { attributes: { currency: 'JPY' } });
    for (const agent of ['euro', 'yen']) await stage.month(agent, { scores: [92.5] });
    const rates = { base: 'USD', rates: { EUR: '0.923456789' } };
    await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', rates);
    const id = await stage.begin();
    await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', {
      base: 'USD',
      rates: { EUR: '2' },
    });
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.settle(id);
    // 453.50 × 0.923456789 = 418.787…
    expect(stage.hris.ofKey('VAR_PAY_2032_10_euro_v1')).toMatchObject({
      variable_pay_amount: 418.79,
      currency: 'EUR',
      calculation_details: { plan_currency: 'USD', plan_amount: 453.5 },
    });
    const { steps } = await get(`/v1/pay-runs/${id}/lines/euro/explain`);
    expect((steps as string[]).at(-1)).toBe(
      '8. 453.50 USD at 0.923456789 EUR: 453.50 × 0.923456789 = 418.7876538115, ' +
        'rounded half up: 418.79 EUR',
    );
    const yen = await get(`/v1/pay-runs/${id}/lines/yen/explain`);
    expect((yen.steps as string[]).at(-1)).toMatch(/^8\. not paid: the run pinned no rate/);
    expect(await stage.held(`:paid:VAR_PAY_Q4_2023:${PERIOD}`)).toBe(41_879);
    const posted = await stage.rows<Posted>(
      `SELECT kind, from_account, to_account, amount, unit FROM entries
       WHERE kind IN ('PAY_EARNED', 'PAY_PAID')`,
    );
    const owner = /^agent:[^:]+:/;
    const moves = posted.map(({ kind, from_account, to_account, amount, unit }) => {
      const [from, to] = [from_account, to_account].map((one) => one.replace(owner, ''));
      return `${kind} ${from} > ${to} ${amount} ${unit}`;
    });
    const [pay, through] = [`pay:VAR_PAY_Q4_2023:${PERIOD}`, 'conversion:VAR_PAY_Q4_2023'];
    expect(moves.toSorted()).toEqual([
      `PAY_EARNED ${through} > ${pay} 41879 EUR`,
      `PAY_EARNED ${pay} > ${through} 45350 USD`,
      `PAY_EARNED plan:VAR_PAY_Q4_2023 > ${pay} 45350 USD`,
      `PAY_PAID ${pay} > paid:VAR_PAY_Q4_2023:${PERIOD} 41879 EUR`,
    ]);
    expect(await linesOf(id)).toContainEqual(
      expect.objectContaining({ agentId: 'yen', state: 'BLOCKED', obstacle: 'NO_RATE' }),
    );
    const trial = await stage.must('admin', 'GET', '/v1/ledger/trial-balance');
    expect(JSON.stringify(trial)).not.toContain('"balanced":false');
  });
});
