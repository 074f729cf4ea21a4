/**
 * Every I/O of calculating, approving and sending out, each failing once: before it happens, after
 * it has happened, with the object reset. Retried by the alarm, by cron or by its caller alone, each
 * agent is paid once, and the books agree; whatever fails of a confirmed line, its agent is told
 * once. `npm test` plays each point in one way, and some of telling;
 * `SIM_CRASHES=all npm run test:only -- --project workers test/pay/crash` in every way, and
 * `SIM_CRASHES=2/6` the second sixth of them.
 */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweepDeliveries } from '../../src/delivery/jobs';
import { type IoPoint, installBoard, type Mode, removeBoard } from '../worker/io';
import { SEED_PLAN } from './build';
import { MINUTE, PayStage, PERIOD } from './stage';

let stage: PayStage;
const AGENTS = ['a', 'b', 'c'];
const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SLOW = { timeout: 3_000_000 };
type Retrier = 'alarm' | 'cron' | 'caller';
const RETRIERS: readonly Retrier[] = ['alarm', 'cron', 'caller'];

beforeAll(async () => {
  stage = await PayStage.open(null);
  for (const agent of AGENTS) {
    await stage.hire(agent);
    await stage.month(agent, { scores: [92.5] });
  }
});

afterAll(() => {
  removeBoard();
  stage.close();
});

type Point = Pick<IoPoint, 'place' | 'call' | 'phase' | 'nth'>;

const isSame = (a: Point, b: Point): boolean =>
  a.place === b.place && a.call === b.call && a.phase === b.phase && a.nth === b.nth;

/** Repeats a request as its sender would until it is not refused for a fault of ours. */
async function insist(by: 'payroll' | 'approver', path: string, body?: object): Promise<number> {
  for (let turn = 0; turn < 6; turn += 1) {
    const { status } = await stage.ask(by, 'POST', path, body);
    if (status < 500) return status;
  }
  throw new Error(`${path} is never taken`);
}

/** A run of a plan of its own; `decide` may make any I/O of some places fail. */
async function play(
  number: number,
  by: Retrier,
  decide: (point: IoPoint) => Mode | null,
  { tell, places }: How = UNTOLD,
): Promise<void> {
  const planId = `P${number}`;
  await stage.plan({ ...SEED_PLAN, plan_id: planId, keyPrefix: planId, tell });
  const id = `${planId}.${PERIOD}.v1`;
  const board = installBoard();
  board.decide = (point) => (places.has(point.place) ? decide(point) : null);
  const again = async (): Promise<void> => {
    stage.pass(6 * MINUTE);
    const isOut = ['APPROVED', 'DISPATCHED'].includes(String((await stage.run(id)).status));
    if (by === 'caller' && isOut) await insist('payroll', `/v1/pay-runs/${id}/dispatch`);
    else if (by === 'alarm') await stage.look(id).catch(() => undefined);
    else await stage.cron().catch(() => undefined);
  };
  await insist('payroll', '/v1/pay-runs', { planId, period: PERIOD });
  const reached = async (status: string): Promise<boolean> =>
    (await stage.run(id)).status === status;
  for (let turn = 0; turn < 6 && !(await reached('CALCULATED')); turn += 1) await again();
  expect(await insist('approver', `/v1/pay-runs/${id}/approve`, {})).toBe(200);
  expect(await insist('payroll', `/v1/pay-runs/${id}/dispatch`)).toBe(202);
  for (let turn = 0; turn < 8 && !(await reached('SETTLED')); turn += 1) {
    await deliver(tell);
    await again();
  }
  if (tell !== 'NONE') await deliver(tell);
  board.decide = () => null;
  const run = await stage.run(id);
  expect(run).toMatchObject({ status: 'SETTLED', states: { CONFIRMED: AGENTS.length } });
  const keys = AGENTS.map((agent) => `${planId}_2032_10_${agent}_v1`);
  const amounts = keys.map((key) => stage.hris.ofKey(key)?.variable_pay_amount);
  expect(amounts).toEqual(AGENTS.map(() => 453.5));
  expect(await stage.held(`plan:${planId}`)).toBe(-AGENTS.length * 45_350);
}

interface How {
  readonly tell: 'NONE' | { readonly destination: string };
  /** Whose I/O fails. */
  readonly places: ReadonlySet<string>;
}

/** Destinations look at what they have; cron finds for them what an order was lost of. */
async function deliver(tell: How['tell']): Promise<void> {
  if (tell === 'NONE') {
    await stage.send();
    return;
  }
  for (const destination of ['hris', tell.destination]) {
    await sweepDeliveries(env, stage.now).catch(() => undefined);
    await stage.send(destination).catch(() => undefined);
  }
}

interface Case {
  readonly point: Point;
  readonly mode: Mode;
  readonly by: Retrier;
}

/** What never reached the object, or was lost with its alarm, is not known to the alarm. */
const canRetry = ({ place }: Point, mode: Mode, by: Retrier): boolean =>
  by !== 'alarm' || (place === 'pay-run' && mode !== 'abort');

const asked = (env as { readonly SIM_CRASHES?: string }).SIM_CRASHES ?? '';

/** Each point in one mode and by one retrier in turn; where it is asked for, in every way. */
function casesOf(points: readonly Point[]): Case[] {
  const all = points.flatMap((point) =>
    MODES.flatMap((mode) =>
      RETRIERS.filter((by) => canRetry(point, mode, by)).map((by) => ({ point, mode, by })),
    ),
  );
  const [, share, shares] = /^([0-9]+)\/([0-9]+)$/.exec(asked) ?? [];
  if (shares !== undefined) {
    return all.filter((_, index) => index % Number(shares) === Number(share) - 1);
  }
  if (asked !== '') return all;
  return points.map((point, index) => {
    const mode = MODES[index % MODES.length] ?? 'throw';
    const way = canRetry(point, mode, 'alarm') && index % 2 === 0 ? 'alarm' : 'cron';
    return { point, mode, by: index % 5 === 4 ? 'caller' : way };
  });
}

const UNTOLD: How = { tell: 'NONE', places: new Set(['worker', 'pay-run']) };
const TOLD: How = { tell: { destination: 'platform' }, places: new Set(['destination']) };

it('each I/O of a run fails once, and everybody is paid once', SLOW, async () => {
  const points: Point[] = [];
  await play(0, 'alarm', ({ place, call, phase, nth }) => {
    // Who looks at the run from outside is not part of it.
    points.push({ place, call, phase, nth });
    return null;
  });
  // A read that failed has changed nothing, before or after.
  const isOnce = ({ call, phase }: Point): boolean =>
    phase === 'before' || !/^DB\.(read|look)$/.test(call);
  const own = points.filter((point) => point.place === 'pay-run' && isOnce(point));
  const others = points.filter(
    ({ place, call }) => place === 'worker' && !call.startsWith('DB.read'),
  );
  expect(own.length).toBeGreaterThan(20);
  let number = 0;
  for (const { point, mode, by } of casesOf([...own, ...others])) {
    number += 1;
    let armed = true;
    const message = `${JSON.stringify(point)} ${mode} ${by}`;
    try {
      await play(number, by, (met) => {
        if (!armed || !isSame(met, point)) return null;
        armed = false;
        return mode;
      });
    } catch (thrown) {
      throw new Error(message, { cause: thrown });
    }
  }
  console.log(`crash points of pay: ${own.length + others.length}, cases: ${number}`);
  const posts = stage.hris.asked.filter(({ method }) => method === 'POST');
  expect(new Set(posts.map(({ key }) => key)).size).toBe((number + 1) * AGENTS.length);
  expect(stage.hris.lines.size).toBe((number + 1) * AGENTS.length);
});

/** Points of telling that `npm test` plays. */
const TOLD_SAMPLE = 9;

it('each I/O of destinations fails once, and everybody is paid and told once', SLOW, async () => {
  await stage.must('admin', 'PUT', '/v1/destinations/platform', {
    preset: 'genesys-cloud',
    url: 'https://api.platform.example.com',
    settings: { schemaId: 'schema-1' },
  });
  const points: (Point & Pick<IoPoint, 'actor'>)[] = [];
  let number = 10_000;
  await play(
    number,
    'alarm',
    ({ place, actor, call, phase, nth }) => {
      points.push({ place, actor, call, phase, nth });
      return null;
    },
    TOLD,
  );
  // Further turns find nothing to do.
  const own = points.filter(({ call, nth }) => nth <= 6 && !call.startsWith('DB.look'));
  const each = asked === '' ? Math.ceil(own.length / TOLD_SAMPLE) : 1;
  for (const [index, point] of own.entries()) {
    if (index % each !== 0) continue;
    const modes = asked === '' ? [MODES[(index / each) % MODES.length] ?? 'throw'] : MODES;
    for (const mode of modes) {
      number += 1;
      let armed = true;
      const strike = (met: IoPoint): Mode | null => {
        if (!armed || met.actor !== point.actor || !isSame(met, point)) return null;
        armed = false;
        return mode;
      };
      await play(number, 'cron', strike, TOLD).catch((thrown: unknown) => {
        throw new Error(`${JSON.stringify(point)} ${mode}`, { cause: thrown });
      });
      expect(armed, JSON.stringify(point)).toBe(false);
      expect(await toldOf(`P${number}`), JSON.stringify(point)).toEqual(
        AGENTS.map((agent) => `${agent} 453.50 CONFIRMED`),
      );
    }
  }
  console.log(`crash points of telling: ${own.length}, cases: ${number - 10_000}`);
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
