/** What never came is fetched, what came is seen, and the report counts both. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readResultsOfPeriod } from '../../src/quality/store';
import { ask, hireAll, OCTOBER, results } from '../facts/desk';
import { errorsOf } from '../http/caller';
import { deliver, putSource } from '../intake/sender';
import { connect, FakePlatform, gaps, pull, pullAll, resultOfAnn as result } from './platform';

let platform = new FakePlatform();
let [ann, ben] = ['', ''];

beforeAll(async () => {
  [ann = '', ben = ''] = await hireAll('ann', 'ben', 'coach');
});

beforeEach(() => {
  platform = new FakePlatform();
  platform.install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const scores = async (agentKey: string) =>
  ((await readResultsOfPeriod(env.DB, [agentKey], OCTOBER, 1e9)).get(agentKey) ?? []).map(
    ({ score }) => score,
  );

describe('results of the documents’ platform', () => {
  it('are asked for as printed; those that came are seen, the others fetched', async () => {
    await connect('r1', 'seed', ['results']);
    const [first, second, third] = [result('a', 80), result('b', 90), result('c', 70)];
    platform.results = [first, second, { ...third, result_status: 'PUBLISHED' }];
    await deliver('r1', first);
    const heard = await pull('r1');
    expect([heard.status, heard.body.runs]).toMatchObject([202, [{ kind: 'results', pages: 0 }]]);
    await pullAll('r1');
    expect(platform.asked).toEqual([
      '/api/v2/performance/results?result_status=COMPLETED&start_date=2023-10-01T00%3A00%3A00Z&end_date=2023-10-31T23%3A59%3A59Z&size=200&page=1',
      '/api/v2/performance/results?result_status=PUBLISHED&start_date=2023-10-01T00%3A00%3A00Z&end_date=2023-10-31T23%3A59%3A59Z&size=200&page=1',
      '/api/v2/performance/results?start_date=2023-10-01T00%3A00%3A00Z&end_date=2023-10-31T23%3A59%3A59Z&size=200&page=1',
    ]);
    expect(await gaps('r1')).toMatchObject([
      { kind: 'results', apiCount: 3, seen: 1, fetched: 2, refused: 0, pages: 3, remarks: [] },
    ]);
    expect((await scores(ann)).sort()).toEqual(['70/1', '80/1', '90/1']);
  });

  it('pulled again write nothing; one that the platform changed is a revision, also back', async () => {
    platform.results = [result('a', 80), result('b', 90)];
    await pull('r1');
    await pullAll('r1');
    const rows = async () =>
      (await env.DB.prepare('SELECT count(*) AS n FROM quality_results').first<number>('n')) ?? 0;
    const before = await rows();
    for (const total of [85, 90, 85]) {
      platform.results = [result('a', 80), result('b', total)];
      await pull('r1');
      await pullAll('r1');
      expect(await scores(ann)).toContain(`${total}/1`);
    }
    expect((await rows()) - before).toBe(3);
    const [line] = await gaps('r1');
    expect(line).toMatchObject({ apiCount: 2, seen: 1, fetched: 1, fetchedInAll: 5 });
  });

  it('of people nobody knows are refused, kept once however often they are pulled', async () => {
    await connect('r2', 'seed', ['results']);
    platform.results = [result('x', 50, { user_id: 'stranger' })];
    for (let time = 0; time < 2; time += 1) {
      await pull('r2');
      await pullAll('r2');
    }
    expect(await gaps('r2')).toMatchObject([{ apiCount: 1, seen: 0, fetched: 0, refused: 1 }]);
    const { body } = await ask('GET', '/v1/quarantine?sourceId=r2');
    expect(body.items).toMatchObject([{ reason: 'UNKNOWN_AGENT' }]);
  });

  it('come in pages of two hundred; pages that shrink or repeat are reported', async () => {
    await connect('r3', 'seed', ['results']);
    platform.results = Array.from({ length: 450 }, (_, n) => result(`p${n}`, n % 100));
    platform.spoil = (path, page) => {
      if (!path.includes('COMPLETED') || !path.endsWith('page=2')) return page;
      return { ...page, items: (page.items as object[]).slice(0, 150) };
    };
    await pull('r3');
    await pullAll('r3');
    const [line] = await gaps('r3');
    expect(line).toMatchObject({ apiCount: 400, fetched: 400, pages: 7 });
    expect(line?.remarks).toEqual(['SHRANK: query 1, page 2 of 3 holds 150 of 200']);
    platform.spoil = (path, page) => {
      const again = { items: platform.results.slice(0, 200), page_count: 3 };
      return path.includes('COMPLETED') && path.endsWith('page=2') ? again : page;
    };
    await pull('r3');
    await pullAll('r3');
    const [again] = await gaps('r3');
    expect(again?.remarks).toEqual(['REPEATED: query 1, page 2 of 3 is the page before']);
    platform.spoil = (_, page) => page;
    await pull('r3');
    await pullAll('r3');
    expect((await gaps('r3'))[0]).toMatchObject({ apiCount: 450, fetched: 50, fetchedInAll: 450 });
  });

  it('of a platform that refuses, is away or answers nonsense lose nothing', async () => {
    await connect('r4', 'seed', ['results']);
    platform.results = [result('z1', 61, { user_id: 'ben' })];
    let away = 2;
    platform.spoil = (_, page) => {
      away -= 1;
      return away >= 0 ? 503 : page;
    };
    await pull('r4');
    await pullAll('r4');
    expect(await scores(ben)).toEqual(['61/1']);
    platform.spoil = () => 400;
    await pull('r4');
    await pullAll('r4');
    expect((await gaps('r4'))[0]?.remarks).toEqual(['REFUSED: the destination answered 400']);
    platform.spoil = () => ({ nonsense: true });
    await pull('r4');
    await pullAll('r4');
    expect((await gaps('r4'))[0]?.remarks[0]).toMatch(/^UNREADABLE/);
  });
});

describe('a pull', () => {
  it('that waits stands for the same asked for again', async () => {
    await connect('q1', 'seed', ['results', 'actuals']);
    await pull('q1', ['results']);
    const { body } = await pull('q1');
    expect(body.runs).toMatchObject([{ kind: 'results' }, { kind: 'actuals' }]);
    await pullAll('q1');
  });

  it('of a destination that cannot be asked for the kind says so', async () => {
    await connect('q3', 'seed', ['coaching']);
    await pull('q3');
    await pullAll('q3');
    expect((await gaps('q3'))[0]?.remarks[0]).toMatch(/^CANNOT_ASK/);
  });

  it.each([
    ['#/kinds/0', { kinds: ['coaching'] }],
    ['#/kinds/0', { kinds: ['goals'] }],
    ['#/lastDay', { firstDay: '2023-10-01' }],
    ['#/lastDay', { firstDay: '2023-10-02', lastDay: '2023-10-01' }],
    ['#/lastDay', { firstDay: '2023-01-01', lastDay: '2023-12-31' }],
    ['#/firstDay', { firstDay: '2023-02-30', lastDay: '2023-03-01' }],
  ])('is refused with the pointer %s', async (pointer, body) => {
    const heard = await ask('POST', '/v1/sources/q1/pull', body);
    expect(heard.status).toBe(422);
    expect(errorsOf(heard).map((error) => error.pointer)).toContain(pointer);
  });

  it('needs a source that names a destination', async () => {
    await putSource('silent');
    expect((await ask('POST', '/v1/sources/silent/pull', {})).status).toBe(409);
    expect((await ask('POST', '/v1/sources/no-such/pull', {})).status).toBe(404);
    expect((await ask('GET', '/v1/sources/no-such/gaps')).status).toBe(404);
    const { body } = await ask('GET', '/v1/sources/q1');
    expect(body.pull).toEqual({
      destinationId: 'seed',
      kinds: ['results', 'actuals'],
      scorecardVersionIds: [],
    });
  });

  it('leaves health and the bulk road alone', async () => {
    const { body } = await ask('GET', '/v1/health');
    const checks = body.checks as { name: string; status: string }[];
    expect(checks.find(({ name }) => name === 'pulls')).toMatchObject({ status: 'ok' });
    const taken = await ask('POST', '/v1/quality-results', { items: [result('a', 80)] });
    expect(results(taken)).toEqual([{ id: 'a', status: 'duplicate' }]);
  });
});
