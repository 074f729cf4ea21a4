/**
 * What a run takes for its period and says of it: the version in force then, a metric that counts
 * interactions, the payload of HR, its progress; and a preview that goes on over several pages.
 */
import { env } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { PayEnv } from '../../src/pay/runs/client';
import { runRoutes } from '../../src/pay/runs/routes';
import { type Body, send } from '../http/caller';
import { SEED_PLAN } from './build';
import { fillCrowd } from './crowd';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const SEPTEMBER = '2032-09';

it('a run of an old period takes the approved version that was in force at its end', async () => {
  stage = await PayStage.open();
  await stage.plan({ base_bonus: 900, effective_from: '2032-10-15' });
  await stage.plan({ base_bonus: 100, effective_from: '2032-11-01' });
  await stage.hire('a');
  for (const month of [SEPTEMBER, PERIOD]) await stage.month('a', { scores: [92.5], month });
  const said = [];
  for (const month of [SEPTEMBER, PERIOD]) {
    const { planVersion, totals } = await stage.run(await stage.begin(month));
    said.push([planVersion, totals]);
  }
  expect(said).toEqual([
    [1, [{ currency: 'USD', amount: '453.50' }]],
    [2, [{ currency: 'USD', amount: '816.30' }]],
  ]);
});

it('a metric that the plan names counts interactions, whatever was posted of them', async () => {
  stage = await PayStage.open({ interaction_metric: 'calls' });
  await stage.hire('a');
  await stage.hire('b');
  for (const agent of ['a', 'b']) await stage.month(agent, { scores: [92.5] });
  const secret = 'a-secret-of-the-tests-0123456789';
  await stage.must('admin', 'PUT', '/v1/sources/metrics', { secrets: [secret] });
  const call = (agentId: string, day: string, value: number) => ({
    eventType: 'metric.recorded',
    eventId: `${agentId}-${day}`,
    metricId: 'calls',
    agentId,
    occurredAt: `${day}T10:00:00Z`,
    value,
  });
  const body = JSON.stringify([
    call('a', '2032-10-10', 20),
    call('a', '2032-10-11', 30.5),
    call('b', '2032-10-10', 49.999),
    call('b', '2032-09-30', 100),
  ]);
  const mac = createHmac('sha256', secret).update(body).digest('hex');
  const headers = { 'X-Webhook-Signature': mac, 'Content-Type': 'application/json' };
  expect((await send('POST', '/v1/webhooks/metrics', { headers, body })).status).toBe(200);
  const { items } = await stage.must('payroll', 'GET', `/v1/pay-runs/${await stage.begin()}/lines`);
  const lines = (items as Body[]).map((line) => [line.agentId, line.interactions, line.reason]);
  expect(lines.toSorted()).toEqual([
    ['a', 50, 'CALCULATED'],
    ['b', 49, 'BELOW_MIN_INTERACTIONS'],
  ]);
});

it('HR is told how to tax a line, every scorecard version of it and its steps in one sentence', async () => {
  stage = await PayStage.open({
    ...{ earning_code: 'BONUS', tax_treatment: 'SUPPLEMENTAL' },
    scorecards: [
      { type: 'A', version_ids: ['sc-a', 'sc-0'], weight: 1 },
      { type: 'B', version_ids: ['sc-b'], weight: 1 },
    ],
  });
  await stage.hire('a');
  for (const [version, score] of [
    ['sc-a', 95],
    ['sc-0', 90],
    ['sc-b', 92.5],
  ] as const) {
    await stage.result('a', score, { version });
  }
  await stage.month('a', { scores: [] });
  await stage.pay();
  expect(stage.hris.ofKey('VAR_PAY_2032_10_a_v1')).toMatchObject({
    variable_pay_amount: 453.5,
    earning_code: 'BONUS',
    tax_treatment: 'SUPPLEMENTAL',
    calculation_details: {
      scorecard_version_id: 'sc-0',
      scorecard_version_ids: ['sc-0', 'sc-a', 'sc-b'],
    },
    calculation_summary:
      'CALCULATED: interactions 145, at least 50; ' +
      'A 185 / 2 = 92.5, B 92.5 / 1 = 92.5: quality (92.5 × 1 + 92.5 × 1) / (1 + 1) = 92.5; ' +
      'tier from 90, multiplier 1: quality part 92.5 / 100 × 0.6 × 1 = 0.555; ' +
      'productive 88 s (talk 88), other logged-in time 12 s (aux 12): productivity 88 / 100 = 0.88; ' +
      'at least 0.85: productivity part 0.88 × 0.4 = 0.352; 500 × (0.555 + 0.352) = 453.5; ' +
      'rounded half up: 453.50 USD (453.50 USD).',
  });
});

it('a run that is being calculated says how far it is and how many seconds it needs yet', async () => {
  stage = await PayStage.open();
  const name = `${PLAN}.${PERIOD}.v1`;
  const run = {
    ...{ planId: PLAN, cadence: 'MONTHLY', period: PERIOD, number: 1, phase: 'CREATED' },
    ...{ firstDay: '2032-10-01', lastDay: '2032-10-31', planVersion: 1, planHash: 'h' },
    ...{ scorecardVersions: [], rates: null, timeZone: 'UTC', destination: 'hris' },
  };
  await env.DB.prepare(
    `INSERT INTO config (id, kind, name, version, effective_from, written_at, author_hash,
       content_hash, seal, author, content, salt)
     VALUES ('pay-run/' || ?1 || '/000001', 'pay-run', ?1, 1, NULL, ?2, 'h', 'h', 1, 'test', ?3, 's')`,
  )
    .bind(name, stage.now - 10_000, JSON.stringify(run))
    .run();
  const route = runRoutes<PayEnv>().find(({ path }) => path === '/v1/pay-runs/{id}');
  const shown = async (cursor: string | null): Promise<unknown> => {
    const at = { url: new URL('https://guerdon.test/'), bytes: new Uint8Array() };
    const PAY_RUNS = { getByName: () => ({ progress: async () => ({ cursor, pass: null }) }) };
    const call = {
      env: { ...env, PAY_RUNS },
      now: stage.now,
      params: { id: name },
      ...at,
    };
    const answer = await route?.run(call as never);
    return answer?.ok ? (answer.value.body as Body).progress : answer;
  };
  // Keys begin with one of 32 letters: `i` is a quarter of the way.
  expect(await shown('iaaaaaaaaaaaaaaa')).toEqual({ share: 0.25, estimatedSeconds: 30 });
  expect(await shown(null)).toEqual({ share: 0, estimatedSeconds: null });
  expect((await stage.run(name)).progress).toEqual({ share: 0, estimatedSeconds: null });
});

describe('a preview', () => {
  const draft = async (change: object): Promise<(query: string) => Promise<Body>> => {
    const written = await stage.must('author', 'POST', '/v1/plans', {
      compensation_plan: { ...SEED_PLAN, ...change },
    });
    const path = `/v1/plans/${PLAN}/versions/${written.version}/preview`;
    return (query) => stage.must('author', 'POST', `${path}${query}`, { period: PERIOD });
  };

  it('of a period without a run goes page by page over everybody, each once', async () => {
    stage = await PayStage.open();
    await fillCrowd(520);
    const page = await draft({ base_bonus: 600 });
    const seen: unknown[] = [];
    let more = '';
    for (let pages = 0; pages < 10; pages += 1) {
      const { items, nextCursor, against } = await page(`?limit=200${more}`);
      expect(against).toBe(`${PLAN} version 1`);
      expect((items as Body[]).length).toBeLessThanOrEqual(200);
      seen.push(...(items as Body[]).map(({ agentId }) => agentId));
      if (nextCursor === null) break;
      more = `&cursor=${nextCursor}`;
    }
    // The crowd has 40 to 239 interactions: ten of each two hundred have fewer than 50.
    const paid = Array.from({ length: 520 }, (_, at) => at).filter((at) => at % 200 >= 10);
    expect(seen).toHaveLength(paid.length);
    expect(new Set(seen)).toEqual(new Set(paid.map((at) => `agent-${at}`)));
  });

  it('names who would have no line any more, and what they were paid', async () => {
    stage = await PayStage.open();
    for (const agent of ['in', 'out']) {
      await stage.hire(agent);
      await stage.month(agent, { scores: [92.5] });
    }
    await stage.pay();
    const page = await draft({ members: { agents: ['in'] } });
    expect(await page('')).toMatchObject({
      against: `${PLAN}.${PERIOD}.v1`,
      items: [{ agentId: 'out', before: '453.50', after: null, reason: null, steps: [] }],
      nextCursor: null,
    });
  });
});
