/**
 * What the books say to a seat, and how a seat asks them: when it must, once for all who wait, and
 * not again for a while after they were silent, or foresaw once more what is known. Writes nothing.
 */
import { invariant } from '../../kernel/result';
import { within } from '../../runtime/clock';
import { log, messageOf } from '../../runtime/log';
import { readSeatFacts } from '../../seasons/standing/seats/store';
import {
  type BooksRead,
  foreseesSame,
  isTooEarly,
  type Looked,
  mustLook,
  pauseOf,
  type SeatState,
} from './seat';

/** What the books say of an agent's season and tier at an instant. Throws when D1 is silent. */
async function readFacts(db: D1Database, agentKey: string, now: number): Promise<BooksRead> {
  const facts = (await readSeatFacts(db, [agentKey], now)).get(agentKey);
  invariant(facts !== undefined, 'the books say something of everybody');
  return { facts, at: now };
}

/** How long D1 has to answer before a seat goes by what it knows. */
const LOOK_MS = 1500;

/** The books as one seat reads them. */
export class SeatBooks {
  readonly #db: () => D1Database;
  /** Two questions at once wait for one reading. */
  #looking: Promise<BooksRead | 'silent'> | null = null;
  #silentAt: number | null = null;
  /** What the books said last, and when. Lost with the memory it is only read once more. */
  #said: BooksRead | null = null;

  constructor(db: () => D1Database) {
    this.#db = db;
  }

  /** The state with the time of the last look, where that look foresaw what the state holds. */
  seen<S extends SeatState | null>(state: S): S {
    const said = this.#said;
    if (state === null || said === null || !foreseesSame(state, said.facts)) return state;
    return { ...state, checkedAt: Math.max(state.checkedAt, said.at) };
  }

  /** Reads where that must be; null where it need not. */
  async look(
    held: SeatState | null,
    { agentKey, now }: { readonly agentKey: string; readonly now: number },
    resetApplied: string | null = null,
  ): Promise<Looked> {
    const state = this.seen(held);
    if (!mustLook(state, now, resetApplied)) return null;
    const pause = pauseOf(state, now);
    const silentFor = this.#silentAt === null ? pause : now - this.#silentAt;
    if (silentFor >= 0 && silentFor < pause) return 'silent';
    this.#looking ??= this.#read(agentKey, now).finally(() => {
      this.#looking = null;
    });
    const looked = await this.#looking;
    this.#silentAt = looked === 'silent' ? now : null;
    if (looked === 'silent') return looked;
    this.#said = looked;
    // It was begun by another question: a season may have ended between that one and this.
    const isEnough = !isTooEarly(looked, now, resetApplied);
    return isEnough ? looked : this.look(held, { agentKey, now }, resetApplied);
  }

  async #read(agentKey: string, now: number): Promise<BooksRead | 'silent'> {
    const reading = readFacts(this.#db(), agentKey, now).catch((thrown: unknown) => {
      log('warn', 'seat.books-silent', { message: messageOf(thrown) });
      return 'silent' as const;
    });
    return within(LOOK_MS, reading, 'silent' as const);
  }
}
