/**
 * What a fake upstream does with a request: faults, keys, its own store, the answer. Decides which
 * upstream a host stands for. It honours keys as a good target does: the same key and bytes have
 * the first answer, other bytes 422. The tests of deliveries use this same code. Refuses what is
 * no JSON where JSON is sent.
 */
import { cxone } from './cxone';
import { type Fault, meetFault } from './fault';
import { genesys } from './genesys';
import { hris } from './hris';

export const UPSTREAMS = ['hris', 'genesys', 'cxone', 'webhook'] as const;

export type UpstreamName = (typeof UPSTREAMS)[number];

export interface UpstreamRecord {
  /** The request's Idempotency-Key, or `webhook-id`. */
  readonly key: string | null;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
  readonly status: number;
  /** True when it was done: not under a fault that prevents it, and not a key's second time. */
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

/** An answer that a test has told a fake to give. */
export interface Canned {
  /** Text within path and query. */
  readonly match: string;
  /** Text within the body; absent: any. */
  readonly contains?: string | undefined;
  readonly status?: number | undefined;
  readonly body: unknown;
}

/** The store of a fake: things of a kind by key, JSON values. */
export interface Shelf {
  get(kind: string, key: string): unknown;
  put(kind: string, key: string, value: unknown): void;
  list(kind: string): readonly { readonly key: string; readonly value: unknown }[];
  clear(kind: string): void;
}

export interface Told {
  readonly status: number;
  readonly retryAfter: number | null;
  readonly body: string;
  readonly committed: boolean;
  /** True: the connection breaks and no answer is heard. */
  readonly closed: boolean;
}

/** What a fake says to a request that no fault meets. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** True when it changed something. */
  readonly wrote: boolean;
}

export interface Parsed {
  readonly method: string;
  readonly url: URL;
  readonly key: string | null;
  readonly body: unknown;
}

type Target = (parsed: Parsed, shelf: Shelf) => Reply;

const TARGETS: Readonly<Record<UpstreamName, Target>> = {
  hris,
  genesys,
  cxone,
  webhook: () => ({ status: 200, body: { status: 'ok' }, wrote: true }),
};

/** Faults and canned answers stand in the fake's own store. */
const SETTINGS = 'settings';

export const faultsOf = (shelf: Shelf): readonly Fault[] =>
  (shelf.get(SETTINGS, 'faults') ?? []) as readonly Fault[];

export const setFaults = (shelf: Shelf, faults: readonly Fault[]): void =>
  shelf.put(SETTINGS, 'faults', faults);

export const cannedOf = (shelf: Shelf): readonly Canned[] =>
  (shelf.get(SETTINGS, 'answers') ?? []) as readonly Canned[];

export const setCanned = (shelf: Shelf, answers: readonly Canned[]): void =>
  shelf.put(SETTINGS, 'answers', answers);

/** Answers one request and keeps in the store what it did. */
export function answerAs(name: UpstreamName, asked: Asked, shelf: Shelf): Told {
  const { fault, left } = meetFault(faultsOf(shelf), asked.path);
  if (fault !== null) setFaults(shelf, left);
  const retryAfter = fault?.retryAfter ?? null;
  const refused = fault?.kind === 'status' || fault?.kind === 'throttle';
  if (refused) {
    const status = fault.status ?? (fault.kind === 'throttle' ? 429 : 503);
    return { ...told({ error: `answered ${status}` }, status), retryAfter };
  }
  if (fault?.kind === 'close-before-commit') return { ...told(null, 0), closed: true };
  if (fault?.kind === 'forget-keys') shelf.clear('keys');
  const done = doneOnce(name, asked, shelf, fault?.kind === 'ignore-keys');
  switch (fault?.kind) {
    case 'close-after-commit':
      return { ...done, closed: true };
    case 'garbage':
      return { ...done, status: 200, body: '<html>all is well' };
    case 'wrong-amount':
      return { ...done, body: withOtherAmount(done.body) };
    default:
      return done;
  }
}

const told = (body: unknown, status: number, committed = false): Told => ({
  status,
  body: status === 204 ? '' : JSON.stringify(body),
  retryAfter: null,
  committed,
  closed: false,
});

interface Kept {
  readonly asked: string;
  readonly status: number;
  readonly body: unknown;
}

function doneOnce(name: UpstreamName, asked: Asked, shelf: Shelf, ignoresKeys: boolean): Told {
  const { key } = asked;
  const text = `${asked.method} ${asked.path} ${asked.body}`;
  const before = key === null || ignoresKeys ? undefined : (shelf.get('keys', key) as Kept);
  if (before !== undefined) {
    if (before.asked === text) return told(before.body, before.status);
    return told({ error: 'this Idempotency-Key was already used for another request' }, 422);
  }
  const canned = cannedOf(shelf).find(
    ({ match, contains = '' }) => asked.path.includes(match) && asked.body.includes(contains),
  );
  if (canned !== undefined) return told(canned.body, canned.status ?? 200);
  const parsed = parsedOf(asked);
  if (parsed === null) return told({ error: 'the body is no JSON' }, 400);
  const reply = TARGETS[name](parsed, shelf);
  if (key !== null && reply.wrote) {
    const { status, body } = reply;
    shelf.put('keys', key, { asked: text, status, body });
  }
  return told(reply.body, reply.status, reply.wrote);
}

function parsedOf({ method, path, key, body }: Asked): Parsed | null {
  const url = new URL(path, 'https://fake.test');
  if (body === '' || /\/token$/.test(url.pathname)) {
    return { method, url, key, body: null };
  }
  try {
    return { method, url, key, body: JSON.parse(body) as unknown };
  } catch {
    return null;
  }
}

/** The first amount of an answer, one more than it was. */
function withOtherAmount(body: string): string {
  return body.replace(
    /("(?:variable_pay_amount|amount)":\s*"?)(-?[0-9.]+)/,
    (_, before: string, amount: string) => `${before}${Number(amount) + 1}`,
  );
}

/** The upstream a host stands for by one of its labels (`hris.sandbox.test`), or null. */
export function upstreamOf(host: string): UpstreamName | null {
  const labels = host.split('.');
  return UPSTREAMS.find((name) => labels.includes(name)) ?? null;
}
