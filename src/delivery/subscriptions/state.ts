/**
 * How far a subscription has heard, and what it could not be told yet. Decides what becomes of a
 * message after an answer and when the line is tried again. Refuses to let one message that the
 * subscriber will not take hold up all the others for ever.
 */
import type { State } from '../../durable/due';
import { type Heard, retryAfterMs } from '../sending/answer';
import type { Mood, Sign } from '../sending/apply';
import { type Breaker, CLOSED } from '../sending/state';
import type { Message } from './subscription';

const TRIES = 4;
const KEPT_REFUSALS = 20;

export interface Refusal {
  readonly id: string;
  readonly kind: string;
  readonly status: number;
  /** UTC ms. */
  readonly at: number;
}

export interface SubscriptionState extends State {
  /** Seals up to this one were read; null: begins where the subscription was written. */
  readonly cursor: number | null;
  /** Taken up and not delivered yet. */
  readonly batch: readonly Message[];
  readonly breaker: Breaker;
  readonly paces: number;
  readonly pacedUntil: number | null;
  /** When a failed message goes again. */
  readonly retryAt: number | null;
  /** Messages the subscriber would not take. */
  readonly refused: readonly Refusal[];
  readonly deliveredAt: number | null;
  /** It has said 410: nothing more is sent until it is written anew. */
  readonly goneVersion: number | null;
}

export const freshState = (): SubscriptionState => ({
  due: {},
  cursor: null,
  batch: [],
  breaker: CLOSED,
  paces: 0,
  pacedUntil: null,
  retryAt: null,
  refused: [],
  deliveredAt: null,
  goneVersion: null,
});

export type Told =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'again' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'gone' };

/** What an answer means for a message, and what it says of the subscriber. */
export function hear(heard: Heard, message: Message): { readonly told: Told; readonly sign: Sign } {
  const failed = (reason: string): Sign => ({ kind: 'failed', reason });
  if (heard.kind !== 'answer') return { told: { kind: 'again' }, sign: failed(heard.why) };
  const { status } = heard;
  const answered: Sign = { kind: 'answered' };
  if (status >= 200 && status < 300) return { told: { kind: 'delivered' }, sign: answered };
  if (status === 410) return { told: { kind: 'gone' }, sign: answered };
  if (status === 429) {
    return { told: { kind: 'again' }, sign: { kind: 'paced', waitMs: retryAfterMs(heard) } };
  }
  const isItsFault = status >= 500 || status < 400 || [401, 403, 408].includes(status);
  if (isItsFault) return { told: { kind: 'again' }, sign: failed(`answered ${status}`) };
  const told: Told = message.tries + 1 >= TRIES ? { kind: 'refused', status } : { kind: 'again' };
  return { told, sign: answered };
}

export interface Result {
  readonly message: Message;
  readonly told: Told;
}

/** The state after a batch was tried. `jitter` spreads a delay. */
export function afterBatch(
  state: SubscriptionState,
  results: readonly Result[],
  mood: Mood,
  by: { readonly now: number; readonly version: number; jitter(ms: number): number },
): SubscriptionState {
  const told = new Map(results.map((one) => [one.message.id, one.told]));
  const batch = state.batch.flatMap((message): Message[] => {
    const answer = told.get(message.id);
    if (answer === undefined) return [message];
    return answer.kind === 'again' ? [{ ...message, tries: message.tries + 1 }] : [];
  });
  const refused = results.flatMap(({ message: { id, kind }, told: one }): Refusal[] =>
    one.kind === 'refused' ? [{ id, kind, status: one.status, at: by.now }] : [],
  );
  const isGone = results.some((one) => one.told.kind === 'gone');
  const delivered = results.some((one) => one.told.kind === 'delivered');
  const tries = Math.max(0, ...batch.map((one) => one.tries));
  return {
    ...state,
    // Its mood may be a whole state, of before a replay that came meanwhile.
    breaker: mood.breaker,
    paces: mood.paces,
    pacedUntil: mood.pacedUntil,
    batch: isGone ? [] : batch,
    retryAt: tries === 0 ? null : by.now + by.jitter(1000 * 2 ** Math.min(tries, 3)),
    refused: [...state.refused, ...refused].slice(-KEPT_REFUSALS),
    deliveredAt: delivered ? by.now : state.deliveredAt,
    goneVersion: isGone ? by.version : state.goneVersion,
  };
}

/** When the line may be tried again; null: now. */
export function heldUntil(
  state: SubscriptionState,
  probeSeconds: number | null,
  now: number,
): number | 'operator' | null {
  const { openedAt } = state.breaker;
  if (openedAt !== null && probeSeconds === null) return 'operator';
  const times = [
    state.pacedUntil ?? 0,
    openedAt === null ? (state.retryAt ?? 0) : openedAt + (probeSeconds ?? 0) * 1000,
  ];
  const until = Math.max(...times);
  return until > now ? until : null;
}
