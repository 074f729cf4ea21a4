/**
 * What a run costs an agent, counted by the runtime, how many rows it ever holds at once, and what is
 * read again of it while a line waits.
 */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import { billOf, printed } from '../bill/meter';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { crowdKey, fillCrowd } from './crowd';
import { PayStage, PERIOD } from './stage';

let stage: PayStage;

afterEach(() => {
  removeBoard();
  stage.close();
});

const AGENTS = 1_000;
const BAR = 4.1;
const MOST_ROWS = 500;
/** Whom HR does not know: the line of this one waits. */
const STRANGER = 7;
/** By a digest of lines: who asks, the run, the last seal twice, destination, versions, disputes. */
const ASKED_ONCE = 9;

/** What the digest of a run's lines and deltas asks of D1, all in one invocation. */
async function digestsOf(id: string, board: Board) {
  const queries = (): number =>
    [...board.calls].reduce(
      (sum, [name, count]) => (/^worker .*DB\./.test(name) ? sum + count : sum),
      0,
    );
  const asked = async (of: string, rows: number): Promise<number> => {
    const before = queries();
    const path = `/v1/pay-runs/${id}/export-digest?of=${of}`;
    expect(await stage.must('payroll', 'GET', path)).toMatchObject({ rows });
    return queries() - before;
  };
  // A list of all of them would be longer than an answer may be.
  stage.hris.linesAPage = 200;
  const before = queries();
  const path = `/v1/pay-runs/${id}/reconciliation`;
  expect(await stage.must('payroll', 'GET', path)).toMatchObject({ confirmed: AGENTS - 1 });
  const reconciled = queries() - before;
  const none = await asked('delta-report', 0);
  await env.DB.prepare(
    `INSERT INTO pay_deltas (id, agent_key, plan, period, run, kind, unit, amount, facts, facts_seal, at, seal)
     SELECT value || '.VAR_PAY_Q4_2023.${PERIOD}.0001', value, 'VAR_PAY_Q4_2023', '${PERIOD}', ?2,
       'FACTS', 'USD', -1, 'f', 1, 1, 1 FROM json_each(?1)`,
  )
    .bind(JSON.stringify(Array.from({ length: AGENTS }, (_, n) => crowdKey(n))), id)
    .run();
  return {
    none,
    reconciled,
    deltas: await asked('delta-report', AGENTS),
    lines: await asked('lines', AGENTS),
  };
}

it(`a line and its HRIS write are at most ${BAR} rows, and no query returns more than 500`, async () => {
  stage = await PayStage.open({ min_interactions: 0, tell: 'NONE' });
  await fillCrowd(AGENTS, [STRANGER]);
  const board = installBoard();
  let id = '';
  const bill = await billOf(board, AGENTS, async () => {
    id = await stage.begin(PERIOD);
    await stage.approve(id);
    await stage.dispatch(id);
    for (let turn = 0; turn < 12; turn += 1) await stage.send();
    stage.pass(60_000);
    await stage.look(id);
  });
  expect(await stage.run(id)).toMatchObject({
    status: 'DISPATCHED',
    lines: AGENTS,
    states: { CONFIRMED: AGENTS - 1, BLOCKED: 1 },
  });
  expect(stage.hris.lines.size).toBe(AGENTS - 1);
  expect(board.returned.get('pay-run')).toBeLessThanOrEqual(MOST_ROWS);
  console.log(printed('pay and its HRIS write', bill));
  expect(bill.total).toBeLessThanOrEqual(BAR);

  // A pass while one line waits, and one from the first page on because somebody asked.
  const read = async (look: () => Promise<unknown>): Promise<number> => {
    const before = board.read.get('pay-run') ?? 0;
    await look();
    return (board.read.get('pay-run') ?? 0) - before;
  };
  stage.pass(3_600_000);
  const later = await read(() => stage.look(id));
  const whole = await read(() => stage.dispatch(id));
  console.log(
    `a pass over the page of one line that waits reads ${later} rows, one over all ${whole}`,
  );
  expect(later).toBeGreaterThan(0);
  expect(later).toBeLessThan(0.6 * whole);

  // D1 answers 1,000 queries of one invocation: a digest of the bench's 100,000 lines is well within.
  const { none, deltas, lines, reconciled } = await digestsOf(id, board);
  console.log(`a digest asks ${lines} queries for ${AGENTS} lines, ${deltas} for as many deltas`);
  expect(deltas - none).toBe(4);
  expect(lines).toBeLessThanOrEqual(ASKED_ONCE + 7);
  console.log(`a reconciliation asks ${reconciled} for them`);
  expect(reconciled).toBeLessThanOrEqual(ASKED_ONCE + 9);
  expect(ASKED_ONCE + 100 * (lines - ASKED_ONCE)).toBeLessThan(800);
});
