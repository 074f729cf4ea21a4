/**
 * The samples of one agent as long as their object lives. Decides nothing itself; it holds what
 * `load.ts` judges. After an eviction it begins anew, and says since when it knows.
 */
import {
  isSameSample,
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

  /** Takes a sample. A cause that is remembered is a duplicate, with other content a conflict. */
  take(sample: Sample, now: number): 'accepted' | 'duplicate' | 'conflict' {
    this.#knownFrom ??= now;
    const known = this.#samples.find(({ cause }) => cause === sample.cause);
    if (known !== undefined) return isSameSample(known, sample) ? 'duplicate' : 'conflict';
    this.#samples = withSample(this.#samples, sample, now);
    return 'accepted';
  }

  read(watch: Watch, now: number): Reading {
    return readLoad(this.#samples, watch, now);
  }

  /** `watchedFrom`: since when silence is known of, where that was before this memory began. */
  judge(before: LoadState, watch: Watch, now: number, watchedFrom = now): Judged {
    this.#knownFrom ??= now;
    const knownFrom = Math.min(this.#knownFrom, watchedFrom);
    return judgeLoad(before, this.#samples, watch, { now, knownFrom });
  }

  clear(): void {
    this.#samples = [];
  }
}
