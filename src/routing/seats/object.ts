/**
 * The seat of one agent: answers what the agent may take for an interaction, holds that answer for
 * the interaction, and watches the agent's load. Decides nothing itself; `seat.ts`, `decision.ts`
 * and `load.ts` do. Refuses to answer from a season that has ended before the books were asked;
 * samples stay in memory, and of an overload only its beginning, its end and, every few minutes,
 * that it is spoken of are written.
 */
import { earliest } from '../../durable/due';
import { StatefulObject, type Step } from '../../durable/object';
import { commit, type LedgerEnv } from '../../ledger/client';
import { randomHex } from '../../runtime/chance';
import { log } from '../../runtime/log';
import type { SeatFacts, TierTable } from '../../seasons/tier';
import type { Judged, LoadState, Reading, Sample, Watch } from '../load/load';
import { LoadMemory } from '../load/memory';
import type { RoutingPolicy } from '../policy/policy';
import {
  type Decision,
  decideFor,
  privilegesNow,
  type SeatView,
  type Standing,
  standingOf,
} from './decision';
import { Holding } from './holding';
import {
  afterExpiry,
  afterJudging,
  type Compared,
  compared,
  EMPTY_SEAT,
  HELD_MS,
  type Looked,
  MAX_HELD,
  type SeatState,
  settled,
  told,
  withHeldDue,
  withoutSent,
} from './seat';
import { SeatBooks } from './store';
import { spokenOf, watched } from './watch';

/** What a caller hands in with every question: read once, remembered by its isolate. */
export interface Ask {
  readonly agentKey: string;
  /** Null where it could not be read: then a seat goes by what it was told. */
  readonly table: TierTable | null;
  readonly policy: RoutingPolicy;
  readonly now: number;
}

export interface DecideAsk extends Ask {
  readonly interactionId: string;
  /** Season whose reset the platform says it has applied; null: it says nothing. */
  readonly resetApplied: string | null;
}

/** silent: nothing is known of the agent and D1 does not answer. full: too much is held. */
export type DecideAnswer =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly heldUntil: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'full' };

/** What became of a sample, and whether the agent is overloaded after it. */
export interface Sampled {
  readonly verdict: 'accepted' | 'duplicate' | 'conflict';
  readonly overloaded: boolean;
}

export interface SeatShown {
  readonly facts: SeatFacts | null;
  readonly load: LoadState;
  readonly reading: Reading;
  /** Interactions that are held. */
  readonly held: number;
  /** When it last read the books, UTC ms. */
  readonly checkedAt: number | null;
}

/** What others call; the rest is between the object and its alarm. */
export type SeatMethods = Pick<
  SeatObject,
  'decide' | 'release' | 'standing' | 'sample' | 'tell' | 'compare' | 'show' | 'empty' | 'poke'
>;

const RETRY_MS = 5000;

const decided = (decision: Decision): DecideAnswer => ({
  kind: 'decided',
  decision,
  heldUntil: decision.at + HELD_MS,
});

/** A step that saves what changed and nothing else. */
const stepTo = <T>(before: SeatState | null, next: SeatState, value: T): Step<SeatState, T> =>
  next === (before ?? EMPTY_SEAT) ? { value } : { state: next, value };

const watchOf = ({ policy }: Pick<Ask, 'policy'>, tolerance: number | null): Watch => ({
  aht: policy.triggers.aht,
  queueWaitSeconds: policy.triggers.queueWaitSeconds,
  ahtToleranceSeconds: tolerance,
});

interface Viewed {
  readonly judged: Judged;
  readonly next: SeatState;
  readonly view: SeatView | null;
}

/** The seat after a look and a judgement of its load, and what it then answers from. */
function viewed(
  before: SeatState | null,
  looked: Looked,
  ask: Pick<Ask, 'agentKey' | 'policy' | 'table' | 'now'>,
  memory: LoadMemory,
): Viewed {
  const { agentKey, now, table } = ask;
  const found = settled(before, looked, now);
  const state = found?.state ?? before ?? EMPTY_SEAT;
  const brings = found === null ? null : privilegesNow(found, table, now).brings;
  const judged = memory.judge(state.load, watchOf(ask, brings?.ahtToleranceSeconds ?? null), now);
  const next = afterJudging(state, judged, { agentKey, now, salt: randomHex(16) });
  if (found === null) return { judged, next, view: null };
  const { facts, recalculated, validated } = found;
  const { state: load, reading } = judged;
  return { judged, next, view: { facts, recalculated, validated, load, reading } };
}

export class SeatObject extends StatefulObject<SeatState, LedgerEnv> {
  protected readonly binding = 'SEATS';
  readonly #memory = new LoadMemory();
  readonly #holding = new Holding(() => this.ctx.storage.kv);
  readonly #books = new SeatBooks(() => this.env.DB);
  #turn: Promise<unknown> = Promise.resolve();

  /** The decision for an interaction: the one that is held, else a new one, which is then held. */
  async decide(ask: DecideAsk): Promise<DecideAnswer> {
    const { now, interactionId, table } = ask;
    const held = this.#holding.find(interactionId, now);
    if (held !== null) return decided(held);
    const looked = await this.#books.look(this.state, ask, ask.resetApplied);
    return this.#take(now, (state): Step<SeatState, DecideAnswer> => {
      const known = this.#holding.find(interactionId, now);
      if (known !== null) return { value: decided(known) };
      const { next, view } = viewed(state, looked, ask, this.#memory);
      if (view === null) return stepTo(state, next, { kind: 'silent' });
      if (this.#holding.count() >= MAX_HELD) return stepTo(state, next, { kind: 'full' });
      const decision = decideFor(view, table, now, ask.resetApplied);
      this.#holding.put(interactionId, decision);
      return stepTo(state, withHeldDue(next, now + HELD_MS), decided(decision));
    });
  }

  /** Lets an interaction go; false where it was not held. */
  async release(interactionId: string): Promise<boolean> {
    return this.#holding.drop(interactionId);
  }

  /** What a queue must know of the agent now; null where nothing is known and D1 is silent. */
  async standing(ask: Ask): Promise<Standing | null> {
    const looked = await this.#books.look(this.state, ask);
    return this.#take(ask.now, (state) => {
      const { next, view } = viewed(state, looked, ask, this.#memory);
      return stepTo(state, next, view && standingOf(view, ask.table, ask.now));
    });
  }

  /** Takes samples in order. A cause that is remembered is a duplicate, other content a conflict. */
  async sample(ask: Ask, samples: readonly Sample[]): Promise<readonly Sampled[]> {
    return this.#take(ask.now, (state) => {
      let next = state ?? EMPTY_SEAT;
      const taken = samples.map((sample): Sampled => {
        const verdict = this.#memory.take(sample, ask.now);
        if (verdict === 'accepted') {
          next = spokenOf(viewed(next, null, ask, this.#memory).next, ask.now);
        }
        return { verdict, overloaded: next.load.overload !== null };
      });
      return stepTo(state, next, taken);
    });
  }

  /** Hears of a tier change; older news changes nothing, and a seat that holds nothing needs none. */
  async tell(facts: SeatFacts, now: number): Promise<void> {
    this.step(now, (state) => {
      const next = told(this.#books.seen(state), facts, now);
      return { ...(next && { state: next }), value: undefined };
    });
  }

  /** Compares what it holds with the books. */
  async compare(facts: SeatFacts, now: number): Promise<Compared> {
    return this.step(now, (state) => compared(state, facts, now));
  }

  /** What it holds, for an operator. Writes nothing and reads no books. */
  async show(ask: Ask): Promise<SeatShown> {
    const { state } = this;
    const { judged } = viewed(state, null, ask, this.#memory);
    return {
      facts: state?.facts ?? null,
      load: judged.state,
      reading: judged.reading,
      held: this.#holding.count(),
      checkedAt: this.#books.seen(state)?.checkedAt ?? null,
    };
  }

  /** Forgets everything: its agent was erased. What waits for the journal is sent before. */
  async empty(now: number): Promise<void> {
    await this.#flush(now);
    if ((this.state?.outbox.length ?? 0) > 0) throw new Error('the journal did not take all');
    await this.forget();
    this.#memory.clear();
    this.#holding.recount();
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#work(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Sends what waits, lets go what has ended, and ends an overload that nobody speaks of. */
  async #work(now: number): Promise<number | null> {
    await this.#flush(now);
    return this.step(now, (before) => {
      if (before === null) return { value: null };
      const isTime = (before.due.held ?? now + 1) <= now;
      const state = isTime ? afterExpiry(before, this.#holding.expire(now)) : before;
      const about = { agentKey: this.ctx.id.name ?? '', now, salt: randomHex(16) };
      const next = watched(state, this.#memory, about);
      const at = earliest(next.due);
      return stepTo(before, next, at === null ? null : Math.max(now, at));
    });
  }

  async #take<T>(now: number, decide: (state: SeatState | null) => Step<SeatState, T>): Promise<T> {
    const value = this.step(now, decide);
    await this.registerDue();
    return value;
  }

  /** What is frozen goes to the journal; what it refuses for good is dropped with a log line. */
  async #flush(now: number): Promise<void> {
    const rows = this.state?.outbox ?? [];
    if (rows.length === 0) return;
    const answer = await commit(this.env, { rows, resent: true }, now);
    if (answer.verdict === 'retry') throw new Error('the journal answered retry');
    const isBusy = answer.verdict === 'busy';
    if (!isBusy && answer.verdict !== 'committed') {
      log('error', 'seat.overload-unrecorded', { verdict: answer.verdict, rows: rows.length });
    }
    const retryAt = isBusy ? now + Math.max(RETRY_MS, answer.retryAfterMs) : now;
    this.step(now, (state) => ({
      ...(state !== null && { state: withoutSent(state, isBusy ? [] : rows, retryAt) }),
      value: undefined,
    }));
  }
}
