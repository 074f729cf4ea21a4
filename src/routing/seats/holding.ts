/**
 * The decisions that a seat holds, each under a key of its own: one more costs one row, however
 * many there are. Decides which is still in force and which has ended after 24 hours. Refuses
 * nothing; how many may be held is the seat's to say.
 */
import type { Decision } from './decision';
import { HELD_MS } from './seat';

const PREFIX = 'held/';
/** Looked at in one go when some may have ended. */
const MOST_AT_ONCE = 1000;

type Store = Pick<SyncKvStorage, 'get' | 'put' | 'delete' | 'list'>;

export class Holding {
  readonly #kv: () => Store;
  #count: number | null = null;

  constructor(kv: () => Store) {
    this.#kv = kv;
  }

  /** The decision held for an interaction, or null where there is none or it has ended. */
  find(interactionId: string, now: number): Decision | null {
    const found = this.#kv().get<Decision>(PREFIX + interactionId);
    return found === undefined || now - found.at >= HELD_MS ? null : found;
  }

  count(): number {
    this.#count ??= [...this.#kv().list({ prefix: PREFIX })].length;
    return this.#count;
  }

  put(interactionId: string, decision: Decision): void {
    const isNew = this.#kv().get(PREFIX + interactionId) === undefined;
    const before = this.count();
    this.#kv().put(PREFIX + interactionId, decision);
    if (isNew) this.#count = before + 1;
  }

  /** False where it was not held. */
  drop(interactionId: string): boolean {
    if (this.#kv().get(PREFIX + interactionId) === undefined) return false;
    const before = this.count();
    this.#kv().delete(PREFIX + interactionId);
    this.#count = before - 1;
    return true;
  }

  /** Drops what has ended; answers when the next one ends, or null where nothing is held. */
  expire(now: number): number | null {
    let next: number | null = null;
    let left = MOST_AT_ONCE;
    for (const [key, { at }] of [...this.#kv().list<Decision>({ prefix: PREFIX })]) {
      const ends = at + HELD_MS;
      if (ends <= now && left > 0) {
        left -= 1;
        this.drop(key.slice(PREFIX.length));
      } else next = Math.max(now, Math.min(next ?? ends, ends));
    }
    return next;
  }

  /** The counts are read again: a step that was taken back, or everything was forgotten. */
  recount(): void {
    this.#count = null;
  }
}
