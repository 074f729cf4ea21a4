/**
 * A run of three pages of agents whose I/O fails, once each, while it is calculated and sent out
 * page by page. Whatever fails, it comes to the same lines and one delivery each, and is looked at
 * again by its alarm, or by cron where the alarm was lost with the object. `npm test` plays a sample;
 * `SIM_CRASHES=all npm run test:only -- --project workers test/pay/pages` every point in every way.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLAYS_ALL, pieceOf } from '../simulation/crashes';
import { type IoPoint, installBoard, type Mode, removeBoard } from '../worker/io';
import { SEED_PLAN } from './build';
import { fillCrowd } from './crowd';
import { MINUTE, PayStage, PERIOD } from './stage';

/** Two pages of 500, and a last one that is not full. */
const AGENTS = 1_040;
const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SAMPLE = 5;
const SLOW = { timeout: 3_000_000 };

let stage: PayStage;

beforeAll(async () => {
  stage = await PayStage.open(null);
  await fillCrowd(AGENTS);
});

afterAll(() => {
  removeBoard();
  stage.close();
});

type States = Readonly<Record<string, number>> | null;

/** What a run of a plan of its own comes to, with what it was sent out as. */
async function played(
  number: number,
  decide: (point: IoPoint) => Mode | null,
  again: (id: string) => Promise<unknown>,
): Promise<object> {
  const planId = `PAGES${number}`;
  const plan = { ...SEED_PLAN, plan_id: planId, keyPrefix: planId };
  await stage.plan({ ...plan, min_interactions: 0, tell: 'NONE' });
  const board = installBoard();
  const id = await stage.begin(PERIOD, planId);
  board.decide = (point) => (point.place === 'pay-run' ? decide(point) : null);
  const sent = async (): Promise<number> =>
    (await stage.rows(`SELECT 1 FROM deliveries WHERE subject LIKE 'pay-line:${id}/%'`)).length;
  const until = async (is: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 12 && !(await is()); turn += 1) {
      stage.pass(6 * MINUTE);
      await again(id).catch(() => undefined);
    }
  };
  await until(async () => (await stage.run(id)).status === 'CALCULATED');
  await stage.approve(id);
  await stage.must('payroll', 'POST', `/v1/pay-runs/${id}/dispatch`).catch(() => undefined);
  // A line is ordered before the run counts it as sent.
  const counted = async (): Promise<unknown> => ((await stage.run(id)).states as States)?.SENT;
  await until(async () => (await sent()) >= AGENTS && (await counted()) === AGENTS);
  board.decide = () => null;
  const { status, lines, states, totals } = await stage.run(id);
  return { status, lines, states, totals, sent: await sent() };
}

/** A read that failed has changed nothing, before or after. */
const isOnce = ({ call, phase }: IoPoint): boolean =>
  phase === 'before' || !/^DB\.(read|look)$/.test(call);

it(
  'each I/O of a run of several pages fails once, and every line is sent out once',
  SLOW,
  async () => {
    const points: IoPoint[] = [];
    const note = (point: IoPoint): null => {
      points.push(point);
      return null;
    };
    const whole = await played(0, note, stage.look);
    expect(whole).toMatchObject({ status: 'DISPATCHED', lines: AGENTS, sent: AGENTS });
    const own = points.filter(isOnce);
    const all = own.flatMap((point) => MODES.map((mode) => ({ point, mode })));
    // Coprime to the modes: a sample meets each of them.
    const stride = Math.floor(all.length / SAMPLE / 3) * 3 + 1;
    const cases = PLAYS_ALL
      ? pieceOf(all)
      : all.filter((_, index) => index % stride === stride - 1);
    let number = 0;
    for (const { point, mode } of cases) {
      number += 1;
      let armed = true;
      const strike = ({ call, phase, nth }: IoPoint): Mode | null => {
        const isIt = call === point.call && phase === point.phase && nth === point.nth;
        if (!armed || !isIt) return null;
        armed = false;
        return mode;
      };
      const ended = await played(
        number,
        strike,
        mode === 'abort' ? () => stage.cron() : stage.look,
      );
      expect(ended, `${JSON.stringify(point)} ${mode}`).toEqual(whole);
      expect(armed, JSON.stringify(point)).toBe(false);
    }
    console.log(`crash points of pages: ${own.length}, cases: ${number}`);
  },
);
