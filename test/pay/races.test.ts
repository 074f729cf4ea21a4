/**
 * Two lines, or a line and a walk, that decide by the same deltas at once: between the look of one
 * and its writing the other is done whole. Exactly one settles a change, the other looks anew (DEC-5).
 */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { readAgent } from '../../src/agents/store';
import { loadRun } from '../../src/pay/runs/calculate/client';
import { passPage, readOutlet } from '../../src/pay/runs/dispatch/client';
import { reread } from '../../src/pay/runs/reread/client';
import { installBoard, quiet, removeBoard } from '../worker/io';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const NOVEMBER = '2032-11';

const amounts = async (table: 'pay_deltas' | 'pay_claims') =>
  (await stage.rows<{ amount: number }>(`SELECT amount FROM ${table} ORDER BY id`)).map(
    ({ amount }) => amount,
  );

/** The same, but that something happens before it first writes. */
function overtakenBy(action: () => Promise<unknown>): typeof env {
  const journal = env.JOURNAL.getByName('ledger');
  let isFirst = true;
  const commit = async (...asked: Parameters<typeof journal.commit>) => {
    if (isFirst) {
      isFirst = false;
      await action();
    }
    return journal.commit(...asked);
  };
  return { ...env, JOURNAL: { getByName: () => ({ commit }) } } as unknown as typeof env;
}

/** The fact is taken; who looks at once what it changes does not reach the books. */
async function unread(said: () => Promise<unknown>): Promise<void> {
  const board = installBoard();
  board.decide = ({ place, call, nth }) =>
    place === 'worker' && call === 'JOURNAL.commit' && nth > 1 ? 'throw' : null;
  await said();
  await quiet(board);
  removeBoard();
}

/** Sends out the lines of an approved run, by whatever reaches the books. */
async function pass(id: string, by: typeof env = env): Promise<void> {
  const setting = await loadRun(env.DB, id);
  const outlet = setting && (await readOutlet(env, setting, stage.now));
  if (setting === null || outlet === null) throw new Error('no run');
  await passPage(by, setting, outlet, '');
}

describe('a version that finds a change, and the next cycle that takes a later one of its period', () => {
  /** October is 453.50; version 2 pays by another base, and knows nothing of the score since. */
  async function both(base: number, score: number): Promise<readonly [string, string]> {
    stage = await PayStage.open();
    const result = await stage.paidOnce();
    await stage.plan({ base_bonus: base, effective_from: '2032-10-01' });
    const second = await stage.begin();
    await stage.approve(second);
    await stage.result('a', score, { id: result, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    await stage.month('a', { scores: [92.5], month: NOVEMBER });
    stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
    const cycle = await stage.begin(NOVEMBER);
    await stage.approve(cycle);
    return [second, cycle];
  }

  // 95 is worth 518.00 by the plan that paid and 78 is worth 176.00: so much more or less is open net.
  it.each([
    ['added', 1000, 95, 6450],
    ['taken', 250, 78, -27_750],
  ])('at once: it is %s once, whoever is first', async (_, base, score, net) => {
    for (const isVersionFirst of [true, false]) {
      const [second, cycle] = await both(base, score);
      const [first, last] = isVersionFirst ? [second, cycle] : [cycle, second];
      await pass(
        last,
        overtakenBy(() => pass(first)),
      );
      const claimed = (await amounts('pay_claims')).reduce((sum, amount) => sum + amount, 0);
      expect([isVersionFirst, claimed]).toEqual([isVersionFirst, net]);
      stage.close();
    }
  });
});

describe('the delta of one who had no line, and a version that has one for them', () => {
  /** October was paid without them; version 2 pays what the plan pays for no facts. Facts came since. */
  async function newcomer(): Promise<{ readonly key: string; readonly second: string }> {
    const card = { type: 'QA', version_ids: ['sc-version-789'], weight: 1 };
    stage = await PayStage.open({
      min_interactions: 0,
      scorecards: [{ ...card, fallback_behavior: 'NEUTRAL', neutral_score: 92.5 }],
    });
    await stage.paidOnce();
    await stage.hire('new');
    const second = await stage.begin();
    await stage.approve(second);
    await unread(() => stage.result('new', 95));
    expect(await amounts('pay_deltas')).toEqual([]);
    return { key: (await readAgent(env, 'new'))?.name ?? '', second };
  }

  const of = { planId: PLAN, period: PERIOD };

  /** What the newcomer was paid, and what is open. */
  const standing = async () => {
    const sum = (list: readonly number[]) => list.reduce((all, amount) => all + amount, 0);
    const open = sum(await amounts('pay_deltas')) - sum(await amounts('pay_claims'));
    return [stage.hris.paidTo('EMP-new'), open];
  };

  it('that is sent out while the delta is written: only what it does not pay is a delta', async () => {
    const { key, second } = await newcomer();
    const late = overtakenBy(() => stage.dispatch(second));
    expect(await reread(late, of, [key], stage.now)).toEqual([]);
    expect(await amounts('pay_deltas')).toEqual([]);
    await stage.settle(second);
    await stage.cron();
    expect(await amounts('pay_deltas')).toEqual([6450]);
    expect(await standing()).toEqual([47_750, 6450]);
  });

  it('that is sent out after it: it settles a part of the delta, and pays nothing beside it', async () => {
    const { key, second } = await newcomer();
    expect(await reread(env, of, [key], stage.now)).toEqual([]);
    expect(await amounts('pay_deltas')).toEqual([54_200]);
    await stage.dispatch(second);
    await stage.settle(second);
    await stage.cron();
    expect(await standing()).toEqual([47_750, 6450]);
  });
});

describe('a write-off that is approved at the moment when its period is re-read', () => {
  const of = { planId: PLAN, period: PERIOD };

  /** October paid 453.50; a score moved it, a write-off of that waits, and the score is back unread. */
  async function proposed(score: number): Promise<{ key: string; approve: () => Promise<number> }> {
    stage = await PayStage.open();
    const result = await stage.paidOnce();
    await stage.result('a', score, { id: result, modified: '2032-11-14T09:00:00Z' });
    await stage.cron();
    const [delta] = await stage.rows<{ id: string }>('SELECT id FROM pay_deltas');
    const path = `/v1/deltas/${delta?.id}/write-off`;
    const { reviewId } = await stage.must('payroll', 'POST', path, { reason: 'too small' });
    await unread(() => stage.result('a', 92.5, { id: result, modified: '2032-11-20T09:00:00Z' }));
    const decision = { decision: 'APPROVE', reason: 'looked at' };
    return {
      key: (await readAgent(env, 'a'))?.name ?? '',
      approve: async () =>
        (await stage.ask('approver', 'POST', `/v1/reviews/${reviewId}/decision`, decision)).status,
    };
  }

  // 78 is worth 176.00 and 95 is worth 518.00: so much was written off and turns out never to have been wrong.
  it.each([
    ['pays nothing again that was forgiven', 78, -27_750],
    ['takes nothing back that was never paid', 95, 6450],
  ])('%s, whichever is first', async (_, score, moved) => {
    for (const isApprovalFirst of [true, false]) {
      const { key, approve } = await proposed(score);
      const approved: number[] = [];
      const late = async () => approved.push(await approve());
      const answer = await reread(isApprovalFirst ? overtakenBy(late) : env, of, [key], stage.now);
      if (!isApprovalFirst) await late();
      expect([answer, approved]).toEqual([[], [isApprovalFirst ? 200 : 409]]);
      expect(await amounts('pay_deltas')).toEqual([moved, -moved]);
      // What was forgiven is set off against the correction; without the approval the two stand open.
      expect(await amounts('pay_claims')).toEqual(isApprovalFirst ? [moved, -moved] : []);
      const open = isApprovalFirst ? 0 : Math.abs(moved);
      const accounts = [`:owed:${PLAN}`, `:pay:${PLAN}:${PERIOD}`];
      expect(await Promise.all(accounts.map((one) => stage.held(one)))).toEqual([open, open]);
      if (isApprovalFirst) {
        await stage.month('a', { scores: [92.5], month: NOVEMBER });
        stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
        await stage.pay(NOVEMBER);
        expect(stage.hris.paidTo('EMP-a')).toBe(2 * 45_350);
      }
      stage.close();
    }
  });
});

it('facts of a period that paid nothing, and a version in another currency sent out at that moment: it alone pays', async () => {
  stage = await PayStage.open();
  await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-10-29', {
    base: 'USD',
    rates: { EUR: '0.9' },
  });
  await stage.hire('a', { currency: 'EUR' });
  await stage.month('a', { scores: [92.5], interactions: 10 });
  await stage.pay();
  await stage.hire('a', { currency: 'USD', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
  await stage.plan({ min_interactions: 0, effective_from: `${PERIOD}-01` });
  const second = await stage.begin();
  await stage.approve(second);
  await unread(() =>
    stage.must('author', 'POST', '/v1/interaction-counts', {
      items: [{ agentId: 'a', period: PERIOD, count: 145, revision: 1 }],
    }),
  );
  const key = (await readAgent(env, 'a'))?.name ?? '';
  const late = overtakenBy(() => stage.dispatch(second));
  const of = { planId: PLAN, period: PERIOD };
  expect(await reread(late, of, [key], stage.now)).toEqual([]);
  await stage.settle(second);
  await stage.cron();
  expect(await amounts('pay_deltas')).toEqual([]);
  expect(stage.hris.paidTo('EMP-a')).toBe(45_350);
});
