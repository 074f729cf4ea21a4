/**
 * `npm run bench -- reads`: rows that D1 reads for each call of the admin API at a thousand to a
 * million ledger rows, as the runtime counts them, and the most rows that one query returned. Rows
 * repeat from run to run; a call whose rows grow with the ledger is named.
 */
import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, expect, it, vi } from 'vitest';
import { ROLES } from '../../src/access/role';
import { printInstant } from '../../src/kernel/instant';
import { newBoard, people, post, signIn } from '../boards/stage';
import { makeKey, send } from '../http/caller';
import { type Board, installBoard, quiet, removeBoard } from '../worker/io';
import { fill, TODAY } from './crowd';
import { atMost, Report } from './report';
import { sizesOf } from './sizes';

const BAR_ROWS = 5_000;
const sizes = sizesOf([1000, 10_000, 100_000, 1_000_000]);
const report = new Report('reads', ['call', ...sizes.map((size) => `at ${size}`)]);
const found = new Map<string, number[]>();

/** Written through the journal, with as many awards as the busiest have. */
const AGENT = 'reader';
const AWARDS = 300;

const HOUR_MS = 3_600_000;
const AN_HOUR = `from=${printInstant(TODAY - HOUR_MS)}&to=${printInstant(TODAY + HOUR_MS)}`;

/** Path by what it is called. */
const callsOf = (board: string): Readonly<Record<string, string>> => ({
  'GET agents (a page)': '/v1/agents?limit=50',
  'GET agents/{id}': `/v1/agents/${AGENT}`,
  'GET agents/{id}/points': `/v1/agents/${AGENT}/points`,
  'GET agents/{id}/statement (a page)': `/v1/agents/${AGENT}/statement?limit=50`,
  'GET agents/{id}/mentoring': `/v1/agents/${AGENT}/mentoring`,
  'GET ledger/transactions (a page)': '/v1/ledger/transactions?limit=50',
  'GET ledger/accounts/{running}': '/v1/ledger/accounts/program:Mentorship',
  'GET ledger/accounts/{agent}': `/v1/ledger/accounts/agent:${AGENT}:points:Mentorship:none`,
  'GET ledger/trial-balance': '/v1/ledger/trial-balance',
  'GET ledger/seals (a page)': '/v1/ledger/seals?limit=50',
  'GET leaderboards/{id}/standings (100)': `/v1/leaderboards/${board}/standings?limit=100`,
  'GET events (a page)': '/v1/events?limit=50',
  'GET audit (a page)': '/v1/audit?limit=50',
  'GET audit of a time (a page)': `/v1/audit?limit=50&${AN_HOUR}`,
  'GET audit of an actor (a page)': '/v1/audit?limit=50&actor=nobody@example.com',
  'GET deliveries (a page)': '/v1/deliveries?limit=50',
  'GET reviews (a page)': '/v1/reviews?limit=50',
  'GET rules (a page)': '/v1/rules?limit=50',
  'GET health': '/v1/health',
});

const readBy = (board: Board): number =>
  [...board.read.values()].reduce((sum, rows) => sum + rows, 0);

async function bench(size: number): Promise<void> {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(TODAY);
  await fill('random', size);
  await signIn();
  await people([AGENT], TODAY);
  await post(
    Array.from({ length: AWARDS }, (_, n) => ({
      agentId: AGENT,
      points: 1,
      at: TODAY,
      session: `own${n}`,
      number: 1,
    })),
    TODAY,
  );
  const { key } = await makeKey([...ROLES]);
  const calls = callsOf(await newBoard());
  // A board is built by its first call; what it costs then is the bench `boards`.
  for (const path of Object.values(calls))
    if (path.includes('standings')) await send('GET', path, { key });
  for (const [name, path] of Object.entries(calls)) {
    const board = installBoard();
    const heard = await send('GET', path, { key });
    await quiet(board);
    expect(heard.status, `${path}: ${heard.text.slice(0, 200)}`).toBe(200);
    found.set(name, [...(found.get(name) ?? []), readBy(board)]);
    removeBoard();
  }
}

for (const size of sizes) it(`${size} ledger rows`, () => bench(size));

afterAll(() => {
  for (const [name, rows] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    report.row(name, ...rows);
    const [least, most] = [Math.min(...rows), Math.max(...rows)];
    // It adds up every entry and says so: it is asked for when the books are closed.
    const isWhole = name.includes('trial-balance');
    report.sum({
      ...atMost(`${name}, ${sizes.join(', ')} ledger rows`, most, BAR_ROWS, 'rows read at most'),
      ...(isWhole && { remark: 'adds up every entry by its nature, 4 reads each' }),
    });
    if (most > BAR_ROWS) report.note(`over ${BAR_ROWS}: ${name} reads ${most}`);
    else if (most > 2 * least + 100) report.note(`grows: ${name} reads ${least} to ${most}`);
  }
  report.print();
});
