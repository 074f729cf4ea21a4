/**
 * How much of a trace is kept. Decides what is left out when rules of long lists would make a
 * decision too large to be written: first the middle of long values, then the conditions that were
 * met, then all conditions. The rule versions are named anyway; a settlement never fails for its
 * own explanation.
 */
import type { Json } from '../../events/event';
import { hashJson } from '../../kernel/hash';
import type { Decision, RuleTrace } from '../coaching/decision';
import type { ConditionTrace } from '../rules/condition';

/** Characters of a value in a trace; a longer one is named by its hash and its length. */
const MAX_VALUE_LENGTH = 2000;
/** Characters of all traces of one decision: far below the bounds of a change set. */
const MAX_TRACE_LENGTH = 100_000;

/** The decision with traces that fit. */
export function withinBounds(decision: Decision): Decision {
  const rules = decision.rules.map(eachCondition(shortened));
  if (lengthOf(rules) <= MAX_TRACE_LENGTH) return { ...decision, rules };
  const failed = rules.map(eachList((conditions) => conditions.filter(isFailed)));
  if (lengthOf(failed) <= MAX_TRACE_LENGTH) return { ...decision, rules: failed };
  return { ...decision, rules: rules.map(eachList(() => [])) };
}

const lengthOf = (rules: readonly RuleTrace[]): number => JSON.stringify(rules).length;

const isFailed = ({ verdict }: ConditionTrace): boolean => verdict === 'FAILED';

const shortened = (condition: ConditionTrace): ConditionTrace => ({
  ...condition,
  expected: shortValue(condition.expected),
  actual: shortValue(condition.actual),
});

function shortValue(value: Json): Json {
  const { length } = JSON.stringify(value);
  return length <= MAX_VALUE_LENGTH ? value : { length, sha256: hashJson(value) };
}

type Conditions = readonly ConditionTrace[];

const eachCondition = (change: (condition: ConditionTrace) => ConditionTrace) =>
  eachList((conditions) => conditions.map(change));

const eachList =
  (change: (conditions: Conditions) => Conditions) =>
  (rule: RuleTrace): RuleTrace => ({
    ...rule,
    conditions: change(rule.conditions),
    ...(rule.revokedBy && {
      revokedBy: { ...rule.revokedBy, conditions: change(rule.revokedBy.conditions) },
    }),
  });
