/** Both sides of a run: what is missing, strange, different, paid twice or to somebody else (P9). */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { loadRun } from '../../src/pay/runs/calculate/client';
import { reconcile } from '../../src/pay/runs/reconciliation/client';
import type { Body } from '../http/caller';
import type { PayLine } from './hris';
import { PayStage, PERIOD } from './stage';

const MOST = { pages: 1, lines: 100, queries: 100 };

let stage: PayStage;
afterEach(() => stage.close());

const keyOf = (agent: string, version = 1): string => `VAR_PAY_2032_10_${agent}_v${version}`;
const report = (id: string): Promise<Body> =>
  stage.must('payroll', 'GET', `/v1/pay-runs/${id}/reconciliation`);
const differencesOf = (body: Body): Body[] => body.differences as Body[];

async function paid(agents: readonly string[], plan: object = {}): Promise<string> {
  stage = await PayStage.open(plan);
  for (const agent of agents) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [92.5] });
  }
  return stage.pay();
}

/** One more line there, like an agent's but for what changes. */
function put(agent: string, change: object): void {
  const like = stage.hris.ofKey(keyOf(agent));
  if (like === undefined) throw new Error('a line that was paid');
  stage.hris.lines.set(`put ${stage.hris.lines.size}`, { ...like, ...change } as PayLine);
}

describe('the reconciliation', () => {
  it('names what is missing there, unknown here and different', async () => {
    const id = await paid(['fine', 'gone', 'other']);
    stage.hris.lines.delete(keyOf('gone'));
    const other = stage.hris.lines.get(keyOf('other'));
    const fine = stage.hris.lines.get(keyOf('fine'));
    if (other === undefined || fine === undefined) throw new Error('lines that were paid');
    stage.hris.lines.set(keyOf('other'), { ...other, variable_pay_amount: 1 });
    stage.hris.lines.set(keyOf('stranger'), { ...fine, idempotency_key: keyOf('stranger') });
    const found = await report(id);
    expect(found).toMatchObject({
      sent: 3,
      confirmed: 3,
      uncertain: 0,
      missingThere: 1,
      unknownHere: 1,
      amountDiffers: 1,
      complete: true,
    });
    const kinds = differencesOf(found).map(({ kind, agentId }) => `${kind} ${agentId}`);
    expect(kinds.toSorted()).toEqual([
      'AMOUNT_DIFFERS other',
      'MISSING_THERE gone',
      'UNKNOWN_HERE null',
    ]);
    const unknown = differencesOf(found).find(({ kind }) => kind === 'UNKNOWN_HERE');
    expect(unknown).toMatchObject({ ours: null, theirs: '453.50 USD' });
  });

  it('names two lines under one key, with both amounts', async () => {
    const id = await paid(['fine', 'twice']);
    put('twice', { variable_pay_amount: 453.5 });
    const found = await report(id);
    expect(found).toMatchObject({ paidTwice: 1, amountDiffers: 0, unknownHere: 0 });
    expect(differencesOf(found)).toEqual([
      {
        kind: 'PAID_TWICE',
        key: keyOf('twice'),
        agentId: 'twice',
        employeeId: 'EMP-twice',
        ours: '453.50',
        theirs: '453.50 USD + 453.50 USD',
        lines: 2,
      },
    ]);
  });

  it('names a key on somebody else, and compares amounts all the same', async () => {
    const id = await paid(['moved', 'both']);
    // Whoever has another number in HR by now was paid under the one that was sent.
    await stage.hire('moved', { employeeId: 'EMP-new' });
    expect(await report(id)).toMatchObject({ employeeDiffers: 0, differences: [] });
    for (const agent of ['moved', 'both']) {
      stage.hris.lines.set(keyOf(agent), {
        ...(stage.hris.ofKey(keyOf(agent)) as PayLine),
        employee_id: 'EMP-other',
        ...(agent === 'both' && { variable_pay_amount: 1 }),
      });
    }
    const found = await report(id);
    expect(found).toMatchObject({ employeeDiffers: 2, amountDiffers: 1, paidTwice: 0 });
    expect(differencesOf(found)).toContainEqual({
      kind: 'EMPLOYEE_DIFFERS',
      key: keyOf('moved'),
      agentId: 'moved',
      employeeId: 'EMP-other',
      ours: 'EMP-moved',
      theirs: 'EMP-other',
      lines: 1,
    });
  });

  it('names a line without a key, of another prefix, or of a version that no run has', async () => {
    const id = await paid(['a'], { earning_code: 'VARPAY' });
    put('a', { idempotency_key: null, employee_id: 'EMP-by-hand' });
    put('a', { idempotency_key: 'OLD_PAY_2032_10_a_v1' });
    put('a', { idempotency_key: keyOf('a', 7), earning_code: undefined });
    put('a', { idempotency_key: null, earning_code: 'OVERTIME' });
    put('a', { idempotency_key: null, pay_period_end: '2032-12-31' });
    const found = await report(id);
    expect(found).toMatchObject({ unknownHere: 3, paidTwice: 0, missingThere: 0 });
    expect(differencesOf(found).map(({ key, employeeId }) => `${key} ${employeeId}`)).toEqual([
      'null EMP-by-hand',
      'OLD_PAY_2032_10_a_v1 EMP-a',
      'VAR_PAY_2032_10_a_v7 EMP-a',
    ]);
  });

  it('takes lines of other plans and versions for no strangers', async () => {
    const first = await paid(['a']);
    await stage.plan({ plan_id: 'OTHER', keyPrefix: 'OTHER_PAY' });
    const other = await stage.begin(PERIOD, 'OTHER');
    await stage.approve(other);
    await stage.dispatch(other);
    await stage.settle(other);
    await stage.result('a', 97);
    const second = await stage.pay();
    expect(stage.hris.lines.size).toBe(3);
    const clean = { unknownHere: 0, missingThere: 0, differences: [] };
    for (const id of [first, other, second]) expect(await report(id)).toMatchObject(clean);
    // What another run did not order is for that run to name.
    put('a', { idempotency_key: keyOf('stranger', 2) });
    expect(await report(first)).toMatchObject(clean);
    expect(await report(second)).toMatchObject({ unknownHere: 1 });
    // A version that was calculated and not sent out has ordered nothing.
    await stage.begin();
    put('a', { idempotency_key: keyOf('a', 3) });
    expect(await report(first)).toMatchObject({ unknownHere: 1 });
  });

  it('counts what was rejected, which is nothing there and a difference where it is', async () => {
    stage = await PayStage.open();
    for (const agent of ['a', 'no']) {
      await stage.hire(agent);
      await stage.month(agent, { scores: [92.5] });
    }
    stage.hris.trouble = ({ key }, phase) =>
      key === keyOf('no') && phase === 'before'
        ? Response.json({ error: 'no such employee' }, { status: 422 })
        : null;
    const id = await stage.pay();
    const counts = { sent: 2, confirmed: 1, rejected: 1, uncertain: 0, missingThere: 0 };
    expect(await report(id)).toMatchObject({ ...counts, differences: [] });
    put('a', { idempotency_key: keyOf('no'), employee_id: 'EMP-no' });
    expect(differencesOf(await report(id))).toMatchObject([
      { kind: 'AMOUNT_DIFFERS', agentId: 'no', ours: '0.00', theirs: '453.50 USD' },
    ]);
  });

  it('reads every page, and calls nothing missing where the list is longer than it reads', async () => {
    const id = await paid(['a', 'b', 'gone']);
    stage.hris.lines.delete(keyOf('gone'));
    stage.hris.linesAPage = 1;
    expect(await report(id)).toMatchObject({ missingThere: 1, complete: true });
    const pages = stage.hris.asked.map(({ url }) => new URL(url).searchParams.get('page'));
    expect(pages.slice(-2)).toEqual([null, '2']);
    const setting = await loadRun(env.DB, id);
    if (setting === null) throw new Error(`no run ${id}`);
    const bounded = await reconcile(env, setting, stage.now, MOST);
    expect(bounded).toMatchObject({ ok: true, value: { complete: false, differences: [] } });
    put('a', { idempotency_key: keyOf('stranger') });
    const reordered = [...stage.hris.lines].toReversed();
    stage.hris.lines.clear();
    for (const [key, line] of reordered) stage.hris.lines.set(key, line);
    const known = await reconcile(env, setting, stage.now, MOST);
    expect(known).toMatchObject({ value: { counts: { UNKNOWN_HERE: 1 } } });
  });

  it('is refused where our own lines are more than one invocation may ask D1 for', async () => {
    const id = await paid(['a', 'b']);
    const setting = await loadRun(env.DB, id);
    if (setting === null) throw new Error(`no run ${id}`);
    const few = { ...MOST, queries: 20 };
    expect(await reconcile(env, setting, stage.now, few)).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', detail: expect.stringContaining('at most 0 lines') },
    });
    const enough = { ...MOST, queries: 21 };
    expect(await reconcile(env, setting, stage.now, enough)).toMatchObject({
      value: { counts: { CONFIRMED: 2 } },
    });
  });
});
