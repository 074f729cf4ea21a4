/**
 * One subscription: reads notices along the seals, freezes their messages, and tells the subscriber
 * until it has heard. Decides nothing itself; `state.ts` does. A notice costs no row in the books,
 * and a batch of them two in here. Refuses to go on past what was not delivered or refused.
 */
import { StatefulObject } from '../../durable/object';
import { sandboxOf } from '../../durable/sandbox';
import { jittered } from '../../runtime/chance';
import type { DeliveryEnv } from '../client';
import { goesOn, type Mood, moodAfter } from '../sending/apply';
import type { LiveDestination } from '../sending/client';
import { CLOSED } from '../sending/state';
import { freeze, openSubscriber, tell } from './client';
import {
  afterBatch,
  freshState,
  hear,
  heldUntil,
  type Result,
  type SubscriptionState,
} from './state';
import { readBirth, readNotices, readSubscription } from './store';
import type { Message, Subscription } from './subscription';

const LANES = 5;
/** Batches of one alarm. */
const MOST_BATCHES = 10;
/** Seals without anything of interest after which the cursor is worth a row. */
const FAR_SEALS = 500;

export class SubscriptionObject extends StatefulObject<SubscriptionState, DeliveryEnv> {
  protected readonly binding = 'SUBSCRIPTIONS';
  #turn: Promise<unknown> = Promise.resolve();
  /** How far was read without finding anything; a restart reads it again. */
  #reached = 0;

  /** Looks soon: something of interest may have been written. */
  async look(now: number): Promise<void> {
    await this.wake(now, now);
  }

  /** Begins again after a seal; what was refused or parked is tried anew. */
  async replay(seal: number, now: number): Promise<void> {
    this.#reached = 0;
    this.step(now, (state) => ({
      state: { ...(state ?? freshState()), ...OPEN, cursor: seal, batch: [], refused: [] },
      value: undefined,
    }));
    await this.look(now);
  }

  async report(): Promise<SubscriptionState | null> {
    return this.state;
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#work(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #work(now: number): Promise<number | null> {
    const id = this.ctx.id.name ?? '';
    const version = await readSubscription(this.env.DB, id);
    if (version === null || !version.content.enabled) return null;
    if (this.state?.goneVersion === version.version) return null;
    const live = await openSubscriber(this.env, id, version.content);
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const before = this.state ?? freshState();
      const until = heldUntil(before, version.content.probeSeconds, now);
      if (until === 'operator') return null;
      if (until !== null && before.batch.length > 0) return until;
      if (before.batch.length === 0 && !(await this.#fill(version.content, now))) return null;
      const state = this.state;
      if (state === null) return null;
      const { results, mood } = await this.#tell(live, state, now);
      const by = { now, version: version.version, jitter: this.#jitter };
      this.step(now, (saved) => ({
        ...(saved && { state: afterBatch(saved, results, mood, by) }),
        value: undefined,
      }));
    }
    return now;
  }

  get #jitter(): (ms: number) => number {
    return sandboxOf(this.env) === null ? jittered : (ms) => ms;
  }

  /** Takes up the next notices; false where there are none. */
  async #fill(subscription: Subscription, now: number): Promise<boolean> {
    const { DB } = this.env;
    const saved = this.state?.cursor ?? null;
    const from = saved ?? (await readBirth(DB, this.ctx.id.name ?? ''));
    const { notices, reached } = await readNotices(DB, subscription, Math.max(from, this.#reached));
    if ((this.state?.cursor ?? null) !== saved) return true;
    if (notices.length === 0 && reached - from < FAR_SEALS) {
      this.#reached = reached;
      return false;
    }
    const batch = await freeze(DB, notices);
    return this.step(now, (state) => {
      if ((state?.cursor ?? null) !== saved) return { value: true };
      return {
        state: { ...(state ?? freshState()), cursor: reached, batch, retryAt: null },
        value: batch.length > 0,
      };
    });
  }

  /** Tells what is in the batch, a few at once; stops when the breaker opens or patience is asked for. */
  async #tell(
    live: LiveDestination,
    { batch, ...before }: SubscriptionState,
    now: number,
  ): Promise<{ readonly results: readonly Result[]; readonly mood: Mood }> {
    let mood: Mood = before;
    const isProbe = before.breaker.openedAt !== null;
    const results: Result[] = [];
    let begun = 0;
    const lane = async (): Promise<void> => {
      for (;;) {
        const message: Message | undefined = batch[begun];
        if (message === undefined || !(goesOn(mood, now) || (isProbe && begun === 0))) return;
        begun += 1;
        const { told, sign } = hear(await tell(live, message, now), message);
        mood = moodAfter(mood, sign, now);
        results.push({ message, told });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return { results, mood };
  }
}

const OPEN = { breaker: CLOSED, paces: 0, pacedUntil: null, retryAt: null, goneVersion: null };
