/** What a run costs an agent, counted by the runtime, and how many rows it ever holds at once. */
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

async function cost(plan: object): Promise<number> {
  stage = await PayStage.open(plan);
  await fillCrowd(AGENTS);
  const board = installBoard();
  const bill = await billOf(board, AGENTS, async () => {
    const id = await stage.begin(PERIOD);
    await stage.approve(id);
    await stage.dispatch(id);
    for (let turn = 0; turn < 12; turn += 1) await stage.send();
    stage.pass(60_000);
    await stage.look(id);
    const run = await stage.run(id);
    expect(run).toMatchObject({ status: 'SETTLED', lines: AGENTS });
    expect(run.states).toMatchObject({ CONFIRMED: run.paid });
  });
  expect(board.returned.get('pay-run')).toBeLessThanOrEqual(MOST_ROWS);
  console.log(printed('pay and its HRIS write', bill));
  return bill.total;
}

it(`a line and its HRIS write are at most ${BAR} rows, and no query returns more than 500`, async () => {
  expect(await cost({ min_interactions: 0, tell: 'NONE' })).toBeLessThanOrEqual(BAR);
  expect(stage.hris.lines.size).toBe(AGENTS);
});
