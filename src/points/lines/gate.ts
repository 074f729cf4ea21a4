/**
 * Conditions that did not hold, with how far off they were. Decides the difference and the words;
 * what is no number on both sides has no difference. Refuses nothing.
 */
import type { Json } from '../../events/event';
import { parseDecimal, printDecimal } from '../../kernel/decimal';
import type { Decision, RuleTrace } from '../coaching/decision';
import type { ConditionTrace, Operator } from '../rules/condition';

export interface Gate {
  readonly rule: string;
  readonly field: string;
  readonly operator: Operator;
  readonly expected: Json;
  readonly actual: Json;
  /** Actual minus expected as decimal text; null where one of them is no number. */
  readonly difference: string | null;
}

/** Every condition that failed, rule by rule in the order in which they were tried. */
export const failedGates = ({ rules }: Pick<Decision, 'rules'>): Gate[] =>
  rules.flatMap(({ rule, conditions }) =>
    conditions.filter(({ verdict }) => verdict === 'FAILED').map((one) => gateOf(rule, one)),
  );

const gateOf = (rule: string, condition: ConditionTrace): Gate => {
  const { field, operator, expected, actual } = condition;
  return { rule, field, operator, expected, actual, difference: difference(actual, expected) };
};

function difference(actual: Json, expected: Json): string | null {
  const [is, wanted] = [parseDecimal(actual), parseDecimal(expected)];
  return is === null || wanted === null ? null : printDecimal(is.minus(wanted));
}

const DEMANDS: Readonly<Record<Operator, string>> = {
  EQUALS: 'must equal',
  NOT_EQUALS: 'must not equal',
  GREATER_THAN: 'must be more than',
  GREATER_THAN_OR_EQUALS: 'must be at least',
  LESS_THAN: 'must be less than',
  LESS_THAN_OR_EQUALS: 'must be at most',
  IN: 'must be one of',
  EXISTS: 'must be there:',
};

const FACTS: Readonly<Record<Operator, string>> = {
  EQUALS: 'equals',
  NOT_EQUALS: 'does not equal',
  GREATER_THAN: 'is more than',
  GREATER_THAN_OR_EQUALS: 'is at least',
  LESS_THAN: 'is less than',
  LESS_THAN_OR_EQUALS: 'is at most',
  IN: 'is one of',
  EXISTS: 'is there:',
};

const MOST_SHOWN = 80;

/** A value in a sentence; a long one is cut. */
function shown(value: Json): string {
  if (value === null) return 'nothing';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length <= MOST_SHOWN ? text : `${text.slice(0, MOST_SHOWN)}…`;
}

/** `qaCalibrationScore is 75, must be at least 80 (off by 5)` */
export function gateText({ field, operator, expected, actual, difference: off }: Gate): string {
  const by = off === null ? '' : ` (off by ${off.replace('-', '')})`;
  return `${field} is ${shown(actual)}, ${DEMANDS[operator]} ${shown(expected)}${by}`;
}

/** Of a REVOKE rule that held, what it held on: the condition on the score, else the last. */
export function revokingText({ conditions }: NonNullable<RuleTrace['revokedBy']>): string {
  const on = conditions.find(({ field }) => field === 'currentScore') ?? conditions.at(-1);
  if (on === undefined) return 'its conditions held';
  return `${on.field} ${shown(on.actual)} ${FACTS[on.operator]} ${shown(on.expected)}`;
}
