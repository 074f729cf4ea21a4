/**
 * The last seal that the journal acknowledged, which tells it of a restore of D1. Decides when the
 * object's storage learns of it: when somebody looks, as cron does, and each five minutes while
 * seals are written. Between these it is in memory alone: a row of storage for each would cost more.
 */
import type { JournalPort } from '../group/group';
import type { Head } from './seal';

/** Where it is kept beyond a restart. */
type Keeping = Pick<JournalPort, 'loadAnchor' | 'saveAnchor'>;

const SAVE_EVERY_MS = 300_000;

export class LastSeal {
  readonly #keeping: Keeping;
  /** Undefined until the storage was read. */
  #known: Head | null | undefined;
  /** The one that the storage has; null where it has none, or one that holds no longer. */
  #saved: Head | null = null;
  /** When the first was sealed that the storage lacks. */
  #lacksSince: number | null = null;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  get known(): Head | null {
    if (this.#known === undefined) {
      this.#known = this.#keeping.loadAnchor();
      this.#saved = this.#known;
    }
    return this.#known;
  }

  /** A seal was written. */
  follow(head: Head): void {
    this.#known = head;
    this.#lacksSince ??= head.at;
    // A clock may be set back: the time that went by counts either way.
    const wentBy = Math.abs(head.at - this.#lacksSince);
    if (this.#saved === null || wentBy >= SAVE_EVERY_MS) this.#save(head);
  }

  /** D1 was asked, and has this one last. */
  found(head: Head): void {
    // Before the first seal there is nothing that could be lost.
    if (head.number === 0) return;
    this.#known = head;
    if (head.number !== this.#saved?.number) this.#save(head);
  }

  /** Takes whatever D1 has for the truth; answers what was known, for `restore`. */
  forget(): Head | null {
    const { known } = this;
    [this.#known, this.#saved] = [null, null];
    return known;
  }

  restore(known: Head | null): void {
    this.#known = known;
  }

  #save(head: Head): void {
    this.#keeping.saveAnchor(head);
    this.#saved = head;
    this.#lacksSince = null;
  }
}
