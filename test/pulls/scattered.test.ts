/** A directory of which hardly anybody is on the platform is walked to its end, a bounded part a turn. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it, vi } from 'vitest';
import { readUsers } from '../../src/intake/pulls/store';
import { countingDb } from '../worker/counting';
import { connect, FakePlatform, gaps, pull, pullAll } from './platform';

const ELSEWHERE = 5_200;

/** Agents straight by SQL: many of another platform alone, and behind them one of this. */
const fillDirectory = (): Promise<unknown> =>
  env.DB.prepare(
    `WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < ?1)
     INSERT INTO config SELECT 'agent/' || printf('k%015d', n) || '/000001', 'agent',
       printf('k%015d', n), 1, NULL, 1, 'h', 'h', 1, 'x', json_object('agentId', printf('a-%d', n),
       'name', NULL, 'status', 'ACTIVE', 'groups', json('[]'), 'attributes', json('{}'), 'platformIds',
       json_object(CASE n WHEN ?1 THEN 'genesys-cloud' ELSE 'cxone' END, printf('user-%d', n)),
       'employeeId', NULL), 's' FROM c`,
  )
    .bind(ELSEWHERE)
    .run();

afterEach(() => {
  vi.restoreAllMocks();
});

it('ten pages are read at once, and what is behind them in the next turn', async () => {
  await fillDirectory();
  const { db, queries } = countingDb();
  const first = await readUsers(db, 'genesys-cloud', null, 1);
  expect(first).toEqual({ users: [], next: expect.stringMatching(/^k0+4510$/) });
  expect(queries()).toBe(10);
  const second = await readUsers(db, 'genesys-cloud', first?.next ?? null, 1);
  expect(second?.users).toEqual([`user-${ELSEWHERE}`]);
  expect(queries()).toBeLessThan(15);
});

it('the platform is asked of the one who is there, and of nobody else', async () => {
  const platform = new FakePlatform();
  platform.install();
  await connect('scattered', 'genesys-cloud', ['results', 'coaching']);
  await pull('scattered');
  await pullAll('scattered');
  const users = platform.asked.map((path) => {
    const query = new URL(path, 'https://x.example').searchParams;
    return query.get('agentUserId') ?? query.get('userIds');
  });
  expect(users).toEqual([`user-${ELSEWHERE}`, `user-${ELSEWHERE}`]);
  expect(await gaps('scattered')).toMatchObject([{ remarks: [] }, { remarks: [] }]);
});
