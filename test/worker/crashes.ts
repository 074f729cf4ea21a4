/**
 * Crash matrices: each I/O point of a story, failing in each way, retried by whoever may. Says which
 * of their cases a run plays: a sample in `npm test`; with `SIM_CRASHES=all` every case, and with
 * `SIM_CRASHES=2/6` (or `all:2/6`) the second sixth of them: a long one is played in pieces. Says also
 * which combinations are no cases of their own. Who may retry, and what a story must come to, is its
 * test's to say. Refuses an order that it cannot read, which would else pass for the whole.
 */
import { env } from 'cloudflare:workers';
import type { IoPoint, Mode } from './io';

const asked = (env as { readonly SIM_CRASHES?: string }).SIM_CRASHES ?? '';
const [, nth = '1', pieces = '1'] = /^(?:all:)?([1-9]\d*)\/([1-9]\d*)$/.exec(asked) ?? [];

export const PLAYS_ALL = asked !== '';

if (PLAYS_ALL && asked !== 'all' && !asked.includes('/'))
  throw new Error(`SIM_CRASHES is "all" or a piece such as 2/6, and not ${asked}`);
if (Number(nth) > Number(pieces)) throw new Error(`there is no piece ${asked}`);

/** The cases of this run: all of them, or every so manieth. */
export const pieceOf = <T>(cases: readonly T[]): readonly T[] =>
  cases.filter((_, index) => index % Number(pieces) === Number(nth) - 1);

/** How an I/O fails. */
export const CRASHES = ['throw', 'abort', 'flush-abort'] as const satisfies readonly Mode[];
export type Crash = (typeof CRASHES)[number];

/** A point by name; `actor` where the same call of several is counted apart. */
export const nameOf = ({ place, call, phase, nth: count }: IoPoint, actor = ''): string =>
  `${place} ${actor}${actor === '' ? '' : ' '}${call} ${phase} ${count}`;

/** A point at which D1 is only read. */
export const isRead = (name: string): boolean => / DB\.(read|look) /.test(name);

/**
 * In which ways a point fails. Two kinds of combinations are left out, for each is another one again:
 * - A Worker has nothing that could be reset: an abort of it is a throw (`wrap.ts`, `crash`).
 * - After a read nothing has changed anywhere, and its caller sees the error that it sees before it.
 *   An abort there loses nothing that was written before the read, for a request leaves an object
 *   only when its writes are durable: that is a flush and abort before the read (`crashes.test.ts`).
 */
export function crashesOf(name: string): readonly Crash[] {
  if (isRead(name) && name.includes(' after ')) return [];
  return name.startsWith('worker ') ? ['throw'] : CRASHES;
}

export interface Case<R extends string> {
  /** Name of the point. */
  readonly target: string;
  readonly mode: Crash;
  /** Who comes back first. */
  readonly by: R;
}

/** Every case of these points with one retrier. */
export const casesOf = <R extends string>(points: Iterable<string>, by: R): Case<R>[] =>
  [...points].flatMap((target) => crashesOf(target).map((mode) => ({ target, mode, by })));

/**
 * Strikes that so many cases come to at least. The journal's groups fall otherwise from story to
 * story, so that the last of its points may not be met again.
 */
export const mostOf = (cases: number): number => Math.floor(cases * 0.9);

/** For samples: one after the other, and again from the first. */
export function inTurn<T>(things: readonly T[], index: number): T {
  if (things.length === 0) throw new Error('there is nothing to take turns');
  return things[index % things.length] as T;
}

export type Strike = Omit<Case<string>, 'by'>;

/** Makes one point fail once, and keeps which were met. */
export class Striker {
  readonly met = new Set<string>();
  hasStruck = false;
  readonly #strike: Strike | null;
  readonly #nameOf: (point: IoPoint) => string;

  constructor(strike: Strike | null = null, naming: (point: IoPoint) => string = nameOf) {
    this.#strike = strike;
    this.#nameOf = naming;
  }

  readonly decide = (point: IoPoint): Crash | null => {
    const name = this.#nameOf(point);
    this.met.add(name);
    if (this.hasStruck || name !== this.#strike?.target) return null;
    this.hasStruck = true;
    return this.#strike.mode;
  };
}
