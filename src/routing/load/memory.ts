/**
 * The samples of one agent as long as their object lives. Decides nothing itself; it holds what
 * `load.ts` judges. After an eviction it begins anew, and says since when it knows.
 */
import {
  type Judged,
  judgeLoad,
  type LoadState,
  type Reading,
  readLoad,
  type Sample,
  type Watch,
  withSample,
} from './load';

export class LoadMemory {
  #samples: Sample[] = [];
  #knownFrom: number | null = null;

  /** The sample that came with a cause, while it is remembered. */
  find(cause: string): Sample | null {
    return this.#samples.find((one) => one.cause === cause) ?? null;
  }

  add(sample: Sample, now: number): void {
    this.#knownFrom ??= now;
    this.#samples = withSample(this.#samples, sample, now);
  }

  read(watch: Watch, now: number): Reading {
    return readLoad(this.#samples, watch, now);
  }

  judge(before: LoadState, watch: Watch, now: number): Judged {
    this.#knownFrom ??= now;
    return judgeLoad(before, this.#samples, watch, { now, knownFrom: this.#knownFrom });
  }

  clear(): void {
    this.#samples = [];
  }
}
