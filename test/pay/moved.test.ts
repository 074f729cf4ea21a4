/** A result that a later revision gives to another agent counts for that agent alone (P2, P11). */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { resolveAgentKeys } from '../../src/agents/store';
import { readResults } from '../../src/quality/store';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const FORTNIGHT = 14 * 24 * 60 * 60_000;
const LATER = '2032-11-14T09:00:00Z';
/** Cents of a month without any result. */
const NONE = 17_600;

/** Two agents of the same hours; answers the result that is filed under `a`. */
async function filedUnderA(): Promise<string> {
  stage = await PayStage.open();
  for (const agent of ['a', 'b']) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [] });
  }
  return stage.result('a', 92.5);
}

const deltas = () =>
  stage.rows<{ agent: string; amount: number }>(
    `SELECT json_extract(c.content, '$.agentId') AS agent, d.amount FROM pay_deltas AS d
     JOIN config AS c ON c.kind = 'agent' AND c.id LIKE 'agent/' || substr(d.id, 1, 16) || '/%'
     ORDER BY agent`,
  );

// 453.50 with one result of 92.5; 176.00 without any.
it('is paid to whom the latest revision names, and to nobody else', async () => {
  const id = await filedUnderA();
  await stage.result('b', 92.5, { id, modified: `${PERIOD}-20T09:00:00Z` });
  await stage.pay();
  expect([stage.hris.paidTo('EMP-a'), stage.hris.paidTo('EMP-b')]).toEqual([NONE, 45_350]);
});

it('is one delta of each, at once, where it was paid before', async () => {
  const id = await filedUnderA();
  await stage.pay();
  stage.pass(FORTNIGHT);
  expect(await stage.appeal(id, 92.5, 'b')).toMatchObject({ status: 'accepted' });
  const both = [
    { agent: 'a', amount: NONE - 45_350 },
    { agent: 'b', amount: 45_350 - NONE },
  ];
  expect(await deltas()).toEqual(both);
  await stage.cron();
  expect(await deltas()).toEqual(both);
});

it('is found by the walk where nobody looked at once', async () => {
  const id = await filedUnderA();
  await stage.pay();
  stage.pass(FORTNIGHT);
  await stage.result('b', 92.5, { id, modified: LATER });
  await stage.cron();
  expect((await deltas()).map(({ agent }) => agent)).toEqual(['a', 'b']);
});

it('comes back to the first agent by a revision that is later still', async () => {
  const id = await filedUnderA();
  await stage.result('b', 92.5, { id, modified: `${PERIOD}-20T09:00:00Z` });
  await stage.result('a', 92.5, { id, modified: `${PERIOD}-21T09:00:00Z` });
  await stage.pay();
  expect([stage.hris.paidTo('EMP-a'), stage.hris.paidTo('EMP-b')]).toEqual([45_350, NONE]);
});

it('stays with the first where the other word has no later date, or another creation', async () => {
  const id = await filedUnderA();
  await stage.result('b', 92.5, { id });
  await stage.pay();
  expect([stage.hris.paidTo('EMP-a'), stage.hris.paidTo('EMP-b')]).toEqual([45_350, 45_350]);
});

it('is listed under both, and counts under one', async () => {
  const id = await filedUnderA();
  await stage.result('b', 92.5, { id, modified: `${PERIOD}-20T09:00:00Z` });
  const counts = async (agent: string): Promise<unknown> => {
    const path = `/v1/quality-results?agentId=${agent}&from=${PERIOD}-01&until=${PERIOD}-31`;
    const { items } = await stage.must('admin', 'GET', path);
    return (items as { counts: boolean }[]).map((one) => one.counts);
  };
  expect([await counts('a'), await counts('b')]).toEqual([[false], [true]]);
});

it('is not taken from a word that would not count, without a date after another agent’s', async () => {
  const id = await filedUnderA();
  const undated = async (user_id: string): Promise<unknown> => {
    const item = {
      id,
      user_id,
      scorecard_version_id: 'sc-version-789',
      result_status: 'COMPLETED',
      score: { total: 77 },
      created_date: `${PERIOD}-15T14:30:00Z`,
    };
    const body = { items: [item] };
    const { results } = await stage.must('author', 'POST', '/v1/quality-results', body);
    return (results as unknown[])[0];
  };
  const refused = { id, status: 'refused', reason: 'MISSING_MODIFIED_DATE' };
  await stage.result('b', 92.5, { id, modified: `${PERIOD}-20T09:00:00Z` });
  expect(await undated('a')).toMatchObject(refused);
  await stage.result('a', 92.5, { id, modified: `${PERIOD}-21T09:00:00Z` });
  expect(await undated('b')).toMatchObject(refused);
  await stage.pay();
  expect([stage.hris.paidTo('EMP-a'), stage.hris.paidTo('EMP-b')]).toEqual([45_350, NONE]);
});

it('is no part of the first agent’s mean where its revisions were dated anew either', async () => {
  const id = await filedUnderA();
  const month = '2032-09';
  await stage.result('a', 92.5, { id, month, modified: `${PERIOD}-20T09:00:00Z` });
  await stage.result('b', 92.5, { id, month, modified: `${PERIOD}-21T09:00:00Z` });
  const [key = null] = await resolveAgentKeys(env, [{ platform: 'own', id: 'a' }]);
  const [from, until] = [Date.parse(`${month}-01`), Date.parse(`${PERIOD}-31`)];
  expect(await readResults(env.DB, key ?? '', from, until)).toEqual([]);
});

it('is no part of the first agent’s mean before and after a coaching either', async () => {
  const id = await filedUnderA();
  await stage.result('b', 92.5, { id, modified: `${PERIOD}-20T09:00:00Z` });
  const known = async (agent: string): Promise<number> => {
    const key = (await resolveAgentKeys(env, [{ platform: 'own', id: agent }]))[0] ?? '';
    const [from, until] = [Date.parse(`${PERIOD}-01`), Date.parse(`${PERIOD}-31`)];
    return (await readResults(env.DB, key, from, until)).length;
  };
  expect([await known('a'), await known('b')]).toEqual([0, 1]);
});
