/** The walk over new facts does a bounded piece a firing, and remembers what is left (P11). */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { payHealth } from '../../src/pay/runs/jobs';
import { readPayMark, rereadPaid } from '../../src/pay/runs/sweep/client';
import { withinLookBack } from '../../src/pay/runs/sweep/mark';
import { installBoard, quiet, removeBoard } from '../worker/io';
import { HOUR, PayStage, PERIOD } from './stage';

let stage: PayStage;
afterEach(() => stage.close());

const PLAN = 'VAR_PAY_Q4_2023';
const amounts = async () =>
  (await stage.rows<{ amount: number }>('SELECT amount FROM pay_deltas ORDER BY id')).map(
    ({ amount }) => amount,
  );
const fire = (bounds: object) => rereadPaid(env, stage.now, bounds);

async function sendOut(...runs: readonly string[]): Promise<void> {
  for (const id of runs) {
    await stage.approve(id);
    await stage.dispatch(id);
    await stage.settle(id);
  }
}

/** September and October are paid; of `late` came facts of October, which touch both. */
async function bothPaid(): Promise<void> {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.hire('late', { status: 'LEFT' });
  const runs = [await stage.begin('2032-09'), await stage.begin(PERIOD)];
  await stage.cron();
  await stage.month('late', { scores: [92.5] });
  await sendOut(...runs);
}

it('a page of more periods than one firing asks for is gone on with where it ended', async () => {
  await bothPaid();
  const { seal } = (await readPayMark(env.DB)) ?? { seal: 0 };
  await fire({ queries: 1 });
  expect(await amounts()).toEqual([]);
  expect(await readPayMark(env.DB)).toMatchObject({ seal, part: { done: `${PLAN}.2032-09` } });
  // Facts that come meanwhile belong to the next page.
  await stage.month('a', { scores: [], interactions: 146 });
  await fire({ queries: 1 });
  expect(await amounts()).toEqual([45_350]);
  for (let firing = 0; firing < 12; firing += 1) await fire({ queries: 1 });
  const mark = await readPayMark(env.DB);
  expect(mark?.seal).toBeGreaterThan(seal);
  expect([mark?.part, mark?.after]).toEqual([undefined, undefined]);
  expect(await amounts()).toEqual([45_350]);
});

it('what came before a run was sent out is looked at page by page, however many firings it takes', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.hire('late', { status: 'LEFT' });
  const [first, second] = [await stage.begin('2032-09'), await stage.begin(PERIOD)];
  await stage.month('late', { scores: [92.5] });
  await stage.cron();
  await sendOut(first, second);
  await fire({ pages: 1 });
  expect(await amounts()).toEqual([]);
  expect(await readPayMark(env.DB)).toMatchObject({
    after: [{ run: first }, { run: second, seal: null }],
  });
  expect(await payHealth.check(env, stage.now)).toMatchObject({ detail: { lookedAfter: 2 } });
  for (let firing = 0; firing < 6; firing += 1) await fire({ pages: 1 });
  expect(await amounts()).toEqual([45_350]);
  expect((await readPayMark(env.DB))?.after).toBeUndefined();
  expect(await payHealth.check(env, stage.now)).toMatchObject({ detail: { lookedAfter: 0 } });
});

/** The same, with something that happens before a page of facts is read; pages count from 1. */
function between(happens: (page: number) => Promise<void>): typeof env {
  let isPage = false;
  let page = 0;
  const { DB: db } = env;
  const prepare = (sql: string) => {
    isPage ||= sql.includes('FROM seals AS s, json_each(s.contents)');
    return db.prepare(sql);
  };
  const batch = async (statements: D1PreparedStatement[]) => {
    if (isPage) page += 1;
    if (isPage) await happens(page);
    isPage = false;
    return db.batch(statements);
  };
  return { ...env, DB: { prepare, batch } } as unknown as typeof env;
}

/** Facts of a month are taken; who looks at once what they change does not reach the books. */
async function unheardMonth(agentId: string): Promise<void> {
  const board = installBoard();
  board.decide = ({ place, call, nth }) =>
    place === 'worker' && call === 'JOURNAL.commit' && nth > 3 ? 'throw' : null;
  await stage.month(agentId, { scores: [92.5] });
  await quiet(board);
  removeBoard();
}

it('facts of a period that was sent out in the middle of a firing are looked at in that firing', async () => {
  stage = await PayStage.open();
  await stage.hire('a');
  await stage.month('a', { scores: [92.5] });
  await stage.hire('late', { status: 'LEFT' });
  const run = await stage.begin();
  // The first page has facts, so it reads which periods are paid.
  await stage.month('a', { scores: [], month: '2032-09' });
  const by = between(async (page) => {
    if (page === 2) await sendOut(run);
    if (page === 3) await unheardMonth('late');
  });
  await rereadPaid(by, stage.now);
  expect(await amounts()).toEqual([45_350]);
});

it('a period that fails keeps what was done before it, and is done by the next firing', async () => {
  await bothPaid();
  const { seal } = (await readPayMark(env.DB)) ?? { seal: 0 };
  const { DB: db } = env;
  let looked = 0;
  const prepare = (sql: string) => {
    if (sql.includes('CROSS JOIN pay_deltas')) looked += 1;
    if (looked > 1) throw new Error('D1 is away');
    return db.prepare(sql);
  };
  const DB = { prepare, batch: (all: D1PreparedStatement[]) => db.batch(all) };
  const by = { ...env, DB } as unknown as typeof env;
  // A page, the plan, and 14 for a period of one version in which nothing is found: the second is begun.
  await rereadPaid(by, stage.now, { queries: 20 });
  expect(looked).toBe(2);
  expect(await readPayMark(env.DB)).toMatchObject({ seal, part: { done: `${PLAN}.2032-09` } });
  const later = () => payHealth.check(env, stage.now + 3 * HOUR);
  expect(await later()).toMatchObject({ status: 'late', detail: { pagesHeldUp: 1 } });
  await fire({});
  expect(await amounts()).toEqual([45_350]);
  expect(await later()).toMatchObject({ status: 'ok', detail: { pagesHeldUp: 0 } });
});

it('unpaid whom the list cannot hold are found again once there is room, and the list is written when it changes', async () => {
  const lists = async () =>
    (await stage.rows("SELECT id FROM config WHERE id LIKE 'mark/pay-unpaid/%'")).length;
  const most = { unpaid: 1 };
  stage = await PayStage.open();
  await stage.hire('a');
  const late = ['late-1', 'late-2'] as const;
  for (const one of late) await stage.hire(one, { status: 'LEFT', currency: 'EUR' });
  await stage.month('a', { scores: [92.5] });
  const run = await stage.pay();
  await fire(most);
  for (const one of late) await stage.month(one, { scores: [92.5] });
  await fire(most);
  const first = await readPayMark(env.DB);
  expect([first?.unpaid.length, first?.after, await lists()]).toEqual([
    1,
    [{ run, seal: null, until: null }],
    1,
  ]);
  await stage.month('a', { scores: [], month: '2032-09' });
  await fire(most);
  const second = await readPayMark(env.DB);
  expect(second?.seal).toBeGreaterThan(first?.seal ?? 0);
  expect([second?.unpaid, await lists()]).toEqual([first?.unpaid, 1]);
  stage.pass(25 * HOUR);
  expect(await payHealth.check(env, stage.now)).toMatchObject({
    status: 'late',
    detail: { notPaid: 1, lookedAfter: 1 },
  });
  for (const one of late) {
    await stage.hire(one, { currency: 'USD', effectiveFrom: `${PERIOD}-01T00:00:00Z` });
  }
  await fire(most);
  expect(await amounts()).toEqual([45_350, 45_350]);
  const last = await readPayMark(env.DB);
  expect([last?.unpaid, last?.after, await lists()]).toEqual([[], undefined, 2]);
});

it('a run that waits for room is forgotten once its period is beyond the look-back', () => {
  const paid = { planId: PLAN, period: PERIOD, number: 1, firstDay: '', lastDay: '' };
  const waits = { run: `${PLAN}.${PERIOD}.v1`, seal: null, until: null };
  const beyond = { ...waits, run: `${PLAN}.2031-10.v1` };
  const begun = { ...beyond, until: 7 };
  expect(withinLookBack([beyond, waits, begun], [paid])).toEqual([waits, begun]);
});
