/**
 * Plays what follows the sample month for its two goals (the correction after the close, the HRIS
 * that is away when it should pay) and reads back what became of them. Compares with what must
 * have become of them.
 */
import {
  CORRECTION,
  EAST_CONTACTS,
  OUTAGE_AT,
  OVER_AT,
  PERIOD,
  SHARED_AGENT,
  WEST_RESTATED,
  WEST_SECONDS,
} from '../../sandbox/sample/goals.ts';
import { type Api, deliver, moveTo } from './month.ts';

interface Status {
  readonly status: string;
  readonly metricValue: number;
  readonly snapshotLocked: boolean;
}

interface Items<T> {
  readonly items: readonly T[];
}

/** One thing that must have become of goals, pay or the season, in words. */
export interface SampleLine {
  readonly title: string;
  readonly became: string;
  readonly asExpected: boolean;
}

const TITLES = {
  achieved: 'a team reached its goal',
  shared: 'an agent of two teams is paid by one',
  drifted: 'corrected by 2.2 % after the close',
  outage: 'HRIS away, three failures, then a person',
} as const;

/** What `npm start` names of goals, in order. */
export const GOAL_TITLES: readonly string[] = Object.values(TITLES);

/** From the close of September to the payment of October the fourth. */
export async function playGoals(api: Api): Promise<SampleLine[]> {
  const locked = await lockedGoal(api);
  await moveTo(api, CORRECTION.at);
  const heard = await deliver(api, CORRECTION);
  const fault = { kind: 'status', status: 503, times: 1000 };
  await api.must('PUT', '/v1/sandbox/upstreams/hris', { faults: [fault] });
  await moveTo(api, OUTAGE_AT);
  const parked = await countIn(api, 'PARKED');
  await api.must('PUT', '/v1/sandbox/upstreams/hris', { faults: [] });
  await api.must('POST', '/v1/destinations/hris/resume');
  await moveTo(api, OVER_AT);
  return [locked, await sharedAgent(api), await drifted(api, heard), await paid(api, parked)];
}

const statusOf = async (api: Api, goal: string): Promise<Status> =>
  (await api.must('GET', `/v1/goals/${goal}/status?period=${PERIOD}`)) as Status;

async function lockedGoal(api: Api): Promise<SampleLine> {
  const { status, metricValue, snapshotLocked } = await statusOf(api, 'goal-east');
  const became = `${status} at ${metricValue}, ${snapshotLocked ? 'locked' : 'not locked'}`;
  const asExpected = became === `ACHIEVED at ${EAST_CONTACTS}, locked`;
  return { title: TITLES.achieved, became, asExpected };
}

async function sharedAgent(api: Api): Promise<SampleLine> {
  const { customFields } = (await api.must('GET', '/v1/goals/goal-west')) as {
    readonly customFields: {
      readonly exclusions?: readonly { readonly agentId: string; readonly keptBy: string }[];
    };
  };
  const [one, ...others] = customFields.exclusions ?? [];
  const became = one === undefined ? 'nobody' : `${one.agentId} is kept by ${one.keptBy}`;
  const asExpected = became.startsWith(`${SHARED_AGENT} is kept by`) && others.length === 0;
  return { title: TITLES.shared, became, asExpected };
}

async function drifted(api: Api, heard: string): Promise<SampleLine> {
  const snapshot = (await statusOf(api, 'goal-west')).metricValue;
  const { restated } = (await api.must(
    'GET',
    `/v1/goals/goal-west/contributions?period=${PERIOD}`,
  )) as { readonly restated: { readonly metricValue: string } };
  const { items } = (await api.must('GET', '/v1/reviews?state=OPEN')) as Items<unknown>;
  const became = `${heard}: ${snapshot} → ${restated.metricValue}, ${items.length} review open`;
  const asExpected = became === `accepted: ${WEST_SECONDS} → ${WEST_RESTATED}, 1 review open`;
  return { title: TITLES.drifted, became, asExpected };
}

async function countIn(api: Api, state: string): Promise<number> {
  const query = `destination=hris&state=${state}&limit=200`;
  return ((await api.must('GET', `/v1/deliveries?${query}`)) as Items<unknown>).items.length;
}

async function paid(api: Api, parked: number): Promise<SampleLine> {
  const confirmed = await countIn(api, 'CONFIRMED');
  const { records } = (await api.must('GET', '/v1/sandbox/upstreams/hris')) as {
    readonly records: readonly { readonly key: string; readonly committed: boolean }[];
  };
  const taken = records.filter(({ committed }) => committed);
  const once = new Set(taken.map(({ key }) => key)).size === taken.length;
  const became = `${parked} parked, ${confirmed} confirmed, ${taken.length} paid${once ? ' once each' : ''}`;
  return {
    title: TITLES.outage,
    became,
    asExpected: parked > 0 && parked === confirmed && once && taken.length === confirmed,
  };
}
