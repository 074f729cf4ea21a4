/**
 * Plays variable pay after the goals: a run of September, sent out while the HRIS is away, an appeal
 * two weeks later, and the run of October that takes the difference back. Two people do it, because
 * nobody approves what they began. Compares with what must have become of it.
 */
import {
  APPEAL,
  APPEALED,
  AWAY_AT,
  BACK_AT,
  EXPECTED,
  FOUND_AT,
  factsOf,
  NEXT_AT,
  NEXT_PAID_AT,
  OCTOBER,
  PAID_AT,
  PAY_PLAN,
  runOf,
  SEPTEMBER,
  TOO_MUCH,
} from '../../sandbox/sample/pay.ts';
import type { SampleLine } from './goals.ts';
import { type Api, deliver, moveTo } from './month.ts';

const TITLES = {
  calculated: 'a month of pay, worked out to the cent',
  outage: 'HRIS away while pay is sent, then paid once',
  late: 'a score lowered after it was paid',
  netted: 'the next cycle takes back what was too much',
} as const;

/** What `npm start` names of pay, in order. */
export const PAY_TITLES: readonly string[] = Object.values(TITLES);

interface People {
  readonly payroll: Api;
  readonly approver: Api;
}

/** From the run of September to the payment of October on the fourth of November. */
export async function playPay(api: Api): Promise<SampleLine[]> {
  const people = await open(api);
  await moveTo(api, PAID_AT);
  const september = await approvedRun(api, people, SEPTEMBER);
  const calculated = await lines(api, september);
  const outage = await sentWhileAway(api, people, september);
  const late = await appealed(api, september);
  const netted = await nextCycle(api, people);
  return [calculated, outage, late, netted];
}

/** Keys of two people, and a plan that one drafted and the other approved. */
async function open(api: Api): Promise<People> {
  const personOf = async (person: string, roles: readonly string[]): Promise<Api> => {
    const made = await api.must('POST', '/v1/keys', { name: `sample ${person}`, person, roles });
    return api.as((made as { readonly key: string }).key);
  };
  const payroll = await personOf('payroll@sample.test', ['author', 'payroll']);
  const approver = await personOf('approver@sample.test', ['approver']);
  const draft = (await payroll.must('POST', '/v1/plans', PAY_PLAN)) as {
    readonly planId: string;
    readonly hash: string;
  };
  const path = `/v1/plans/${draft.planId}/versions/1/approve`;
  await approver.must('POST', path, { hash: draft.hash });
  return { payroll, approver };
}

async function approvedRun(api: Api, { payroll, approver }: People, month: string) {
  for (const [path, body] of factsOf(month)) await api.must('POST', path, body);
  const begun = (await payroll.must('POST', '/v1/pay-runs', runOf(month))) as { runId: string };
  await approver.must('POST', `/v1/pay-runs/${begun.runId}/approve`, {});
  return begun.runId;
}

interface Line {
  readonly agentId: string;
  readonly state: string;
  readonly earned: string;
  readonly clawback: string | null;
}

async function linesOf(api: Api, runId: string): Promise<Line[]> {
  const { items } = (await api.must('GET', `/v1/pay-runs/${runId}/lines`)) as {
    readonly items: readonly Line[];
  };
  return items.toSorted((a, b) => (a.agentId < b.agentId ? -1 : 1));
}

const line = (title: string, became: string, wanted: string): SampleLine => ({
  title,
  became: became === wanted ? became : `${became}, expected ${wanted}`,
  asExpected: became === wanted,
});

async function lines(api: Api, runId: string): Promise<SampleLine> {
  const found = (await linesOf(api, runId)).map(({ agentId, earned }) => `${agentId} ${earned}`);
  return line(TITLES.calculated, found.join(', '), EXPECTED.join(', '));
}

interface Reconciliation {
  readonly confirmed: number;
  readonly uncertain: number;
  readonly missingThere: number;
  readonly unknownHere: number;
  readonly amountDiffers: number;
  readonly paidTwice: number;
  readonly employeeDiffers: number;
}

const shown = ({ confirmed, uncertain, ...differences }: Reconciliation): string => {
  const { missingThere, unknownHere, amountDiffers, paidTwice, employeeDiffers } = differences;
  const differ = missingThere + unknownHere + amountDiffers + paidTwice + employeeDiffers;
  return `${confirmed} confirmed, ${uncertain} uncertain, ${differ} differ`;
};

const reconciled = async (api: Api, runId: string): Promise<Reconciliation> =>
  (await api.must('GET', `/v1/pay-runs/${runId}/reconciliation`)) as Reconciliation;

/** What the HRIS took of pay, by key. */
async function taken(api: Api): Promise<{ readonly key: string; readonly body: unknown }[]> {
  const { records } = (await api.must('GET', '/v1/sandbox/upstreams/hris')) as {
    readonly records: readonly {
      readonly key: string;
      readonly path: string;
      readonly body: unknown;
      readonly committed: boolean;
    }[];
  };
  return records.filter(({ committed, path }) => committed && path.includes('/payroll/'));
}

async function sentWhileAway(api: Api, people: People, runId: string): Promise<SampleLine> {
  const fault = { kind: 'status', status: 503, times: 1000, match: '/payroll' };
  await api.must('PUT', '/v1/sandbox/upstreams/hris', { faults: [fault] });
  await people.payroll.must('POST', `/v1/pay-runs/${runId}/dispatch`);
  await moveTo(api, AWAY_AT);
  const before = (await taken(api)).length;
  await api.must('PUT', '/v1/sandbox/upstreams/hris', { faults: [] });
  await api.must('POST', '/v1/destinations/hris/resume');
  await moveTo(api, BACK_AT);
  const keys = (await taken(api)).map(({ key }) => key);
  const became = `${before} paid, then ${keys.length} of ${new Set(keys).size} keys; ${shown(await reconciled(api, runId))}`;
  return line(
    TITLES.outage,
    became,
    '0 paid, then 3 of 3 keys; 3 confirmed, 0 uncertain, 0 differ',
  );
}

interface Delta {
  readonly agentId: string;
  readonly amount: string;
  readonly open: string;
}

async function deltas(api: Api, runId: string): Promise<readonly Delta[]> {
  const path = `/v1/pay-runs/${runId}/delta-report`;
  return ((await api.must('GET', path)) as { readonly items: readonly Delta[] }).items;
}

async function appealed(api: Api, runId: string): Promise<SampleLine> {
  await moveTo(api, APPEAL.at);
  const heard = await deliver(api, APPEAL);
  await moveTo(api, FOUND_AT);
  const found = (await deltas(api, runId)).map(
    ({ agentId, amount, open }) => `${agentId} ${amount}, ${open} open`,
  );
  const wanted = `accepted: ${APPEALED} -${TOO_MUCH}, -${TOO_MUCH} open`;
  return line(TITLES.late, `${heard}: ${found.join('; ')}`, wanted);
}

async function nextCycle(api: Api, people: People): Promise<SampleLine> {
  await moveTo(api, NEXT_AT);
  const runId = await approvedRun(api, people, OCTOBER);
  await people.payroll.must('POST', `/v1/pay-runs/${runId}/dispatch`);
  await moveTo(api, NEXT_PAID_AT);
  const own = (await linesOf(api, runId)).find(({ agentId }) => agentId === APPEALED);
  const open = (await deltas(api, runId)).map((delta) => delta.open);
  const became = `${own?.state} ${own?.earned} less ${own?.clawback}, ${open.join()} open`;
  return line(TITLES.netted, became, `CONFIRMED 453.50 less ${TOO_MUCH}, 0.00 open`);
}
