/**
 * One wave: reads what is to be sent, sends it with a bounded number in flight, and tells what
 * became of each. Decides nothing itself but stops as soon as the breaker opens or the target asks
 * for patience; what was not sent goes back. Refuses to send what has an outcome in the books.
 */
import type { JsonObject } from '../../../events/event';
import { parseJson } from '../../../kernel/json';
import { jittered } from '../../../runtime/chance';
import { log } from '../../../runtime/log';
import { operationOf, renderLookUp } from '../../connectors/connector';
import type { Destination } from '../../destination';
import type { FrozenRequest, Intent } from '../../intent';
import type { StoredDelivery, StoredOutcome } from '../../store';
import { type Heard, withoutSecrets } from '../answer';
import { goesOn, type Mood, moodAfter, type Sign, type WaveDone } from '../apply';
import { type LiveDestination, send } from '../client';
import {
  type After,
  afterLookUp,
  afterSending,
  type Exchange,
  emptied,
  resting,
  type Way,
  waiting,
  wayOf,
} from '../held';
import type { WaveItem } from '../queue';
import { judge, judgeLookUp, type Sighting, type Verdict } from '../verdict';

/** What the books say about the deliveries of a wave. */
export interface Loaded {
  readonly deliveries: ReadonlyMap<string, StoredDelivery>;
  readonly outcomes: ReadonlyMap<string, StoredOutcome>;
}

export interface Target {
  readonly live: LiveDestination;
  readonly destination: Destination;
  /** True in sandbox mode: nothing is left to chance there. */
  readonly steady: boolean;
  /** True: nothing is sent, only asked about. */
  readonly looksOnly: boolean;
}

/** What a delivery came to, and what its answer says of the target. */
interface Turn {
  readonly after: After;
  readonly sign: Sign | null;
}

export async function runWave(
  target: Target,
  items: readonly WaveItem[],
  loaded: Loaded,
  before: Mood,
  now: number,
): Promise<WaveDone> {
  let mood = before;
  const isProbe = before.breaker.openedAt !== null;
  let begun = 0;
  const afters: { readonly item: WaveItem; readonly after: After }[] = [];
  const lane = async (): Promise<void> => {
    for (;;) {
      const item = items[begun];
      if (item === undefined) return;
      begun += 1;
      const may = goesOn(mood, now) || (isProbe && begun === 1) || item.held?.released === true;
      const turn = may ? await turnOf(target, item, loaded, now) : BACK;
      if (turn.sign !== null) mood = moodAfter(mood, turn.sign, now);
      afters.push({ item, after: turn.after });
    }
  };
  await Promise.all(Array.from({ length: target.destination.concurrency }, lane));
  return { afters, mood };
}

const BACK: Turn = { after: { kind: 'BACK' }, sign: null };
const DROPPED: Turn = { after: { kind: 'DROP' }, sign: null };

async function turnOf(
  target: Target,
  item: WaveItem,
  { deliveries, outcomes }: Loaded,
  now: number,
): Promise<Turn> {
  const isWatched = item.held?.state === 'WATCHED';
  const outcome = outcomes.get(item.id)?.outcome;
  if (outcome !== undefined && !(isWatched && outcome === 'ABANDONED')) return DROPPED;
  const delivery = deliveries.get(item.id);
  if (delivery === undefined) {
    log('error', 'delivery.unknown', { id: item.id, destination: target.live.id });
    return DROPPED;
  }
  const { intent } = delivery;
  if (intent === null) return { after: emptied(item, now), sign: null };
  return way(target, item, intent, now);
}

async function way(target: Target, item: WaveItem, intent: Intent, now: number): Promise<Turn> {
  const asked = lookUpOf(target.destination, intent);
  const settings = { ...target.destination, canBeAsked: asked !== null };
  if (target.looksOnly && asked === null) return BACK;
  const chosen: Way = target.looksOnly ? 'LOOK_UP' : wayOf(item.held, intent, settings, now);
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

async function sent(target: Target, item: WaveItem, intent: Intent, now: number): Promise<Turn> {
  const { request, expect, operation } = intent;
  const heard = await send(target.live, { request, messageId: item.id, now });
  const judged = operationOf(target.destination.preset, operation) ?? {};
  const verdict = judge(heard, expect, judged);
  const exchange = exchangeOf(target, item, request, heard, now);
  return { after: afterSending(exchange, verdict), sign: signOf(verdict) };
}

function signOf(verdict: Verdict): Sign {
  if (verdict.kind === 'PACE') return { kind: 'paced', waitMs: verdict.waitMs };
  const failed = verdict.kind === 'UNSENT' || (verdict.kind === 'UNCERTAIN' && verdict.failure);
  return failed ? { kind: 'failed', reason: verdict.reason } : { kind: 'answered' };
}

async function lookedUp(
  target: Target,
  item: WaveItem,
  { intent, asked }: { readonly intent: Intent; readonly asked: Asked },
  now: number,
): Promise<Turn> {
  const heard = await send(target.live, { request: asked.request, messageId: item.id, now });
  const sighting = judgeLookUp(heard, asked.lookUp, asked.key, intent.expect);
  const exchange = exchangeOf(target, item, asked.request, heard, now);
  return { after: afterLookUp(exchange, sighting), sign: signOfSighting(sighting) };
}

function signOfSighting(sighting: Sighting): Sign {
  if (sighting.kind === 'PACE') return { kind: 'paced', waitMs: sighting.waitMs };
  const failed = sighting.kind === 'UNKNOWN' && sighting.failure;
  return failed ? { kind: 'failed', reason: sighting.reason } : { kind: 'answered' };
}
