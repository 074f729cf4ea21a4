/** Buckets of actuals that overlap: nobody is paid on the same time twice (P4). */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { readFacts } from '../../src/pay/calculation/store';
import { loadRun } from '../../src/pay/runs/calculate/client';
import { tellOverlaps } from '../../src/pay/runs/reread/overlaps/client';
import { spanOf } from '../../src/pay/runs/run';
import { itemsOf } from '../http/caller';
import { crowdKey, fillCrowd } from './crowd';
import { HOUR, PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const SHIFT = { talk: 30_000, aux: 10_000 };

/** A whole day of the same agent, as another source counts it; without any time it takes itself out. */
const wholeDay = (duration: number) =>
  stage.must('author', 'POST', '/v1/wfm-actuals', {
    items: [
      {
        user_id: 'a',
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

async function withShift(plan: object = {}): Promise<void> {
  stage = await PayStage.open(plan);
  await stage.hire('a');
  await stage.month('a', { scores: [92.5], ...SHIFT });
}

const lineOf = async (run: string) =>
  itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${run}/lines`))[0];

it('a line that hangs on them is blocked, says which and what to do, and is paid once they are mended', async () => {
  await withShift();
  await wholeDay(60_000);
  const id = await stage.pay();
  expect(await lineOf(id)).toMatchObject({
    state: 'BLOCKED',
    obstacle: 'OVERLAPPING_ACTUALS',
    earned: '0.00',
    overlappingBuckets: 1,
  });
  expect(stage.hris.paidTo('EMP-a')).toBe(0);
  const { steps } = await stage.must('payroll', 'GET', `/v1/pay-runs/${id}/lines/a/explain`);
  expect(String((steps as string[]).at(-1))).toMatch(
    /^8\. not paid: buckets of actuals that begin at 2032-10-03T08:00:00.*Z overlap .* durations of 0/,
  );
  await wholeDay(0);
  const next = await stage.pay();
  // 30,000 of 40,000 s.
  expect(await lineOf(next)).toMatchObject({ state: 'CONFIRMED', overlappingBuckets: 0 });
  expect(Number((await lineOf(next))?.productivity)).toBe(0.75);
});

it('one that comes after the line was paid moves nothing until it is mended, and is told once', async () => {
  await withShift();
  const id = await stage.pay();
  const paid = stage.hris.paidTo('EMP-a');
  await wholeDay(60_000);
  await stage.cron();
  // Nor again once another version has found the same.
  await stage.pay();
  await stage.result('a', 92.5);
  await stage.cron();
  expect(await stage.rows('SELECT id FROM pay_deltas')).toEqual([]);
  const told = await stage.rows<{ content: string }>(
    "SELECT content FROM notices WHERE kind = 'pay.actuals.overlapping'",
  );
  expect(told).toHaveLength(1);
  expect(JSON.parse(told[0]?.content ?? '')).toMatchObject({
    agentId: 'a',
    runId: id,
    why: expect.stringMatching(/^not counted: buckets of actuals that begin at 2032-10-03T08/),
  });
  await wholeDay(0);
  await stage.cron();
  expect(await stage.rows('SELECT id FROM pay_deltas')).toEqual([]);
  expect(await lineOf(id)).toMatchObject({ state: 'CONFIRMED' });
  expect(stage.hris.paidTo('EMP-a')).toBe(paid);
});

it('a plan that pays no time is not held up by them', async () => {
  await withShift({ quality_weight: 1, productivity_weight: 0 });
  await wholeDay(60_000);
  expect(await lineOf(await stage.pay())).toMatchObject({
    state: 'CONFIRMED',
    overlappingBuckets: 1,
  });
});

it('are told of 500 agents in sets that the journal takes', async () => {
  await withShift();
  await wholeDay(60_000);
  const setting = await loadRun(env.DB, await stage.begin());
  if (setting === null) throw new Error('the run that was begun');
  const [key] = await stage.rows<{ name: string }>("SELECT name FROM config WHERE kind = 'agent'");
  const { run, seal } = setting;
  const asked = {
    agentKeys: [key?.name ?? ''],
    period: run,
    span: spanOf(run),
    metric: null,
    seal,
  };
  const [facts] = [...(await readFacts(env.DB, asked)).values()];
  if (facts === undefined) throw new Error('the facts that were sent');
  const [at = 0] = facts.overlapsAt;
  const many = { ...facts, overlapsAt: Array.from({ length: 9 }, (_, nth) => at + nth * HOUR) };
  const named = { ...setting, name: `${'P'.repeat(64)}.${PERIOD}.v1` };
  const paid = Array.from({ length: 500 }, (_, nth) => [crowdKey(nth), many] as const);
  await fillCrowd(500);
  // The longest ids that there are: in one set these notices would pass what the journal takes.
  await stage.rows(
    `UPDATE config SET content = json_set(content, '$.agentId', substr(name || '${'i'.repeat(128)}', 1, 128)) WHERE kind = 'agent'`,
  );
  const tell = () =>
    tellOverlaps(env, { ...named, run: { ...run, planId: 'P'.repeat(64) } }, paid, stage.now);
  expect([await tell(), await tell()]).toEqual([true, true]);
  const told = "SELECT count(*) AS told FROM notices WHERE kind = 'pay.actuals.overlapping'";
  expect(await stage.rows(told)).toEqual([{ told: 500 }]);
});
