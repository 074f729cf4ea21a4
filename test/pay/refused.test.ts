/**
 * A set of many that the journal does not accept for the sake of one: it alone is left out, and the
 * others are written once, whether they are lines that are sent out or deltas that are found (P9, P11).
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAgent } from '../../src/agents/store';
import type { ChangeSet, CommitAnswer } from '../../src/kernel/change-set';
import { loadRun } from '../../src/pay/runs/calculate/client';
import { passPage, readOutlet } from '../../src/pay/runs/dispatch/client';
import { payHealth } from '../../src/pay/runs/jobs';
import { reread } from '../../src/pay/runs/reread/client';
import { rereadPaid } from '../../src/pay/runs/sweep/client';
import { installBoard, quiet, removeBoard } from '../worker/io';
import { crowdKey, fillCrowd } from './crowd';
import { PayStage, PERIOD } from './stage';

const AGENTS = ['a', 'b', 'c', 'd', 'e'] as const;
const of = { planId: 'VAR_PAY_Q4_2023', period: PERIOD };

let stage: PayStage;
let keys: readonly string[];

let run: string;
const results = new Map<string, string>();

/** Five people with 453.50 for October; the run is approved. */
beforeEach(async () => {
  stage = await PayStage.open();
  for (const agent of AGENTS) {
    await stage.hire(agent);
    results.set(agent, await stage.result(agent, 92.5));
    await stage.month(agent, { scores: [] });
  }
  run = await stage.begin();
  await stage.approve(run);
  keys = await Promise.all(AGENTS.map(async (agent) => (await readAgent(env, agent))?.name ?? ''));
});
afterEach(() => stage.close());

/** The same, with a journal that answers for itself where `answers` says so. */
function where(answers: (set: ChangeSet) => CommitAnswer | null): typeof env {
  const journal = env.JOURNAL.getByName('ledger');
  const commit = async (set: ChangeSet, now: number): Promise<CommitAnswer> =>
    answers(set) ?? journal.commit(set, now);
  return { ...env, JOURNAL: { getByName: () => ({ commit }) } } as unknown as typeof env;
}

/** It does not accept what names one agent. */
const refusing = (agentKey: string): typeof env =>
  where((set) =>
    JSON.stringify(set.rows).includes(agentKey) ? { verdict: 'rejected', reason: 'full' } : null,
  );

async function pass(by: typeof env): Promise<unknown> {
  const setting = await loadRun(env.DB, run);
  const outlet = setting && (await readOutlet(env, setting, stage.now));
  if (setting === null || outlet === null) throw new Error('no run');
  return (await passPage(by, setting, outlet, ''))?.states;
}

const deltas = async () =>
  (await stage.rows<{ key: string }>('SELECT agent_key AS key FROM pay_deltas ORDER BY id')).map(
    ({ key }) => key,
  );
const count = async (table: string) =>
  (await stage.rows<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n;

it('of lines that are sent out one is blocked and four go; later it goes too, and no other again', async () => {
  const [, , bad = ''] = keys;
  expect(await pass(refusing(bad))).toEqual({ SENT: 4, BLOCKED: 1 });
  expect([await count('deliveries'), await count('entries')]).toEqual([4, 4]);
  expect(await pass(refusing(bad))).toEqual({ SENT: 4, BLOCKED: 1 });
  expect(await count('deliveries')).toBe(4);
  expect(await pass(env)).toEqual({ SENT: 5 });
  await stage.dispatch(run);
  await stage.settle(run);
  expect(AGENTS.map((agent) => stage.hris.paidTo(`EMP-${agent}`))).toEqual(
    AGENTS.map(() => 45_350),
  );
});

/** October was paid; of each the score falls, and nobody looked at it yet. */
async function allFell(): Promise<void> {
  await stage.dispatch(run);
  await stage.settle(run);
  const board = installBoard();
  // The facts are taken; who looks at once what they change does not reach the books.
  for (const agent of AGENTS) {
    board.calls.clear();
    board.decide = ({ place, call, nth }) =>
      place === 'worker' && call === 'JOURNAL.commit' && nth > 1 ? 'throw' : null;
    const id = results.get(agent) ?? '';
    await stage.result(agent, 78, { id, modified: '2032-11-01T11:00:00Z' });
    await quiet(board);
  }
  removeBoard();
  expect(await deltas()).toEqual([]);
}

it('of deltas that are found one is left out and four are written and told; later the fifth', async () => {
  await allFell();
  const [, , bad = ''] = keys;
  const others = keys.filter((key) => key !== bad).toSorted();
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await reread(refusing(bad), of, keys, stage.now)).toEqual([bad]);
    expect(await deltas()).toEqual(others);
    expect(await count("notices WHERE kind = 'pay.delta.found'")).toBe(4);
  }
  await reread(env, of, keys, stage.now);
  expect(await deltas()).toEqual([...keys].toSorted());
  expect(await count("notices WHERE kind = 'pay.delta.found'")).toBe(5);
});

it('of deltas whoever is left out is counted by health, and written by a later firing without a fact', async () => {
  await allFell();
  const [, , bad = ''] = keys;
  const isOf = ({ table, id }: { table: string; id: string }) =>
    table === 'pay_deltas' && id.startsWith(bad);
  const by = where(({ rows }) =>
    rows.some(isOf) ? { verdict: 'rejected', reason: 'full' } : null,
  );
  await rereadPaid(by, stage.now);
  expect(await deltas()).toHaveLength(4);
  expect(await payHealth.check(env, stage.now)).toMatchObject({
    status: 'late',
    detail: { notPaid: 1 },
  });
  await rereadPaid(env, stage.now);
  expect(await deltas()).toEqual([...keys].toSorted());
  expect(await payHealth.check(env, stage.now)).toMatchObject({
    status: 'ok',
    detail: { notPaid: 0 },
  });
});

it('of deltas where the journal goes away between two halves the rest is found again, once', async () => {
  await allFell();
  const [, , bad = ''] = keys;
  let asked = 0;
  const away = where((set) => {
    asked += 1;
    if (JSON.stringify(set.rows).includes(bad)) return { verdict: 'rejected', reason: 'full' };
    return asked > 2 ? { verdict: 'retry' } : null;
  });
  expect(await reread(away, of, keys, stage.now)).toBeNull();
  expect(await deltas()).toEqual(keys.slice(0, 2).toSorted());
  expect(await reread(env, of, keys, stage.now)).toEqual([]);
  expect(await deltas()).toEqual([...keys].toSorted());
  expect(await count("entries WHERE kind = 'PAY_DELTA'")).toBe(5);
});

it('of many that the books refuse some are tried a call, and all are answered', async () => {
  await stage.dispatch(run);
  await stage.settle(run);
  await fillCrowd(30);
  const all = new Set<unknown>();
  const alone = new Set<unknown>();
  const by = where(({ rows }) => {
    const found = rows.flatMap(({ table, values }) =>
      table === 'pay_deltas' ? [values.agent_key] : [],
    );
    for (const key of found) (found.length === 1 ? alone : all).add(key);
    return found.length > 0 ? { verdict: 'rejected', reason: 'full' } : null;
  });
  const many = Array.from({ length: 30 }, (_, nth) => crowdKey(nth));
  const answered = await reread(by, of, many, stage.now);
  expect(all.size).toBeGreaterThan(10);
  expect(new Set(answered)).toEqual(all);
  expect(alone.size).toBe(10);
});
