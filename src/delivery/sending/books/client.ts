/**
 * Writes outcomes and alarms into the books. Decides what an answer of the journal means for each:
 * in the books, to be sent again, or posted aside because the books do not take it. Refuses to
 * lose one: what is not answered stays with the object.
 */
import type { CommitAnswer } from '../../../kernel/change-set';
import { commitAll } from '../../../ledger/client';
import { log } from '../../../runtime/log';
import { type DeliveryEnv, orderDeliveries } from '../../client';
import { DELIVERIES_TABLE } from '../../intent';
import { alarmRows, outcomeSet, parkedRows, type Reached } from '../../outcome';
import { readDeliveries, readOutcomes, type StoredDelivery } from '../../store';
import { reachedName } from '../queue';
import type { Alarm } from '../state';

export interface Written {
  /** Names of outcomes that are in the books, or that another outcome stands for. */
  readonly outcomes: readonly Reached[];
  readonly alarms: readonly Alarm[];
  /** Outcomes that must be posted in another way, to be saved first. */
  readonly changed: readonly Reached[];
  /** True when the journal answered everything. */
  readonly whole: boolean;
}

type Intents = ReadonlyMap<string, StoredDelivery>;

/** Sends every outcome and alarm once. `again`: some of it may have been sent before. */
export async function writeOutcomes(
  env: DeliveryEnv,
  destination: string,
  pending: {
    readonly reached: readonly Reached[];
    readonly alarms: readonly Alarm[];
    readonly again: boolean;
  },
  now: number,
): Promise<Written> {
  const { reached, alarms, again } = pending;
  const ids = [...reached.map(({ delivery }) => delivery), ...alarms.flatMap(idOfAlarm)];
  const deliveries = await readDeliveries(env.DB, [...new Set(ids)]);
  const sets = [
    ...reached.map((one) => outcomeSet(one, intentOf(deliveries, one.delivery), env.SECRETS_KEY)),
    ...alarms.map((one) => ({ rows: rowsOf(one, destination, deliveries) })),
  ];
  const answers = await commitAll(
    env,
    sets.map((set) => (again ? { ...set, resent: true } : set)),
    now,
  );
  const written = await read(env, reached, answers, deliveries, now);
  const told = alarms.filter((_, index) => isAnswered(answers[reached.length + index]));
  return { ...written, alarms: told, whole: answers.every(isAnswered) };
}

const idOfAlarm = ({ delivery }: Alarm): string[] => (delivery === null ? [] : [delivery]);

const intentOf = (deliveries: Intents, id: string) => deliveries.get(id)?.intent ?? null;

function rowsOf({ delivery, at, why }: Alarm, destination: string, deliveries: Intents) {
  if (delivery === null) return parkedRows(destination, at, why);
  const about = deliveries.get(delivery) ?? null;
  return alarmRows({ delivery, at }, about, why);
}

const isAnswered = (answer: CommitAnswer | undefined): boolean =>
  answer !== undefined && answer.verdict !== 'busy' && answer.verdict !== 'retry';

async function read(
  env: DeliveryEnv,
  reached: readonly Reached[],
  answers: readonly CommitAnswer[],
  deliveries: Intents,
  now: number,
): Promise<Pick<Written, 'outcomes' | 'changed'>> {
  const outcomes: Reached[] = [];
  const doubtful: Reached[] = [];
  for (const [index, one] of reached.entries()) {
    const answer = answers[index];
    if (answer?.verdict === 'committed') outcomes.push(one);
    else if (isAnswered(answer)) doubtful.push(one);
  }
  for (const one of outcomes) await follow(env, one, deliveries, now);
  const standing = await readOutcomes(
    env.DB,
    doubtful.map(({ delivery }) => delivery),
  );
  const changed: Reached[] = [];
  for (const one of doubtful) {
    const stands = standing.get(one.delivery)?.outcome;
    const aside = stands === undefined ? 'REFUSED' : stands === 'ABANDONED' ? 'LATE' : null;
    const isNews = one.aside === null && aside !== null && stands !== one.outcome;
    if (isNews && (stands === undefined || one.outcome === 'CONFIRMED')) {
      changed.push({ ...one, aside });
    } else outcomes.push(one);
    log('error', 'delivery.outcome-not-taken', { name: reachedName(one), stands: stands ?? null });
  }
  return { outcomes, changed };
}

/** Deliveries among what a confirmation wrote are ordered now. */
async function follow(env: DeliveryEnv, one: Reached, deliveries: Intents, now: number) {
  if (one.aside !== null) return;
  const frozen = intentOf(deliveries, one.delivery)?.outcomes;
  const rows = frozen?.[one.outcome === 'CONFIRMED' ? 'CONFIRMED' : 'REJECTED'].rows ?? [];
  for (const { table, id, values } of rows) {
    if (table !== DELIVERIES_TABLE.name) continue;
    await orderDeliveries(env, String(values.destination), [id], now);
  }
}
