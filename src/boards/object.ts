/**
 * One board in memory: every agent's lots within the window, kept up to date from the seals and
 * rebuilt from the entries when nothing is left. An award costs no row here; a snapshot is written
 * when enough has come in, so that a board that was put away finds itself again in a few reads.
 * Decides when to read, to rebuild and to save; the books alone decide what is true.
 */
import { DurableObject } from 'cloudflare:workers';
import { readAgentIds } from '../agents/store';
import { civilDay } from '../kernel/instant';
import { compactDay } from '../kernel/period';
import { readSealNames } from '../ledger/store';
import type { SealName } from '../ledger/walk/store';
import { log } from '../runtime/log';
import {
  addBuckets,
  type Book,
  emptyBook,
  prune,
  type Shape,
  setTimelines,
  shapeKey,
  takeIn,
} from './book';
import { printExact, roundScore, type Scoring } from './score';
import { fromSnapshot, type SnapshotHead, type SnapshotPart, toSnapshot } from './snapshot';
import { decide, exactOf, type Order, orderOf, stillHolds, undecided } from './standing';
import {
  agentRange,
  bucketRange,
  readArrivals,
  readBuckets,
  readHolders,
  readTimelines,
} from './store';

export interface StandingsAsk {
  readonly shape: Shape;
  readonly scoring: Scoring;
  /** Decides who is eligible, UTC ms. */
  readonly instant: number;
  /** Standings as of this seal; null: everything there is, from memory. */
  readonly seal: number | null;
  readonly offset: number;
  readonly limit: number;
}

export interface StandingLine {
  readonly agentKey: string;
  readonly rank: number;
  /** In 1/10000 point, rounded half up. */
  readonly score: string;
  /** All digits, in points. */
  readonly exactScore: string;
  /** UTC ms of the last award that counts. */
  readonly reachedAt: number;
}

export interface StandingsAnswer {
  readonly seal: number;
  /** How many stand on the board. */
  readonly participants: number;
  readonly lines: readonly StandingLine[];
}

export interface BoardObjectEnv {
  readonly DB: D1Database;
}

const HEAD_KEY = 'head';
const partKey = (index: number): string => `part/${index}`;

/** Agents of one page of a rebuild, each with all its entries within the window. */
const AGENTS_A_PAGE = 250;
const BUCKETS_A_READ = 2_000;
const NAMES_A_READ = 1_000;
/** Sealed rows of one page of what arrived. */
const ROWS_A_PAGE = 2_000;
/** Sealed rows taken in until a snapshot is worth its few writes: what a board put away reads again. */
const SAVE_AFTER_ROWS = 400;
/** Beyond this many seals it is cheaper to read the window than the way to it. */
const MOST_SEALS_BEHIND = 5_000;
/** Names are forgotten now and then: an erased person's does not stay for the life of an object. */
const MOST_NAMES = 20_000;

/** What buckets and directory say as of a seal, in a book of its own. */
async function buildBook(
  db: D1Database,
  { shape, scoring }: StandingsAsk,
  at: { readonly seal: number; readonly sealHash: string },
): Promise<Book> {
  const book = emptyBook(shapeKey(shape), scoring.fromDay, at);
  const day = compactDay(civilDay(scoring.fromDay));
  let after: string | null = null;
  for (;;) {
    const holders: string[] = await readHolders(db, after, AGENTS_A_PAGE);
    after = holders.at(-1) ?? null;
    if (after === null) return book;
    const agents = holders.filter((holder) => !holder.startsWith('_'));
    const ranges = agents.map((agentKey) => agentRange(agentKey, day));
    const buckets = await readBuckets(db, shape, ranges, at.seal);
    addBuckets(book, buckets);
    const found = [...new Set(buckets.map(({ agentKey }) => agentKey))];
    setTimelines(book, await readTimelines(db, shape, found, at.seal));
  }
}

/** Takes in the seals after a book's, page by page up to a head; how many sealed rows that were. */
async function catchUp(
  db: D1Database,
  book: Book,
  shape: Shape,
  head: number,
): Promise<{ readonly rows: number; readonly agents: readonly string[] }> {
  const agents: string[] = [];
  let rows = 0;
  while (book.seal < head) {
    const arrivals = await readArrivals(db, book.seal, ROWS_A_PAGE);
    if (arrivals.to === null) break;
    const { seal } = arrivals.to;
    const contents = [];
    for (let from = 0; from < arrivals.buckets.length; from += BUCKETS_A_READ) {
      const ranges = arrivals.buckets.slice(from, from + BUCKETS_A_READ).map(bucketRange);
      contents.push(...(await readBuckets(db, shape, ranges, seal)));
    }
    const kept = contents.filter(({ day }) => day >= compactDay(civilDay(book.fromDay)));
    const fresh = kept.map(({ agentKey }) => agentKey).filter((key) => !book.holders.has(key));
    const known = arrivals.agents.filter((key) => book.holders.has(key));
    const timelines = await readTimelines(db, shape, [...new Set([...fresh, ...known])], seal);
    takeIn(book, { buckets: arrivals.buckets, contents: kept, timelines }, arrivals.to);
    rows += arrivals.size;
    agents.push(...arrivals.agents);
  }
  return { rows, agents };
}

export class BoardObject extends DurableObject<BoardObjectEnv> {
  #live: Book | null = null;
  /** The last book that was built for another seal: the pages after the first find it again. */
  #past: { readonly book: Book; order: Order | null } | null = null;
  #order: Order | null = null;
  /** Refreshes one after the other; a request waits for its own. */
  #turn: Promise<unknown> = Promise.resolve();
  #unsaved = 0;
  readonly #names = new Map<string, string>();

  /** A page of the standings. Throws when D1 cannot be read: memory alone is never the answer. */
  async standings(ask: StandingsAsk): Promise<StandingsAnswer> {
    if (ask.seal !== null) return this.#standingsBy(ask, ask.seal);
    const turn = this.#turn.then(() => this.#refresh(ask));
    this.#turn = turn.catch(() => undefined);
    const book = await turn;
    this.#order = this.#orderOf(book, ask, this.#order);
    return this.#page(book, this.#order, ask);
  }

  async #standingsBy(ask: StandingsAsk, seal: number): Promise<StandingsAnswer> {
    const key = shapeKey(ask.shape);
    const fits = (book: Book): boolean =>
      book.shape === key && book.seal === seal && book.fromDay <= ask.scoring.fromDay;
    if (this.#live !== null && fits(this.#live)) {
      this.#order = this.#orderOf(this.#live, ask, this.#order);
      return this.#page(this.#live, this.#order, ask);
    }
    let past = this.#past;
    if (past === null || !fits(past.book)) {
      this.#past = null;
      past = { book: await buildBook(this.env.DB, ask, { seal, sealHash: '' }), order: null };
      this.#past = past;
    }
    past.order = this.#orderOf(past.book, ask, past.order);
    return this.#page(past.book, past.order, ask);
  }

  #orderOf(book: Book, { scoring, instant }: StandingsAsk, before: Order | null): Order {
    if (before !== null && stillHolds(before, book, scoring, instant)) return before;
    return orderOf(book, scoring, instant, before);
  }

  /** The seal is read with the order: what comes in while names are read belongs to the next page. */
  async #page(book: Book, order: Order, ask: StandingsAsk): Promise<StandingsAnswer> {
    const { seal } = book;
    const { offset, limit } = ask;
    await this.#name(undecided(order, offset, limit));
    decide(order, { offset, limit }, this.#names);
    const lines = order.standings.slice(offset, offset + limit).map(({ holder, ...rest }) => {
      const exact = exactOf(holder, order.weights);
      return {
        agentKey: holder.agentKey,
        rank: rest.rank,
        score: roundScore(exact, order.weights).toString(),
        exactScore: printExact(exact, order.weights),
        reachedAt: rest.reachedAt,
      };
    });
    return { seal, participants: order.standings.length, lines };
  }

  async #name(agentKeys: readonly string[]): Promise<void> {
    const missing = agentKeys.filter((key) => !this.#names.has(key));
    if (this.#names.size + missing.length > MOST_NAMES) this.#names.clear();
    for (let from = 0; from < missing.length; from += NAMES_A_READ) {
      const some = missing.slice(from, from + NAMES_A_READ);
      for (const [key, name] of await readAgentIds(this.env.DB, some)) this.#names.set(key, name);
    }
  }

  /** The live book, with everything that is in D1 when it is asked. */
  async #refresh(ask: StandingsAsk): Promise<Book> {
    const key = shapeKey(ask.shape);
    let book = this.#live ?? this.#load();
    if (book !== null && (book.shape !== key || book.fromDay > ask.scoring.fromDay)) book = null;
    const { asked, head } = await readSealNames(this.env.DB, book?.seal ?? 0);
    const newest: SealName = head ?? { seal: 0, sealHash: '', at: 0 };
    if (book !== null && !isOn(book, asked, newest)) {
      log('info', 'board.rebuilt', { from: book.seal, to: newest.seal });
      book = null;
    }
    if (book === null) {
      this.#live = null;
      book = await buildBook(this.env.DB, ask, newest);
      this.#live = book;
      this.#save(book, ask.scoring.fromDay);
      return book;
    }
    this.#live = book;
    const { rows, agents } = await catchUp(this.env.DB, book, ask.shape, newest.seal).catch(
      (thrown: unknown) => {
        // Whose name changed in what was read before is not known any more.
        this.#names.clear();
        throw thrown;
      },
    );
    for (const agentKey of agents) this.#names.delete(agentKey);
    this.#unsaved += rows;
    if (this.#unsaved >= SAVE_AFTER_ROWS) this.#save(book, ask.scoring.fromDay);
    return book;
  }

  #load(): Book | null {
    const { kv } = this.ctx.storage;
    const head = kv.get<SnapshotHead>(HEAD_KEY);
    if (head === undefined) return null;
    const places = Array.from({ length: head.parts }, (_, index) => index);
    return fromSnapshot(
      head,
      places.map((index) => kv.get<SnapshotPart>(partKey(index))),
    );
  }

  #save(book: Book, fromDay: number): void {
    prune(book, fromDay);
    const { head, parts } = toSnapshot(book);
    const { kv } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      const before = kv.get<SnapshotHead>(HEAD_KEY)?.parts ?? 0;
      for (const [index, part] of parts.entries()) kv.put(partKey(index), part);
      for (let index = parts.length; index < before; index += 1) kv.delete(partKey(index));
      kv.put(HEAD_KEY, head);
    });
    this.#unsaved = 0;
  }
}

/** True while D1 still holds the seal a book stands on, and not too many after it. */
const isOn = (book: Book, asked: SealName | null, head: SealName): boolean =>
  (book.seal === 0 ? true : asked?.sealHash === book.sealHash) &&
  head.seal - book.seal <= MOST_SEALS_BEHIND;
