/**
 * Variable pay in the sample: a month of four people, worked out and sent while the HRIS is away;
 * a score that is lowered after it was paid; and the next month, which takes back what was too
 * much. Data alone; the same every time.
 */
import type { Delivery } from './month.ts';

const PLAN_ID = 'VAR_PAY_2024';
export const PAY_PLAN = {
  compensation_plan: {
    plan_id: PLAN_ID,
    base_bonus: 500,
    quality_weight: 0.6,
    productivity_weight: 0.4,
    quality_tiers: [
      { min_score: 95, multiplier: 1.2 },
      { min_score: 90, multiplier: 1.0 },
      { min_score: 80, multiplier: 0.8 },
    ],
    productivity_threshold: 0.85,
    min_interactions: 50,
    currency: 'USD',
    members: { agents: ['junior-01', 'junior-02', 'junior-05', 'junior-06'] },
  },
};

export const runOf = (period: string) => ({ planId: PLAN_ID, period });

interface Month {
  readonly agentId: string;
  readonly score: number;
  readonly interactions: number;
  /** What the period must come to. */
  readonly pays: string;
}

/** Quality 92.5, 95 and 70 of a hundred; and 49 interactions where fifty are asked for. */
const PEOPLE: readonly Month[] = [
  { agentId: 'junior-01', score: 92.5, interactions: 145, pays: '453.50' },
  { agentId: 'junior-02', score: 95, interactions: 160, pays: '518.00' },
  { agentId: 'junior-05', score: 70, interactions: 120, pays: '176.00' },
  { agentId: 'junior-06', score: 99, interactions: 49, pays: '0.00' },
];

export const SEPTEMBER = '2024-09';
export const OCTOBER = '2024-10';
/** By agent, as the run must list them. */
export const EXPECTED = PEOPLE.map(({ agentId, pays }) => `${agentId} ${pays}`);

const resultOf = ({ agentId, score }: Month, month: string) => ({
  id: `evaluation-${agentId}-${month}`,
  user_id: agentId,
  scorecard_version_id: 'scorecard-2024-3',
  result_status: 'COMPLETED',
  score: { total: score, weighted: true },
  created_date: `${month}-20T10:00:00Z`,
});

/** 0.88 of the time logged in was productive. */
const actualsOf = ({ agentId }: Month, month: string) => ({
  user_id: agentId,
  actuals: [
    {
      bucket_start: `${month}-20T08:00:00Z`,
      bucket_end: `${month}-20T18:00:00Z`,
      status_codes: [
        { status_code_id: 'talk', duration: 22_000 },
        { status_code_id: 'wrap_up', duration: 8560 },
        { status_code_id: 'aux', duration: 4168 },
        { status_code_id: 'SYSTEM_ERROR', duration: 600 },
      ],
    },
  ],
});

/** Bodies by path, in the order in which they are posted. */
export const factsOf = (month: string): readonly (readonly [path: string, body: unknown])[] => [
  ['/v1/quality-results', { items: PEOPLE.map((one) => resultOf(one, month)) }],
  ['/v1/wfm-actuals', { items: PEOPLE.map((one) => actualsOf(one, month)) }],
  [
    '/v1/interaction-counts',
    {
      items: PEOPLE.map(({ agentId, interactions }) => ({
        agentId,
        period: month,
        count: interactions,
      })),
    },
  ],
];

export const PAID_AT = '2024-10-04T09:00:00Z';
export const AWAY_AT = '2024-10-04T09:05:00Z';
export const BACK_AT = '2024-10-04T09:10:00Z';

/** Two weeks later the first evaluation is appealed: 92.5 becomes 78, below every tier. */
export const APPEAL: Delivery = {
  at: '2024-10-18T15:00:00Z',
  source: 'quality',
  body: JSON.stringify({
    eventType: 'performance.result.updated',
    eventId: 'appeal-2024-10-18',
    occurredAt: '2024-10-18T15:00:00Z',
    ...resultOf({ agentId: 'junior-01', score: 78, interactions: 145, pays: '' }, SEPTEMBER),
    modified_date: '2024-10-18T15:00:00Z',
  }),
};
/** The net looks every five minutes. */
export const FOUND_AT = '2024-10-18T15:06:00Z';
export const TOO_MUCH = '277.50';
export const APPEALED = 'junior-01';

export const NEXT_AT = '2024-11-04T09:00:00Z';
export const NEXT_PAID_AT = '2024-11-04T09:05:00Z';
