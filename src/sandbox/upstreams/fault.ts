/**
 * Faults that the fakes play: which there are, which one meets a request, and what is left of it.
 * Decides nothing about an answer that meets none. Refuses nothing.
 */

/**
 * status: answers it, nothing is done. throttle: the same with 429. close-before-commit and
 * close-after-commit: the connection breaks before or after it is done. garbage: done, and
 * answered 200 with no JSON. wrong-amount: done, and answered with another amount. forget-keys: all keys seen
 * so far are forgotten first. ignore-keys: its key is not looked at.
 */
export const FAULT_KINDS = [
  'status',
  'close-before-commit',
  'close-after-commit',
  'garbage',
  'wrong-amount',
  'forget-keys',
  'ignore-keys',
  'throttle',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Of `status` and `throttle`. */
  readonly status?: number | undefined;
  /** Seconds, sent as Retry-After. */
  readonly retryAfter?: number | undefined;
  /** How many requests it still meets. */
  readonly times: number;
  /** Text within the path and query; absent: every request. */
  readonly match?: string | undefined;
}

/** The first fault that fits a request, and the faults that are left. */
export function meetFault(
  faults: readonly Fault[],
  path: string,
): { readonly fault: Fault | null; readonly left: readonly Fault[] } {
  const index = faults.findIndex((one) => path.includes(one.match ?? ''));
  const fault = faults[index];
  if (fault === undefined) return { fault: null, left: faults };
  const again = fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
  return { fault, left: [...faults.slice(0, index), ...again, ...faults.slice(index + 1)] };
}
