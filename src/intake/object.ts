/**
 * One source: keeps what is authentic but belongs to no other object (events that are only logged,
 * bodies that cannot be used, records of requests that the journal could not take) until the
 * journal has it. Decides nothing itself; `holding.ts` does. What is held is frozen when it is
 * taken and sent until it is answered; what the journal rejects is parked and listed.
 */
import type { Person } from '../agents/privacy/person';
import { StatefulObject, type Step } from '../durable/object';
import type { Arrival, Taken } from '../events/event';
import { type Quarantined, quarantineIdOf, quarantineRow } from '../events/quarantine';
import { readEvents, readQuarantinedIds } from '../events/store';
import type { Row } from '../kernel/change-set';
import { commit } from '../ledger/client';
import { randomHex } from '../runtime/chance';
import { within } from '../runtime/clock';
import { log } from '../runtime/log';
import type { IntakeEnv } from './client';
import {
  clashRecords,
  ERASED,
  firstBatch,
  HELD,
  type Held,
  heldKey,
  MAX_BATCH_ROWS,
  naming,
  PARKED,
  remember,
  rowIdOf,
  type SourceHealth,
  type SourceState,
  setOf,
  takeOwnerless,
  withOutbox,
} from './holding';
import { Tally } from './tally';

/** How long an id waits for D1 to say whether it is known; then it is accepted. */
const RECALL_MS = 300;
/** Change sets sent by one alarm. */
const MAX_TURNS = 20;
/** Keys looked at for what names a person. */
const MAX_NAMING = 1000;

type Entry = readonly [string, Held];

/** What others call; the rest is between the object and its alarm. */
export type SourceMethods = Pick<
  SourceObject,
  'accept' | 'quarantine' | 'hold' | 'health' | 'due' | 'dropNamed'
>;

export class SourceObject extends StatefulObject<SourceState, IntakeEnv> {
  protected readonly binding = 'SOURCES';
  /** Sendings follow one another: the alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What just went to D1: an arrival may have looked there a moment too early. */
  readonly #sent = new Map<string, Held>();
  readonly #tally = new Tally(() => this.ctx.storage.kv);
  /** After a rejected set rows go alone until the guilty one is parked. */
  #alone = false;

  /** Takes events that nobody owns; each is durable when this answers. In order of arrival. */
  async accept(arrivals: readonly Arrival[], now: number): Promise<readonly Taken[]> {
    const unknown = arrivals.map(rowIdOf).filter((id) => this.#held('events', id) === null);
    const events = await within(RECALL_MS, readEvents(this.env.DB, unknown), []);
    const logged = new Map(events.map((event) => [event.id, event.kept ?? ERASED] as const));
    const salt = randomHex(16);
    return this.#take(now, (state) => {
      const value = arrivals.map((arrival): Taken => {
        const id = rowIdOf(arrival);
        const known = this.#held('events', id)?.kept ?? logged.get(id) ?? null;
        const { taken, held } = takeOwnerless(arrival, known, { receivedAt: now, salt });
        if (held !== null) this.#tally.put(heldKey(held.row), held);
        return taken;
      });
      const isNew = value.some(({ verdict }) => verdict === 'accepted');
      return isNew ? { state: withOutbox(state, now), value } : { value };
    });
  }

  /** Keeps what cannot be used. Answers the row where it is new or still held, else null. */
  async quarantine(items: readonly Quarantined[], now: number): Promise<readonly (Row | null)[]> {
    const ids = items.map(quarantineIdOf).filter((id) => this.#held('quarantine', id) === null);
    const logged = new Set(await within(RECALL_MS, readQuarantinedIds(this.env.DB, ids), []));
    const salt = randomHex(16);
    const rows = items.map((item) => quarantineRow(item, { receivedAt: now, salt }));
    const unlogged = rows.map((row) => (logged.has(row.id) ? null : row));
    return this.hold(unlogged, now);
  }

  /** Holds rows as they are. Answers each as it is held: the first one's under a held id. */
  async hold(rows: readonly (Row | null)[], now: number): Promise<readonly (Row | null)[]> {
    return this.#take(now, (state) => {
      const value = rows.map((row) => {
        if (row === null) return null;
        const before = this.#held(row.table, row.id);
        if (before !== null) return before.row;
        this.#tally.put(heldKey(row), { row, heldAt: now });
        return row;
      });
      const any = value.some((row) => row !== null);
      return any ? { state: withOutbox(state, now), value } : { value };
    });
  }

  async health(): Promise<SourceHealth> {
    return this.#tally.health();
  }

  #list(prefix: string, limit = MAX_NAMING): Entry[] {
    return [...this.ctx.storage.kv.list<Held>({ prefix, limit })];
  }

  /** A step whose due time the sandbox's clock hears of before the caller is answered. */
  async #take<T>(now: number, decide: (state: SourceState | null) => Step<SourceState, T>) {
    const value = this.step(now, decide);
    await this.registerDue();
    return value;
  }

  /** Sends what it holds, then drops what still names a person who was erased. */
  async dropNamed(person: Person, now: number): Promise<void> {
    await this.due(now);
    this.#write(now, [], naming(person, [...this.#list(HELD), ...this.#list(PARKED)]));
    this.#sent.clear();
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#sendAll(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #sendAll(now: number): Promise<number | null> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const batch = this.#batch();
      if (batch.length === 0) return this.#rest(now);
      const answer = await commit(this.env, setOf(batch.map(([, held]) => held)), now);
      if (answer.verdict === 'committed') this.#write(now, [], batch);
      else if (answer.verdict === 'conflict') await this.#settleClash(batch, answer.rows, now);
      else if (answer.verdict === 'busy') return now + Math.max(1_000, answer.retryAfterMs);
      else if (answer.verdict !== 'rejected') throw new Error(`the journal: ${answer.verdict}`);
      else if (batch.length === 1) this.#park(batch, answer.reason, now);
      else this.#alone = true;
    }
    return now;
  }

  #batch(): Entry[] {
    return firstBatch(this.#list(HELD, this.#alone ? 1 : MAX_BATCH_ROWS));
  }

  #held(table: string, id: string): Held | null {
    const key = heldKey({ table, id });
    return this.ctx.storage.kv.get<Held>(key) ?? this.#sent.get(key) ?? null;
  }

  /** Nothing is due unless something came while the last answer was awaited. */
  #rest(now: number): number | null {
    this.#alone = false;
    return this.step(now, (state) => {
      if (this.#batch().length > 0) return { value: now };
      return state?.due.outbox === undefined
        ? { value: null }
        : { state: { ...state, due: {} }, value: null };
    });
  }

  /** What D1 holds under the same id stays; an event with other content is audited and quarantined. */
  async #settleClash(
    batch: readonly Entry[],
    rows: readonly { readonly table: string; readonly id: string }[],
    now: number,
  ): Promise<void> {
    const named = new Set(rows.map(heldKey));
    const clashing = batch.filter(([key]) => named.has(key));
    const ids = clashing.flatMap(([, { kept }]) => (kept === undefined ? [] : [kept.id]));
    const firsts = new Map((await readEvents(this.env.DB, ids)).map(({ id, kept }) => [id, kept]));
    this.#write(now, clashRecords(clashing, firsts, now), clashing);
    for (const key of named) this.#sent.delete(key); // D1 says what is under it
    if (clashing.length === 0) throw new Error('the journal names a conflict with nothing sent');
  }

  #park([entry]: readonly Entry[], reason: string, now: number): void {
    if (entry === undefined) return;
    const [key, held] = entry;
    log('error', 'source.parked', { row: key, reason });
    this.#alone = false;
    this.#write(now, [[PARKED + key.slice(HELD.length), held]], [entry]);
  }

  /** In one step, so that nothing is in two places or in none. */
  #write(now: number, put: readonly Entry[], gone: readonly Entry[]): void {
    this.step(now, () => {
      remember(this.#sent, gone);
      for (const [key] of gone) this.#tally.drop(key);
      for (const [key, held] of put) this.#tally.put(key, held);
      return { value: undefined };
    });
  }
}
