/** Keys, what the agent is told, what health says, and what is left when somebody is forgotten. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it } from 'vitest';
import { erasures } from '../../src/agents/privacy/jobs';
import { forgetting } from '../../src/compose';
import { payKey } from '../../src/pay/runs/dispatch/payload';
import { itemsOf } from '../http/caller';
import { HOUR, PayStage } from './stage';

let stage: PayStage | null = null;

afterEach(() => {
  stage?.close();
  stage = null;
});

describe('a key of the HRIS', () => {
  it('names period, agent and version as the guide prints it (DEC-4)', () => {
    const agent = 'agent-uuid-456';
    expect(payKey('VAR_PAY', { period: '2023-Q4', number: 1 }, agent)).toBe(
      'VAR_PAY_2023_Q4_agent-uuid-456_v1',
    );
    expect(payKey('VAR_PAY', { period: '2023-10', number: 1 }, agent)).toBe(
      'VAR_PAY_2023_10_agent-uuid-456_v1',
    );
  });

  it('of a quarterly plan is that of the guide', async () => {
    stage = await PayStage.open({ cadence: 'QUARTERLY', min_interactions: 0 });
    await stage.hire('agent-uuid-456');
    await stage.month('agent-uuid-456', { scores: [92.5], month: '2032-08' });
    expect(await stage.pay('2032-Q3')).toBe('VAR_PAY_Q4_2023.2032-Q3.v1');
    expect(stage.hris.ofKey('VAR_PAY_2032_Q3_agent-uuid-456_v1')).toMatchObject({
      pay_period_start: '2032-07-01',
      pay_period_end: '2032-09-30',
      variable_pay_amount: 453.5,
    });
  });
});

it.each([
  ['by the name of the preset', {}, { 'genesys-cloud': 'user-uuid-1' }],
  ['by the name that the directory prints', {}, { genesys: 'user-uuid-1' }],
  [
    'by the name its settings state',
    { platform: 'org-b' },
    { genesys: 'x', 'org-b': 'user-uuid-1' },
  ],
])(
  'an agent known %s is told on the platform, after HR has confirmed',
  async (_, own, platformIds) => {
    stage = await PayStage.open({ tell: { destination: 'platform' }, earning_code: 'VARPAY' });
    await stage.must('admin', 'PUT', '/v1/destinations/platform', {
      preset: 'genesys-cloud',
      url: 'https://api.platform.example.com',
      settings: { schemaId: 'schema-1', ...own },
    });
    await stage.hire('a', { platformIds });
    await stage.month('a', { scores: [92.5] });
    const id = await stage.begin();
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.send('platform');
    expect(stage.hris.asked).toEqual([]);
    await stage.settle(id);
    await stage.send('platform');
    const told = stage.hris.asked.at(-1);
    expect([told?.method, told?.url]).toEqual([
      'PATCH',
      'https://api.platform.example.com/api/v2/users/user-uuid-1/customattributes',
    ]);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({
      attributes: { variable_pay_amount: '453.50', variable_pay_status: 'PROCESSED' },
    });
    expect([...stage.hris.lines.values()]).toMatchObject([{ earning_code: 'VARPAY' }]);
  },
);

const noticesOf = async (open: PayStage): Promise<unknown[]> => {
  const told = await open.rows<{ kind: string; content: string }>(
    "SELECT kind, content FROM notices WHERE kind LIKE 'pay.line.%'",
  );
  return told.map(({ kind, content }) => [kind, JSON.parse(content)]);
};

it('a refused line is told with its agent, and the platform hears nothing', async () => {
  stage = await PayStage.open({ tell: { destination: 'platform' } });
  await stage.must('admin', 'PUT', '/v1/destinations/platform', {
    preset: 'genesys-cloud',
    url: 'https://api.platform.example.com',
    settings: { schemaId: 'schema-1' },
  });
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  stage.hris.trouble = ({ method }) =>
    method === 'POST' ? Response.json({ error: 'no such employee' }, { status: 422 }) : null;
  const runId = await stage.pay();
  await stage.send('platform');
  expect(await noticesOf(stage)).toEqual([
    [
      'pay.line.rejected',
      expect.objectContaining({ agentId: 'a', runId, amount: '453.50', currency: 'USD' }),
    ],
  ]);
  expect(stage.hris.asked.some(({ url }) => url.includes('platform'))).toBe(false);
});

it.each([
  ['is not configured', null],
  ['has no such request', { preset: 'hris', url: 'https://api.platform.example.com' }],
])('an agent is told by a notice where the platform %s', async (_, platform) => {
  stage = await PayStage.open({ tell: { destination: 'platform' } });
  if (platform !== null) {
    await stage.must('admin', 'PUT', '/v1/destinations/platform', platform);
  }
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.pay();
  expect(await noticesOf(stage)).toEqual([
    ['pay.line.confirmed', expect.objectContaining({ agentId: 'a', amount: '453.50' })],
  ]);
});

it('health names runs that stand still', async () => {
  stage = await PayStage.open();
  await stage.hire('a', { employeeId: null });
  await stage.month('a', { scores: [92.5] });
  await stage.pay();
  const open = stage;
  const payRuns = async () => {
    const { checks } = (await open.must('admin', 'GET', '/v1/health')) as {
      checks: { name: string; status: string; detail: object }[];
    };
    return checks.find(({ name }) => name === 'pay-runs');
  };
  expect(await payRuns()).toMatchObject({ status: 'ok' });
  stage.pass(25 * HOUR);
  expect(await payRuns()).toMatchObject({ status: 'late', detail: { notSettled: 1 } });
});

it('of a forgotten person lines keep amounts and no name', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  const id = await stage.pay();
  await stage.must('compliance', 'POST', '/v1/agents/a/pseudonymise', { reason: 'asked for' });
  await erasures(forgetting)(env, stage.now);
  const lines = itemsOf(await stage.ask('payroll', 'GET', `/v1/pay-runs/${id}/lines`));
  expect(lines).toMatchObject([{ agentId: null, state: 'CONFIRMED', earned: '453.50' }]);
  const kept = await stage.rows<{ content: string | null }>(
    "SELECT content FROM deliveries WHERE operation = 'payroll-line'",
  );
  expect(kept).toEqual([{ content: null }]);
});
