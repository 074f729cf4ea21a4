/**
 * Every I/O of calculating, approving and sending out, each failing once, cron's own included: before
 * it happens, after it has happened, with the object reset. Retried by the alarm, by cron or by its
 * caller alone, each agent is paid once, and the books agree; whatever fails of a confirmed line, its
 * agent is told once. `npm test` plays each point in one way, and some of telling.
 */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { type Body, send } from '../http/caller';
import {
  type Case,
  casesOf,
  crashesOf,
  inTurn,
  isRead,
  mostOf,
  nameOf,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { type IoPoint, installBoard, removeBoard } from '../worker/io';
import { wrapEnv } from '../worker/wrap';
import { SEED_PLAN } from './build';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;
let plays = 0;
const AGENTS = ['a', 'b', 'c'];
const SLOW = { timeout: 3_000_000 };
type Retrier = 'alarm' | 'cron' | 'caller';

beforeAll(async () => {
  stage = await PayStage.open(null);
  stage.env = wrapEnv(env, { place: 'worker', actor: () => 'cron', state: null });
  for (const agent of AGENTS) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [92.5] });
  }
});

afterAll(() => {
  removeBoard();
  stage.close();
});

/** Runs have a name each; requests and cron, and destinations, are counted apart. */
const naming = (point: IoPoint): string =>
  nameOf(point, point.place === 'pay-run' ? '' : point.actor);

/** Who looks at a run from outside, and is not part of it. */
const ONLOOKER = 'onlooker';

async function seen(id: string): Promise<Body> {
  const headers = { 'x-simulated-actor': ONLOOKER };
  return (await send('GET', `/v1/pay-runs/${id}`, { key: stage.keys.get('payroll'), headers }))
    .body;
}

/** Repeats a request as its sender would until it is not refused for a fault of ours. */
async function insist(by: 'payroll' | 'approver', path: string, body?: object): Promise<number> {
  for (let turn = 0; turn < 6; turn += 1) {
    const { status } = await stage.ask(by, 'POST', path, body);
    if (status < 500) return status;
  }
  throw new Error(`${path} is never taken`);
}

/** Looks of the alarm alone, before cron comes where no alarm may be set. */
const LOOKS_BEFORE_CRON = 3;

/** What never reached the object, or was lost with its alarm, may have no alarm. */
const knowsNoAlarm = ({ target, mode }: Case<Retrier>): boolean =>
  mode === 'abort' || target.startsWith('worker ');

interface How {
  readonly tell: 'NONE' | { readonly destination: string };
  /** Whose I/O fails. */
  readonly places: ReadonlySet<string>;
}

/** A run of a plan of its own, one I/O of which fails. */
async function play(one: Case<Retrier> | null, by: Retrier, how: How): Promise<Striker> {
  const planId = `P${plays}`;
  plays += 1;
  await stage.plan({ ...SEED_PLAN, plan_id: planId, keyPrefix: planId, tell: how.tell });
  const id = `${planId}.${PERIOD}.v1`;
  const striker = new Striker(one, naming);
  const board = installBoard();
  board.decide = (point) =>
    how.places.has(point.place) && point.actor !== ONLOOKER ? striker.decide(point) : null;
  const byAlarm = (turn: number): boolean =>
    by === 'alarm' && (turn < LOOKS_BEFORE_CRON || one === null || !knowsNoAlarm(one));
  const again = async (turn: number): Promise<void> => {
    stage.pass(6 * MINUTE);
    const isOut = ['APPROVED', 'DISPATCHED'].includes(String((await seen(id)).status));
    if (by === 'caller' && isOut) await insist('payroll', `/v1/pay-runs/${id}/dispatch`);
    else if (byAlarm(turn)) await stage.look(id).catch(() => undefined);
    else await stage.cron().catch(() => undefined);
  };
  const reached = async (status: string): Promise<boolean> => (await seen(id)).status === status;
  await insist('payroll', '/v1/pay-runs', { planId, period: PERIOD });
  for (let turn = 0; turn < 6 && !(await reached('CALCULATED')); turn += 1) await again(turn);
  expect(await insist('approver', `/v1/pay-runs/${id}/approve`, {})).toBe(200);
  expect(await insist('payroll', `/v1/pay-runs/${id}/dispatch`)).toBe(202);
  for (let turn = 0; turn < 8 && !(await reached('SETTLED')); turn += 1) {
    await deliver(how.tell, !byAlarm(turn));
    await again(turn);
  }
  // Whoever is told last may fail as well. An order that was lost is found by the sweep alone.
  for (let turn = 0; turn <= LOOKS_BEFORE_CRON + 1 && how.tell !== 'NONE'; turn += 1) {
    await deliver(how.tell, turn >= LOOKS_BEFORE_CRON || !byAlarm(turn));
    stage.pass(6 * MINUTE);
  }
  board.decide = () => null;
  await expectPaid(planId, await stage.run(id));
  return striker;
}

async function expectPaid(planId: string, run: Body): Promise<void> {
  expect(run).toMatchObject({ status: 'SETTLED', states: { CONFIRMED: AGENTS.length } });
  const keys = AGENTS.map((agent) => `${planId}_2032_10_${agent}_v1`);
  const amounts = keys.map((key) => stage.hris.ofKey(key)?.variable_pay_amount);
  expect(amounts).toEqual(AGENTS.map(() => 453.5));
  expect(await stage.held(`plan:${planId}`)).toBe(-AGENTS.length * 45_350);
}

/** Destinations look at what they have; cron finds for them what an order was lost of. */
async function deliver(tell: How['tell'], sweeps: boolean): Promise<void> {
  if (tell === 'NONE') {
    await stage.send();
    return;
  }
  for (const destination of ['hris', tell.destination]) {
    if (sweeps) await sweepDeliveries(env, stage.now).catch(() => undefined);
    await stage.send(destination).catch(() => undefined);
  }
}

const UNTOLD: How = { tell: 'NONE', places: new Set(['worker', 'pay-run']) };
const TOLD: How = { tell: { destination: 'platform' }, places: new Set(['destination']) };

/** Every case, each retrier at the points that are met where it goes on. */
async function everyCase(
  retriers: readonly Retrier[],
  how: How,
): Promise<readonly Case<Retrier>[]> {
  const cases: Case<Retrier>[] = [];
  for (const by of retriers) cases.push(...casesOf((await play(null, by, how)).met, by));
  return pieceOf(cases);
}

/** What `npm test` plays: each point in one way and by one retrier in turn. */
async function someOfPaying(): Promise<readonly Case<Retrier>[]> {
  const { met } = await play(null, 'alarm', UNTOLD);
  return [...met]
    .filter((name) => crashesOf(name).length > 0)
    .filter((name) => !(isRead(name) && name.startsWith('worker ')))
    .map((target, index) => {
      const by = index % 5 === 4 ? 'caller' : inTurn(['alarm', 'cron'] as const, index);
      return { target, mode: inTurn(crashesOf(target), index), by };
    });
}

/** Points of telling that `npm test` plays, and the nth of one kind from which it looks no further. */
const TOLD_SAMPLE = 9;
const FURTHER = 7;

async function someOfTelling(): Promise<readonly Case<Retrier>[]> {
  const { met } = await play(null, 'alarm', TOLD);
  const points = [...met]
    .filter((name) => crashesOf(name).length > 0)
    .filter((name) => !name.includes(' DB.look ') && Number(name.split(' ').at(-1)) < FURTHER);
  const each = Math.ceil(points.length / TOLD_SAMPLE);
  return points
    .filter((_, index) => index % each === 0)
    .map((target, index) => ({ target, mode: inTurn(crashesOf(target), index), by: 'cron' }));
}

it('each I/O of a run fails once, and everybody is paid once', SLOW, async () => {
  const cases = PLAYS_ALL
    ? await everyCase(['alarm', 'cron', 'caller'], UNTOLD)
    : await someOfPaying();
  let strikes = 0;
  for (const one of cases) {
    const { hasStruck } = await play(one, one.by, UNTOLD).catch((thrown: unknown) => {
      throw new Error(JSON.stringify(one), { cause: thrown });
    });
    if (hasStruck) strikes += 1;
  }
  console.log(`crash cases of pay: ${cases.length}, strikes: ${strikes}`);
  expect(strikes).toBeGreaterThanOrEqual(mostOf(cases.length));
  const posts = stage.hris.asked.filter(({ method }) => method === 'POST');
  expect(new Set(posts.map(({ key }) => key)).size).toBe(plays * AGENTS.length);
  expect(stage.hris.lines.size).toBe(plays * AGENTS.length);
});

it('each I/O of destinations fails once, and everybody is paid and told once', SLOW, async () => {
  await stage.must('admin', 'PUT', '/v1/destinations/platform', {
    preset: 'genesys-cloud',
    url: 'https://api.platform.example.com',
    settings: { schemaId: 'schema-1' },
  });
  // Who asked for the run has no word in what destinations do.
  const cases = PLAYS_ALL ? await everyCase(['alarm', 'cron'], TOLD) : await someOfTelling();
  for (const one of cases) {
    const label = JSON.stringify(one);
    const planId = `P${plays}`;
    const { hasStruck } = await play(one, one.by, TOLD).catch((thrown: unknown) => {
      throw new Error(label, { cause: thrown });
    });
    expect(hasStruck, label).toBe(true);
    expect(await toldOf(planId), label).toEqual(AGENTS.map((agent) => `${agent} 453.50 CONFIRMED`));
  }
  console.log(`crash cases of telling: ${cases.length}`);
});

/** Who was told of a plan, of how much, and what became of it; the platform heard the same. */
async function toldOf(planId: string): Promise<string[]> {
  const told = await stage.rows<{ content: string; outcome: string | null }>(
    `SELECT d.content, o.outcome FROM deliveries AS d
     LEFT JOIN delivery_outcomes AS o ON o.delivery = d.id
     WHERE d.subject LIKE 'pay-told:${planId}.%'`,
  );
  return told
    .map(({ content, outcome }) => {
      const { path, body } = JSON.parse(content).request as { path: string; body: string };
      const { attributes } = JSON.parse(body) as { attributes: Record<string, string> };
      const heard = stage.hris.asked.some(
        (one) => one.method === 'PATCH' && one.url.endsWith(path) && one.body === body,
      );
      const agent = path.split('/').at(-2);
      return `${agent} ${attributes.variable_pay_amount} ${heard ? outcome : 'unheard'}`;
    })
    .sort();
}
