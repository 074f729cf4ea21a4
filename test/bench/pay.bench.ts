/**
 * `npm run bench -- pay`: a pay run of a thousand to a hundred thousand agents with a month of facts
 * each: lines a second, rows an agent, the most rows any query returned; up to ten thousand also
 * sent out to a payroll system in memory. Beside it the bare formula with integers, doubles and
 * decimal.js. Rows repeat from run to run; times are this machine's.
 */
import { env } from 'cloudflare:workers';
import { afterAll, expect, it } from 'vitest';
import { fraction } from '../../src/kernel/fraction';
import { amountOf, readyPlan } from '../../src/pay/calculation/formula';
import { billOf } from '../bill/meter';
import { chance, type PayCase } from '../oracle/pay/cases';
import { decimalCents, doubleCents } from '../oracle/pay/cheap';
import { planOf } from '../oracle/pay/engine';
import { SEED_PLAN } from '../pay/build';
import { fillCrowd } from '../pay/crowd';
import { PayStage, PERIOD } from '../pay/stage';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { reportLines } from './report';

const ALL_SIZES = '1000,10000,100000,1000000';
const asked = (env as unknown as { BENCH_SIZES: string }).BENCH_SIZES;
const sizes = (asked === ALL_SIZES ? '1000,10000,100000' : asked).split(',').map(Number);
const MOST_SENT = 10_000;
const MOST_ROWS = 500;
const lines: string[] = [];

const perSecond = (count: number, ms: number): string =>
  `${Math.round((count * 1000) / ms)}`.padStart(9);

/** Counted by the runtime while `work` runs, and how long it took. */
async function measured(board: Board, agents: number, work: () => Promise<void>) {
  const begun = performance.now();
  const bill = await billOf(board, agents, work);
  return { ...bill, ms: performance.now() - begun };
}

async function bench(agents: number): Promise<void> {
  const stage = await PayStage.open({ min_interactions: 0, tell: 'NONE' });
  await fillCrowd(agents);
  const board = installBoard();
  let id = '';
  const calculated = await measured(board, agents, async () => {
    id = await stage.begin(PERIOD);
    while ((await stage.run(id)).status === 'CREATED') await stage.look(id);
  });
  const run = await stage.run(id);
  expect(run.lines).toBe(agents);
  let sent: typeof calculated | null = null;
  if (agents <= MOST_SENT) {
    sent = await measured(board, agents, async () => {
      await stage.approve(id);
      await stage.dispatch(id);
      for (;;) {
        await stage.look(id);
        await stage.send();
        if (stage.hris.lines.size >= Number(run.paid)) break;
      }
      for (let turn = 0; turn < 20 && (await stage.run(id)).status !== 'SETTLED'; turn += 1) {
        stage.pass(3_600_000);
        await stage.send();
        await stage.look(id);
      }
    });
    expect(await stage.run(id)).toMatchObject({
      status: 'SETTLED',
      states: { CONFIRMED: run.paid },
    });
  }
  const most = board.returned.get('pay-run') ?? 0;
  expect(most).toBeLessThanOrEqual(MOST_ROWS);
  const rows = sent === null ? null : Math.round((calculated.total + sent.total) * 100) / 100;
  lines.push(
    [
      String(agents).padStart(8),
      perSecond(agents, calculated.ms),
      String(calculated.total).padStart(8),
      sent === null ? '        -' : perSecond(agents, sent.ms),
      String(rows ?? '-').padStart(8),
      String(most).padStart(6),
    ].join(' | '),
  );
  removeBoard();
  stage.close();
}

for (const size of sizes) it(`${size} agents`, () => bench(size));

it('the bare formula, a hundred thousand agents', () => {
  const draw = chance(7);
  const plan = {
    base_bonus: '500',
    quality_weight: '0.6',
    productivity_weight: '0.4',
    quality_tiers: SEED_PLAN.quality_tiers.map((tier) => ({
      min_score: String(tier.min_score),
      multiplier: String(tier.multiplier),
    })),
    productivity_threshold: '0.85',
    min_interactions: 50,
    types: [],
  };
  const cases = Array.from(
    { length: 100_000 },
    (): PayCase => ({
      plan,
      facts: {
        scores: [[String(70 + draw(30))]],
        productive: 300_000 + draw(78_000),
        loggedIn: 378_000,
        interactions: 100,
      },
    }),
  );
  const ready = readyPlan(planOf(SEED_PLAN));
  const integers = ({ facts }: PayCase): bigint =>
    amountOf(
      ready,
      fraction(BigInt(facts.scores[0]?.[0] ?? 0)),
      fraction(BigInt(facts.productive), BigInt(facts.loggedIn)),
    );
  for (const [name, cents] of Object.entries({
    integers,
    'decimal.js': decimalCents,
    float64: doubleCents,
  })) {
    const begun = performance.now();
    let wrong = 0;
    const amounts = cases.map(cents);
    const ms = performance.now() - begun;
    cases.forEach((one, index) => {
      if (integers(one) !== amounts[index]) wrong += 1;
    });
    lines.push(
      `${name.padEnd(12)} ${perSecond(cases.length, ms)} agents/s, ${wrong} cents other than ours`,
    );
  }
});

afterAll(() => {
  const head = '  agents | lines/s   | rows each | sent/s    | all rows | most rows returned';
  reportLines('pay', head, lines);
});
