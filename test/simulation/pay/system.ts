/**
 * Variable pay in the simulation: results and times that are revised before, during and after a
 * run, plans approved in mid-run, runs begun twice and beside each other, disputes, numbers in HR
 * that come late, an HRIS that fails in every way. Holds what was paid against the oracle.
 */
import { Chance, unitOf } from '../chance';
import { type Desk, FATES, Hris } from '../delivery/hris';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import { drawPlatform, Platform } from '../seasons/platform';
import { system } from '../system';
import { Office } from './office';
import { drawPay, type PayPart, RATE } from './plan';
import { PayPlayer } from './player';
import { HRIS_OF_PAY } from './reading';
import { DECIDED } from './reviews';
import { PLATFORM_OF_PAY } from './telling';

const HOST = `${HRIS_OF_PAY}.example.com`;

const PAYROLL: Desk = {
  path: '/api/v1/payroll/variable_pay',
  lists: ({ key, body }, asked) => {
    const wanted = asked.get('idempotency_key');
    const { pay_period_start } = JSON.parse(body) as { pay_period_start: string };
    return wanted === null ? pay_period_start === asked.get('pay_period_start') : key === wanted;
  },
  wrong: { variable_pay_amount: 0.01 },
};

const PLATFORM_HOST = `${PLATFORM_OF_PAY}.example.com`;

/** The platform that tells agents; it fails in every way but by saying what it did not do. */
function openPlatform({ world, plan }: History): Platform {
  const chance = new Chance(Math.floor(unitOf(`${plan.seed} platform of pay`) * 2 ** 32));
  const drawn = drawPlatform(chance, 0);
  const habits = { ...drawn, storm: null, fates: { ...drawn.fates, lies: 0 } };
  const caller = (): unknown => world.board.states.get(`destination ${PLATFORM_OF_PAY}`);
  return new Platform(plan.seed, habits, () => world.now, caller);
}

export async function openPay(history: History, part: PayPart): Promise<PayPlayer> {
  const { world, plan } = history;
  const secret = `canary-hris-of-pay-${plan.seed}-0123`;
  const { habits, concurrency, periods, payees } = part;
  const caller = (): unknown => world.board.states.get(`destination ${HRIS_OF_PAY}`);
  const hris = new Hris(plan.seed, habits, secret, () => world.now, caller, PAYROLL);
  const platform = openPlatform(history);
  const others = world.board.outside;
  world.board.outside = (host, request) => {
    if (host === PLATFORM_HOST) return platform.answer(request);
    return host === HOST || others === null ? hris.answer(request) : others(host, request);
  };
  await world.must('PUT', `/v1/destinations/${HRIS_OF_PAY}`, {
    preset: 'hris',
    url: `https://${HOST}`,
    auth: { type: 'bearer', token: secret },
    concurrency,
    honoursKeys: habits.honoursKeys,
    keyLifeHours: habits.keyLifeHours,
  });
  await world.must('PUT', `/v1/destinations/${PLATFORM_OF_PAY}`, {
    preset: 'genesys-cloud',
    url: `https://${PLATFORM_HOST}`,
    auth: { type: 'bearer', token: `canary-platform-of-pay-${plan.seed}-0123` },
    settings: { schemaId: 'schema-1' },
  });
  await world.must('PUT', `/v1/fx-rates/${periods[0]}-01`, { base: 'USD', rates: { EUR: RATE } });
  const player = new PayPlayer(history, part, { hris, platform }, await Office.open(history));
  for (const number of part.plans.keys()) await player.writePlan(number);
  await player.say(part.first);
  await world.must('POST', '/v1/interaction-counts', {
    items: payees.flatMap(({ agent }) =>
      periods.map((period) => ({
        agentId: agent,
        period,
        count: part.interactions[`${agent} ${period}`],
      })),
    ),
  });
  return player;
}

export const pay = system<PayPart>({
  name: 'pay',
  partakes: (seed) => seed % 12 === 5 || seed % 48 === 7,
  places: { 'pay-run': OBJECT_MODES, destination: OBJECT_MODES },
  troubles: [
    ...FATES.map((fate) => `hris ${fate}`),
    ...['step', 'begin twice', 'replace', 'run', 'say', 'plan', 'mend', 'dispute', 'decide'].map(
      (kind) => `pay ${kind}`,
    ),
    'pay write-off',
    'pay abandon',
    'pay runs at once',
    'pay mapping mended',
    'pay told by platform',
    'pay told by notice',
    'pay platform failed',
    ...DECIDED.flatMap((kind) => [`${kind} APPROVE 200`, `${kind} REJECT 200`]),
  ],
  transitions: [
    'CREATED > CALCULATED',
    'CALCULATED > APPROVED',
    'APPROVED > DISPATCHED',
    'DISPATCHED > SETTLED',
    'CREATED > REPLACED',
    'SENT > CONFIRMED',
    'SENT > REJECTED',
    'DELTA > CYCLE',
    'DELTA > VERSION',
    'DELTA > WRITE_OFF',
  ],
  draw: drawPay,
  open: openPay,
});
