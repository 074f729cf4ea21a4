/**
 * A platform that can be asked, in place of the network: pages of results, daily actuals,
 * evaluations and appointments, with knobs for what goes wrong. Says what it was asked.
 */
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { callPulls } from '../../src/intake/pulls/client';
import { ask } from '../facts/desk';
import { putSource } from '../intake/sender';

type Thing = Readonly<Record<string, unknown>>;

export class FakePlatform {
  results: Thing[] = [];
  /** By user and day: seconds by code. */
  readonly actuals = new Map<string, Record<string, number>>();
  evaluations: Thing[] = [];
  appointments: Thing[] = [];
  /** Path and query of each request, in order. */
  readonly asked: string[] = [];
  /** Changes an answer before it goes out: a status, or another page. */
  spoil: (path: string, page: Thing) => number | Thing = (_, page) => page;
  pageSize = 200;

  install(): void {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const request = new Request(input, init as RequestInit);
      return this.#answer(new URL(request.url), await request.text());
    });
  }

  #answer(url: URL, body: string): Response {
    const path = `${url.pathname}${url.search}`;
    this.asked.push(path);
    const page = this.#page(url, body);
    if (page === null) return Response.json({}, { status: 404 });
    const said = this.spoil(path, page);
    return typeof said === 'number'
      ? Response.json({ error: 'no' }, { status: said })
      : Response.json(said);
  }

  #page({ pathname, searchParams }: URL, body: string): Thing | null {
    const number = Number(searchParams.get('page') ?? searchParams.get('pageNumber') ?? 1);
    switch (pathname) {
      case '/api/v2/performance/results': {
        const status = searchParams.get('result_status');
        const [from, until] = [searchParams.get('start_date'), searchParams.get('end_date')];
        const all = this.results.filter(
          (one) =>
            (status === null || one.result_status === status) &&
            String(one.created_date) >= String(from) &&
            String(one.created_date) <= String(until),
        );
        return this.#list('items', 'page_count', all, number);
      }
      case '/api/v2/wfm/users/actuals':
        return { items: this.#actualsOf(searchParams), page_count: 1 };
      case '/api/v2/quality/evaluations/query': {
        const user = searchParams.get('agentUserId');
        const all = this.evaluations.filter((one) => (one.agent as Thing).id === user);
        return this.#list('entities', 'pageCount', all, number);
      }
      case '/api/v2/coaching/appointments':
        return this.#list('entities', 'pageCount', this.#coachingsOf(searchParams), number);
      case '/api/v2/analytics/users/aggregates/query':
        return { results: this.#aggregatesOf(JSON.parse(body) as Thing) };
      default:
        return null;
    }
  }

  #coachingsOf(query: URLSearchParams): Thing[] {
    const users = String(query.get('userIds')).split(',');
    return this.appointments.filter(({ facilitator, attendees }) =>
      [facilitator as Thing, ...(attendees as Thing[])].some(({ id }) =>
        users.includes(String(id)),
      ),
    );
  }

  #list(name: string, count: string, all: readonly Thing[], page: number): Thing {
    const items = all.slice((page - 1) * this.pageSize, page * this.pageSize);
    return { [name]: items, [count]: Math.ceil(all.length / this.pageSize) };
  }

  #actualsOf(query: URLSearchParams): Thing[] {
    const [from, until] = [String(query.get('start_date')), String(query.get('end_date'))];
    return String(query.get('user_ids'))
      .split(',')
      .map((user_id) => ({
        user_id,
        actuals: this.#daysOf(user_id, from, until).map(([day, codes]) => ({
          bucket_start: `${day}T00:00:00Z`,
          bucket_end: `${day}T23:59:59Z`,
          status_codes: Object.entries(codes).map(([status_code_id, duration]) => ({
            status_code_id,
            duration,
          })),
        })),
      }))
      .filter(({ actuals }) => actuals.length > 0);
  }

  #daysOf(user: string, from: string, until: string): [string, Record<string, number>][] {
    return [...this.actuals]
      .map(([key, codes]): [string[], Record<string, number>] => [key.split(' '), codes])
      .filter(([[who = '', day = '']]) => who === user && day >= from.slice(0, 10) && day <= until)
      .map(([[, day = '']], index, all) => [day, all[index]?.[1] ?? {}]);
  }

  #aggregatesOf(query: Thing): Thing[] {
    const [from = '', until = ''] = String(query.interval).split('/');
    const { predicates } = query.filter as { predicates: { value: string }[] };
    return predicates.map(({ value: userId }) => ({
      group: { userId },
      data: this.#daysOf(userId, from, until).map(([day, codes]) => ({
        interval: `${day}T00:00:00.000Z/${day}T23:59:59.999Z`,
        metrics: Object.entries(codes).map(([qualifier, seconds]) => ({
          metric: 'tAgentRoutingStatus',
          qualifier,
          stats: { sum: seconds * 1000 },
        })),
      })),
    }));
  }
}

export async function connect(
  source: string,
  preset: 'seed' | 'genesys-cloud',
  kinds: readonly string[],
): Promise<void> {
  const destination = { preset, url: 'https://platform.example', auth: { type: 'none' } };
  const put = await ask('PUT', `/v1/destinations/${preset}`, destination);
  if (put.status >= 300) throw new Error(put.text);
  const made = await putSource(source, {
    platform: 'genesys-cloud',
    pull: { destinationId: preset, kinds },
  });
  if (made.status >= 300) throw new Error(made.text);
}

export interface Line {
  readonly kind: string;
  readonly firstDay: string;
  readonly asOf: string;
  readonly lookedAt: string;
  readonly apiCount: number;
  readonly seen: number;
  readonly fetched: number;
  readonly refused: number;
  readonly fetchedInAll: number;
  readonly remarks: readonly string[];
  readonly pages: number;
}

export async function gaps(source: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (let cursor = ''; ; ) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const heard = await ask('GET', `/v1/sources/${source}/gaps?limit=200${after}`);
    if (heard.status !== 200) throw new Error(heard.text);
    lines.push(...(heard.body.items as Line[]));
    if (heard.body.nextCursor == null) return lines;
    cursor = String(heard.body.nextCursor);
  }
}

/** Goes on until nothing waits, as alarms would; faults make it come again. */
export async function pullAll(source: string, now = Date.now()): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    try {
      await callPulls(env, source, (pulls) => pulls.due(now + turn * 60_000));
      const left = await callPulls(env, source, (pulls) => pulls.status());
      if (left.length === 0) return;
    } catch {
      // The object was reset; the next turn finds it again.
    }
  }
  throw new Error('the pull never ends');
}

const MONTH = { firstDay: '2023-10-01', lastDay: '2023-10-31' };

export const pull = (source: string, kinds?: readonly string[], days = MONTH) =>
  ask('POST', `/v1/sources/${source}/pull`, { ...(kinds && { kinds }), ...days });

/** A result of Ann's in October 2023 as the guide prints it. */
export const resultOfAnn = (id: string, total: number, more: object = {}) => ({
  id,
  user_id: 'ann',
  scorecard_version_id: 'sc-1',
  result_status: 'COMPLETED',
  score: { total, weighted: true },
  created_date: '2023-10-15T14:30:00Z',
  ...more,
});
