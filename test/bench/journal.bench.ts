/**
 * `npm run bench -- journal`: entries that become durable a second when D1 answers 10 ms late and 64
 * callers wait: by the journal's group commit, by the same journal with groups of one, and by one
 * batch of D1 for each, as somebody would write first. And what one caller alone gets done.
 */
import { env } from 'cloudflare:workers';
import { afterAll, afterEach, expect, it } from 'vitest';
import { agentReward, fundingAccount } from '../../src/ledger/account';
import { commit, type LedgerEnv } from '../../src/ledger/client';
import { entryRow, transaction } from '../../src/ledger/entry';
import { installBoard, removeBoard } from '../worker/io';
import { middleOf, noBar, Report } from './report';

const D1_LATE_MS = 10;
const CALLERS = 64;
const ROUNDS = 5;
const BAR_TIMES = 20;
const NOW = Date.UTC(2031, 0, 6);
const report = new Report('journal', ['way', 'callers', 'entries/s', 'x groups of one']);
const rates = new Map<string, number[]>();

let serial = 0;

function setOf() {
  serial += 1;
  const cause = { kind: 'ADJUSTMENT', cause: `c${serial}`, occurredAt: NOW, recordedAt: NOW };
  const leg = {
    unit: 'USD/CASH' as const,
    from: fundingAccount('bench'),
    to: agentReward(`agent${serial % 997}`, 'earned'),
    amount: 100,
    day: '2031-01-06',
    rule: null,
  };
  return { rows: transaction(cause, [leg]).map(entryRow) };
}

async function journal(): Promise<void> {
  expect(await commit(env, setOf(), NOW)).toMatchObject({ verdict: 'committed' });
}

/** By a twin of the journal whose every group is one set. */
async function ofOnes(): Promise<void> {
  const { ONES } = env as unknown as { ONES: LedgerEnv['JOURNAL'] };
  const own = { DB: env.DB, JOURNAL: ONES };
  expect(await commit(own, setOf(), NOW)).toMatchObject({ verdict: 'committed' });
}

/** An entry and its running balance, without a seal. */
async function alone(): Promise<void> {
  const [row] = setOf().rows;
  const late = scheduler.wait(D1_LATE_MS);
  await late;
  await env.DB.batch([
    env.DB.prepare('INSERT INTO bench_entries VALUES (?, ?)').bind(
      row?.id,
      JSON.stringify(row?.values),
    ),
    env.DB.prepare(
      'INSERT INTO bench_balances VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET amount = amount + excluded.amount',
    ).bind('funding:bench', 100),
  ]);
}

async function rate(count: number, callers: number, call: () => Promise<void>): Promise<number> {
  let left = count;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (count * 1000) / (performance.now() - begun);
}

const AS_THEY_FALL = 'journal, groups as they fall';
const OF_ONE = 'journal, groups of one';
const FOR_EACH = 'a batch of D1 for each, no seal';

const WAYS = {
  [AS_THEY_FALL]: { callers: CALLERS, count: 64 * 30, call: journal },
  [OF_ONE]: { callers: CALLERS, count: 64 * 4, call: ofOnes },
  'journal, one caller': { callers: 1, count: 40, call: journal },
  [FOR_EACH]: { callers: CALLERS, count: 64 * 8, call: alone },
};

/** Sets a group, of the last round. */
const sizes = new Map<string, number>();

const sealsNow = async (): Promise<number> =>
  (await env.DB.prepare('SELECT max(id) AS id FROM seals').first<{ id: number | null }>())?.id ?? 0;

afterEach(removeBoard);

it('entries a second with D1 late', async () => {
  await env.DB.batch([
    env.DB.prepare('CREATE TABLE bench_entries (id TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID'),
    env.DB.prepare(
      'CREATE TABLE bench_balances (id TEXT PRIMARY KEY, amount INTEGER) WITHOUT ROWID',
    ),
  ]);
  installBoard().d1DelayMs = D1_LATE_MS;
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [name, { callers, count, call }] of Object.entries(WAYS)) {
      await call(); // Twins take turns: each looks for the head anew before it is timed.
      const before = await sealsNow();
      const found = await rate(count, callers, call);
      const groups = (await sealsNow()) - before;
      if (groups > 0) sizes.set(name, count / groups);
      if (round >= 0) rates.set(name, [...(rates.get(name) ?? []), found]);
    }
  }
});

afterAll(() => {
  /** How many times what another way does, by the middle of the rounds. */
  const timesOf = (name: string, other: string): number =>
    middleOf((rates.get(name) ?? []).map((one, round) => one / (rates.get(other)?.[round] ?? 1)));
  for (const [name, { callers }] of Object.entries(WAYS)) {
    const found = middleOf(rates.get(name) ?? []);
    report.row(name, callers, found.toFixed(0), timesOf(name, OF_ONE).toFixed(1));
  }
  const times = timesOf(AS_THEY_FALL, OF_ONE);
  report.sum({
    operation: `journal, ${CALLERS} callers, D1 ${D1_LATE_MS} ms late: groups to groups of one`,
    measure: `${times.toFixed(1)} times`,
    bar: `at least ${BAR_TIMES}`,
    holds: times >= BAR_TIMES,
    remark: `${(sizes.get(AS_THEY_FALL) ?? 0).toFixed(1)} sets a group`,
  });
  report.sum(
    noBar(
      `journal, ${CALLERS} callers, D1 ${D1_LATE_MS} ms late: group commit to one batch per event`,
      `${timesOf(AS_THEY_FALL, FOR_EACH).toFixed(1)} times`,
    ),
  );
  report.note(
    `D1's answer ${D1_LATE_MS} ms late, in D1 itself and by any number of callers at once: the real one answers one at a time, so that a batch for each would do at most ${1000 / D1_LATE_MS} a second.`,
  );
  report.print();
});
