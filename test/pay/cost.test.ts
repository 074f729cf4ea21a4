/**
 * What a run costs an agent, counted by the runtime, how many rows it ever holds at once, and what is
 * read again of it while a line waits.
 */
import { afterEach, expect, it } from 'vitest';
import { billOf, printed } from '../bill/meter';
import { installBoard, removeBoard } from '../worker/io';
import { fillCrowd } from './crowd';
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
});
