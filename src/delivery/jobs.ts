/**
 * What cron does for deliveries: finds those without an outcome along the seals and orders them
 * again, has destinations and subscriptions look, and says what is late. Asks what is due and not
 * done; firing twice or missing a firing changes nothing in the end.
 */
import type { HealthCheck, HealthStatus } from '../http/health';
import { printInstant } from '../kernel/instant';
import { commit } from '../ledger/client';
import { readLatest, walkAfter } from '../ledger/store';
import { log, messageOf } from '../runtime/log';
import { callDestination, callSubscription, type DeliveryEnv, orderDeliveries } from './client';
import { DELIVERIES_TABLE } from './intent';
import { isWorthWriting, MARK_KIND, MARK_NAME, MOST_OPEN, markRow, type SweepMark } from './mark';
import type { DestinationReport } from './sending/operator';
import { readDestinations, readOpen } from './store';
import { readSubscriptions } from './subscriptions/store';

/** Rounds of some thousand rows of one firing. */
const MOST_ROUNDS = 20;
const MOST_THINGS = 1000;
const LATE_MS = 3_600_000;

/** Every five minutes: the net under lost orders. A destination leaves out what it knows. */
export async function sweepDeliveries(env: DeliveryEnv, now: number): Promise<void> {
  const before = await readLatest<SweepMark>(env.DB, MARK_KIND, MARK_NAME);
  const { seal = 0, open = [] } = before?.content ?? {};
  const remembered = await readOpen(env.DB, open);
  const found = [...remembered];
  const kept = new Set(remembered.map(({ id }) => id));
  let mark = seal;
  let reached = seal;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const walked = await walkAfter(env.DB, [DELIVERIES_TABLE.name], reached);
    if (walked.reached === reached) break;
    const fresh = await readOpen(
      env.DB,
      walked.ids.map(({ id }) => id),
    );
    found.push(...fresh);
    const fits = mark === reached && kept.size + fresh.length <= MOST_OPEN;
    reached = walked.reached;
    if (!fits) continue;
    for (const { id } of fresh) kept.add(id);
    mark = reached;
  }
  for (const [destination, some] of Map.groupBy(found, (one) => one.destination)) {
    const ids = some.map(({ id }) => id);
    await orderDeliveries(env, destination, ids, now);
  }
  const next: SweepMark = { seal: mark, open: [...kept].sort() };
  if (isWorthWriting(before?.content ?? null, next)) {
    await commit(env, { rows: [markRow(before, next, now)] }, now);
  }
}

/** Every five minutes: has each destination do what is due, should its alarm be lost. */
export async function pokeDestinations(env: DeliveryEnv, now: number): Promise<void> {
  for (const { name } of await readDestinations(env.DB, null, MOST_THINGS)) {
    await quietly('destination', name, () =>
      callDestination(env, name, (object) => object.poke(now)),
    );
  }
}

/** Every five minutes: has each subscription look for notices, should nobody have told it. */
export async function lookForNotices(env: DeliveryEnv, now: number): Promise<void> {
  for (const { name, content } of await readSubscriptions(env.DB, null, MOST_THINGS)) {
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
    for (const { name } of await readDestinations(env.DB, null, MOST_THINGS)) {
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
