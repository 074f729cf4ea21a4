/** What a statement says of pay: why it was cut, by how much, and why there was none. */
import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const NOVEMBER = '2032-11';
const PLAN = 'VAR_PAY_Q4_2023';

interface Line {
  readonly day: string;
  readonly kind: string;
  readonly change: string;
  readonly why: string;
  readonly recordedAt: string;
  readonly transaction: string | null;
}

async function statement(): Promise<Line[]> {
  const path = '/v1/agents/a/statement?from=2032-10-01&to=2033-01-01&limit=200';
  return (await stage.must('payroll', 'GET', path)).items as Line[];
}

const whys = async (kind: string): Promise<string[]> =>
  (await statement()).flatMap((line) => (line.kind === kind ? [line.why] : []));

/** Paid 453.50 for October on 92.5; a fortnight later the score is another. */
async function corrected(score: number): Promise<string> {
  stage = await PayStage.open();
  const id = await stage.paidOnce();
  stage.pass(14 * 24 * 60 * MINUTE);
  await stage.result('a', score, { id, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  return id;
}

async function november(): Promise<void> {
  await stage.month('a', { scores: [92.5], month: NOVEMBER });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay(NOVEMBER);
}

const deltaId = async (): Promise<string> =>
  (await stage.rows<{ id: string }>('SELECT id FROM pay_deltas'))[0]?.id ?? '';

describe('a statement of pay', () => {
  it('says what was paid too much, by how much, and which evaluation changed', async () => {
    const id = await corrected(78);
    expect(await whys('PAY_DELTA')).toEqual([
      `Variable pay of ${PLAN} for ${PERIOD} comes to 277.50 USD less than was paid, because its facts changed (evaluation ${id} was 92.5 and is 78); it is settled in a later cycle, or by a later version of this one.`,
    ]);
  });

  it('says what is taken back, with which pay, of which period and by which delta', async () => {
    await corrected(78);
    await november();
    const paid = (await statement()).filter(({ kind }) => kind === 'PAY_PAID');
    expect(paid.filter(({ change }) => change === '-277.50')).toMatchObject([
      {
        why: `Taken back with the pay of ${PLAN} for ${NOVEMBER}: 277.50 USD of what was paid too much for ${PERIOD} (delta ${await deltaId()}).`,
      },
    ]);
    expect(paid.filter(({ change }) => change !== '-277.50').map(({ why }) => why)).toEqual([
      `Variable pay of ${PLAN} for ${PERIOD}, confirmed by payroll for run ${PLAN}.${PERIOD}.v1: 453.50 USD.`,
      `Variable pay of ${PLAN} for ${NOVEMBER}, confirmed by payroll for run ${PLAN}.${NOVEMBER}.v1: 453.50 USD.`,
    ]);
  });

  it('says what is still to be paid, and with which pay it was', async () => {
    await corrected(95);
    await november();
    expect((await whys('PAY_DELTA'))[0]).toMatch(
      `for ${PERIOD} comes to 64.50 USD more than was paid, because its facts changed`,
    );
    expect(await whys('PAY_PAID')).toContain(
      `Paid with the pay of ${PLAN} for ${NOVEMBER}: 64.50 USD of what was still to be paid for ${PERIOD} (delta ${await deltaId()}).`,
    );
  });

  it('says what a later version of the same period pays beside the first', async () => {
    stage = await PayStage.open();
    const id = await stage.paidOnce();
    await stage.result('a', 95, { id, modified: '2032-11-14T09:00:00Z' });
    await stage.pay();
    expect(await whys('PAY_PAID')).toContain(
      `Paid with the pay of ${PLAN} for ${PERIOD}: 64.50 USD of what was still to be paid for ${PERIOD} (delta ${await deltaId()}).`,
    );
  });

  it('says how many interactions there were and are, and explain says it too', async () => {
    await corrected(92.5);
    const fewer = [{ agentId: 'a', period: PERIOD, count: 49, revision: 1 }];
    await stage.must('author', 'POST', '/v1/interaction-counts', { items: fewer });
    await stage.cron();
    expect((await whys('PAY_DELTA'))[0]).toMatch(
      'comes to 453.50 USD less than was paid, because its facts changed (interactions were 145 and are 49);',
    );
    const [line] = (await statement()).filter(({ kind }) => kind === 'PAY_DELTA');
    const path = `/v1/ledger/transactions/${line?.transaction}/explain`;
    expect(JSON.stringify(await stage.must('payroll', 'GET', path))).toContain(
      'interactions were 145 and are 49',
    );
  });
});

describe('a statement of a write-off', () => {
  /** Two people write off what is open of the one delta. */
  async function writeOff(reason: string): Promise<string[]> {
    const path = `/v1/deltas/${await deltaId()}/write-off`;
    const { reviewId } = await stage.must('payroll', 'POST', path, { reason });
    const decision = { decision: 'APPROVE', reason: 'seen' };
    await stage.must('approver', 'POST', `/v1/reviews/${reviewId}/decision`, decision);
    return whys('PAY_WRITE_OFF');
  }

  it('says how much of what was paid too much stays with the agent, and why', async () => {
    await corrected(78);
    expect(await writeOff('less than it costs to collect')).toEqual([
      `Of variable pay of ${PLAN} for ${PERIOD}, 277.50 USD that was paid too much is written off (delta ${await deltaId()}); it stays with the agent, and nothing of it is taken back. Approved by a second person: less than it costs to collect`,
    ]);
  });

  it('says how much of what was still to be paid is not paid, and why', async () => {
    await corrected(95);
    expect(await writeOff('waived')).toEqual([
      `Of variable pay of ${PLAN} for ${PERIOD}, 64.50 USD that was still to be paid is written off (delta ${await deltaId()}); it is not paid. Approved by a second person: waived`,
    ]);
  });
});

describe('pay that came to nothing', () => {
  const nothing = async () =>
    (await statement()).filter(({ kind }) => kind === 'NOTHING_EARNED') as (Line & {
      readonly gates: readonly object[];
      readonly outcome: string;
    })[];

  it('has a line that says which minimum was missed, once it is sent out', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.hire('b');
    await stage.month('a', { scores: [92.5], interactions: 49 });
    await stage.month('b', { scores: [92.5] });
    const id = await stage.begin();
    await stage.approve(id);
    expect(await nothing()).toEqual([]);
    await stage.dispatch(id);
    await stage.settle(id);
    expect(await nothing()).toMatchObject([
      {
        day: '2032-10-31',
        change: '0.00',
        unit: 'USD',
        why: `No variable pay of ${PLAN} for ${PERIOD}: 49 interactions, at least 50 are needed.`,
        outcome: 'BELOW_MIN_INTERACTIONS',
        occurredAt: '2032-10-31T23:59:59.999Z',
        cause: { kind: 'pay-line', period: PERIOD },
        gates: [{ field: 'interactions', expected: 50, actual: 49, difference: '-1' }],
      },
    ]);
    const path = '/v1/agents/b/statement?from=2032-10-01&to=2032-11-01';
    const { items } = (await stage.must('payroll', 'GET', path)) as { items: Line[] };
    expect(items.map(({ kind }) => kind).toSorted()).toEqual(['PAY_EARNED', 'PAY_PAID']);
  });

  it('has one line for the newest version, and none before it was sent out or of other days', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5], interactions: 48 });
    await stage.pay();
    const before = new Date(stage.now).toISOString();
    stage.pass(MINUTE);
    const more = [{ agentId: 'a', period: PERIOD, count: 49, revision: 1 }];
    await stage.must('author', 'POST', '/v1/interaction-counts', { items: more });
    await stage.pay();
    expect((await nothing()).map(({ why }) => why)).toEqual([expect.stringContaining(': 49 ')]);
    const of = async (query: string) =>
      ((await stage.must('payroll', 'GET', `/v1/agents/a/statement${query}`)).items as Line[]).map(
        ({ why }) => why,
      );
    expect(await of(`?from=2032-10-01&to=2032-11-01&as_of=${before}`)).toEqual([
      expect.stringContaining(': 48 '),
    ]);
    expect(await of('?from=2032-10-01&to=2032-10-31')).toEqual([]);
    expect(await of('?from=2032-10-31&to=2032-11-01&limit=1')).toHaveLength(1);
    expect(await of('?from=9997-01-01&to=9998-12-31')).toEqual([]);
    expect(await of('?from=1990-01-01&to=2032-11-01&limit=1')).toHaveLength(1);
  });

  it('has its place on pages of any size, once', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [92.5], interactions: 49 });
    await stage.pay();
    await november();
    const whole = await statement();
    expect(whole.map(({ kind }) => kind)).toEqual(['NOTHING_EARNED', 'PAY_EARNED', 'PAY_PAID']);
    for (const limit of [1, 2]) {
      const met: string[] = [];
      for (let cursor = ''; ; ) {
        const path = `/v1/agents/a/statement?from=2032-01-01&to=2033-01-01&limit=${limit}${cursor}`;
        const page = await stage.must('payroll', 'GET', path);
        met.push(...(page.items as Line[]).map(({ why }) => why));
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      expect(met.toSorted()).toEqual(whole.map(({ why }) => why).toSorted());
    }
  });

  it('says which steps made it nothing where no minimum was missed', async () => {
    stage = await PayStage.open();
    await stage.hire('a');
    await stage.month('a', { scores: [], talk: 1, aux: 99 });
    await stage.pay();
    expect((await nothing()).map(({ why, outcome }) => [outcome, why])).toEqual([
      ['NO_EVALUATIONS', expect.stringMatching(/no quality, its part is 0; .+ not reached/)],
    ]);
  });
});
