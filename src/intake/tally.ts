/**
 * What a source object puts into its storage and drops from it, counted in memory so that whoever
 * asks how much there is costs no reading of values. Decides when it must be counted anew. Refuses to count more than a bound:
 * beyond it the number is a least one.
 */
import { HELD, type Held, PARKED, type SourceHealth } from './holding';

/** What it needs of an object's own storage. */
type Storage = Pick<SyncKvStorage, 'put' | 'delete' | 'list'>;

/** Values in memory at a time while counting. */
const PAGE = 50;
/** Keys counted under each prefix. */
const MAX_COUNTED = 1000;

export class Tally {
  readonly #storage: () => Storage;
  /** When each was taken, by key; null until somebody asks. */
  #times: Map<string, number> | null = null;
  #isWhole = true;

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  put(key: string, held: Held): void {
    this.#storage().put(key, held);
    this.#times?.set(key, held.heldAt);
  }

  /** What goes makes room for what was not counted. */
  drop(key: string): void {
    this.#storage().delete(key);
    if (this.#isWhole) this.#times?.delete(key);
    else this.#times = null;
  }

  health(): SourceHealth {
    this.#times ??= this.#count();
    const all = [...this.#times];
    const times = all.filter(([key]) => key.startsWith(HELD)).map(([, heldAt]) => heldAt);
    const oldestHeldAt = times.reduce<number | null>(
      (oldest, heldAt) => Math.min(oldest ?? heldAt, heldAt),
      null,
    );
    return { pending: times.length, oldestHeldAt, parked: all.length - times.length };
  }

  #count(): Map<string, number> {
    const times = new Map<string, number>();
    this.#isWhole = true;
    for (const prefix of [HELD, PARKED]) {
      let after: string | undefined;
      let [counted, read] = [0, PAGE];
      for (; read === PAGE && counted < MAX_COUNTED; counted += read) {
        read = 0;
        const page = { prefix, limit: PAGE, ...(after !== undefined && { startAfter: after }) };
        for (const [key, { heldAt }] of this.#storage().list<Held>(page)) {
          times.set(key, heldAt);
          [after, read] = [key, read + 1];
        }
      }
      if (read === PAGE) this.#isWhole = false;
    }
    return times;
  }
}
