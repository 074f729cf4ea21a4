/**
 * One condition of a rule over facts by path. Decides its verdict and keeps what was expected and
 * what was found: that trace answers "why not?". Refuses unknown operators when the rule is
 * written, so evaluation is total. Numbers compare as decimals, a missing field is false with
 * actual null, EQUALS on a list means contains.
 */
import type { Json, JsonObject } from '../../events/event';
import { parseDecimal } from '../../kernel/decimal';

export const OPERATORS = [
  'EQUALS',
  'NOT_EQUALS',
  'GREATER_THAN',
  'GREATER_THAN_OR_EQUALS',
  'LESS_THAN',
  'LESS_THAN_OR_EQUALS',
  'IN',
  'EXISTS',
] as const;

export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value?: Json | undefined;
}

export interface ConditionTrace {
  readonly field: string;
  readonly operator: Operator;
  readonly expected: Json;
  readonly actual: Json;
  readonly verdict: 'PASSED' | 'FAILED' | 'SKIPPED';
}

/** The value at a dotted path, or null where there is none. Own properties only. */
export function factAt(facts: JsonObject, path: string): Json {
  let found: Json = facts;
  for (const part of path.split('.')) {
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return null;
    if (!Object.hasOwn(found, part)) return null;
    found = (found as JsonObject)[part] ?? null;
  }
  return found;
}

/**
 * Tries all conditions in order. Those over facts at hand are all evaluated; one whose field is in
 * `lookups` costs a look-up and is SKIPPED once an earlier one failed.
 */
export function evaluateConditions(
  conditions: readonly Condition[],
  facts: JsonObject,
  lookups: ReadonlySet<string> = new Set(),
): { readonly passed: boolean; readonly trace: readonly ConditionTrace[] } {
  let passed = true;
  const trace = conditions.map((condition): ConditionTrace => {
    const { field, operator } = condition;
    const expected = condition.value ?? null;
    if (!passed && lookups.has(field)) {
      return { field, operator, expected, actual: null, verdict: 'SKIPPED' };
    }
    const actual = factAt(facts, field);
    const holds = conditionHolds(operator, actual, expected);
    passed &&= holds;
    return { field, operator, expected, actual, verdict: holds ? 'PASSED' : 'FAILED' };
  });
  return { passed, trace };
}

function conditionHolds(operator: Operator, actual: Json, expected: Json): boolean {
  if (operator === 'EXISTS') return (actual !== null) === (expected !== false);
  if (actual === null) return false;
  switch (operator) {
    case 'EQUALS':
      return matches(actual, expected);
    case 'NOT_EQUALS':
      return !matches(actual, expected);
    case 'IN':
      return Array.isArray(expected) && expected.some((one) => matches(actual, one));
    case 'GREATER_THAN':
      return ordered(actual, expected, (sign) => sign > 0);
    case 'GREATER_THAN_OR_EQUALS':
      return ordered(actual, expected, (sign) => sign >= 0);
    case 'LESS_THAN':
      return ordered(actual, expected, (sign) => sign < 0);
    case 'LESS_THAN_OR_EQUALS':
      return ordered(actual, expected, (sign) => sign <= 0);
  }
}

function matches(actual: Json, expected: Json): boolean {
  if (Array.isArray(actual)) return actual.some((one) => equals(one, expected));
  return equals(actual, expected);
}

function equals(a: Json, b: Json): boolean {
  if (a === b) return true;
  // Two numbers are one decimal only where they are one double; two texts are compared as they are.
  if ((typeof a === 'number') === (typeof b === 'number')) return false;
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  return left !== null && right !== null && left.equals(right);
}

function ordered(actual: Json, expected: Json, holds: (sign: number) => boolean): boolean {
  // Doubles stand in the order of the decimals they are written as.
  if (typeof actual === 'number' && typeof expected === 'number') {
    return holds(Math.sign(actual - expected));
  }
  const left = parseDecimal(actual);
  const right = parseDecimal(expected);
  return left !== null && right !== null && holds(left.comparedTo(right));
}
