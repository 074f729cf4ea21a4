/**
 * Delivery in the simulation: rewards of a feature that stands for all of them, ordered together
 * with their entries, sent to an HRIS that fails in every way. Its truth is the HRIS's own memory:
 * one commit a key, of the amount that was owed, whatever happened on the way.
 */
import { env } from 'cloudflare:workers';
import { orderDeliveries } from '../../../src/delivery/client';
import { deliveryIdOf, deliveryRow, type Intent } from '../../../src/delivery/intent';
import { agentReward, fundingAccount } from '../../../src/ledger/account';
import { commit } from '../../../src/ledger/client';
import { entryRow, transaction } from '../../../src/ledger/entry';
import type { Books } from '../books';
import { unitOf } from '../chance';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import type { Operation, Timed } from '../plan';
import { drawTroubles, firing } from '../platform';
import { type Drawn, type Frame, type Player, system } from '../system';
import { drawHabits, FATES, type Habits, Hris, UNKNOWN } from './hris';
import { DeliveryOperator } from './operator';
import { brokenDelivery, outcomesOf } from './truth';

const NAME = 'hris-of-history';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const UNIT = 'USD/CASH';
const TOLD_DURING = 'destination told during a request';

export interface PlannedReward {
  readonly cause: string;
  readonly employee: string;
  /** In cents. */
  readonly amount: number;
}

interface DeliveryPart {
  readonly habits: Habits;
  readonly concurrency: number;
  readonly rewards: readonly PlannedReward[];
}

type DeliveryOperation =
  | {
      readonly system: 'delivery';
      readonly kind: 'order';
      readonly causes: readonly string[];
      /**
       * False: the message to the destination is late and comes while another delivery is on its
       * way, or it is lost and only the sweep finds them.
       */
      readonly told: boolean;
    }
  | { readonly system: 'delivery'; readonly kind: 'resume' }
  | {
      readonly system: 'delivery';
      readonly kind: 'release' | 'abandon';
      /** Which of those that are open, counted round. */
      readonly nth: number;
    };

const agentKeyOf = (employee: string): string => `key-of-${employee}`;

function drawDelivery({ chance, seed, startAt, endAt, leansOn }: Frame): Drawn<DeliveryPart> {
  const rewards = Array.from({ length: chance.between(1, 12) }, (_, index) => ({
    cause: `reward-${seed}-${index}`,
    employee: chance.happens(0.1) ? UNKNOWN : `employee-${chance.between(1, 3)}`,
    amount: chance.between(1, 100_000),
  }));
  const operations: Timed[] = [];
  for (let from = 0; from < rewards.length; ) {
    const size = chance.between(1, 4);
    const causes = rewards.slice(from, from + size).map(({ cause }) => cause);
    const at = startAt + chance.between(0, 2 * DAY);
    const told = chance.happens(0.6);
    operations.push({ at, operation: order(causes, told) });
    if (chance.happens(0.2)) operations.push({ at: at + MINUTE, operation: order(causes, true) });
    from += size;
  }
  const by = (kind: string) => () => ({ system: 'delivery', kind, nth: chance.between(0, 11) });
  const kinds = [by('resume'), by('release'), by('abandon')];
  operations.push(...drawTroubles(chance, kinds, 3, operations, [startAt, endAt]));
  const part = { habits: drawHabits(chance), concurrency: chance.between(1, 6), rewards };
  // Cron finds what is open, before the destination's alarm has come.
  const causes = leansOn('worker', 'DESTINATIONS.order')
    ? operations
        .filter(({ operation: { kind } }) => kind === 'order')
        .map(({ at }) => firing(at + 1, '*/5 * * * *', true))
    : [];
  return { part, people: [], events: [], operations, causes };
}

const order = (causes: readonly string[], told: boolean) => ({
  system: 'delivery',
  kind: 'order',
  causes,
  told,
});

export class DeliveryPlayer implements Player {
  readonly hris: Hris;
  readonly part: DeliveryPart;
  /** Ordered by now, whether we know it or not. */
  readonly ordered = new Map<string, PlannedReward>();
  readonly history: History;
  readonly operator: DeliveryOperator;
  #unsure: string[] = [];
  /** Ordered, and the destination was not told. */
  #untold: string[] = [];
  #asked = 0;

  constructor(history: History, part: DeliveryPart, hris: Hris) {
    this.history = history;
    this.part = part;
    this.hris = hris;
    this.operator = new DeliveryOperator(history, NAME);
  }

  async perform(operation: Operation): Promise<void> {
    const own = operation as DeliveryOperation;
    if (own.kind !== 'order') {
      if (this.history.postpone(operation)) return;
      if (own.kind !== 'resume') return this.operator.act(own.kind, own.nth);
      this.history.trouble('resume');
      await this.history.world.operator('POST', `/v1/destinations/${NAME}/resume`, {});
      return;
    }
    if (!own.told) this.history.trouble('destination not told');
    await this.#order(own.causes, own.told);
  }

  /** What a feature does: entries and intents in one set, then the destination is told. */
  async #order(causes: readonly string[], told: boolean): Promise<void> {
    const { now } = this.history.world;
    const rewards = this.part.rewards.filter(({ cause }) => causes.includes(cause));
    const set = { rows: rewards.flatMap((reward) => rowsOf(reward, this.history.plan.startAt)) };
    for (const reward of rewards) this.ordered.set(keyOf(reward), reward);
    const { verdict } = await commit(env, set, now);
    if (verdict !== 'committed') this.#unsure.push(...causes);
    else if (told) await orderDeliveries(env, NAME, rewards.map(deliveryOf), now);
    else this.#untold.push(...rewards.map(deliveryOf));
  }

  /** A request is on its way: its object hears of others, and must not forget them after it. */
  async meanwhile(): Promise<void> {
    this.#asked += 1;
    const ids = this.#untold;
    const { world, plan } = this.history;
    if (ids.length === 0 || unitOf(`${plan.seed} told during ${this.#asked}`) < 0.5) return;
    this.#untold = [];
    this.history.trouble(TOLD_DURING);
    await orderDeliveries(env, NAME, ids, world.now);
  }

  /** A feature sends what it did not hear of once more, the same bytes. */
  async heal(): Promise<void> {
    this.hris.calm = true;
    const causes = this.#unsure;
    this.#unsure = [];
    for (const cause of causes) await this.#order([cause], true);
  }

  look = (): Promise<void> => this.operator.look();

  /** Whoever sees to the manual queue does so while the HRIS is well. */
  attend = (): Promise<void> => this.operator.seeTo();

  broken(books: Books): string[] {
    this.hris.tell(this.history);
    return brokenDelivery(this, books);
  }

  /** Whether something was still open when it was given up is not the same in every run. */
  state = (books: Books): string[] => {
    const isSure = this.operator.givenUp.size === 0;
    return [...outcomesOf(books)]
      .map(([delivery, outcome]) => (isSure ? `${delivery} ${outcome}` : delivery))
      .sort();
  };

  transitions = (books: Books): string[] =>
    [...outcomesOf(books).values()].map((outcome) => `ORDERED > ${outcome}`);
}

/** Names the payment at the HRIS. */
export const keyOf = ({ cause }: PlannedReward): string => `REWARD_${cause}`;

export const deliveryOf = ({ cause }: PlannedReward): string =>
  deliveryIdOf({ destination: NAME, operation: 'reward', cause });

/** The bytes of a reward; the same for the same reward at any time. */
function rowsOf(reward: PlannedReward, at: number) {
  const { cause, employee, amount } = reward;
  const agent = agentKeyOf(employee);
  const [pending, earned] = [agentReward(agent, 'pending'), agentReward(agent, 'earned')];
  const day = new Date(at).toISOString().slice(0, 10);
  const entries = (kind: string, from: string, to: string) =>
    transaction({ kind, cause: `${cause}.${kind}`, occurredAt: at, recordedAt: at }, [
      { unit: UNIT, from, to, amount, day, rule: null },
    ]).map(entryRow);
  const shown = (amount / 100).toFixed(2);
  const fields = { employee_id: employee, amount: shown, unit: 'USD', reason: 'reward' };
  const key = keyOf(reward);
  const intent: Intent = {
    destination: NAME,
    operation: 'reward',
    cause,
    subject: `reward:${cause}`,
    at,
    idempotencyKey: key,
    request: {
      method: 'POST',
      path: '/api/v1/rewards',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify(fields),
    },
    expect: [{ pointer: '/amount', value: shown }],
    agents: [agent],
    outcomes: {
      CONFIRMED: { rows: entries('REWARD_EARNED', pending, earned) },
      REJECTED: { rows: entries('REWARD_RETURNED', pending, fundingAccount('history')) },
    },
  };
  return [
    ...entries('REWARD_PENDING', fundingAccount('history'), pending),
    deliveryRow(intent, `salt-of-${cause}`),
  ];
}

export const delivery = system<DeliveryPart>({
  name: 'delivery',
  partakes: (seed) => seed % 3 === 0,
  places: { destination: OBJECT_MODES },
  troubles: [
    ...FATES.map((fate) => `hris ${fate}`),
    'hris ignores keys',
    'destination not told',
    TOLD_DURING,
    'resume',
    'delivery released',
    'delivery abandoned',
    'abandon refused',
  ],
  transitions: ['ORDERED > CONFIRMED', 'ORDERED > REJECTED', 'ORDERED > ABANDONED'],
  draw: drawDelivery,
  open: async (history, part) => {
    const { world, plan } = history;
    const secret = `canary-hris-${plan.seed}-0123456789`;
    const hris = new Hris(
      plan.seed,
      part.habits,
      secret,
      () => world.now,
      () => world.board.states.get(`destination ${NAME}`),
    );
    const player = new DeliveryPlayer(history, part, hris);
    world.board.outside = async (_, request) => {
      await player.meanwhile();
      return hris.answer(request);
    };
    const { honoursKeys, keyLifeHours } = part.habits;
    await world.must('PUT', `/v1/destinations/${NAME}`, {
      preset: 'hris',
      url: `https://${NAME}.example.com`,
      auth: { type: 'bearer', token: secret },
      concurrency: part.concurrency,
      honoursKeys,
      keyLifeHours,
    });
    return player;
  },
});
