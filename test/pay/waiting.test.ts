/** A delta in another currency than the agent is paid in now: no cycle takes it, and it says so. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { payHealth } from '../../src/pay/runs/jobs';
import { readPayMark, rereadPaid } from '../../src/pay/runs/sweep/client';
import { itemsOf } from '../http/caller';
import { HOUR, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const told = () =>
  stage.rows<{ content: string }>("SELECT content FROM notices WHERE kind = 'pay.delta.waiting'");

it('is told once, and report and explanation say what settles it', async () => {
  stage = await PayStage.open();
  const first = `VAR_PAY_Q4_2023.${PERIOD}.v1`;
  const id = await stage.paidOnce();
  await stage.result('a', 78, { id, modified: '2032-11-14T09:00:00Z' });
  await stage.cron();
  const report = async (run: string) =>
    itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${run}/delta-report`));
  expect(await report(first)).toMatchObject([{ open: '-277.50', waitsFor: null }]);

  await stage.hire('a', { currency: 'EUR' });
  await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-11-29', {
    base: 'USD',
    rates: { EUR: '0.9' },
  });
  await stage.month('a', { scores: [92.5], month: '2032-11' });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  const november = await stage.pay('2032-11');
  await stage.cron();
  await stage.cron();
  const why = /open in USD, and the agent is paid in EUR now: .* write-off$/;
  const notices = await told();
  expect(notices).toHaveLength(1);
  expect(JSON.parse(notices[0]?.content ?? '')).toMatchObject({
    agentId: 'a',
    period: PERIOD,
    runId: november,
    currency: 'USD',
    open: '-277.50',
    paidIn: 'EUR',
    why: expect.stringMatching(why),
  });
  const waits = { period: PERIOD, open: '-277.50', waitsFor: expect.stringMatching(why) };
  expect(await report(november)).toMatchObject([waits]);
  for (const run of [first, november]) {
    const { deltas } = await stage.must('payroll', 'GET', `/v1/pay-runs/${run}/lines/a/explain`);
    expect(deltas).toMatchObject([waits]);
  }
  // A further run says nothing anew; written off, it waits for nothing.
  stage.pass(31 * 24 * 60 * 60_000);
  await stage.pay('2032-12');
  await stage.cron();
  expect(await told()).toHaveLength(1);
});

it('is told a page of deltas at a time, and the next firing goes on; after a day health is late', async () => {
  stage = await PayStage.open();
  const results = new Map<string, string>();
  for (const agent of ['a', 'b']) {
    await stage.hire(agent);
    results.set(agent, await stage.result(agent, 92.5));
    await stage.month(agent, { scores: [] });
  }
  await stage.pay();
  for (const [agent, id] of results) {
    await stage.result(agent, 78, { id, modified: '2032-11-14T09:00:00Z' });
  }
  await stage.cron();
  for (const [agent] of results) await stage.hire(agent, { currency: 'EUR' });
  await stage.must('payroll', 'PUT', '/v1/fx-rates/2032-11-29', {
    base: 'USD',
    rates: { EUR: '0.9' },
  });
  stage.pass(Date.UTC(2032, 11, 1, 10) - stage.now);
  await stage.pay('2032-11');
  const toldBy: number[] = [];
  for (let isBehind = true; isBehind; ) {
    expect(toldBy.length).toBeLessThan(9);
    await rereadPaid(env, stage.now, { pages: 1, deltasAPage: 1 });
    toldBy.push((await told()).length);
    isBehind = (await readPayMark(env.DB))?.after !== undefined;
    expect(await payHealth.check(env, stage.now + 25 * HOUR)).toMatchObject({
      status: isBehind ? 'late' : 'ok',
      detail: { notSettled: 0, notPaid: 0 },
    });
  }
  expect([...new Set(toldBy)]).toEqual([0, 1, 2]);
});
