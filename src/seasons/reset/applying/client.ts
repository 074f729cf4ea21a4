/**
 * Applies staged batches in their windows and reconciles them (S3, S4): orders what fits, waits for
 * outcomes, reads platforms back, sends differences again. Decides what of a turn is saved. Refuses
 * to order outside a maintenance window or while the inbound volume is high.
 */
import { orderDeliveries } from '../../../delivery/client';
import { readOutcomes } from '../../../delivery/store';
import type { SeasonsEnv } from '../../client';
import { costOf } from '../../telling/batch';
import type { NamedDestination } from '../../telling/target';
import { invalidate } from '../ends/client';
import { passOver, passUnread } from '../passing/client';
import type { Off } from '../passing/store';
import type { Setting } from '../plan';
import {
  differenceOf,
  expectedNow,
  type Reading,
  readAnew,
  readBack,
  tellAgain,
} from '../reading/client';
import { LISTED, lostOf, type Report } from '../report';
import { type Batch, countedIn, type Saga, withAnswers } from '../run';
import { fits, nextWindow, openWindow, type Volume, volumeVerdict } from '../window';

/** Batches on their way at one time; a destination has five requests in flight. */
const MOST_OPEN = 5;
/** Retries of what differs in one window, and in all. */
const RETRIES_A_WINDOW = 3;
const MOST_RETRIES = 9;
const POLL_MS = 5_000;
/** Outside a window nothing is sent: only answers that came late are looked for, ever more seldom. */
const SLOW_POLL_MS = 60_000;
const HELD_BACK_MS = 300_000;

export interface Applying {
  readonly saga: Saga;
  readonly setting: Setting;
  readonly destinations: readonly NamedDestination[];
  readonly volume: Volume;
  /** Destinations that are switched off now. */
  readonly off: ReadonlyMap<string, Off>;
  batch(number: number): Batch | null;
}

/** What became of one open batch. */
export type Settled =
  | { readonly kind: 'waits' }
  | { readonly kind: 'kept'; readonly batch: Batch; readonly saga: Saga }
  | { readonly kind: 'done'; readonly saga: Saga };

/** `closed`: outside a window; `high`: the inbound volume is, and nothing more is sent (S3). */
type Leave = 'open' | 'closed' | 'high';

/** Whether platforms may be written now. First orders, lost ones and retries all ask it. */
function leaveOf({ setting, volume }: Applying, now: number): Leave {
  const { season } = setting;
  if (openWindow(season, now) === null) return 'closed';
  return volumeVerdict(volume, season.inboundVolume.percentOfPeak, now) === 'high'
    ? 'high'
    : 'open';
}

/** Until when a batch rests that has something to send and may not. */
const restOf = (leave: Leave, { season }: Setting, now: number): number =>
  leave === 'closed' ? nextWindow(season, now) : now + HELD_BACK_MS;

/** Looks at one open batch: done when every platform has what was told, or when nothing helps. */
export async function settle(
  env: SeasonsEnv,
  applying: Applying,
  batch: Batch,
  now: number,
): Promise<Settled> {
  const { setting, destinations } = applying;
  if ((batch.restsUntil ?? 0) > now) return { kind: 'waits' };
  const ids = batch.deliveries.map(({ id }) => id);
  const outcomes = await readOutcomes(env.DB, ids);
  const passed = await passOver(env, applying, batch, outcomes, now);
  if (passed !== null) {
    const saga = { ...applying.saga, report: passed.report };
    return { kind: 'kept', batch: passed.batch, saga };
  }
  if (outcomes.size < ids.length) return goOn(env, applying, batch, outcomes, now);
  const expected = await expectedNow(env, destinations, setting, batch);
  let found = await readBack(env, destinations, expected, batch, now);
  let saga = withAnswers(applying.saga, found.answered);
  if (found.silent.length + found.unasked.length > 0) {
    const left = passUnread({ ...applying, saga }, batch, found, now);
    return left === null ? { kind: 'waits' } : { kind: 'kept', ...left };
  }
  const mayRetell = batch.retries < MOST_RETRIES;
  const { unmet: earlier = [] } = batch;
  if (earlier.length > 0 && !(mayRetell && found.differing.length > 0)) {
    // Found before a silence that may have lasted for a day: it is read once more before it is told.
    found = await readAnew(env, destinations, expected, { found, earlier }, now);
    saga = withAnswers(saga, found.answered);
  }
  if (mayRetell && found.differing.length > 0) {
    return retold(env, { ...applying, saga }, batch, found, now);
  }
  await invalidate(env, saga, batch, now);
  return { kind: 'done', saga: { ...saga, report: reportDone(saga.report, batch, found) } };
}

/** What differs is sent again when it may be; until then what was read to agree stays read. */
async function retold(
  env: SeasonsEnv,
  applying: Applying,
  batch: Batch,
  { differing, met }: Reading,
  now: number,
): Promise<Settled> {
  const { saga, setting, destinations } = applying;
  const leave = leaveOf(applying, now);
  if (leave !== 'open') {
    const restsUntil = restOf(leave, setting, now);
    return { kind: 'kept', batch: { ...batch, met, unmet: [], unread: [], restsUntil }, saga };
  }
  const retries = batch.retries + 1;
  const about = { batch, differing };
  const deliveries = await tellAgain(env, destinations, { saga, setting }, about, now);
  const report = { ...saga.report, retried: saga.report.retried + differing.length };
  const retried = { ...saga, report };
  const rests = retries % RETRIES_A_WINDOW === 0 && deliveries.length > 0;
  return {
    kind: 'kept',
    batch: {
      ...batch,
      retries,
      deliveries,
      met: [],
      unmet: [],
      unread: [],
      ...(rests && { restsUntil: nextWindow(setting.season, now) }),
    },
    saga: deliveries.length > 0 ? countedNow(retried, setting, now) : retried,
  };
}

/** The report with a batch that is read back. */
function reportDone(report: Report, { expected }: Batch, { differing, missing }: Reading): Report {
  const unmet = differing.length + missing.length;
  return {
    ...report,
    applied: report.applied + expected.length - unmet,
    differing: report.differing + differing.length,
    differences: [
      ...report.differences,
      ...differing.map((one) => differenceOf(one.expected, one.fields)),
    ].slice(0, LISTED),
    missingThere: report.missingThere + missing.length,
    missing: [...report.missing, ...missing.map(lostOf)].slice(0, LISTED),
  };
}

function countedNow(saga: Saga, { season }: Setting, now: number): Saga {
  const window = openWindow(season, now);
  return window === null ? saga : countedIn(saga, window.from);
}

/** A batch that is not all told: lost orders are given again, and the window in which it goes on counts. */
async function goOn(
  env: SeasonsEnv,
  applying: Applying,
  batch: Batch,
  outcomes: ReadonlyMap<string, unknown>,
  now: number,
): Promise<Settled> {
  if (leaveOf(applying, now) !== 'open') return { kind: 'waits' };
  await orderLeft(env, batch, outcomes, now);
  const { saga, setting, off } = applying;
  const goes = batch.deliveries.some(
    ({ destination, id }) => !outcomes.has(id) && !off.has(destination),
  );
  const counted = goes ? countedNow(saga, setting, now) : saga;
  return counted === saga ? { kind: 'waits' } : { kind: 'kept', batch, saga: counted };
}

/** An order that was lost is given again: a destination leaves out what it knows. */
async function orderLeft(
  env: SeasonsEnv,
  { deliveries }: Batch,
  outcomes: ReadonlyMap<string, unknown>,
  now: number,
): Promise<void> {
  for (const { destination, id } of deliveries) {
    if (!outcomes.has(id)) await orderDeliveries(env, destination, [id], now);
  }
}

/** The slowest destination's requests a minute; null: nobody says. */
export const slowest = (destinations: readonly NamedDestination[]): number | null =>
  destinations.reduce<number | null>((least, { destination }) => {
    const rate = destination.ratePerMinute;
    return rate === null || (least !== null && least <= rate) ? least : rate;
  }, null);

/** The saga with the next batches ordered, or as it was where none may be. */
export async function orderNext(env: SeasonsEnv, applying: Applying, now: number): Promise<Saga> {
  const { setting, destinations, volume } = applying;
  const heldBack = leaveOf(applying, now) === 'high';
  let { saga } = applying;
  if (heldBack !== saga.heldBack) saga = { ...saga, heldBack };
  const window = openWindow(setting.season, now);
  const verdict = volumeVerdict(volume, setting.season.inboundVolume.percentOfPeak, now);
  const rate = slowest(destinations);
  let pending = saga.open.reduce((sum, n) => sum + costOf(applying.batch(n)), 0);
  while (saga.next < saga.staged) {
    const batch = applying.batch(saga.next);
    const needsWindow = batch !== null && batch.deliveries.length > 0;
    if (needsWindow) {
      const isFirst = saga.lastWindow !== window?.from;
      const cost = costOf(batch);
      const spent = isFirst || saga.spent === null ? { from: now, cost: pending } : saga.spent;
      const active = saga.open.filter((n) => (applying.batch(n)?.restsUntil ?? 0) <= now).length;
      if (window === null || heldBack || active >= MOST_OPEN) break;
      // Every window brings a run at least one batch further.
      const isLate = !fits({ from: now, cost: pending }, cost, rate, window.until);
      if (!isFirst && (isLate || !fits(spent, cost, rate, window.until))) break;
      for (const { destination, id } of batch.deliveries) {
        await orderDeliveries(env, destination, [id], now);
      }
      pending += cost;
      saga = inWindow(saga, window.from, verdict);
      saga = { ...saga, spent: { ...spent, cost: spent.cost + cost } };
    }
    saga = { ...saga, next: saga.next + 1, open: [...saga.open, saga.next] };
    if (!needsWindow && saga.open.length >= MOST_OPEN) break;
  }
  return saga;
}

function inWindow(saga: Saga, from: number, verdict: 'low' | 'high' | 'unknown'): Saga {
  const counted = countedIn(saga, from);
  const { report } = counted;
  const volume = verdict === 'unknown' ? report.volume : 'known';
  return { ...counted, lastWindow: from, report: { ...report, volume } };
}

/**
 * True for a batch of which nothing is to be told or read back: it is done at once. One that waits
 * for a platform's reading is polled, though all that was ordered of it is told or passed over.
 */
export const isOver = (batch: Batch | null, now: number): boolean =>
  batch !== null &&
  batch.deliveries.length + batch.expected.length === 0 &&
  (batch.restsUntil ?? 0) <= now;

/** A minute at first, then as long as the window has been over: a dozen looks until the next one. */
function outsidePoll({ lastWindow }: Saga, { season }: Setting, now: number): number {
  const closed = (lastWindow ?? now) + season.maintenanceWindow.minutes * 60_000;
  return Math.max(SLOW_POLL_MS, now - closed);
}

/** When there is something to do next for a saga that applies. */
export function nextTurn({ saga, setting, batch }: Applying, now: number): number {
  const { season } = setting;
  const window = openWindow(season, now);
  const rests = saga.open.flatMap((n) => batch(n)?.restsUntil ?? []);
  const waiting = saga.open.filter((n) => (batch(n)?.restsUntil ?? 0) <= now);
  const times: number[] = [];
  if (waiting.length > 0) {
    const poll = window === null ? outsidePoll(saga, setting, now) : POLL_MS;
    times.push(Math.min(now + poll, nextWindow(season, now)));
  }
  times.push(...rests.filter((at) => at > now));
  if (saga.next < saga.staged && waiting.length === 0) {
    const opens = nextWindow(season, now);
    times.push(window === null || !saga.heldBack ? opens : Math.min(now + HELD_BACK_MS, opens));
  }
  return times.length === 0 ? now : Math.min(...times);
}
