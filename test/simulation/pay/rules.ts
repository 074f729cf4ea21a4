/**
 * What a drawn plan says, for whoever writes it and for the oracle: its periods by their labels, its
 * types of scorecards. Facts are drawn by month, about the middle or an edge of it (`days.ts`). A week
 * is the one of the fifteenth, and knows no time and no count; a quarter knows those of its months.
 */
import type { OraclePlan } from '../../oracle/pay/pay';
import type { Chance } from '../chance';

const DAY = 86_400_000;

export type Cadence = 'MONTHLY' | 'WEEKLY' | 'QUARTERLY';

export interface PlannedRules {
  readonly cadence: Cadence;
  /** What becomes of a person without results of the second type; null: there is one type only. */
  readonly second: 'EXCLUDE' | 'NEUTRAL' | null;
}

export const LISTED = 'scorecard-1';
/** Counts only where a plan has two types of scorecards. */
export const SECOND = 'scorecard-2';
export const payeeKey = (agent: string, month: string): string => `${agent} ${month}`;

const NEUTRAL = '85';
const LEAST_INTERACTIONS = 50;

export const drawRules = (chance: Chance): PlannedRules => ({
  cadence: chance.pick(['MONTHLY', 'MONTHLY', 'MONTHLY', 'WEEKLY', 'QUARTERLY']),
  second: chance.pick([null, null, 'EXCLUDE', 'NEUTRAL']),
});

/** The period of a plan in which a day lies. */
export function labelOfDay({ cadence }: Pick<PlannedRules, 'cadence'>, day: string): string {
  const [year = '', month = ''] = day.split('-');
  if (cadence === 'MONTHLY') return `${year}-${month}`;
  if (cadence === 'QUARTERLY') return `${year}-Q${Math.ceil(Number(month) / 3)}`;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const sinceMonday = (new Date(midnight).getUTCDay() + 6) % 7;
  return new Date(midnight - sinceMonday * DAY).toISOString().slice(0, 10);
}

/** The period of a plan in which the middle of a month lies. */
export const labelOf = (rules: Pick<PlannedRules, 'cadence'>, month: string): string =>
  labelOfDay(rules, `${month}-15`);

export const labelsOf = (rules: PlannedRules, months: readonly string[]): string[] => [
  ...new Set(months.map((month) => labelOf(rules, month))),
];

/** The months whose middles lie in a period of a plan. */
export const monthsOf = (rules: PlannedRules, label: string, months: readonly string[]): string[] =>
  months.filter((month) => labelOf(rules, month) === label);

const TIERS = [
  { min_score: '95', multiplier: '1.2' },
  { min_score: '90', multiplier: '1' },
  { min_score: '80', multiplier: '0.8' },
];

const leastOf = ({ cadence }: PlannedRules): number =>
  cadence === 'WEEKLY' ? 0 : LEAST_INTERACTIONS;

/** The rules as the plan is posted. */
export const postedRules = (rules: PlannedRules): object => ({
  cadence: rules.cadence,
  quality_weight: 0.6,
  productivity_weight: 0.4,
  quality_tiers: TIERS.map(({ min_score, multiplier }) => ({
    min_score: Number(min_score),
    multiplier: Number(multiplier),
  })),
  productivity_threshold: 0.85,
  min_interactions: leastOf(rules),
  scorecards:
    rules.second === null
      ? [{ type: 'all', version_ids: [LISTED], weight: 1 }]
      : [
          { type: 'service', version_ids: [LISTED], weight: 0.7 },
          {
            type: 'sales',
            version_ids: [SECOND],
            weight: 0.3,
            min_evaluations: 2,
            fallback_behavior: rules.second,
            ...(rules.second === 'NEUTRAL' && { neutral_score: Number(NEUTRAL) }),
          },
        ],
});

/** The same rules in the words of the oracle, and which version is of which type. */
export const oracleRules = (
  rules: PlannedRules,
  base_bonus: string,
): { readonly plan: OraclePlan; readonly versions: readonly string[] } => ({
  plan: {
    base_bonus,
    quality_weight: '0.6',
    productivity_weight: '0.4',
    quality_tiers: TIERS,
    productivity_threshold: '0.85',
    min_interactions: leastOf(rules),
    types:
      rules.second === null
        ? [{ weight: '1', least: 1, neutral: null }]
        : [
            { weight: '0.7', least: 1, neutral: null },
            { weight: '0.3', least: 2, neutral: rules.second === 'NEUTRAL' ? NEUTRAL : null },
          ],
  },
  versions: [LISTED, SECOND],
});
