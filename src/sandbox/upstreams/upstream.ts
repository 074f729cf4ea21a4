/**
 * What a fake upstream answers: 200 and a record, or the first fault that fits the request and is
 * not used up. Decides which upstream a host stands for. Refuses faults that it cannot play.
 */

export const UPSTREAMS = ['hris', 'genesys', 'cxone', 'webhook'] as const;

export type UpstreamName = (typeof UPSTREAMS)[number];

/** Kinds of faults that the fakes play. */
export const FAULT_KINDS = ['status'] as const;

export interface Fault {
  readonly kind: (typeof FAULT_KINDS)[number];
  readonly status: number;
  /** Seconds, sent as Retry-After. */
  readonly retryAfter?: number | undefined;
  /** How many requests it still answers. */
  readonly times: number;
  /** Text within the path and query; absent: every request. */
  readonly match?: string | undefined;
}

export interface UpstreamRecord {
  /** The request's Idempotency-Key. */
  readonly key: string | null;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
  readonly status: number;
  /** True when the request changed something: not under a fault, and not a key's second time. */
  readonly committed: boolean;
  /** RFC 3339. */
  readonly at: string;
}

export interface Asked {
  readonly key: string | null;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface Played {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly committed: boolean;
  /** The faults that are left. */
  readonly faults: readonly Fault[];
}

/** The answer to a request. `known`: a request with the same key was committed before. */
export function play(asked: Asked, faults: readonly Fault[], known: boolean): Played {
  const index = faults.findIndex((fault) => asked.path.includes(fault.match ?? ''));
  const fault = faults[index];
  if (fault === undefined) return { status: 200, retryAfter: null, committed: !known, faults };
  const left = fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
  return {
    status: fault.status,
    retryAfter: fault.retryAfter ?? null,
    committed: false,
    faults: [...faults.slice(0, index), ...left, ...faults.slice(index + 1)],
  };
}

/** The upstream a host stands for by its first label (`hris.sandbox.test`), or null. */
export function upstreamOf(host: string): UpstreamName | null {
  const [label] = host.split('.');
  return UPSTREAMS.find((name) => name === label) ?? null;
}
