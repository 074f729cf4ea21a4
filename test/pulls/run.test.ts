/** How a pull goes from page to page and what is odd; all of it pure. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platformOf } from '../../src/intake/pulls/platform';
import { latelyOf, monthOf } from '../../src/intake/pulls/pull';
import {
  BEGINNING,
  gapOf,
  newRun,
  nextPlace,
  oddness,
  type PullRun,
  restarted,
  saysNothingNew,
  withPage,
  withTaken,
} from '../../src/intake/pulls/run';

const OCTOBER = { kind: 'results', firstDay: '2023-10-01', lastDay: '2023-10-31' } as const;
const run: PullRun = newRun('quality', OCTOBER, {
  asOf: Date.UTC(2023, 10, 1, 3),
  from: Date.UTC(2023, 9, 1),
  until: Date.UTC(2023, 10, 1),
  zone: 'Etc/UTC',
});
const page = (count: number, pageCount: number, from = 0) => ({
  items: Array.from({ length: count }, (_, index) => ({ id: from + index })),
  pageCount,
  pageSize: 200,
});

describe('what a pull asks for', () => {
  it('is lately, and for actuals the days that have ended', () => {
    expect(latelyOf('results', '2024-03-01')).toMatchObject({
      firstDay: '2024-02-29',
      lastDay: '2024-03-01',
    });
    expect(latelyOf('actuals', '2024-03-01')).toMatchObject({
      firstDay: '2024-02-28',
      lastDay: '2024-02-29',
    });
  });

  it('is the month that ended last, on every day of the next', () => {
    for (const today of ['2024-03-01', '2024-03-31']) {
      const { firstDay, lastDay } = monthOf('results', today);
      expect([firstDay, lastDay]).toEqual(['2024-02-01', '2024-02-29']);
    }
  });

  it('of the documents’ platform is the printed query by version and status, and one for what was withdrawn', () => {
    const platform = platformOf('seed', 'results');
    const pull = { destinationId: 'd', kinds: ['results' as const], scorecardVersionIds: ['v'] };
    const queries = platform?.queries(pull, run) ?? [];
    expect(queries.map((query) => platform?.fields(run, query))).toEqual(
      [{ result_status: 'COMPLETED' }, { result_status: 'PUBLISHED' }, {}].map((status) => ({
        scorecard_version_id: 'v',
        ...status,
        start_date: '2023-10-01T00:00:00Z',
        end_date: '2023-10-31T23:59:59Z',
        size: 200,
        page: 1,
      })),
    );
    expect(platform?.queries({ ...pull, scorecardVersionIds: [] }, run)).toEqual([
      { result_status: 'COMPLETED' },
      { result_status: 'PUBLISHED' },
      {},
    ]);
  });

  it('of actuals is days by sevens, from midnight to midnight where the clocks change', () => {
    const zone = 'Europe/Berlin';
    const days = { kind: 'actuals', firstDay: '2023-10-23', lastDay: '2023-11-01' } as const;
    const autumn = newRun('wfm', days, { asOf: 0, from: 0, until: 0, zone });
    const pull = { destinationId: 'd', kinds: [], scorecardVersionIds: [] };
    expect(platformOf('seed', 'actuals')?.queries(pull, autumn)).toEqual([
      { start_date: '2023-10-22T22:00:00Z', end_date: '2023-10-29T22:59:59Z' },
      { start_date: '2023-10-29T23:00:00Z', end_date: '2023-11-01T22:59:59Z' },
    ]);
  });

  it('cannot be coachings where the documents print no way', () => {
    expect(platformOf('seed', 'coaching')).toBeNull();
    expect(platformOf('hris', 'results')).toBeNull();
  });
});

describe('the answers of Genesys Cloud', () => {
  it('of evaluations read as the topic would have told them', () => {
    const read = platformOf('genesys-cloud', 'results')?.read({
      entities: [
        {
          id: 'ev-1',
          status: 'FINISHED',
          agent: { id: 'a' },
          evaluationForm: { id: 'form-v3', contextId: 'family' },
          conversation: { id: 'c' },
          answers: { totalScore: 87.5 },
          changedDate: '2026-03-01T09:59:58.000Z',
        },
      ],
      pageCount: 2,
    });
    expect(read?.pageCount).toBe(2);
    expect(read?.items[0]).toMatchObject({
      topicName: 'v2.quality.evaluations',
      eventBody: { evaluationFormId: 'form-v3', scoringSet: { totalScore: 87.5 } },
    });
  });

  it('of daily sums read as buckets, milliseconds as seconds', () => {
    const read = platformOf('genesys-cloud', 'actuals')?.read({
      results: [
        {
          group: { userId: 'a' },
          data: [
            {
              interval: '2023-10-01T00:00:00Z/2023-10-02T00:00:00Z',
              metrics: [
                { metric: 'tAgentRoutingStatus', qualifier: 'INTERACTING', stats: { sum: 1500 } },
              ],
            },
          ],
        },
      ],
    });
    expect(read?.items).toEqual([
      {
        user_id: 'a',
        actuals: [
          {
            bucket_start: '2023-10-01T00:00:00Z',
            bucket_end: '2023-10-02T00:00:00Z',
            status_codes: [{ status_code_id: 'INTERACTING', duration: 1.5 }],
          },
        ],
      },
    ]);
  });

  it.each([null, [], 'x', {}, { entities: 'x' }, { entities: [1] }])(
    'that are none are refused: %j',
    (answer) => {
      expect(platformOf('genesys-cloud', 'coaching')?.read(answer)).toBeNull();
    },
  );
});

describe('the pages of a pull', () => {
  it('go on through pages, users and queries until the last', () => {
    expect(nextPlace(BEGINNING, 3, 2)).toEqual({ ...BEGINNING, page: 2 });
    expect(nextPlace({ ...BEGINNING, page: 3 }, 3, 2)).toEqual({ ...BEGINNING, query: 1 });
    expect(nextPlace({ ...BEGINNING, query: 1 }, 0, 2)).toBeNull();
    const placed = { ...BEGINNING, users: ['a'], next: 'key-a' };
    expect(nextPlace(placed, 1, 1)).toEqual({ ...BEGINNING, after: 'key-a' });
    expect(nextPlace({ ...placed, next: null }, 1, 1)).toBeNull();
  });

  it('that shrink or repeat are reported', () => {
    const first = withTaken(
      withPage(
        run,
        page(200, 3),
        { api: 200, seen: 200, missing: [] },
        {
          ...BEGINNING,
          page: 2,
        },
      ),
      { seen: 0, fetched: 0, refused: 0 },
    );
    expect(oddness(run, page(200, 3))).toBeNull();
    expect(oddness(run, page(199, 3))).toMatch(/^SHRANK: .* holds 199 of 200/);
    expect(oddness(first, page(200, 3))).toMatch(/^REPEATED/);
    expect(oddness(first, page(200, 2, 200))).toMatch(/^SHRANK: .* there were 3 pages/);
    expect(oddness(first, page(200, 3, 200))).toBeNull();
    expect(oddness({ ...first, place: { ...BEGINNING, page: 3 } }, page(7, 3, 400))).toBeNull();
  });

  it('count what the platform named, and always add up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ seen: fc.nat(200), fetched: fc.nat(50), refused: fc.nat(10) }), {
          minLength: 1,
          maxLength: 8,
        }),
        (pages) => {
          let at = run;
          for (const [index, { seen, fetched, refused }] of pages.entries()) {
            const next = index + 1 < pages.length ? { ...BEGINNING, page: index + 2 } : null;
            const found = { api: seen + fetched + refused, seen, missing: [] };
            at = withTaken(withPage(at, page(1, 9, index), found, next), {
              seen: 0,
              fetched,
              refused,
            });
          }
          const gap = gapOf('quality', at);
          expect(gap.apiCount).toBe(gap.seen + gap.fetched + gap.refused);
          expect([at.ended, gap.pages]).toEqual([true, pages.length]);
          expect(gapOf('quality', restarted(at))).toMatchObject({ apiCount: 0, pages: 0 });
        },
      ),
    );
  });

  it('that say nothing new write nothing', () => {
    const gap = { ...gapOf('quality', run), apiCount: 9, seen: 9 };
    expect(saysNothingNew(gap, null)).toBe(false);
    expect(saysNothingNew(gap, { ...gap, seen: 2, fetched: 7 })).toBe(true);
    expect(saysNothingNew({ ...gap, fetched: 1 }, gap)).toBe(false);
    expect(saysNothingNew({ ...gap, remarks: ['SHRANK'] }, gap)).toBe(false);
  });
});
