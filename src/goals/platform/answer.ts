/**
 * What a platform is asked about a goal that it evaluates, and what its answers say. Decides the
 * status a period is locked with, the restated metric and the members' shares. Refuses answers
 * about another goal or period, and figures that are no numbers.
 */
import { isRecord, type Json, type JsonObject } from '../../events/event';
import { fraction, fractionOfDecimal, multiply, roundHalfUp } from '../../kernel/fraction';
import { printInstant } from '../../kernel/instant';
import type { Cadence } from '../../kernel/period';
import { GOAL_STATUSES, type GoalStatus } from '../goal';
import type { GoalPeriod } from '../period';

export interface PlatformStatus {
  readonly status: GoalStatus;
  /** Scale 6; null where the answer says none. */
  readonly metricValue: bigint | null;
  readonly snapshotLocked: boolean;
}

/** The guide's status answer; null for one that is none, or about something else. */
export function readStatus(
  answer: Json,
  asked: { readonly goalId: string; readonly period: string },
): PlatformStatus | null {
  if (!isRecord(answer)) return null;
  const { goalId, period, status, metricValue, snapshotLocked } = answer;
  if (goalId !== asked.goalId || period !== asked.period) return null;
  const known = GOAL_STATUSES.find((one) => one === status);
  if (known === undefined || typeof snapshotLocked !== 'boolean') return null;
  return { status: known, metricValue: figureOf(metricValue), snapshotLocked };
}

export interface DetailsAsked {
  readonly teamId: string;
  /** The metric with its aggregation, as the goal names it. */
  readonly metricId: string;
  readonly cadence: Cadence;
  readonly period: GoalPeriod;
  readonly by: 'teamId' | 'agentId';
}

/** The guide's details query, its last second included. */
export const detailsQuery = ({
  teamId,
  metricId,
  cadence,
  period,
  by,
}: DetailsAsked): JsonObject => ({
  dateFrom: brief(period.from),
  dateTo: brief(period.until - 1000),
  groupBy: [by],
  metrics: [metricId],
  filter: {
    type: 'AND',
    clauses: [{ field: 'teamId', operator: 'EQ', values: [teamId] }],
  },
  aggregation: 'SUM',
  intervalType: cadence,
});

const brief = (instant: number): string => printInstant(instant).replace('.000Z', 'Z');

/** Places where an answer lists its groups. */
const LISTS = ['results', 'groups', 'entities', 'items'] as const;
const MOST_GROUPS = 10_000;

/**
 * The metric by group. A group names itself by `teamId` or `agentId`, plainly or under `group`, and
 * its figure by `value`, or under `metrics` by the metric's name or in a list of such. Null where
 * nothing of the kind is there.
 */
export function readDetails(
  answer: Json,
  { by, metricId }: Pick<DetailsAsked, 'by' | 'metricId'>,
): ReadonlyMap<string, bigint> | null {
  if (!isRecord(answer)) return null;
  const list = LISTS.map((name) => answer[name]).find((one) => Array.isArray(one));
  if (!Array.isArray(list) || list.length > MOST_GROUPS) return null;
  const found = new Map<string, bigint>();
  for (const group of list as readonly Json[]) {
    if (!isRecord(group)) return null;
    const name = nameOf(group, by);
    const figure = figureIn(group, metricId);
    if (name === null || figure === null) return null;
    found.set(name, figure);
  }
  return found;
}

function nameOf(group: JsonObject, by: string): string | null {
  const inner = group.group;
  const name = group[by] ?? (isRecord(inner) ? inner[by] : undefined);
  return typeof name === 'string' || typeof name === 'number' ? String(name) : null;
}

function figureIn(group: JsonObject, metricId: string): bigint | null {
  const { metrics = null } = group;
  if (Array.isArray(metrics)) {
    const own = (metrics as readonly Json[]).find(
      (one) => isRecord(one) && (one.metric === metricId || one.metricId === metricId),
    );
    return own === undefined || !isRecord(own) ? null : figureOf(own.value);
  }
  if (isRecord(metrics)) return figureOf(metrics[metricId]);
  return figureOf(group.value ?? group.metricValue);
}

const NUMBER = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,30})?$/;
const SCALE = fraction(1_000_000n);

/** A number as an integer of scale 6, rounded half up once; null where it is none. */
export function figureOf(value: Json | undefined): bigint | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = String(value);
  return NUMBER.test(text) ? roundHalfUp(multiply(fractionOfDecimal(text), SCALE)) : null;
}
