/**
 * Chance that a seed fixes: the same seed draws the same history on any machine. Faults are drawn
 * from the name of the point at which they may strike and not from a running stream, because the
 * order in which concurrent calls reach their points is the runtime's.
 */

/** Mulberry32: 32 bits of state, every value in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = mulberry32(Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9);
  }

  /** In [0, 1). */
  unit(): number {
    return this.#next();
  }

  /** True with that probability. */
  happens(probability: number): boolean {
    return this.#next() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#next() * choices.length)];
    if (choice === undefined && choices.length === 0) throw new Error('nothing to choose from');
    return choice as T;
  }
}

/** A stream that belongs to a name: what is drawn from it moves nothing that is drawn elsewhere. */
export const chanceOf = (name: string): Chance => new Chance(Math.floor(unitOf(name) * 2 ** 32));

/** A value in [0, 1) that belongs to a name (FNV-1a, mixed). */
export function unitOf(name: string): number {
  let hash = 0x811c_9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x0100_0193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296;
}
