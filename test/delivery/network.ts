/**
 * The network of the delivery tests: every request of the Worker and of its objects is answered by
 * the sandbox's fakes over a store in memory. Hosts stand for fakes by one of their labels. Counts
 * what is in flight; a test may make anything happen before and after an exchange.
 */
import type { Fault } from '../../src/sandbox/upstreams/fault';
import {
  answerAs,
  type Canned,
  type Shelf,
  setCanned,
  setFaults,
  type UpstreamName,
  type UpstreamRecord,
  upstreamOf,
} from '../../src/sandbox/upstreams/upstream';

export interface Seen extends UpstreamRecord {
  readonly name: UpstreamName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Phase = 'before' | 'after';

/** A store of one fake in memory. */
export function memoryShelf(): Shelf {
  const kinds = new Map<string, Map<string, string>>();
  const of = (kind: string): Map<string, string> => {
    const known = kinds.get(kind) ?? new Map<string, string>();
    kinds.set(kind, known);
    return known;
  };
  return {
    get: (kind, key) => {
      const text = of(kind).get(key);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    put: (kind, key, value) => {
      of(kind).set(key, JSON.stringify(value));
    },
    list: (kind) =>
      [...of(kind)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, text]) => ({ key, value: JSON.parse(text) as unknown })),
    clear: (kind) => {
      kinds.delete(kind);
    },
  };
}

const realFetch = globalThis.fetch;

export class Network {
  readonly seen: Seen[] = [];
  readonly #shelves = new Map<UpstreamName, Shelf>();
  inFlight = 0;
  mostInFlight = 0;
  /** Asked at each exchange; may throw or wait. */
  trouble: (phase: Phase, seen: Pick<Seen, 'name' | 'method' | 'path'>) => Promise<void> | void =
    () => undefined;
  /** Real milliseconds of every exchange. */
  latencyMs = 0;
  /** Answers in place of a fake, where it answers at all. */
  instead: (request: Request) => Response | null | Promise<Response | null> = () => null;

  install(): this {
    globalThis.fetch = ((input: RequestInfo, init?: RequestInit) =>
      this.answer(new Request(input, init))) as typeof fetch;
    return this;
  }

  remove(): void {
    globalThis.fetch = realFetch;
  }

  shelf(name: UpstreamName): Shelf {
    const known = this.#shelves.get(name) ?? memoryShelf();
    this.#shelves.set(name, known);
    return known;
  }

  faults(name: UpstreamName, faults: readonly Partial<Fault>[]): void {
    const whole = faults.map((fault): Fault => ({ kind: 'status', times: 1, ...fault }));
    setFaults(this.shelf(name), whole);
  }

  canned(name: UpstreamName, answers: readonly Canned[]): void {
    setCanned(this.shelf(name), answers);
  }

  /** Lines the fake HRIS holds under a path: the other side's truth. */
  lines(path: string): Record<string, unknown>[] {
    return this.shelf('hris')
      .list(`items ${path}`)
      .map(({ value }) => value as Record<string, unknown>);
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const name = upstreamOf(url.hostname);
    const path = url.pathname + url.search;
    const body = new TextDecoder().decode(await request.arrayBuffer());
    if (name === null) throw new TypeError(`no host ${url.hostname} in tests`);
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      const asked = {
        key: request.headers.get('idempotency-key') ?? request.headers.get('webhook-id'),
        method: request.method,
        path,
        body,
      };
      const exchange = { name, method: request.method, path };
      if (this.latencyMs > 0) await scheduler.wait(this.latencyMs);
      await this.trouble('before', exchange);
      const headers = Object.fromEntries(request.headers);
      const other = await this.instead(
        new Request(request.url, { method: request.method, headers }),
      );
      const told = other === null ? answerAs(name, asked, this.shelf(name)) : null;
      const status = told?.status ?? other?.status ?? 0;
      const committed = told?.committed ?? false;
      this.seen.push({ ...asked, name, url: request.url, headers, status, committed, at: '' });
      await this.trouble('after', exchange);
      if (other !== null) return other;
      if (told === null || told.closed) throw new TypeError('the connection broke');
      return new Response(told.status === 204 ? null : told.body, {
        status: told.status,
        headers: {
          'Content-Type': 'application/json',
          ...(told.retryAfter !== null && { 'Retry-After': String(told.retryAfter) }),
        },
      });
    } finally {
      this.inFlight -= 1;
    }
  }
}
