/** What a run costs an agent, counted by the runtime, and how many rows it ever holds at once. */
import { afterEach, expect, it } from 'vitest';
import { billOf } from '../bill/meter';
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
/** A notice a line where agents are told by notice. */
const BAR_TOLD = 5.1;
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
  console.log(
    JSON.stringify(bill),
    JSON.stringify(
      await stage.rows(
        'SELECT (SELECT count(*) FROM seals WHERE id > 0) AS seals, (SELECT avg(length(content)) FROM deliveries) AS intent, (SELECT avg(length(content)) FROM pay_sheets) AS sheet, (SELECT count(*) FROM pay_sheets) AS sheets, (SELECT group_concat(size) FROM seals) AS sizes',
      ),
    ),
  );
  return bill.total;
}

it(`a line and its HRIS write are at most ${BAR} rows, and no query returns more than 500`, async () => {
  expect(await cost({ min_interactions: 0, tell: 'NONE' })).toBeLessThanOrEqual(BAR);
  expect(stage.hris.lines.size).toBe(AGENTS);
});

it(`telling the agent by notice is one row more`, async () => {
  expect(await cost({ min_interactions: 0 })).toBeLessThanOrEqual(BAR_TOLD);
});
