/**
 * One destination: queues deliveries, sends them in waves with a bounded number in flight, and
 * writes what became of each. Decides nothing itself; the nouns under `sending/` do. Refuses to
 * send before it is noted what is about to be sent, and to forget an outcome that is not in the
 * books: outcome and outbox entry are saved in one step and sent until the journal answers.
 */
import { StatefulObject } from '../durable/object';
import { sandboxOf } from '../durable/sandbox';
import type { Json } from '../events/event';
import type { Failure } from '../kernel/failure';
import type { Result } from '../kernel/result';
import type { DeliveryEnv, DestinationMethods, Lease, Question } from './client';
import type { Destination } from './destination';
import type { Reached } from './outcome';
import { apply } from './sending/apply';
import { askTarget, type Change, probeTarget, Share } from './sending/asking/client';
import { Tally } from './sending/asking/tally';
import { writeOutcomes } from './sending/books/client';
import { openDestination, type Token } from './sending/client';
import { Gate } from './sending/gate/client';
import {
  abandoned,
  type DeliveryState,
  type DestinationReport,
  leased,
  released,
  reportOf,
  resumed,
  stateOf,
} from './sending/operator';
import {
  alarmName,
  nextDue,
  order,
  reachedName,
  recover,
  take,
  type WaveItem,
} from './sending/queue';
import {
  type DestinationState,
  freshState,
  type Held,
  heldKey,
  knownIds,
  type Shelf,
  withSent,
} from './sending/state';
import { loadWave, runWave, type Target } from './sending/wave/client';
import { readDestination } from './store';

/** Deliveries noted at once before they are sent: two writes for all of them. */
const WAVE = 100;
/** Deliveries of one alarm. */
const MOST_ITEMS = 200;
/** An outcome that the books refuse is posted in another way; then it must end. */
const MOST_FLUSHES = 4;

/** Sends what is due and writes what became of it. */
abstract class SendingObject extends StatefulObject<DestinationState, DeliveryEnv> {
  protected readonly binding = 'DESTINATIONS';
  /** Ids that are not done with; read anew after an eviction. */
  protected known: Set<string> | null = null;
  protected readonly questions = new Tally();
  protected readonly share = new Share();
  /** Tokens that are still good, and what is in flight. */
  protected readonly held = { tokens: new Map<string, Token>(), gate: new Gate() };
  /** Outcomes and alarms heard to be in the books; a restart only sends them once more. */
  readonly #settled = new Set<string>();
  /** True while the journal may have seen what is sent now: the object was restarted, or not answered. */
  #mayBeAgain = true;
  #turn: Promise<unknown> = Promise.resolve();

  protected get shelf(): Shelf {
    return this.ctx.storage.kv;
  }

  protected get name(): string {
    return this.ctx.id.name ?? '';
  }

  /** True when there was something to change. */
  protected change(now: number, change: Parameters<Change>[0]): boolean {
    return this.step(now, (before) => {
      const state = before && change(before);
      return { ...(state && { state }), value: state !== null };
    });
  }

  protected perform(now: number): Promise<number | null> {
    return this.inTurn(() => this.#work(now));
  }

  /** The alarm, a poke and an operator may come at once; they follow one another. */
  protected inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #work(now: number): Promise<number | null> {
    if (this.state === null) return null;
    const version = await readDestination(this.env.DB, this.name);
    if (this.state.wave !== null) this.change(now, (state) => recover(state, this.shelf, now));
    await this.flush(now);
    if (!version?.content.enabled) return null;
    const destination = await this.share.of(this.env, version, now);
    const target = await this.target(destination, false);
    for (let left = MOST_ITEMS; left > 0; ) {
      const at = this.clock(now);
      const items = this.#take(destination, Math.min(WAVE, left), at);
      if (items.length === 0) break;
      await this.send(target, items, at);
      await this.flush(at);
      // One probe a run: where the breaker is open the next has its time.
      left = this.state?.breaker.openedAt == null ? left - items.length : 0;
    }
    const by = this.clock(now);
    const known = this.state && this.questions.known(this.state, by);
    return known && nextDue(known, this.shelf, destination, by);
  }

  protected async target(destination: Destination, looksOnly: boolean): Promise<Target> {
    const live = await openDestination(this.env, this.name, destination, this.held);
    const budget = { left: Number.MAX_SAFE_INTEGER };
    return { live, destination, looksOnly, steady: sandboxOf(this.env) !== null, budget };
  }

  /** Notes who goes, before anything is sent. */
  #take(pacing: Destination, most: number, now: number): readonly WaveItem[] {
    return this.step(now, (kept) => {
      const before = kept && this.questions.known(kept, now);
      if (before === null) return { value: [] };
      const bounds = { most, pacing, settled: this.#settled };
      const { state, items } = take(before, this.shelf, bounds, now);
      if (state !== before) this.questions.saved(now);
      return { ...(state !== before && { state }), value: items };
    });
  }

  protected async send(target: Target, items: readonly WaveItem[], now: number): Promise<void> {
    const before = this.state;
    if (before === null) return;
    const loaded = await loadWave(this.env, items).catch((thrown: unknown) => {
      const afters = items.map((item) => ({ item, after: { kind: 'BACK' as const } }));
      const back = { afters, further: 0, endedAt: this.clock(now) };
      this.change(now, (state) =>
        apply(state, this.shelf, { ...back, mood: state, began: state.breaker }, now),
      );
      throw thrown;
    });
    this.questions.begin(target, this.state ?? before, items.length, this.clock(now));
    const done = await runWave(target, items, loaded, before, now).finally(() => {
      this.questions.end();
    });
    const ended = { ...done, endedAt: this.clock(now) };
    this.change(now, (state) => apply(state, this.shelf, ended, now));
    for (const { item, after } of done.afters) {
      if (after.kind === 'SETTLED' || after.kind === 'DROP') this.known?.delete(item.id);
      // Settled once more: books that were set back do not hold what they held before.
      if (after.kind === 'SETTLED') this.#settled.delete(reachedName(after.reached));
    }
  }

  /** Has outcomes and alarms written; throws to come again later while the journal does not answer. */
  protected async flush(now: number): Promise<void> {
    for (let turn = 0; turn < MOST_FLUSHES; turn += 1) {
      const { reached = [], alarms = [] } = this.state ?? {};
      const saved = new Set([...reached.map(reachedName), ...alarms.map(alarmName)]);
      for (const name of this.#settled) if (!saved.has(name)) this.#settled.delete(name);
      const pending = {
        reached: reached.filter((one) => !this.#settled.has(reachedName(one))),
        alarms: alarms.filter((one) => !this.#settled.has(alarmName(one))),
        again: this.#mayBeAgain,
      };
      this.#mayBeAgain = true;
      if (pending.reached.length + pending.alarms.length > 0) {
        const written = await writeOutcomes(this.env, this.name, pending, now);
        for (const one of written.outcomes) this.#settled.add(reachedName(one));
        for (const one of written.alarms) this.#settled.add(alarmName(one));
        if (!written.whole) throw new Error('the journal did not answer');
        this.#setAside(written.changed, now);
        if (written.changed.length > 0) continue;
      }
      this.#mayBeAgain = false;
      return;
    }
  }

  /** What the books did not take is frozen anew, in the form in which it goes next. */
  #setAside(changed: readonly Reached[], now: number): void {
    if (changed.length === 0) return;
    const names = new Map(changed.map((one) => [reachedName(one), one]));
    this.change(now, (state) => ({
      ...state,
      reached: state.reached.map((one) => names.get(reachedName(one)) ?? one),
    }));
  }
}

/** What features, operators and the sweep call. */
export class DestinationObject extends SendingObject implements DestinationMethods {
  async order(ids: readonly string[], now: number): Promise<void> {
    const added = this.step(now, (state) => {
      this.known ??= state === null ? new Set() : knownIds(state, this.shelf);
      const asked = { destination: this.name, ids, known: this.known };
      const ordered = order(state, this.shelf, asked, now);
      return { ...(ordered && { state: ordered.state }), value: ordered?.ids ?? [] };
    });
    for (const id of added) this.known?.add(id);
    if (added.length > 0) await this.registerDue();
  }

  async ask(question: Question, now: number): Promise<Result<Json, Failure>> {
    const { held, share, questions, shelf } = this;
    const state = (): DestinationState => this.state ?? freshState(this.name);
    const change: Change = (next) => this.change(now, next);
    const book = (sent: DestinationState['sent']): void =>
      this.step(now, () => ({ state: withSent(state(), sent, now), value: undefined }));
    const clock = (): number => this.clock(now);
    const asking = { ...held, share, questions, shelf, clock, state, change, book };
    const answer = await askTarget(this.env, asking, question, now);
    if (this.state?.due.work === now) await this.registerDue();
    return answer;
  }

  probe(now: number): Promise<string | null> {
    return probeTarget(this.env, this.held, this.name, now);
  }

  async resume(now: number): Promise<void> {
    this.change(now, (state) => resumed(state, this.shelf, now));
    await this.registerDue();
  }

  async release(id: string, now: number): Promise<boolean> {
    await this.order([id], now);
    const goes = this.change(now, (state) => released(state, this.shelf, id, now));
    await this.registerDue();
    return goes;
  }

  async lease(id: string, now: number): Promise<Lease> {
    await this.order([id], now);
    const held = this.#reserve(id, this.clock(now));
    if (held === null) return { kind: 'BUSY', held: null };
    if (held.firstSentAt === null) return { kind: held.rounds > 0 ? 'GONE' : 'FREE', held };
    const looked = await this.inTurn(() => this.#look(id, now));
    const after = this.shelf.get<Held>(heldKey(id)) ?? null;
    if (after === null) return { kind: 'FOUND', held };
    const isGone = looked !== null && after.rounds > looked.rounds;
    return { kind: isGone ? 'GONE' : 'UNKNOWN', held: this.#reserve(id, this.clock(now)) };
  }

  #reserve(id: string, now: number): Held | null {
    return this.step(now, (state) => {
      const reserved = state && leased(state, this.shelf, id, now);
      return { ...(reserved && { state: reserved.state }), value: reserved?.held ?? null };
    });
  }

  /** Asks about one, reserved anew for its turn, as a wave of its own; null: not asked about. */
  async #look(id: string, now: number): Promise<Held | null> {
    const version = await readDestination(this.env.DB, this.name);
    const target = version && (await this.target(version.content, true));
    const at = this.clock(now);
    const held = target && this.#reserve(id, at);
    if (target === null || held === null || this.state?.wave !== null) return null;
    await this.send(target, [{ id, at: held.at, held }], at);
    await this.flush(at);
    await this.registerDue();
    return held;
  }

  async abandoned(id: string, now: number): Promise<void> {
    this.change(now, (state) => abandoned(state, this.shelf, id, now));
    this.known?.delete(id);
    await this.registerDue();
  }

  async states(ids: readonly string[]): Promise<readonly DeliveryState[]> {
    return ids.map((id) => stateOf(this.state, this.shelf, id));
  }

  async troubles(ids: readonly string[]): Promise<readonly (Held | null)[]> {
    return ids.map((id) => this.shelf.get<Held>(heldKey(id)) ?? null);
  }

  async report(): Promise<DestinationReport | null> {
    return this.state && reportOf(this.state, this.shelf);
  }
}
