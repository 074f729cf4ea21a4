/**
 * `npm run bench -- pay`: a pay run of a thousand to a hundred thousand agents with a month of facts
 * each: lines a second, rows an agent, the most rows any query returned, and all of it sent out to a
 * payroll system in memory. Beside it the bare formula with fractions, doubles and decimal.js, each
 * held to rationals written apart. Rows repeat from run to run; times are this machine's.
 */
import { afterAll, expect, it } from 'vitest';
import { fraction } from '../../src/kernel/fraction';
import { amountOf, readyPlan } from '../../src/pay/calculation/formula';
import { billOf } from '../bill/meter';
import { chance, type PayCase, ratioTies } from '../oracle/pay/cases';
import { decimalCents, doubleCents } from '../oracle/pay/cheap';
import { engineCents, planOf } from '../oracle/pay/engine';
import { oracleCents } from '../oracle/pay/pay';
import { SEED_PLAN } from '../pay/build';
import { fillCrowd } from '../pay/crowd';
import { PayStage, PERIOD } from '../pay/stage';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { residentMiB } from './memory';
import { atMost, type Measure, noBar, reportLines } from './report';
import { sizesOf } from './sizes';

const sizes = sizesOf([1000, 10_000, 100_000], [1000, 10_000]);
const BAR = 4.1;
const MOST_ROWS = 500;
const lines: string[] = [];
const measures: Measure[] = [];
/** Where the machine says it. */
const memory: number[] = [];

const perSecond = (count: number, ms: number): string =>
  `${Math.round((count * 1000) / ms)}`.padStart(9);

/** Counted by the runtime while `work` runs, and how long it took. */
async function measured(board: Board, agents: number, work: () => Promise<void>) {
  const begun = performance.now();
  const bill = await billOf(board, agents, work);
  return { ...bill, ms: performance.now() - begun };
}

/** Approval, dispatch and delivery, until the run is settled. */
async function sendAll(stage: PayStage, id: string, paid: number): Promise<void> {
  await stage.approve(id);
  await stage.dispatch(id);
  for (;;) {
    await stage.look(id);
    await stage.send();
    if (stage.hris.lines.size >= paid) break;
  }
  for (let turn = 0; turn < 20 && (await stage.run(id)).status !== 'SETTLED'; turn += 1) {
    stage.pass(3_600_000);
    await stage.send();
    await stage.look(id);
  }
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
  const resident = await residentMiB();
  if (resident !== null) memory.push(resident);
  const sent = await measured(board, agents, () => sendAll(stage, id, Number(run.paid)));
  expect(await stage.run(id)).toMatchObject({ status: 'SETTLED', states: { CONFIRMED: run.paid } });
  const most = board.returned.get('pay-run') ?? 0;
  expect(most).toBeLessThanOrEqual(MOST_ROWS);
  const rows = Math.round((calculated.total + sent.total) * 100) / 100;
  lines.push(
    [
      String(agents).padStart(8),
      perSecond(agents, calculated.ms),
      String(calculated.total).padStart(8),
      perSecond(agents, sent.ms),
      String(rows).padStart(8),
      String(most).padStart(6),
      String(resident ?? '-').padStart(6),
    ].join(' | '),
  );
  const of = `${agents} agents`;
  const rates = `${perSecond(agents, calculated.ms).trim()} lines/s, then ${perSecond(agents, sent.ms).trim()} sent/s`;
  measures.push(
    atMost(`pay and its HRIS write, ${of}`, rows, BAR, 'rows an agent'),
    atMost(`pay run, ${of}: most rows a query returned`, most, MOST_ROWS, 'rows'),
    noBar(`pay run, ${of}`, rates),
  );
  removeBoard();
  stage.close();
}

for (const size of sizes) it(`${size} agents`, () => bench(size));

/** A month drawn at random, under a plan without minimums. */
function randomMonths(count: number): PayCase[] {
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
    types: [{ weight: '1', least: 0, neutral: null }],
  };
  const month = () => ({
    scores: [[String(70 + draw(30))]],
    productive: 300_000 + draw(78_000),
    loggedIn: 378_000,
    interactions: 100,
  });
  return Array.from({ length: count }, (): PayCase => ({ plan, facts: month() }));
}

/** Cents that differ from those of rationals written apart. */
const wrongOf = (cases: readonly PayCase[], cents: (one: PayCase) => bigint): number =>
  cases.filter((one) => cents(one) !== oracleCents(one.plan, one.facts)).length;

it('the bare formula, a hundred thousand agents', () => {
  const cases = randomMonths(100_000);
  const ties = [...ratioTies()];
  const ready = readyPlan(planOf(SEED_PLAN));
  const ours = ({ facts }: PayCase): bigint =>
    amountOf(
      ready,
      fraction(BigInt(facts.scores[0]?.[0] ?? 0)),
      fraction(BigInt(facts.productive), BigInt(facts.loggedIn)),
    );
  for (const [name, cents] of Object.entries({
    'ours, fractions': ours,
    'decimal.js': decimalCents,
    float64: doubleCents,
  })) {
    const begun = performance.now();
    for (const one of cases) cents(one);
    const ms = performance.now() - begun;
    const wrong = [wrongOf(cases, cents), wrongOf(ties, cents === ours ? engineCents : cents)];
    const found = `${wrong[0]} wrong cents of ${cases.length} months, ${wrong[1]} of ${ties.length} ratio ties`;
    lines.push(`${name}: ${perSecond(cases.length, ms).trim()} agents/s, ${found}`);
    const isOurs = cents === ours;
    measures.push({
      operation: `pay formula, ${name}`,
      measure: `${perSecond(cases.length, ms).trim()} agents/s; ${found}`,
      bar: isOurs ? 'no wrong cent' : null,
      holds: isOurs ? wrong.every((count) => count === 0) : null,
    });
  }
});

afterAll(() => {
  const head =
    '  agents | lines/s   | rows each | sent/s    | all rows | most rows returned | MiB of workerd once calculated';
  if (memory.length > 1) {
    measures.push(
      noBar(
        `workerd once a run is calculated, ${sizes.join(', ')} agents`,
        `${memory.join(', ')} MiB`,
      ),
    );
  }
  reportLines('pay', head, lines, measures);
});
