/**
 * What cron does for deliveries: finds those without an outcome along the seals and orders them
 * again, has destinations and subscriptions look, and says what is late. Asks what is due and not
 * done; firing twice or missing a firing changes nothing in the end.
 */
import type { HealthCheck, HealthStatus } from '../http/health';
import { printInstant } from '../kernel/instant';
import { commit } from '../ledger/client';
import { type ConfigVersion, MARK_KIND, markRow } from '../ledger/config';
import { readLatest, walkAfter } from '../ledger/store';
import { log, messageOf } from '../runtime/log';
import { callDestination, callSubscription, type DeliveryEnv, orderDeliveries } from './client';
import type { Destination } from './destination';
import { DELIVERIES_TABLE } from './intent';
import { isWorthWriting, MARK_NAME, MOST_OPEN, type SweepMark } from './mark';
import type { DestinationReport } from './sending/operator';
import { readDestinations, readOpen } from './store';
import { readSubscriptions } from './subscriptions/store';

/** Rounds of some thousand rows of one firing. */
const MOST_ROUNDS = 20;
/** Destinations and subscriptions of one read. */
const THINGS_A_PAGE = 1000;
const LATE_MS = 3_600_000;

/**
 * Every five minutes: the net under lost orders, but for those that have hours of their own.
 * A destination leaves out what it knows. Goes on where everything was ordered, and remembers what
 * is open from where it stopped to remember.
 */
export async function sweepDeliveries(
  env: DeliveryEnv,
  now: number,
  rounds = MOST_ROUNDS,
): Promise<void> {
  const before = await readLatest<SweepMark>(env.DB, MARK_KIND, MARK_NAME);
  const { seal = 0, open = [] } = before?.content ?? {};
  const remembered = await readOpen(env.DB, open);
  const kept = new Set(remembered.map(({ id }) => id));
  await orderAll(env, remembered, now);
  let mark = seal;
  const remember = (from: number, to: number, found: readonly Open[]): void => {
    if (mark !== from || kept.size + found.length > MOST_OPEN) return;
    for (const { id } of found) kept.add(id);
    mark = to;
  };
  let ordered = Math.max(seal, before?.content.ordered ?? seal);
  // What was ordered and is not remembered: as far as there is room for it now.
  for (let round = 0; round < rounds && mark < ordered; round += 1) {
    const walked = await walkOpen(env, mark);
    const from = mark;
    remember(from, walked.reached, walked.found);
    if (mark === from) break;
    await orderAll(env, walked.found, now);
  }
  ordered = Math.max(ordered, mark);
  let reached = ordered;
  for (let round = 0; round < rounds; round += 1) {
    const walked = await walkOpen(env, reached);
    if (walked.reached === reached) break;
    remember(reached, walked.reached, walked.found);
    const isHeard = await orderAll(env, walked.found, now);
    // What was neither heard nor is remembered is found again with the next firing.
    const isSafe = isHeard || mark === walked.reached;
    if (isSafe && ordered === reached) ordered = walked.reached;
    reached = walked.reached;
  }
  const next: SweepMark = { seal: mark, open: [...kept].sort(), ordered };
  if (isWorthWriting(before?.content ?? null, next)) {
    await commit(env, { rows: [markRow(MARK_NAME, before, next, now)] }, now);
  }
}

type Open = Awaited<ReturnType<typeof readOpen>>[number];

/** Deliveries without an outcome in the seals after one, as far as one page goes. */
async function walkOpen(env: DeliveryEnv, from: number) {
  const { reached, ids } = await walkAfter(env.DB, [DELIVERIES_TABLE.name], from);
  const found = await readOpen(
    env.DB,
    ids.map(({ id }) => id),
  );
  return { reached, found };
}

/** False where a destination did not answer. */
async function orderAll(env: DeliveryEnv, found: readonly Open[], now: number): Promise<boolean> {
  let isHeard = true;
  for (const [destination, some] of Map.groupBy(found, (one) => one.destination)) {
    const ids = some.map(({ id }) => id);
    isHeard = (await orderDeliveries(env, destination, ids, now)) && isHeard;
  }
  return isHeard;
}

/** Each thing of a kind, whatever their number. */
async function* each<T>(
  pageAfter: (name: string | null) => Promise<ConfigVersion<T>[]>,
): AsyncGenerator<ConfigVersion<T>> {
  for (let last: string | undefined | null = null; last !== undefined; ) {
    const page: ConfigVersion<T>[] = await pageAfter(last);
    yield* page;
    last = page.at(-1)?.name;
  }
}

const destinationsOf = (env: DeliveryEnv, count: number): ReturnType<typeof each<Destination>> =>
  each((after) => readDestinations(env.DB, after, count));

/** Every five minutes: has each destination do what is due, should its alarm be lost. */
export async function pokeDestinations(
  env: DeliveryEnv,
  now: number,
  count = THINGS_A_PAGE,
): Promise<void> {
  for await (const { name } of destinationsOf(env, count)) {
    await quietly('destination', name, () =>
      callDestination(env, name, (object) => object.poke(now)),
    );
  }
}

/** Every five minutes: has each subscription look for notices, should nobody have told it. */
async function lookForNotices(env: DeliveryEnv, now: number, count = THINGS_A_PAGE): Promise<void> {
  for await (const { name, content } of each((after) => readSubscriptions(env.DB, after, count))) {
    if (!content.enabled) continue;
    await quietly('subscription', name, () =>
      callSubscription(env, name, (object) => object.poke(now)),
    );
  }
}

/** One that does not answer keeps no other waiting. */
async function quietly(what: string, name: string, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (thrown) {
    log('warn', 'delivery.not-poked', { what, name, message: messageOf(thrown) });
  }
}

export const deliveryJobs = [
  { name: 'delivery-sweep', run: sweepDeliveries },
  { name: 'destinations', run: pokeDestinations },
  { name: 'subscriptions', run: lookForNotices },
] as const;

/** Parked and uncertain deliveries, open breakers and the oldest that waits, by destination. */
export const deliveryHealth: HealthCheck<DeliveryEnv> = {
  name: 'deliveries',
  async check(env, now) {
    const detail: Record<string, unknown> = {};
    const statuses: HealthStatus[] = [];
    for await (const { name } of destinationsOf(env, THINGS_A_PAGE)) {
      const report = await callDestination(env, name, (object) => object.report());
      const status = report === null ? 'ok' : statusOf(report, now);
      statuses.push(status);
      if (report !== null && status !== 'ok') detail[name] = shown(report);
    }
    const order = ['parked', 'late', 'ok'] as const;
    return { status: order.find((one) => statuses.includes(one)) ?? 'ok', detail };
  },
};

function statusOf(report: DestinationReport, now: number): HealthStatus {
  const { parked, uncertain, breaker, oldestAt } = report;
  if (breaker.state === 'OPEN' || parked + uncertain > 0) return 'parked';
  return oldestAt !== null && oldestAt < now - LATE_MS ? 'late' : 'ok';
}

const shown = ({ breaker, oldestAt, ...counts }: DestinationReport) => ({
  ...counts,
  breaker: breaker.state,
  reason: breaker.reason,
  oldestAt: oldestAt === null ? null : printInstant(oldestAt),
});
