/**
 * A run of three pages of agents whose I/O fails, once each, while it is calculated and sent out
 * page by page. Whatever fails, it comes to the same lines and one delivery each, and is looked at
 * again by its alarm or by cron. `npm test` plays a sample.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Case, casesOf, PLAYS_ALL, pieceOf, Striker } from '../worker/crashes';
import { installBoard, removeBoard } from '../worker/io';
import { SEED_PLAN } from './build';
import { fillCrowd } from './crowd';
import { MINUTE, PayStage, PERIOD } from './stage';

/** Two pages of 500, and a last one that is not full. */
const AGENTS = 1_040;
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

/** Who comes back first. One who asked for the run is played with runs of one page. */
type Retrier = 'alarm' | 'cron';

type States = Readonly<Record<string, number>> | null;

/** Looks of the alarm alone, before cron comes where an object may have lost its alarm. */
const LOOKS_BEFORE_CRON = 4;

/** What a run of a plan of its own comes to, with what it was sent out as. */
async function played(number: number, one: Case<Retrier> | null, by: Retrier) {
  const planId = `PAGES${number}`;
  const plan = { ...SEED_PLAN, plan_id: planId, keyPrefix: planId };
  await stage.plan({ ...plan, min_interactions: 0, tell: 'NONE' });
  const board = installBoard();
  const id = await stage.begin(PERIOD, planId);
  const striker = new Striker(one);
  board.decide = (point) => (point.place === 'pay-run' ? striker.decide(point) : null);
  const sent = async (): Promise<number> =>
    (await stage.rows(`SELECT 1 FROM deliveries WHERE subject LIKE 'pay-line:${id}/%'`)).length;
  const until = async (is: () => Promise<boolean>): Promise<void> => {
    for (let turn = 0; turn < 12 && !(await is()); turn += 1) {
      stage.pass(6 * MINUTE);
      const isLost = one?.mode === 'abort' && turn >= LOOKS_BEFORE_CRON;
      const again = by === 'cron' || isLost ? stage.cron() : stage.look(id);
      await again.catch(() => undefined);
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
  const { met, hasStruck } = striker;
  return { ended: { status, lines, states, totals, sent: await sent() }, met, hasStruck };
}

/** Every case with SIM_CRASHES, else a few; an alarm that may be lost is left to cron there. */
async function casesOfRun(met: Iterable<string>): Promise<readonly Case<Retrier>[]> {
  const ofAlarm = casesOf(met, 'alarm');
  if (PLAYS_ALL) {
    const whole = await played(1, null, 'cron');
    return pieceOf([...ofAlarm, ...casesOf(whole.met, 'cron')]);
  }
  // Coprime to the modes: a sample meets each of them.
  const stride = Math.floor(ofAlarm.length / SAMPLE / 3) * 3 + 1;
  return ofAlarm
    .filter((_, index) => index % stride === stride - 1)
    .map((one) => (one.mode === 'abort' ? { ...one, by: 'cron' } : one));
}

it(
  'each I/O of a run of several pages fails once, and every line is sent out once',
  SLOW,
  async () => {
    const whole = await played(0, null, 'alarm');
    expect(whole.ended).toMatchObject({ status: 'DISPATCHED', lines: AGENTS, sent: AGENTS });
    const cases = await casesOfRun(whole.met);
    for (const [index, one] of cases.entries()) {
      const { ended, hasStruck } = await played(index + 2, one, one.by);
      const label = `${one.target} ${one.mode} by ${one.by}`;
      expect(ended, label).toEqual(whole.ended);
      expect(hasStruck, label).toBe(true);
    }
    console.log(`crash points of pages: ${whole.met.size}, cases: ${cases.length}`);
  },
);
