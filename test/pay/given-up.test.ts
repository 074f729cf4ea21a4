/** Lines that an operator gives up, whatever the HRIS made of them, and people who are forgotten. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { erasures } from '../../src/agents/privacy/jobs';
import { forgetting } from '../../src/compose';
import { itemsOf } from '../http/caller';
import { HOUR, PayStage, PERIOD } from './stage';

const PLAN = 'VAR_PAY_Q4_2023';
const DAY = 24 * HOUR;
let stage: PayStage;

afterEach(() => stage.close());

/** The HRIS takes a line, says nothing, and cannot be asked. */
function goSilent(): void {
  stage.hris.trouble = ({ method }, phase) => {
    if (method !== 'POST') return Response.json({}, { status: 503 });
    if (phase === 'before') return null;
    throw new TypeError('the connection broke');
  };
}

/** Gives up what is on its way; from then on the HRIS can be asked again. */
async function giveUp(): Promise<void> {
  await stage.send();
  const open = itemsOf(
    await stage.ask('payroll', 'GET', '/v1/deliveries?destination=hris&limit=100'),
  ).filter(({ state }) => !['CONFIRMED', 'REJECTED', 'ABANDONED'].includes(String(state)));
  for (const { id } of open) {
    const path = `/v1/deliveries/${id}/abandon`;
    await stage.must('payroll', 'POST', path, { reason: 'the HRIS was silent for a day' });
  }
  stage.hris.trouble = () => null;
}

async function sendAndGiveUp(): Promise<void> {
  goSilent();
  const id = await stage.begin();
  await stage.approve(id);
  await stage.dispatch(id);
  await giveUp();
}

/** A day later the HRIS is asked about what was given up, and cron walks over what is new. */
async function foundLate(): Promise<void> {
  stage.pass(DAY + HOUR);
  await stage.send();
  await stage.cron();
}

interface Report {
  readonly amount: string;
  readonly open: string;
}
const deltas = async (id: string): Promise<Report[]> =>
  itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/delta-report`)).map(
    ({ amount, open }) => ({ amount: String(amount), open: String(open) }),
  );

const inBooks = async (): Promise<number> =>
  (await stage.held(`:paid:${PLAN}:${PERIOD}`)) +
  (await stage.held(`:paid:${PLAN}:2032-09`)) +
  (await stage.held(`:owed:${PLAN}`));

describe('a line that is given up and was paid all the same', () => {
  it('is too much once the next version has paid it again: that is a delta, and is taken back', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await sendAndGiveUp();
    const second = await stage.pay();
    expect(stage.hris.paidTo('EMP-a')).toBe(2 * 45_350);
    await foundLate();
    expect(await deltas(second)).toEqual([{ amount: '-453.50', open: '-453.50' }]);
    expect(await inBooks()).toBe(2 * 45_350);
    await stage.pay();
    await stage.cron();
    expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
    expect(await deltas(second)).toEqual([{ amount: '-453.50', open: '0.00' }]);
    expect(await inBooks()).toBe(45_350);
  });

  it('is what the period paid where no version has paid it again', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await sendAndGiveUp();
    await foundLate();
    const second = await stage.pay();
    expect((await stage.run(second)).states).toEqual({ NOTHING_TO_PAY: 1 });
    expect([stage.hris.paidTo('EMP-a'), await inBooks()]).toEqual([45_350, 45_350]);
  });

  it('is told to the agent as paid, late: the explanation and the statement say so', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    await sendAndGiveUp();
    const id = `${PLAN}.${PERIOD}.v1`;
    const explained = () => stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines/a/explain`);
    const told = async () => {
      const path = '/v1/agents/a/statement?from=2032-10-01&to=2033-01-01';
      const items = itemsOf(await stage.ask('payroll', 'GET', path));
      return items.map(({ kind, change, why }) => ({ kind, change, why }));
    };
    const pay = `Variable pay of ${PLAN} for ${PERIOD}`;
    const before = [
      {
        kind: 'PAY_EARNED',
        change: '453.50',
        why: `${pay}, earned by the calculation of run ${id}: 453.50 USD.`,
      },
      {
        kind: 'PAY_REJECTED',
        change: '-453.50',
        why: `${pay}, refused by payroll, or given up without its answer, for run ${id}: 453.50 USD.`,
      },
    ];
    expect(await explained()).toMatchObject({
      line: { state: 'REJECTED' },
      delivery: { outcome: 'ABANDONED', reason: 'the HRIS was silent for a day' },
    });
    expect(await told()).toEqual(before);
    await foundLate();
    expect(await explained()).toMatchObject({
      line: { state: 'CONFIRMED' },
      delivery: { outcome: 'CONFIRMED', at: '2032-11-02T11:00:00.000Z', wasGivenUp: true },
    });
    expect(await told()).toEqual([
      ...before,
      {
        kind: 'SUSPENSE',
        change: '453.50',
        why: `${pay}, paid by payroll for run ${id}, confirmed late, after it had been given up: 453.50 USD.`,
      },
    ]);
    const [{ tx } = { tx: '' }] = await stage.rows<{ tx: string }>(
      "SELECT tx FROM entries WHERE kind = 'SUSPENSE'",
    );
    const path = `/v1/ledger/transactions/${tx}/explain`;
    expect(JSON.stringify(await stage.must('payroll', 'GET', path))).toContain('"wasGivenUp":true');
    // A person decides whether the agent is told: nothing says by itself that it was paid.
    const notices = await stage.rows<{ kind: string }>('SELECT kind FROM notices ORDER BY kind');
    expect(notices.map(({ kind }) => kind)).toEqual(
      expect.not.arrayContaining(['pay.line.confirmed']),
    );
    expect(notices.map(({ kind }) => kind)).toContain('delivery.alarm');
  });

  it('took back what a later line took back again: that is given back', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [], month: '2032-09' });
    const id = await stage.result('a', 92.5, { month: '2032-09' });
    await stage.month('a', { scores: [92.5] });
    const earlier = await stage.pay('2032-09');
    await stage.result('a', 78, { month: '2032-09', id });
    await stage.cron();
    const [{ amount } = { amount: '' }] = await deltas(earlier);
    await sendAndGiveUp();
    await stage.pay();
    await foundLate();
    // October was paid twice, September taken back twice.
    expect(await inBooks()).toBe(stage.hris.paidTo('EMP-a'));
    await stage.pay();
    await stage.pay('2032-09');
    await stage.cron();
    const due = 45_350 + 45_350 + Math.round(Number(amount) * 100);
    expect([stage.hris.paidTo('EMP-a'), await inBooks()]).toEqual([due, due]);
    expect((await deltas(earlier)).every(({ open }) => open === '0.00')).toBe(true);
  });
});

describe('a person who is forgotten', () => {
  const forget = (): Promise<void> => erasures(forgetting)(env, stage.now);

  it('before their line was sent is not paid, and the run is settled without them', async () => {
    stage = await PayStage.open();
    for (const agent of ['a', 'b']) {
      await stage.hire(agent);
      await stage.month(agent, { scores: [92.5] });
    }
    const id = await stage.begin();
    await stage.approve(id);
    await stage.must('compliance', 'POST', '/v1/agents/a/pseudonymise', { reason: 'asked for' });
    await forget();
    await stage.dispatch(id);
    await stage.settle(id);
    expect(await stage.run(id)).toMatchObject({
      status: 'SETTLED',
      states: { CONFIRMED: 1, FORGOTTEN: 1 },
    });
  });

  it('while their line is on its way is forgotten once it has arrived, and both sides agree', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5] });
    const id = await stage.begin();
    await stage.approve(id);
    goSilent();
    await stage.dispatch(id);
    await stage.send();
    await stage.must('compliance', 'POST', '/v1/agents/a/pseudonymise', { reason: 'asked for' });
    await forget();
    stage.hris.trouble = () => null;
    stage.pass(HOUR);
    await stage.settle(id);
    await forget();
    const [kept] = await stage.rows<{ content: string | null }>('SELECT content FROM deliveries');
    expect([stage.hris.lines.size, kept?.content]).toEqual([1, null]);
    expect(await stage.run(id)).toMatchObject({ status: 'SETTLED', states: { CONFIRMED: 1 } });
    const path = `/v1/pay-runs/${id}/reconciliation`;
    expect(await stage.must('payroll', 'GET', path)).toMatchObject({
      confirmed: 1,
      missingThere: 0,
      unknownHere: 0,
      differences: [],
    });
  });
});
