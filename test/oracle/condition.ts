/**
 * The oracle's reading of a rule's conditions, from the small print alone: a path into the facts,
 * an operator, a value. A missing field is false; EQUALS on a list means contains; numbers compare
 * as decimals. Throws on an operator that the small print does not list.
 */
import { millionths } from './number';

export interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly value?: unknown;
}

type Facts = Readonly<Record<string, unknown>>;

/** What stands at a dotted path; undefined where nothing does. */
export function at(facts: Facts, path: string): unknown {
  let here: unknown = facts;
  for (const step of path.split('.')) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Object.hasOwn(here, step) ? (here as Facts)[step] : undefined;
  }
  return here;
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' || typeof b === 'number') {
    const left = millionths(a);
    return left !== null && left === millionths(b);
  }
  return a === b;
}

const equals = (actual: unknown, value: unknown): boolean =>
  Array.isArray(actual) ? actual.some((item) => same(item, value)) : same(actual, value);

function compared(actual: unknown, value: unknown, holds: (sign: number) => boolean): boolean {
  const left = millionths(actual);
  const right = millionths(value);
  if (left === null || right === null) return false;
  return holds(left < right ? -1 : left > right ? 1 : 0);
}

/** Whether one condition holds over the facts. */
export function holds({ field, operator, value }: Condition, facts: Facts): boolean {
  const actual = at(facts, field);
  const missing = actual === undefined || actual === null;
  if (operator === 'EXISTS') return missing === (value === false);
  if (missing) return false;
  switch (operator) {
    case 'EQUALS':
      return equals(actual, value);
    case 'NOT_EQUALS':
      return !equals(actual, value);
    case 'GREATER_THAN':
      return compared(actual, value, (sign) => sign > 0);
    case 'GREATER_THAN_OR_EQUALS':
      return compared(actual, value, (sign) => sign >= 0);
    case 'LESS_THAN':
      return compared(actual, value, (sign) => sign < 0);
    case 'LESS_THAN_OR_EQUALS':
      return compared(actual, value, (sign) => sign <= 0);
    case 'IN':
      return Array.isArray(value) && value.some((item) => equals(actual, item));
    default:
      throw new Error(`no operator ${operator}`);
  }
}

/** The field of the first condition that does not hold, or null when all hold. */
export const firstFailing = (conditions: readonly Condition[], facts: Facts): string | null =>
  conditions.find((condition) => !holds(condition, facts))?.field ?? null;
