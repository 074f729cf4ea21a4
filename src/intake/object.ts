/**
 * One source: keeps what is authentic but belongs to no other object (events that are only logged,
 * bodies that cannot be used, records of requests that the journal could not take) until the
 * journal has it. Decides nothing itself; `holding.ts` does. What is held is frozen when it is
 * taken and sent until it is answered; what the journal rejects is parked and listed.
 */
import { StatefulObject } from '../durable/object';
import type { Arrival, KeptEvent, Taken } from '../events/event';
import { type Quarantined, quarantineIdOf, quarantineRow } from '../events/quarantine';
import { readEvents, readQuarantinedIds } from '../events/store';
import type { Row } from '../kernel/change-set';
import { commit } from '../ledger/client';
import { randomHex } from '../runtime/chance';
import { within } from '../runtime/clock';
import { log } from '../runtime/log';
import type { IntakeEnv } from './client';
import {
  clashRow,
  firstBatch,
  HELD,
  type Held,
  heldKey,
  PARKED,
  rowIdOf,
  type SourceState,
  setOf,
  takeOwnerless,
  withOutbox,
} from './holding';

/** How long an id waits for D1 to say whether it is known; then it is accepted. */
const RECALL_MS = 300;
/** Change sets sent by one alarm. */
const MAX_TURNS = 20;
/** Keys looked at to count what waits. */
const MAX_COUNTED = 1000;

export interface SourceHealth {
  readonly pending: number;
  readonly oldestHeldAt: number | null;
  readonly parked: number;
}

/** What others call; the rest is between the object and its alarm. */
export type SourceMethods = Pick<
  SourceObject,
  'accept' | 'quarantine' | 'hold' | 'health' | 'due' | 'release'
>;

export class SourceObject extends StatefulObject<SourceState, IntakeEnv> {
  protected readonly binding = 'SOURCES';
  /** Sendings follow one another: the alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();
  /** After a rejected set rows go alone until the guilty one is parked. */
  #alone = false;

  /** Takes events that nobody owns; each is durable when this answers. In order of arrival. */
  async accept(arrivals: readonly Arrival[], now: number): Promise<readonly Taken[]> {
    const unknown = arrivals.map(rowIdOf).filter((id) => this.#held('events', id) === null);
    const events = await within(RECALL_MS, readEvents(this.env.DB, unknown), []);
    const logged = new Map(events.map(({ id, kept }): [string, KeptEvent | null] => [id, kept]));
    const salt = randomHex(16);
    const taken = this.step(now, (state) => {
      const value = arrivals.map((arrival): Taken => {
        const id = rowIdOf(arrival);
        const known = this.#held('events', id)?.kept ?? logged.get(id) ?? null;
        const { taken, held } = takeOwnerless(arrival, known, { receivedAt: now, salt });
        if (held !== null) this.ctx.storage.kv.put(heldKey(held.row), held);
        return taken;
      });
      const isNew = value.some(({ verdict }) => verdict === 'accepted');
      return isNew ? { state: withOutbox(state, now), value } : { value };
    });
    await this.registerDue();
    return taken;
  }

  /** Keeps what cannot be used. Answers the row where it is new or still held, else null. */
  async quarantine(items: readonly Quarantined[], now: number): Promise<readonly (Row | null)[]> {
    const ids = items.map(quarantineIdOf).filter((id) => this.#held('quarantine', id) === null);
    const logged = new Set(await within(RECALL_MS, readQuarantinedIds(this.env.DB, ids), []));
    const salt = randomHex(16);
    const rows = items.map((item) => quarantineRow(item, { receivedAt: now, salt }));
    return this.hold(
      rows.map((row) => (logged.has(row.id) ? null : row)),
      now,
    );
  }

  /** Holds rows as they are. Answers each as it is held: the first one's under a held id. */
  async hold(rows: readonly (Row | null)[], now: number): Promise<readonly (Row | null)[]> {
    const held = this.step(now, (state) => {
      const value = rows.map((row) => {
        if (row === null) return null;
        const before = this.#held(row.table, row.id);
        if (before !== null) return before.row;
        this.ctx.storage.kv.put(heldKey(row), { row, heldAt: now } satisfies Held);
        return row;
      });
      const any = value.some((row) => row !== null);
      return any ? { state: withOutbox(state, now), value } : { value };
    });
    await this.registerDue();
    return held;
  }

  async health(): Promise<SourceHealth> {
    const list = (prefix: string) => [
      ...this.ctx.storage.kv.list<Held>({ prefix, limit: MAX_COUNTED }),
    ];
    const times = list(HELD).map(([, { heldAt }]) => heldAt);
    const oldestHeldAt = times.length === 0 ? null : Math.min(...times);
    return { pending: times.length, oldestHeldAt, parked: list(PARKED).length };
  }

  /** Sends what was parked once more. Answers how many. */
  async release(now: number): Promise<number> {
    const count = this.step(now, (state) => {
      const parked = [...this.ctx.storage.kv.list<Held>({ prefix: PARKED, limit: MAX_COUNTED })];
      for (const [key, held] of parked) {
        this.ctx.storage.kv.put(heldKey(held.row), held);
        this.ctx.storage.kv.delete(key);
      }
      return { state: withOutbox(state, now), value: parked.length };
    });
    await this.registerDue();
    return count;
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
      if (answer.verdict === 'committed') this.#drop(batch, now);
      else if (answer.verdict === 'conflict') await this.#settleClash(batch, answer.rows, now);
      else if (answer.verdict === 'busy') return now + Math.max(1_000, answer.retryAfterMs);
      else if (answer.verdict !== 'rejected') throw new Error(`the journal: ${answer.verdict}`);
      else if (batch.length === 1) this.#park(batch, answer.reason, now);
      else this.#alone = true;
    }
    return now;
  }

  #batch(): [string, Held][] {
    const limit = this.#alone ? 1 : MAX_COUNTED;
    return firstBatch(this.ctx.storage.kv.list<Held>({ prefix: HELD, limit }));
  }

  #held(table: string, id: string): Held | null {
    return this.ctx.storage.kv.get<Held>(heldKey({ table, id })) ?? null;
  }

  /** Nothing is due unless something came while the last answer was awaited. */
  #rest(now: number): number | null {
    this.#alone = false;
    return this.step(now, (state) => {
      const takenAt = state?.takenAt ?? now;
      if (this.#batch().length > 0) return { value: now };
      return { ...(state !== null && { state: { due: {}, takenAt } }), value: null };
    });
  }

  #drop(batch: readonly (readonly [string, Held])[], now: number): void {
    this.step(now, () => {
      for (const [key] of batch) this.ctx.storage.kv.delete(key);
      return { value: undefined };
    });
  }

  /** What D1 holds under the same id stays; an event with other content is audited. */
  async #settleClash(
    batch: readonly (readonly [string, Held])[],
    rows: readonly { readonly table: string; readonly id: string }[],
    now: number,
  ): Promise<void> {
    const named = new Set(rows.map(heldKey));
    const clashing = batch.filter(([key]) => named.has(key));
    const ids = clashing.flatMap(([, { kept }]) => (kept === undefined ? [] : [kept.id]));
    const firsts = new Map((await readEvents(this.env.DB, ids)).map(({ id, kept }) => [id, kept]));
    this.step(now, () => {
      for (const [key, held] of clashing) {
        const row = clashRow(held, firsts.get(held.row.id) ?? null, now);
        if (row !== null) this.ctx.storage.kv.put(heldKey(row), { row, heldAt: now });
        this.ctx.storage.kv.delete(key);
      }
      return { value: undefined };
    });
    if (clashing.length === 0) throw new Error('the journal names a conflict with nothing sent');
  }

  #park([entry]: readonly (readonly [string, Held])[], reason: string, now: number): void {
    if (entry === undefined) return;
    const [key, held] = entry;
    log('error', 'source.parked', { table: held.row.table, row: held.row.id, reason });
    this.#alone = false;
    this.step(now, () => {
      this.ctx.storage.kv.put(PARKED + key.slice(HELD.length), held);
      this.ctx.storage.kv.delete(key);
      return { value: undefined };
    });
  }
}
