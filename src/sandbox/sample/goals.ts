/**
 * The cooperative goals of the sample month: two teams, two pools, one agent who is in both teams,
 * a correction after the close and an HRIS that is away when it should pay. Data alone; the same
 * every time.
 */
import type { Delivery } from './month.ts';
import { JUNIORS, MENTORS } from './setting.ts';

const idsOf = (people: readonly { readonly agentId: string }[], from: number, to: number) =>
  people.slice(from, to).map(({ agentId }) => agentId);

/** Whom both teams list; the weight of the primary queue says who keeps the agent. */
export const SHARED_AGENT = 'junior-03';
const EAST = [...idsOf(MENTORS, 0, 3), ...idsOf(JUNIORS, 0, 3)];
const WEST = [...idsOf(MENTORS, 6, 9), ...idsOf(JUNIORS, 6, 8), SHARED_AGENT];

export const SHARED_QUEUES = [
  { queueId: 'queue-east', weight: 80, primary: true },
  { queueId: 'queue-west', weight: 40, primary: false },
] as const;

export const HRIS = { preset: 'hris', url: 'https://hris.sandbox.test' } as const;

const INBOUND = {
  type: 'AND',
  clauses: [{ field: 'callType', operator: 'EQ', values: ['INBOUND'] }],
} as const;

/** Bodies by path, in the order in which they are put. */
export const GOAL_SETTING: readonly (readonly [path: string, body: unknown])[] = [
  ['/v1/destinations/hris', HRIS],
  [
    '/v1/reward-pools/RPOOL_EAST_2024_Q3',
    { unit: 'USD', funded: '900.00', perAward: '300.00', destinationId: 'hris' },
  ],
  [
    '/v1/reward-pools/RPOOL_WEST_2024_Q3',
    { unit: 'USD', funded: '600.00', perAward: '200.00', destinationId: 'hris' },
  ],
  [
    '/v1/teams/team-east',
    {
      name: 'Support East',
      teamScope: 'EXPLICIT',
      memberIds: EAST,
      aggregationType: 'SUM',
      primaryQueueId: 'queue-east',
      metricDefinitions: [{ metricId: 'contacts.handled', aggregation: 'SUM', filter: INBOUND }],
    },
  ],
  [
    '/v1/teams/team-west',
    {
      name: 'Support West',
      teamScope: 'EXPLICIT',
      memberIds: WEST,
      aggregationType: 'SUM',
      primaryQueueId: 'queue-west',
      metricDefinitions: [
        {
          metricId: 'handle.time.per.contact',
          aggregation: 'RATIO',
          dividend: 'acd.handle.time',
          divisor: 'contacts.handled',
          minimumVolume: 500,
        },
      ],
    },
  ],
  [
    '/v1/goals/goal-east',
    {
      name: 'East handles a thousand contacts',
      teamId: 'team-east',
      metricId: 'contacts.handled.sum',
      evaluationFrequency: 'MONTHLY',
      thresholds: [
        { status: 'ACHIEVED', operator: 'GTE', value: 1000 },
        { status: 'ON_TRACK', operator: 'GTE', value: 800 },
      ],
      snapshotEvaluation: true,
      customFields: { rewardPoolId: 'RPOOL_EAST_2024_Q3', distributionType: 'EQUITY' },
    },
  ],
  [
    '/v1/goals/goal-west',
    {
      name: 'West stays below 285 seconds a contact',
      teamId: 'team-west',
      metricId: 'handle.time.per.contact.ratio',
      evaluationFrequency: 'MONTHLY',
      thresholds: [
        { status: 'ACHIEVED', operator: 'LTE', value: 285.0 },
        { status: 'ON_TRACK', operator: 'LTE', value: 320.0 },
      ],
      snapshotEvaluation: true,
      customFields: { rewardPoolId: 'RPOOL_WEST_2024_Q3', distributionType: 'PROPORTIONAL' },
    },
  ],
];

export const PERIOD = '2024-09';
/** What the snapshots must say. */
export const EAST_CONTACTS = 1080;
export const WEST_SECONDS = 278.4;
/** After the correction: 2.2 % above the snapshot, and still below the threshold. */
export const WEST_RESTATED = '284.5';

/** Fridays of September 2024; each brings the figures of its week. */
const FRIDAYS = [6, 13, 20, 27] as const;
const CONTACTS_EAST = 45;
const CONTACTS_WEST = 21;
const CORRECTED = { agentId: WEST[0] ?? '', friday: 27, addedSeconds: 3660 } as const;

const fridayAt = (day: number): string => `2024-09-${String(day).padStart(2, '0')}T17:00:00Z`;

interface Figure {
  readonly metricId: string;
  readonly agentId: string;
  readonly friday: number;
  readonly value: number;
  /** A later revision of the same interaction replaces the value of an earlier one. */
  readonly revision?: number;
}

const figure = ({ metricId, agentId, friday, value, revision = 0 }: Figure) => ({
  eventType: 'metric.recorded',
  eventId: `${metricId}-${agentId}-${friday}-r${revision}`,
  occurredAt: fridayAt(friday),
  metricId,
  agentId,
  value,
  interactionId: `week-of-${friday}-${agentId}`,
  revision,
  attributes: { callType: 'INBOUND' },
});

/** Contacts of everybody; seconds of West, whom East's agent of both teams belongs to as well. */
const figuresOf = (friday: number): object[] =>
  [...new Set([...EAST, ...WEST])].flatMap((agentId) => {
    const contacts = EAST.includes(agentId) ? CONTACTS_EAST : CONTACTS_WEST;
    const handled = figure({ metricId: 'contacts.handled', agentId, friday, value: contacts });
    if (!WEST.includes(agentId)) return [handled];
    return [
      handled,
      figure({ metricId: 'acd.handle.time', agentId, friday, value: secondsOf(contacts) }),
    ];
  });

/** Tenths keep it exact: 278.4 seconds a contact. */
const secondsOf = (contacts: number): number => (contacts * 2784) / 10;

export const FIGURES: readonly Delivery[] = FRIDAYS.map((friday) => ({
  at: fridayAt(friday).replace('17:00:00', '17:30:00'),
  source: 'platform',
  body: JSON.stringify(figuresOf(friday)),
}));

/** After the close: one week's seconds of one agent were too few by an hour and a minute. */
export const CORRECTION: Delivery = {
  at: '2024-10-02T09:00:00Z',
  source: 'platform',
  body: JSON.stringify(
    figure({
      metricId: 'acd.handle.time',
      agentId: CORRECTED.agentId,
      friday: CORRECTED.friday,
      value: (CONTACTS_WEST * 2784 + CORRECTED.addedSeconds * 10) / 10,
      revision: 1,
    }),
  ),
};

/** Two minutes after the stabilisation windows have ended, while the HRIS is away. */
export const OUTAGE_AT = '2024-10-04T00:02:00Z';
export const OVER_AT = '2024-10-04T00:04:00Z';
