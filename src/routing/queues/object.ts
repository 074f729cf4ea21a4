/**
 * One routing queue: picks agents in turn and remembers whom. Decides nothing itself;
 * `selection.ts` does. Refuses to pick twice for one selection: a repeated id answers the first
 * pick, also after a crash, until 16,320 others have come after it. A pick costs one row.
 */
import { DurableObject } from 'cloudflare:workers';
import {
  type Candidate,
  EMPTY_QUEUE,
  MAX_PAGES,
  type Page,
  type Picked,
  type QueueState,
  select,
} from './selection';

export interface QueueShown {
  readonly selections: number;
  /** Agents that are remembered. */
  readonly agents: number;
}

/** What others call. */
export type QueueMethods = Pick<RoutingQueueObject, 'pick' | 'picked' | 'show'>;

const STATE = 'state';
const pageKey = (place: number): string => `page/${place}`;

export class RoutingQueueObject extends DurableObject<object> {
  /** Pages that were put away, by their place in the ring; read when the object wakes. */
  #pages: Map<number, Page> | null = null;
  /** The state as it was saved last; read again after a step that was taken back. */
  #kept: QueueState | null = null;

  /** The pick for a selection: the one that was made, else a new one of these candidates. */
  async pick(name: string, candidates: readonly Candidate[]): Promise<Picked> {
    const before = this.#state();
    this.#kept = null;
    const { picked, state } = this.ctx.storage.transactionSync(() => {
      const known = this.#known(before, name);
      if (known !== null) return { picked: known, state: before };
      const { full, ...selected } = select(before, name, candidates);
      this.ctx.storage.kv.put(STATE, selected.state);
      if (full !== null) {
        this.ctx.storage.kv.put(pageKey(full.place), full.page);
        this.#pages?.set(full.place, full.page);
      }
      return selected;
    });
    this.#kept = state;
    return picked;
  }

  /** The pick that was made for a selection, or null. */
  async picked(name: string): Promise<Picked | null> {
    return this.#known(this.#state(), name);
  }

  async show(): Promise<QueueShown> {
    const { count, agents } = this.#state();
    return { selections: count, agents: Object.keys(agents).length };
  }

  #state(): QueueState {
    this.#kept ??= this.ctx.storage.kv.get<QueueState>(STATE) ?? EMPTY_QUEUE;
    return this.#kept;
  }

  #known({ open, pages }: QueueState, name: string): Picked | null {
    if (Object.hasOwn(open, name)) return open[name] ?? null;
    for (const page of this.#allPages(pages).values()) {
      if (Object.hasOwn(page, name)) return page[name] ?? null;
    }
    return null;
  }

  #allPages(count: number): Map<number, Page> {
    if (this.#pages !== null) return this.#pages;
    const read = new Map<number, Page>();
    for (let place = 0; place < Math.min(count, MAX_PAGES); place += 1) {
      const page = this.ctx.storage.kv.get<Page>(pageKey(place));
      if (page !== undefined) read.set(place, page);
    }
    this.#pages = read;
    return read;
  }
}
