/** Amounts that the books cannot hold stop one line, and nobody else's (P9, P14). */
import { afterEach, expect, it } from 'vitest';
import { itemsOf, send } from '../http/caller';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const NOVEMBER = '2032-11';

const dispute = (expectedAmount: string) =>
  stage.ask('payroll', 'POST', `/v1/pay-runs/${PLAN}.${PERIOD}.v1/lines/a/dispute`, {
    reason: 'an evaluation is missing',
    expectedAmount,
  });

const linesOf = async (id: string) =>
  itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));

it('a dispute asks for no more than a line may say', async () => {
  stage = await PayStage.open();
  await stage.paidOnce();
  const said = await dispute('10000000000.01');
  expect(said.status).toBe(422);
  expect(said.body.errors).toEqual([
    expect.objectContaining({
      pointer: '#/expectedAmount',
      detail: 'at most 10000000000.00 USD',
    }),
  ]);
  expect((await dispute('90071992547409.91')).status).toBe(422);
  expect((await dispute('10000000000.00')).status).toBe(201);
});

it('a line that comes to more than it may say waits alone, and its next version goes', async () => {
  stage = await PayStage.open();
  await stage.paidOnce();
  const { reviewId } = (await dispute('10000000000.00')).body;
  const decision = { decision: 'APPROVE', reason: 'looked at' };
  await stage.must('compliance', 'POST', `/v1/reviews/${reviewId}/decision`, decision);
  await stage.hire('b');
  const result = await stage.result('a', 97.5, { month: NOVEMBER });
  await stage.month('a', { scores: [], month: NOVEMBER });
  await stage.month('b', { scores: [92.5], month: NOVEMBER });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  const id = await stage.pay(NOVEMBER);
  expect(await linesOf(id)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ agentId: 'a', state: 'BLOCKED', obstacle: 'AMOUNT_TOO_LARGE' }),
      expect.objectContaining({ agentId: 'b', state: 'CONFIRMED', obstacle: null }),
    ]),
  );
  await stage.result('a', 92.5, {
    id: result,
    month: NOVEMBER,
    modified: '2032-12-01T09:00:00Z',
  });
  await stage.pay(NOVEMBER);
  expect(stage.hris.ofKey('VAR_PAY_2032_11_a_v2')).toMatchObject({
    variable_pay_amount: 453.5,
    adjustment_amount: 9_999_999_546.5,
  });
});

it('where an account is full, the lines it still holds are sent', async () => {
  stage = await PayStage.open();
  for (const agent of ['a', 'b', 'c']) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [92.5] });
  }
  const id = await stage.begin();
  await stage.approve(id);
  await stage.rows(
    `INSERT INTO balances (id, account, unit, amount)
     VALUES ('USD plan:${PLAN}', 'plan:${PLAN}', 'USD', ${2 * 45_350 - Number.MAX_SAFE_INTEGER})`,
  );
  await stage.dispatch(id);
  await stage.settle(id);
  const paid = ['a', 'b', 'c'].map((agent) => stage.hris.paidTo(`EMP-${agent}`));
  expect(paid.toSorted((x, y) => x - y)).toEqual([0, 45_350, 45_350]);
  expect((await stage.run(id)).status).toBe('DISPATCHED');
  // Who is not paid is listed with what is wrong, in every form.
  const items = await linesOf(id);
  expect(items.map(({ obstacle }) => obstacle).toSorted()).toEqual([
    'REFUSED_BY_BOOKS',
    null,
    null,
  ]);
  const refused = items.find(({ obstacle }) => obstacle !== null);
  expect(refused).toMatchObject({
    state: 'BLOCKED',
    variablePay: '453.50',
    obstacleDetail: expect.stringMatching(
      /did not take what it posts.*send the run out again.*\(.+\)$/,
    ),
  });
  const path = `/v1/pay-runs/${id}/lines`;
  const explained = await stage.must('payroll', 'GET', `${path}/${refused?.agentId}/explain`);
  expect(explained.line).toEqual(refused);
  const csv = await send('GET', path, {
    key: stage.keys.get('payroll'),
    headers: { Accept: 'text/csv' },
  });
  expect(csv.text).toContain('REFUSED_BY_BOOKS');
  expect((await stage.run(id)).states).toEqual({ CONFIRMED: 2, BLOCKED: 1 });
  // Room is made, and the run sent out again pays it.
  await stage.rows(`UPDATE balances SET amount = 0 WHERE account = 'plan:${PLAN}'`);
  await stage.dispatch(id);
  await stage.settle(id);
  expect((await linesOf(id)).map(({ state }) => state)).toEqual(Array(3).fill('CONFIRMED'));
});
