/**
 * Calibration drift (M8): of the latest coaching sessions of one programme, mentor and evaluator
 * too many fell below the award rule's score threshold. Decides by walking decisions in the order
 * of their seals, so that an alert belongs to the decision that completed the window and to no
 * firing of a job: once per drift, and again only after the window has recovered. Refuses nothing.
 */
import { noticeRow } from '../../delivery/notice';
import type { Json } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { auditRow } from '../../ledger/audit';
import { type ConfigVersion, inForce } from '../../ledger/config';
import { type Decision, decisionId, type SealedDecision } from '../coaching/decision';
import { DEFAULT_PROGRAMME, type Programme } from '../programmes/programme';
import { type ConditionTrace, evaluateConditions } from '../rules/condition';
import { awardsOf, isScore, type RuleVersion, ruleRef } from '../rules/rule';

const JUDGED: ReadonlySet<string> = new Set([
  'AWARDED',
  'REVOKED',
  'AWARD_STANDS',
  'CAPPED',
  'RULE_EVALUATION_FAILED',
]);

/** One coaching session as a window sees it. */
interface Judged {
  readonly category: string;
  readonly evaluator: string | null;
  readonly session: string;
  readonly occurredAt: number;
  readonly score: Json;
  readonly threshold: Json;
  readonly below: boolean;
}

export interface Drift {
  readonly decision: Decision;
  readonly mentorKey: string;
  readonly category: string;
  readonly evaluator: string | null;
  /** Newest first. */
  readonly window: readonly Judged[];
  readonly limits: Programme['drift'];
}

export interface DriftSettings {
  readonly rules: readonly RuleVersion[];
  readonly programmes: readonly ConfigVersion<Programme>[];
}

/** How a decision stands against the thresholds, one per category whose rules have one. */
export function judgedOf(decision: Decision, rules: readonly RuleVersion[]): Judged[] {
  const { frozen, score, outcome, session, evaluator = null } = decision;
  if (frozen?.span === undefined || score === null || !JUDGED.has(outcome)) return [];
  const byRef = new Map(rules.map((rule) => [ruleRef(rule), rule]));
  const gates = decision.rules.flatMap(({ rule, conditions }) => {
    const awards = awardsOf(byRef.get(rule)?.content ?? NO_ACTIONS);
    const own = conditions.filter(isThreshold);
    return awards.flatMap(({ pointCategory }) => own.map((gate) => ({ pointCategory, gate })));
  });
  const { until: occurredAt } = frozen.span;
  return [...Map.groupBy(gates, ({ pointCategory }) => pointCategory)].map(([category, own]) => ({
    category,
    evaluator,
    session,
    occurredAt,
    score,
    threshold: own[0]?.gate.expected ?? null,
    below: own.every(({ gate }) => !holds(gate, score)),
  }));
}

const NO_ACTIONS = { actions: [] };

const isThreshold = (condition: ConditionTrace): boolean =>
  isScore(condition) && condition.operator.startsWith('GREATER_THAN');

const holds = ({ field, operator, expected }: ConditionTrace, score: Json): boolean =>
  evaluateConditions([{ field, operator, value: expected }], { [field]: score }).passed;

/**
 * The drifts that one mentor's decisions completed after `mark`. `known` are all decisions of the
 * mentor's latest coaching sessions, whatever their seals.
 */
export function driftsOf(
  mentorKey: string,
  known: readonly SealedDecision[],
  mark: number,
  { rules, programmes }: DriftSettings,
): Drift[] {
  const standing = new Map<string, readonly Judged[]>();
  const drifts: Drift[] = [];
  for (const { seal, decision } of inOrder(known)) {
    const own = decision.frozen?.mentorKey === mentorKey ? judgedOf(decision, rules) : [];
    if (seal <= mark) {
      standing.set(decision.session, own);
      continue;
    }
    const before = new Map(standing);
    standing.set(decision.session, own);
    for (const { category, evaluator, occurredAt } of own.filter(({ below }) => below)) {
      const limits = limitsAt(programmes, category, occurredAt);
      const windowOf = (all: ReadonlyMap<string, readonly Judged[]>): Judged[] =>
        latest(all, category, evaluator, limits.sessions);
      const window = windowOf(standing);
      if (countBelow(windowOf(before)) >= limits.below) continue;
      if (countBelow(window) < limits.below) continue;
      drifts.push({ decision, mentorKey, category, evaluator, window, limits });
    }
  }
  return drifts;
}

const inOrder = (known: readonly SealedDecision[]): SealedDecision[] =>
  known.toSorted((a, b) => a.seal - b.seal || (idOf(a) < idOf(b) ? -1 : 1));

const idOf = ({ decision }: SealedDecision): string =>
  decisionId(decision.session, decision.number);

const limitsAt = (
  programmes: DriftSettings['programmes'],
  category: string,
  instant: number,
): Programme['drift'] => {
  const own = programmes.filter(({ name }) => name === category);
  return inForce(own, instant)?.content.drift ?? DEFAULT_PROGRAMME.drift;
};

/** The latest coaching sessions of a group, newest first. */
const latest = (
  all: ReadonlyMap<string, readonly Judged[]>,
  category: string,
  evaluator: string | null,
  count: number,
): Judged[] =>
  [...all.values()]
    .flat()
    .filter((one) => one.category === category && one.evaluator === evaluator)
    .toSorted((a, b) => b.occurredAt - a.occurredAt || (a.session < b.session ? 1 : -1))
    .slice(0, count);

const countBelow = (window: readonly Judged[]): number =>
  window.filter(({ below }) => below).length;

/** The alert in the audit log and the notice to subscribers, both named by the same cause. */
export function driftRows(
  drift: Drift,
  mentorId: string | null,
  saltOf: (cause: string) => string,
): Row[] {
  const { decision, mentorKey, category, evaluator, window, limits } = drift;
  const cause = `${decisionId(decision.session, decision.number)} ${category}`;
  const subject = `agent:${mentorKey}`;
  const numbers = {
    pointCategory: category,
    evaluatorId: evaluator,
    sessions: window.length,
    below: countBelow(window),
    limits,
    threshold: window[0]?.threshold ?? null,
    scores: window.map(({ score }) => score),
    completedBy: decision.session,
  };
  const { at } = decision;
  const salt = saltOf(`drift ${cause}`);
  return [
    auditRow({
      action: 'CALIBRATION_DRIFT',
      subject,
      at,
      actor: 'drift',
      detail: { ...numbers, mentor: mentorKey },
      cause,
      salt,
    }),
    noticeRow({
      kind: 'coaching.calibration.drift',
      subject,
      cause,
      at,
      content: { ...numbers, mentorId },
      salt,
    }),
  ];
}
