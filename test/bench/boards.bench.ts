/**
 * `npm run bench -- boards`: what the first hundred places cost at a thousand to a million awards,
 * in rows read and real time, beside the query somebody would write first. The order is compared
 * with plain BigInts each time. Rows repeat from run to run; times are this machine's.
 */
import { env } from 'cloudflare:workers';
import { afterAll, expect, it, vi } from 'vitest';
import { refreshBoards } from '../../src/boards/jobs';
import { countedDb, putAway, type Read, readCounted } from '../boards/counted';
import { newBoard, people, post, signIn } from '../boards/stage';
import { emptied } from '../worker/empty';
import { agentsFor, fill, KINDS, type Kind, naive, TODAY, truth } from './crowd';
import { atMost, type Measure, reportLines } from './report';
import { sizesOf } from './sizes';

const BAR_ROWS = 5_000;
const sizes = sizesOf([1000, 10_000, 100_000, 1_000_000], [1000, 10_000, 100_000]);
const lines: string[] = [];
const measures: Measure[] = [];

const places = ({ body }: Read) =>
  (body.items as { agentId: string; rank: number }[]).map(({ agentId, rank }) => ({
    agentId,
    rank,
  }));

const shown = ({ cost, ms }: Read): string => {
  const rows = cost.values === 0 ? `${cost.rows}` : `${cost.rows} + ${cost.values} kv`;
  return `${rows.padStart(14)} ${ms.toFixed(0).padStart(6)} ms`;
};

async function bench(kind: Kind, awards: number): Promise<void> {
  await emptied();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(TODAY);
  await fill(kind, awards);
  const bearer = await signIn();
  const id = await newBoard();
  const top = '?limit=100';
  const built = await readCounted(bearer, id, top);
  expect(places(built)).toEqual(await truth(100));

  // A hundred more awards in the books, taken in by cron as in any five minutes.
  await people(['late-comer'], TODAY);
  const award = { agentId: 'late-comer', points: 1, at: TODAY };
  await post(
    Array.from({ length: 100 }, (_, n) => ({ ...award, session: `late${n}`, number: 1 })),
    TODAY,
  );
  const cron = { rows: 0, values: 0 };
  await refreshBoards({ ...env, DB: countedDb(env.DB, cron) }, TODAY);
  const steady = await readCounted(bearer, id, top);
  await putAway(id);
  const woken = await readCounted(bearer, id, top);
  expect(places(woken)).toEqual(places(steady));
  for (const { cost } of [steady, woken]) {
    expect(cost.rows + cost.values).toBeLessThanOrEqual(BAR_ROWS);
  }
  const most = Math.max(steady.cost.rows + steady.cost.values, woken.cost.rows + woken.cost.values);
  measures.push(atMost(`top 100 of ${awards} awards, ${kind}`, most, BAR_ROWS, 'rows read'));
  const scan = await naive();
  lines.push(
    [
      kind.padEnd(6),
      String(awards).padStart(9),
      String(agentsFor(awards)).padStart(6),
      shown(steady),
      shown(woken),
      shown(built),
      `${String(scan.rows).padStart(9)} ${scan.ms.toFixed(0).padStart(6)} ms`,
    ].join(' | '),
  );
}

for (const size of sizes) {
  for (const kind of KINDS) {
    it(`${size} awards, ${kind}: the first hundred in exact order`, () => bench(kind, size));
  }
}

afterAll(() => {
  const head =
    'data   |    awards | agents | steady: rows, time       | put away: rows, time     | rebuilt: rows, time      | naive: rows, time';
  reportLines('boards', head, lines, measures);
});
