/**
 * One wave: reads what is to be sent, sends it with a bounded number in flight, and tells what
 * became of each. Decides nothing itself but stops as soon as the breaker opens or the target asks
 * for patience; what was not sent goes back. Refuses to send what has an outcome in the books.
 */
import type { JsonObject } from '../../../events/event';
import { parseJson } from '../../../kernel/json';
import { nextOpening, openHours } from '../../../kernel/zone';
import { jittered } from '../../../runtime/chance';
import { log } from '../../../runtime/log';
import type { DeliveryEnv } from '../../client';
import { operationOf, renderLookUp } from '../../connectors/connector';
import type { Destination } from '../../destination';
import type { FrozenRequest, Intent } from '../../intent';
import {
  readDeliveries,
  readOutcomes,
  readReplaced,
  type StoredDelivery,
  type StoredOutcome,
} from '../../store';
import { type Heard, withoutSecrets } from '../answer';
import { goesOn, type Mood, moodAfter, type Sign, signOf, type WaveDone } from '../apply';
import type { Budget } from '../asking/tally';
import { sendBatch } from '../batch/client';
import { type LiveDestination, send } from '../client';
import {
  type After,
  afterLookUp,
  afterSending,
  type Exchange,
  emptied,
  LOOK_AFTER_MS,
  resting,
  untilOpen,
  type Way,
  waiting,
  wayOf,
} from '../held';
import type { WaveItem } from '../queue';
import { type Held, heldFrom, restedOn, wasSent, watchedFrom } from '../state';
import { judge, judgeLookUp, type Sighting } from '../verdict';

/** How long one of several requests that was only told to wait rests in the end. */
const TAIL_MS = 60_000;

/** What the books say about the deliveries of a wave. */
export interface Loaded {
  readonly deliveries: ReadonlyMap<string, StoredDelivery>;
  readonly outcomes: ReadonlyMap<string, StoredOutcome>;
  /** Rows in the books that replace requests, as those name them. */
  readonly replaced: ReadonlySet<string>;
}

/** Reads what a wave must know of its deliveries. */
export async function loadWave(
  { DB }: Pick<DeliveryEnv, 'DB'>,
  items: readonly WaveItem[],
): Promise<Loaded> {
  const ids = items.map(({ id }) => id);
  const [deliveries, outcomes] = await Promise.all([
    readDeliveries(DB, ids),
    readOutcomes(DB, ids),
  ]);
  const replaced = await readReplaced(DB, deliveries.values());
  return { deliveries, outcomes, replaced };
}

export interface Target {
  readonly live: LiveDestination;
  readonly destination: Destination;
  /** True in sandbox mode: nothing is left to chance there. */
  readonly steady: boolean;
  /** True: nothing is sent, only asked about. */
  readonly looksOnly: boolean;
  /** What may still be sent in this minute. */
  readonly budget: Budget;
}

/** What a delivery came to, and what its answer says of the target. */
interface Turn {
  readonly after: After;
  readonly sign: Sign | null;
  /** Requests beyond the first. */
  readonly further?: number;
}

export async function runWave(
  target: Target,
  items: readonly WaveItem[],
  loaded: Loaded,
  before: Mood,
  now: number,
): Promise<Omit<WaveDone, 'endedAt'>> {
  let mood = before;
  const isProbe = before.breaker.openedAt !== null;
  let begun = 0;
  let further = 0;
  const afters: { readonly item: WaveItem; readonly after: After }[] = [];
  const lane = async (): Promise<void> => {
    for (;;) {
      const item = items[begun];
      if (item === undefined) return;
      begun += 1;
      const may = goesOn(mood, now) || (isProbe && begun === 1) || item.held?.released === true;
      const turn = may ? await turnOf(target, item, loaded, now) : BACK;
      further += turn.further ?? 0;
      // What was in flight together asks for patience once.
      const asks = turn.sign?.kind === 'paced';
      const felt = asks ? { ...mood, paces: Math.min(mood.paces, before.paces) } : mood;
      if (turn.sign !== null) mood = moodAfter(felt, turn.sign, now);
      afters.push({ item, after: turn.after });
    }
  };
  await Promise.all(Array.from({ length: target.destination.concurrency }, lane));
  return { afters, mood, began: before.breaker, further };
}

const BACK: Turn = { after: { kind: 'BACK' }, sign: null };
const DROPPED: Turn = { after: { kind: 'DROP' }, sign: null };

async function turnOf(
  target: Target,
  item: WaveItem,
  { deliveries, outcomes, replaced }: Loaded,
  now: number,
): Promise<Turn> {
  const isWatched = item.held?.state === 'WATCHED';
  const outcome = outcomes.get(item.id)?.outcome;
  // Given up, and the object was not told: what was sent is watched all the same.
  if (outcome === 'ABANDONED' && item.held !== null && !isWatched && wasSent(item.held)) {
    return { after: { kind: 'HELD', held: watchedFrom(item.held, now) }, sign: null };
  }
  if (outcome !== undefined && !(isWatched && outcome === 'ABANDONED')) return DROPPED;
  const delivery = deliveries.get(item.id);
  if (delivery === undefined) {
    log('error', 'delivery.unknown', { id: item.id, destination: target.live.id });
    return DROPPED;
  }
  if (item.held?.isResting === true && !target.looksOnly) {
    return { after: { kind: 'HELD', held: restedOn(item.held) }, sign: null };
  }
  const { intent } = delivery;
  // Nothing is left of it to ask by.
  if (intent === null && target.looksOnly) return BACK;
  if (intent === null) return { after: emptied(item, now), sign: null };
  return way({ ...target, replaced }, item, intent, now);
}

/** A target, and what of its deliveries has been replaced. */
type Knowing = Target & Pick<Loaded, 'replaced'>;

async function way(target: Knowing, item: WaveItem, intent: Intent, now: number): Promise<Turn> {
  const asked = lookUpOf(target.destination, intent);
  const settings = { ...target.destination, canBeAsked: asked !== null };
  if (target.looksOnly && asked === null) return BACK;
  const chosen: Way = target.looksOnly ? 'LOOK_UP' : wayOf(item.held, intent, settings, now);
  if (chosen === 'SEND' && intent.hours !== undefined && openHours(intent.hours, now) === null) {
    return { after: untilOpen(item, nextOpening(intent.hours, now)), sign: null };
  }
  if (chosen === 'SEND') return sent(target, item, intent, now);
  if (chosen === 'LOOK_UP' && asked !== null) return lookedUp(target, item, { intent, asked }, now);
  if (chosen === 'WAIT' && item.held !== null) return { after: waiting(item.held), sign: null };
  return { after: resting(item), sign: null };
}

/** The fields of a delivery are those of its body. */
function lookUpOf(destination: Destination, intent: Intent) {
  if (intent.idempotencyKey === null) return null;
  const parsed = parseJson(intent.request.body ?? '{}');
  const body = parsed.ok ? parsed.value : {};
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  const asked = { fields: { ...fields } as JsonObject, key: intent.idempotencyKey };
  const rendered = renderLookUp(destination, intent.operation, asked);
  return rendered.ok ? { ...rendered.value, key: intent.idempotencyKey } : null;
}

type Asked = NonNullable<ReturnType<typeof lookUpOf>>;

const exchangeOf = (
  { destination, steady }: Target,
  item: WaveItem,
  request: FrozenRequest,
  heard: Heard,
  now: number,
): Exchange => ({
  item,
  heard,
  headers: withoutSecrets(Object.entries(request.headers)),
  now,
  probeSeconds: destination.probeSeconds,
  jitter: steady ? (ms) => ms : jittered,
});

async function sent(target: Knowing, item: WaveItem, intent: Intent, now: number): Promise<Turn> {
  if (intent.further !== undefined) return sentAll(target, item, intent, now);
  const { request, expect, operation } = intent;
  target.budget.left -= 1;
  const heard = await send(target.live, { request, messageId: item.id, now });
  const judged = operationOf(target.destination.preset, operation) ?? {};
  const verdict = judge(heard, expect, judged);
  const exchange = exchangeOf(target, item, request, heard, now);
  return { after: afterSending(exchange, verdict), sign: signOf(verdict) };
}

/** A delivery of several requests: what was answered stays answered, the rest goes on later. */
async function sentAll(
  target: Knowing,
  item: WaveItem,
  intent: Intent,
  now: number,
): Promise<Turn> {
  const requests = [intent.request, ...(intent.further ?? [])];
  const from = item.held?.progress ?? { done: 0, refused: [] };
  const judged = operationOf(target.destination.preset, intent.operation) ?? {};
  const about = { id: item.id, now };
  const { live, budget, replaced } = target;
  const turn = await sendBatch(live, { requests, from, judged, budget, replaced }, about);
  const { progress, heard, verdict } = turn;
  // Whoever has come further begins anew with its patience.
  const moved = progress.done > from.done;
  const held = moved ? { ...(item.held ?? heldFrom(item)), tries: 0, progress } : item.held;
  const request = requests[Math.min(progress.done, requests.length - 1)] ?? intent.request;
  const exchange = exchangeOf(target, { ...item, held }, request, heard, now);
  const after = afterSending(exchange, verdict);
  const further = Math.max(0, turn.sent - 1);
  if (after.kind !== 'TAIL') return { after, sign: signOf(verdict), further };
  // At the end of the queue its progress would be forgotten.
  const resumed: Held = { ...(held ?? heldFrom(item)), nextAt: now + TAIL_MS, tries: 0 };
  return { after: { kind: 'HELD', held: resumed }, sign: signOf(verdict), further };
}

async function lookedUp(
  target: Target,
  item: WaveItem,
  { intent, asked }: { readonly intent: Intent; readonly asked: Asked },
  now: number,
): Promise<Turn> {
  target.budget.left -= 1;
  for (let page = 1; ; page += 1) {
    const request = pageOf(asked, page);
    const heard = await send(target.live, { request, messageId: item.id, now });
    const sighting = judgeLookUp(heard, asked.lookUp, asked.key, intent.expect);
    if (sighting.kind === 'NEXT_PAGE' && page < MOST_PAGES && target.budget.left > 0) {
      target.budget.left -= 1;
      continue;
    }
    const exchange = exchangeOf(target, item, request, heard, now);
    const end = sighting.kind === 'NEXT_PAGE' ? ENDLESS : notTooSoon(item, sighting, now);
    return { after: afterLookUp(exchange, end), sign: signOfSighting(end), further: page - 1 };
  }
}

/** What was sent a moment ago and is not there may still be on its way. */
const notTooSoon = ({ held }: WaveItem, sighting: Sighting, now: number): Sighting =>
  sighting.kind === 'NOT_FOUND' && now < (held?.lastSentAt ?? 0) + LOOK_AFTER_MS
    ? { kind: 'UNKNOWN', failure: false, reason: 'it was sent a moment ago and is not there yet' }
    : sighting;

/** Pages of one look-up; what is on none of them may be on the next. */
const MOST_PAGES = 50;
const ENDLESS: Sighting = {
  kind: 'UNKNOWN',
  failure: false,
  reason: 'the look-up has more pages than are read',
};

function pageOf({ request, lookUp }: Asked, page: number): FrozenRequest {
  if (lookUp.pages === undefined || page === 1) return request;
  return { ...request, path: `${request.path}&${lookUp.pages.parameter}=${page}` };
}

function signOfSighting(sighting: Sighting): Sign {
  if (sighting.kind === 'PACE') return { kind: 'paced', waitMs: sighting.waitMs };
  const failed = sighting.kind === 'UNKNOWN' && sighting.failure;
  return failed ? { kind: 'failed', reason: sighting.reason } : { kind: 'answered' };
}
