/**
 * What becomes of one delivery after one exchange. Decides whether it is sent, asked about or left
 * to a person, how long it waits, and its outcome. Refuses to send anything again blindly once the
 * target may have forgotten its key, and to give up what may have arrived.
 */
import type { Destination } from '../destination';
import { keyLivesUntil } from '../destination';
import type { Intent } from '../intent';
import { type Attempt, ERASED, type OutcomeContent, type Reached } from '../outcome';
import { answerOf, type Heard, kept } from './answer';
import type { WaveItem } from './queue';
import { type Held, heldFrom } from './state';
import type { Sighting, Verdict } from './verdict';

/** 2, 4 and 8 seconds. */
const RETRIES = 3;
/** A request that timed out may still be at work there: it is not looked for at once. */
export const LOOK_AFTER_MS = 60_000;
/** Times that something may be not found, sent again and end uncertain. */
const MOST_ROUNDS = 2;
/** How often one that was abandoned is looked for, a day apart. */
const WATCHES = 3;
const DAY_MS = 86_400_000;
const LAST_WAIT_MS = 300_000;
const KEPT_ATTEMPTS = 20;
const HELD_CHARACTERS = 1024;

export type Way = 'SEND' | 'LOOK_UP' | 'WAIT' | 'REST';

/** What is to be done with a delivery that is due. */
export function wayOf(
  held: Held | null,
  intent: Pick<Intent, 'idempotencyKey' | 'at'>,
  target: Pick<Destination, 'honoursKeys' | 'keyLifeHours'> & { readonly canBeAsked: boolean },
  now: number,
): Way {
  if (held === null) return isNew(intent, target, now) ? 'SEND' : 'LOOK_UP';
  if (held.firstSentAt === null) return 'SEND';
  if (held.state === 'WATCHED') return target.canBeAsked ? 'LOOK_UP' : 'REST';
  // Updates without a key carry absolute values: a repeat is harmless.
  if (intent.idempotencyKey === null) return 'SEND';
  const isKnownThere = target.honoursKeys && now < keyLivesUntil(target, held.firstSentAt);
  if (isKnownThere && (held.tries <= RETRIES || held.released)) return 'SEND';
  if (!target.canBeAsked) return held.released ? 'SEND' : 'REST';
  return now < (held.lastSentAt ?? 0) + LOOK_AFTER_MS ? 'WAIT' : 'LOOK_UP';
}

/**
 * Nothing is remembered of a delivery that simply waits, and nothing of one that was settled in books
 * that have been set back since. One older than a key lives is asked about before it is sent.
 */
const isNew = (
  { idempotencyKey, at }: Pick<Intent, 'idempotencyKey' | 'at'>,
  target: Pick<Destination, 'keyLifeHours'> & { readonly canBeAsked: boolean },
  now: number,
): boolean => idempotencyKey === null || !target.canBeAsked || now < keyLivesUntil(target, at);

/** What is saved after an exchange. */
export type After =
  | { readonly kind: 'SETTLED'; readonly reached: Reached; readonly alarm?: string }
  | { readonly kind: 'HELD'; readonly held: Held; readonly alarm?: string }
  /** Not sent after all: it waits at the front. */
  | { readonly kind: 'BACK' }
  /** Had its share of patience: to the end of the queue. */
  | { readonly kind: 'TAIL' }
  /** Nothing is left to do for it. */
  | { readonly kind: 'DROP' };

export interface Exchange {
  readonly item: WaveItem;
  readonly heard: Heard;
  readonly headers: Readonly<Record<string, string>>;
  readonly now: number;
  /** Seconds of the probe, null: none. */
  readonly probeSeconds: number | null;
  /** Spreads a delay. */
  jitter(ms: number): number;
}

const attempted = ({ item, heard, now }: Exchange): Attempt[] =>
  [...(item.held?.attempts ?? []), { at: now, answer: answerOf(heard) }].slice(-KEPT_ATTEMPTS);

function contentOf(exchange: Exchange, reason: string, lookedUp: boolean): OutcomeContent {
  return {
    reason,
    attempts: attempted(exchange),
    answer: kept(exchange.heard),
    headers: exchange.headers,
    lookedUp,
  };
}

const settled = (
  exchange: Exchange,
  outcome: 'CONFIRMED' | 'REJECTED',
  reason: string,
  lookedUp = false,
): After => ({
  kind: 'SETTLED',
  reached: {
    delivery: exchange.item.id,
    outcome,
    at: exchange.now,
    content: contentOf(exchange, reason, lookedUp),
    aside: exchange.item.held?.state === 'WATCHED' ? 'LATE' : null,
  },
});

/** The record of a delivery after one more exchange, before it is said what comes next. */
function heldAfter(exchange: Exchange, reason: string, wasSent: boolean): Held {
  const { item, heard, now } = exchange;
  const before = item.held ?? heldFrom(item);
  return {
    ...before,
    reason,
    attempts: attempted(exchange),
    answer: kept(heard, HELD_CHARACTERS) ?? before.answer,
    tries: before.tries + 1,
    released: false,
    leasedUntil: null,
    ...(wasSent && { firstSentAt: before.firstSentAt ?? now, lastSentAt: now }),
  };
}

/** After the delivery itself was sent. */
export function afterSending(exchange: Exchange, verdict: Verdict): After {
  switch (verdict.kind) {
    case 'CONFIRMED':
    case 'REJECTED':
      return settled(exchange, verdict.kind, verdict.reason);
    case 'PACE':
      return paced(exchange, verdict.waitMs);
    case 'STOPPED': {
      const held = heldAfter(exchange, verdict.reason, true);
      const alarm = verdict.reason;
      return { kind: 'HELD', held: { ...held, state: 'UNCERTAIN', nextAt: null }, alarm };
    }
    case 'UNSENT': {
      const held = heldAfter(exchange, verdict.reason, false);
      return { kind: 'HELD', held: again(held, exchange, true) };
    }
    case 'UNCERTAIN': {
      const held = heldAfter(exchange, verdict.reason, true);
      return { kind: 'HELD', held: again(held, exchange, verdict.failure) };
    }
  }
}

/** 2, 4, 8 seconds; then parked until the probe, or asked about where the answers made no sense. */
function again(held: Held, { now, probeSeconds, jitter }: Exchange, failure: boolean): Held {
  if (held.tries <= RETRIES) {
    return { ...held, state: 'RETRYING', nextAt: now + jitter(1000 * 2 ** held.tries) };
  }
  if (!failure) return { ...held, state: 'UNCERTAIN', nextAt: now + LOOK_AFTER_MS };
  const nextAt = probeSeconds === null ? null : now + probeSeconds * 1000;
  return { ...held, state: 'PARKED', nextAt, tries: 0 };
}

/** Not a failure. One that was only ever told to wait goes to the end of the queue in the end. */
function paced(exchange: Exchange, waitMs: number | null): After {
  const { item, now } = exchange;
  const held = heldAfter(exchange, 'asked to come later', false);
  if (held.tries > RETRIES && item.held?.firstSentAt == null) return { kind: 'TAIL' };
  const wait = waitMs ?? 1000 * 2 ** Math.min(held.tries, RETRIES);
  return { kind: 'HELD', held: { ...held, state: 'RETRYING', nextAt: now + wait } };
}

/** After the target was asked whether it has the delivery. */
export function afterLookUp(exchange: Exchange, sighting: Sighting): After {
  const { now, jitter } = exchange;
  const isWatched = exchange.item.held?.state === 'WATCHED';
  const state = isWatched ? 'WATCHED' : 'UNCERTAIN';
  switch (sighting.kind) {
    case 'FOUND':
      return settled(exchange, 'CONFIRMED', 'found by its reference', true);
    case 'OTHER': {
      const reason = `it is there with another ${sighting.pointer}`;
      const held = heldAfter(exchange, reason, false);
      return { kind: 'HELD', held: { ...held, state, nextAt: null }, alarm: reason };
    }
    case 'NOT_FOUND':
      return isWatched ? watchedOn(exchange) : notFound(exchange);
    case 'PACE': {
      const held = heldAfter(exchange, 'asked to come later', false);
      return { kind: 'HELD', held: { ...held, state, nextAt: now + (sighting.waitMs ?? 8000) } };
    }
    case 'UNKNOWN': {
      const held = heldAfter(exchange, sighting.reason, false);
      const wait = Math.min(LAST_WAIT_MS, 1000 * 2 ** Math.min(held.tries, 10));
      return { kind: 'HELD', held: { ...held, state, nextAt: now + jitter(wait) } };
    }
  }
}

/**
 * It may be sent again: the target does not have it. After two such rounds a person decides; one
 * whom a person has released goes once more, for that is the decision.
 */
function notFound(exchange: Exchange): After {
  const held = heldAfter(exchange, NOT_FOUND, false);
  const rounds = held.rounds + 1;
  if (rounds > MOST_ROUNDS && exchange.item.held?.released !== true) {
    const reason = 'sent and not found again and again';
    const rests: Held = { ...held, rounds, reason, state: 'UNCERTAIN', nextAt: null };
    return { kind: 'HELD', held: rests, alarm: reason };
  }
  const fresh = { firstSentAt: null, lastSentAt: null, tries: 0, rounds };
  return { kind: 'HELD', held: { ...held, ...fresh, state: 'RETRYING', nextAt: exchange.now } };
}

export const NOT_FOUND = 'the target does not have it';

function watchedOn(exchange: Exchange): After {
  const held = heldAfter(exchange, NOT_FOUND, false);
  const rounds = held.rounds + 1;
  if (rounds >= WATCHES) return { kind: 'DROP' };
  return { kind: 'HELD', held: { ...held, rounds, nextAt: exchange.now + DAY_MS } };
}

/** Neither sent again nor asked about: a person must say what became of it. */
export function resting(item: WaveItem): After {
  const held = item.held ?? heldFrom(item);
  if (held.state === 'WATCHED') return { kind: 'DROP' };
  const reason = 'it may have arrived, and the target cannot be asked';
  return {
    kind: 'HELD',
    held: { ...held, state: 'UNCERTAIN', nextAt: null, reason },
    alarm: reason,
  };
}

/** Too early to ask. */
export const waiting = (held: Held): After => ({
  kind: 'HELD',
  held: { ...held, state: 'UNCERTAIN', nextAt: (held.lastSentAt ?? 0) + LOOK_AFTER_MS },
});

/** Its hours are not open: it waits for them, and what is known of it stays. */
export const untilOpen = (item: WaveItem, opensAt: number): After => ({
  kind: 'HELD',
  held: { ...(item.held ?? heldFrom(item)), nextAt: opensAt, leasedUntil: null },
});

/** What it said was emptied with the person it was about: nothing can be sent any more. */
export const emptied = (item: WaveItem, now: number): After => ({
  kind: 'SETTLED',
  reached: {
    delivery: item.id,
    outcome: 'ABANDONED',
    at: now,
    content: {
      reason: ERASED,
      attempts: item.held?.attempts ?? [],
      answer: null,
      headers: {},
      lookedUp: false,
    },
    aside: null,
  },
  alarm: ERASED,
});
