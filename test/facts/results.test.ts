/** Quality results of a period: the printed page, revisions, statuses, seals, and both roads in. */
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { commit } from '../../src/ledger/client';
import { countedResults, type ResultRevision, resultRow } from '../../src/quality/result';
import { readResultItems, readResultsOfPeriod } from '../../src/quality/store';
import { errorsOf } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { ask, hireAll, lastSeal, OCTOBER, RESULTS_PAGE, results } from './desk';

const DAY = 86_400_000;
let [pat, kim] = ['', ''];

beforeAll(async () => {
  [pat = '', kim = ''] = await hireAll('agent-uuid-456', 'agent-kim');
});

const post = (...items: object[]) => ask('POST', '/v1/quality-results', { items });

const result = (id: string, total: number | null, more: object = {}) => ({
  id,
  user_id: 'agent-kim',
  scorecard_version_id: 'sc-1',
  result_status: 'COMPLETED',
  score: { total, weighted: true },
  created_date: '2023-10-15T14:30:00Z',
  ...more,
});

const scores = async (agentKey: string, seal = 1e9, span = OCTOBER) =>
  ((await readResultsOfPeriod(env.DB, [agentKey], span, seal)).get(agentKey) ?? []).map(
    ({ score }) => score,
  );

describe('the printed page of results', () => {
  it('is taken as printed, twice the same row, and read with its version and exact score', async () => {
    const first = await ask('POST', '/v1/quality-results', RESULTS_PAGE);
    expect(results(first)).toEqual([{ id: 'result-uuid-123', status: 'accepted' }]);
    const again = await ask('POST', '/v1/quality-results', RESULTS_PAGE);
    expect(results(again)).toEqual([{ id: 'result-uuid-123', status: 'duplicate' }]);
    const found = await readResultsOfPeriod(env.DB, [pat], OCTOBER, 1e9);
    expect(found.get(pat)).toMatchObject([
      { score: '171/2', status: 'COMPLETED', scorecardVersion: 'sc-version-789' },
    ]);
    const [one] = found.get(pat) ?? [];
    const items = await readResultItems(env.DB, [one?.rowId ?? '']);
    expect(items.get(one?.rowId ?? '')).toMatchObject({ id: 'result-uuid-123' });
  });

  it('and its item as an event end in the same row', async () => {
    await putSource('results');
    const [item] = RESULTS_PAGE.items;
    expect((await deliver('results', item)).body.status).toBe('accepted');
    expect(await scores(pat)).toEqual(['171/2']);
    const { body } = await ask(
      'GET',
      '/v1/quality-results?agentId=agent-uuid-456&from=2023-10-01&until=2023-10-31',
    );
    expect(body.items).toMatchObject([
      { id: 'result-uuid-123', score: '85.5000', exactScore: '171/2', counts: true },
    ]);
  });
});

describe('a result', () => {
  it('counts COMPLETED or PUBLISHED, in either case, and never as a draft (P1)', async () => {
    await post(
      result('a', 70, { result_status: 'draft' }),
      result('b', 80, { result_status: 'published' }),
      result('c', null, { result_status: 'PENDING', score: {} }),
    );
    expect(await scores(kim)).toEqual(['80/1']);
  });

  it('both COMPLETED and PUBLISHED is one result: the later revision counts', async () => {
    const later = { result_status: 'PUBLISHED', modified_date: '2023-10-20T00:00:00Z' };
    await post(result('b', 82, later));
    expect(await scores(kim)).toEqual(['82/1']);
  });

  it('unweighted is Σ score × weight / Σ weight as an exact fraction', async () => {
    const questions = [
      { id: 'q1', score: 90, weight: 0.1 },
      { id: 'q2', score: 80, weight: 0.2 },
    ];
    await post(result('d', null, { score: { weighted: false, questions } }));
    expect(await scores(kim)).toEqual(expect.arrayContaining(['250/3', '82/1']));
  });

  it('revised after a seal is read as of the seal as it was, and now as it is (P2)', async () => {
    const seal = await lastSeal();
    const before = await scores(kim, seal);
    await post(result('d', 10, { modified_date: '2023-11-20T00:00:00Z' }));
    expect(await scores(kim, seal)).toEqual(before);
    expect(await scores(kim)).toContain('10/1');
  });

  it('belongs to the period of its creation in the zone, by the first word of it', async () => {
    const created_date = '2023-10-31T23:30:00Z';
    await post(result('e', 55, { created_date }));
    const ahead = { from: OCTOBER.from - 3_600_000, until: OCTOBER.until - 3_600_000 };
    expect(await scores(kim)).toContain('55/1');
    expect(await scores(kim, 1e9, ahead)).not.toContain('55/1');
    const again = { created_date: '2023-11-25T00:00:00Z', modified_date: '2023-11-25T00:00:00Z' };
    await post(result('e', 56, again));
    expect(await scores(kim)).toContain('56/1');
    const november = { from: OCTOBER.until, until: OCTOBER.until + 30 * DAY };
    expect(await scores(kim, 1e9, november)).toEqual([]);
  });

  it('is shown with every revision and which of them counts', async () => {
    const { body } = await ask(
      'GET',
      '/v1/quality-results?agentId=agent-kim&from=2023-10-01&until=2023-10-31&limit=200',
    );
    const items = body.items as { id: string; exactScore: string; counts: boolean }[];
    const of = (id: string) =>
      items
        .filter((one) => one.id === id)
        .map(({ exactScore, counts }) => `${exactScore} ${counts}`)
        .sort();
    expect(of('b')).toEqual(['80/1 false', '82/1 true']);
    expect(of('a')).toEqual(['70/1 false']);
    expect(of('e')).toEqual(['55/1 false', '56/1 true']);
  });

  it('lowered by a message of Genesys Cloud replaces what the platform said before', async () => {
    await putSource('genesys', { platform: 'genesys-cloud' });
    const evaluation = (totalScore: number, changedDate: string, status = 'Finished') => ({
      id: 'ev-1',
      agent: { id: 'agent-kim' },
      evaluationFormId: 'form-v1',
      scoringSet: { totalScore },
      status,
      changedDate,
    });
    const span = { from: Date.UTC(2024, 0, 1), until: Date.UTC(2024, 1, 1) };
    await deliver('genesys', evaluation(92, '2024-01-10T00:00:00Z'));
    await deliver('genesys', evaluation(78, '2024-02-03T00:00:00Z'));
    await deliver('genesys', evaluation(92, '2024-01-10T00:00:00Z'));
    expect(await scores(kim, 1e9, span)).toEqual(['78/1']);
    await deliver('genesys', evaluation(78, '2024-02-04T00:00:00Z', 'Retracted'));
    expect(await scores(kim, 1e9, span)).toEqual([]);
  });
});

describe('results that are refused', () => {
  it.each([
    ['#/items/0/score/total', result('x', 101)],
    ['#/items/0/score/total', result('x', null)],
    [
      '#/items/0/score/questions',
      result('x', null, {
        score: { weighted: false, questions: [{ score: 1, weight: 0 }] },
      }),
    ],
    [
      '#/items/0/score/questions/0/weight',
      result('x', null, {
        score: { weighted: false, questions: [{ score: 1, weight: -1 }] },
      }),
    ],
    ['#/items/0/id', result('', 1)],
    ['#/items/0/result_status', result('x', 1, { result_status: 'NOT A STATUS' })],
  ])('name %s', async (pointer, item) => {
    const heard = await post(item);
    expect(heard.status).toBe(422);
    expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
  });

  it('of two hundred and one items are refused as a page', async () => {
    const many = Array.from({ length: 201 }, (_, index) => result(`n${index}`, 1));
    expect((await post(...many)).status).toBe(422);
  });
});

describe('what is read of a period', () => {
  const said = fc.record({
    id: fc.constantFrom('r1', 'r2', 'r3'),
    status: fc.constantFrom('COMPLETED', 'PUBLISHED', 'DRAFT', 'RETRACTED'),
    total: fc.integer({ min: 0, max: 100 }),
    created: fc.integer({ min: -40, max: 70 }),
    revised: fc.integer({ min: 0, max: 1000 }),
  });
  type Said = typeof said extends fc.Arbitrary<infer S> ? S : never;

  const revisionOf = (agentKey: string, one: Said): ResultRevision => ({
    agentKey,
    // A sender's ids are one agent's: a later word of another agent would take the result.
    resultId: `${agentKey} ${one.id}`,
    status: one.status,
    score: `${one.total}/1`,
    scorecardVersion: null,
    createdAt: OCTOBER.from + one.created * DAY,
    revisedAt: OCTOBER.from + one.revised * DAY,
  });

  it('is the pure fold over the set of revisions, whatever their order and repetition', async () => {
    let run = 0;
    const set = fc.uniqueArray(said, {
      minLength: 1,
      maxLength: 10,
      selector: ({ id, revised }) => `${id} ${revised}`,
    });
    await fc.assert(
      fc.asyncProperty(set, fc.nat(), async (all, turn) => {
        run += 1;
        for (const [index, order] of [all, all.toReversed(), [...all, ...all]].entries()) {
          const key = `r${run}x${index}y${turn % 7}`.padEnd(16, 'b');
          for (const one of order) {
            const item = { ...one } as Record<string, string | number>;
            await commit(env, { rows: [resultRow(revisionOf(key, one), item, 'salt')] }, 1);
          }
          const first = (resultId: string) =>
            Math.min(
              ...all.filter(({ id }) => resultId === `${key} ${id}`).map(({ created }) => created),
            );
          const expected = countedResults(all.map((one) => revisionOf(key, one)))
            .filter(({ resultId }) => first(resultId) >= 0 && first(resultId) < 31)
            .map(({ score }) => score);
          expect((await scores(key)).sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is one row per agent and query, for five hundred agents', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => `many${index}`.padEnd(16, 'c'));
    const rows = keys.flatMap((key) =>
      [1, 2, 3].map((n) =>
        resultRow(
          revisionOf(key, {
            id: n === 1 ? 'r1' : n === 2 ? 'r2' : 'r3',
            status: 'COMPLETED',
            total: n,
            created: n,
            revised: n,
          }),
          { n },
          'salt',
        ),
      ),
    );
    for (let at = 0; at < rows.length; at += 500) {
      await commit(env, { rows: rows.slice(at, at + 500) }, 1);
    }
    const found = await readResultsOfPeriod(env.DB, keys, OCTOBER, 1e9);
    expect(found.size).toBe(500);
    expect([...found.values()].every((some) => some.length === 3)).toBe(true);
  });
});
