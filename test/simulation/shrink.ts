/**
 * Makes a failing history smaller: leaves out half of its operations, then a quarter and so on, and
 * keeps what still fails. What remains is what somebody has to read. Bounded, because every try is
 * a whole history.
 */
import type { Plan, Timed } from './plan';

const MOST_TRIES = 60;

/** The fewest operations found with which `fails` still holds, in their order. */
export async function shrunk(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let operations: readonly Timed[] = plan.operations;
  let size = Math.ceil(operations.length / 2);
  for (let tries = 0; size >= 1 && tries < MOST_TRIES; ) {
    let smaller: readonly Timed[] | null = null;
    for (let from = 0; from < operations.length && tries < MOST_TRIES; from += size) {
      const rest = operations.filter((_, index) => index < from || index >= from + size);
      tries += 1;
      if (await fails({ ...plan, operations: rest })) {
        smaller = rest;
        break;
      }
    }
    if (smaller !== null) operations = smaller;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return { ...plan, operations };
}

/** The operations of a plan, one a line. */
export const shown = ({ operations, faults }: Plan): string[] => [
  `faults ${JSON.stringify(faults)}`,
  ...operations.map(
    ({ at, operation }) => `${new Date(at).toISOString()} ${JSON.stringify(operation)}`,
  ),
];
