/** A payroll system in memory behind `fetch`: keeps a line per key, as the guide says it should. */

const PATH = '/api/v1/payroll/variable_pay';
const realFetch = globalThis.fetch;

export interface PayLine {
  readonly idempotency_key: string;
  readonly employee_id: string;
  readonly variable_pay_amount: number;
  readonly currency: string;
  readonly clawback_amount?: number;
  readonly adjustment_amount?: number;
  readonly [field: string]: unknown;
}

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly key: string | null;
  readonly body: string;
}

export class Hris {
  /** By key: what was paid. */
  readonly lines = new Map<string, PayLine>();
  readonly asked: Asked[] = [];
  /** May answer instead, or throw: before the line is kept, or after. */
  trouble: (asked: Asked, phase: 'before' | 'after') => Response | null = () => null;
  /** False: every request is a new line, as where there are no keys. */
  honoursKeys = true;
  /** Lines of a page of its list; null: all of them, and not a word of pages. */
  linesAPage: number | null = null;

  install(): this {
    globalThis.fetch = (async (input: RequestInfo, init?: RequestInit) =>
      this.#answer(new Request(input, init))) as typeof fetch;
    return this;
  }

  remove(): void {
    globalThis.fetch = realFetch;
  }

  /** What an employee was paid in all, in cents of two places. */
  paidTo(employee: string): number {
    const cents = (amount = 0): number => Math.round(amount * 100);
    return [...this.lines.values()]
      .filter(({ employee_id }) => employee_id === employee)
      .reduce(
        (sum, line) =>
          sum +
          cents(line.variable_pay_amount) +
          cents(line.adjustment_amount) -
          cents(line.clawback_amount),
        0,
      );
  }

  ofKey(key: string): PayLine | undefined {
    return this.lines.get(key);
  }

  async #answer(request: Request): Promise<Response> {
    const asked: Asked = {
      method: request.method,
      url: request.url,
      key: request.headers.get('idempotency-key'),
      body: await request.text(),
    };
    this.asked.push(asked);
    const before = this.trouble(asked, 'before');
    if (before !== null) return before;
    const answer = this.#taken(asked);
    return this.trouble(asked, 'after') ?? answer;
  }

  #page(items: readonly PayLine[], page: number): object {
    const size = this.linesAPage;
    if (size === null) return { items };
    const page_count = Math.ceil(items.length / size);
    return { items: items.slice((page - 1) * size, page * size), page, page_count };
  }

  #taken({ method, url, key, body }: Asked): Response {
    const { pathname, searchParams } = new URL(url);
    // Attributes that a platform is told; it keeps them and has nothing to say.
    if (method === 'PATCH') return Response.json({});
    if (method !== 'POST') {
      const wanted = searchParams.get('idempotency_key');
      const start = searchParams.get('pay_period_start');
      const items = [...this.lines.values()].filter(
        (line) =>
          (wanted === null || line.idempotency_key === wanted) &&
          (start === null || line.pay_period_start === start),
      );
      return Response.json(this.#page(items, Number(searchParams.get('page') ?? 1)));
    }
    if (pathname !== PATH) return Response.json({}, { status: 200 });
    const name = this.honoursKeys ? (key ?? '') : `${key} ${this.lines.size}`;
    const known = this.lines.get(name);
    const line = known ?? { ...(JSON.parse(body) as PayLine), idempotency_key: key ?? '' };
    this.lines.set(name, line);
    return Response.json(line, { status: known === undefined ? 201 : 200 });
  }
}
