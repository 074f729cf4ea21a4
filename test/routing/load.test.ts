/** Overload by DEC-20, beside an oracle that walks every millisecond's load by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CALM,
  capacityFactor,
  judgeLoad,
  type LoadState,
  readLoad,
  type Sample,
  sampleOf,
  triggerOf,
  type Watch,
  WINDOW_MS,
  withSample,
} from '../../src/routing/load/load';

const MINUTE = 60_000;
const NOON = Date.UTC(2032, 4, 3, 12);
const DEC_20: Watch = { aht: false, queueWaitSeconds: null, ahtToleranceSeconds: 60 };

const at = (minutes: number): number => NOON + minutes * MINUTE;

function sample(minutes: number, percent: number, more: object = {}): Sample {
  const said = { concurrent: percent / 10, targetConcurrent: 10, ...more };
  const made = sampleOf(said, { at: at(minutes), cause: `s${minutes}` });
  if (!made.ok) throw new Error(made.failure);
  return made.value;
}

/** Plays samples in order; answers the state after each. */
function play(
  samples: readonly Sample[],
  watch: Watch = DEC_20,
): { readonly state: LoadState; readonly kept: Sample[] }[] {
  let state = CALM;
  let kept: Sample[] = [];
  return samples.map((one) => {
    kept = withSample(kept, one, one.at);
    state = judgeLoad(state, kept, watch, { now: one.at, knownFrom: NOON }).state;
    return { state, kept };
  });
}

const overloaded = (samples: readonly Sample[], watch: Watch = DEC_20): boolean[] =>
  play(samples, watch).map(({ state }) => state.overload !== null);

describe('an agent', () => {
  it('is overloaded at once over 115 % now, and not at 115 % (DEC-20)', () => {
    expect(overloaded([sample(0, 115)])).toEqual([false]);
    expect(overloaded([sample(0, 115.1)])).toEqual([true]);
  });

  it('is overloaded over 110 % on average of 15 minutes, and not at 110 % (DEC-20)', () => {
    const steady = (percent: number) =>
      Array.from({ length: 17 }, (_, minute) => sample(minute, percent));
    expect(overloaded(steady(110)).includes(true)).toBe(false);
    const over = overloaded(steady(110.1));
    expect(over.indexOf(true)).toBe(15);
  });

  it('knows no mean while less than 15 minutes are known: only 115 % counts', () => {
    expect(overloaded([sample(0, 114), sample(7, 114), sample(14, 114)])).toEqual([
      false,
      false,
      false,
    ]);
    expect(readLoad([sample(0, 114)], DEC_20, at(14)).mean).toBeNull();
  });

  it('is back when now is below 100 % and the mean below 110 %, and not before (DEC-20)', () => {
    expect(overloaded([sample(0, 120), sample(1, 100)])).toEqual([true, true]);
    expect(overloaded([sample(0, 120), sample(1, 99.9)])).toEqual([true, false]);
    const long = Array.from({ length: 20 }, (_, minute) => sample(minute, 120));
    const cooling = [sample(20, 90), sample(21, 90), sample(22, 90)];
    const after = overloaded([...long, ...cooling, sample(26, 90)]);
    expect(after.slice(20)).toEqual([true, true, true, false]);
  });

  it('that is overloaded again within 15 minutes stays so for 15 quiet ones', () => {
    const seen = overloaded([
      sample(0, 120),
      sample(1, 90),
      sample(2, 120),
      sample(3, 90),
      sample(16, 90),
      sample(17.1, 90),
    ]);
    expect(seen).toEqual([true, false, true, true, true, false]);
  });

  it('is no longer overloaded when nobody has said anything for 15 minutes', () => {
    const [first] = play([sample(0, 120)]);
    const judged = (minutes: number) =>
      judgeLoad(first?.state ?? CALM, first?.kept ?? [], DEC_20, {
        now: at(minutes),
        knownFrom: NOON,
      });
    expect(judged(14.9).turn.kind).toBe('none');
    expect(judged(15).turn).toMatchObject({ kind: 'ended', reason: 'SILENT' });
  });

  it('stays overloaded for 15 minutes after an eviction in which nobody speaks', () => {
    const state = play([sample(0, 120)])[0]?.state ?? CALM;
    const woken = (minutes: number) =>
      judgeLoad(state, [], DEC_20, { now: at(minutes), knownFrom: at(60) }).turn.kind;
    expect([woken(60), woken(74), woken(75)]).toEqual(['none', 'none', 'ended']);
  });

  it('is overloaded by handle time and queue wait only where that is switched on', () => {
    const slow = sample(0, 50, { ahtSeconds: 361, targetAhtSeconds: 300 });
    const waited = sample(0, 50, { queueWaitSeconds: 91 });
    const on: Watch = { aht: true, queueWaitSeconds: 90, ahtToleranceSeconds: 60 };
    expect(overloaded([slow])).toEqual([false]);
    expect(readLoad([slow], DEC_20, at(0)).isOverAht).toBe(true);
    expect(overloaded([slow], on)).toEqual([true]);
    expect(overloaded([waited])).toEqual([false]);
    expect(triggerOf(readLoad([waited], on, at(0)), on)).toBe('QUEUE_WAIT');
    const within = sample(0, 50, { ahtSeconds: 360, targetAhtSeconds: 300, queueWaitSeconds: 90 });
    expect(overloaded([within], on)).toEqual([false]);
  });

  it('has a tenth of its capacity at the least, and all of it while nothing is known', () => {
    const factor = (samples: Sample[]) => capacityFactor(readLoad(samples, DEC_20, at(1)));
    expect(factor([sample(0, 25)])).toBe(750_000);
    expect(factor([sample(0, 95)])).toBe(100_000);
    expect(factor([sample(0, 150)])).toBe(100_000);
    expect(factor([])).toBe(1_000_000);
  });
});

describe('a sample', () => {
  it('is refused without a usable target or quantity, and the field is named', () => {
    const field = (said: Parameters<typeof sampleOf>[0]) => {
      const made = sampleOf(said, { at: 0, cause: 'x' });
      return made.ok ? null : made.failure;
    };
    expect(field({ concurrent: -1, targetConcurrent: 3 })).toBe('concurrent');
    expect(field({ concurrent: '1e3', targetConcurrent: 3 })).toBe('concurrent');
    expect(field({ concurrent: 1, targetConcurrent: 0 })).toBe('targetConcurrent');
    expect(field({ concurrent: 1, targetConcurrent: undefined })).toBe('targetConcurrent');
    expect(field({ concurrent: 1, targetConcurrent: 2, ahtSeconds: -1 })).toBe('ahtSeconds');
    expect(field({ concurrent: '1.5', targetConcurrent: '2.5' })).toBeNull();
  });

  it('from the future counts as of now, and one that is too old changes nothing', () => {
    expect(withSample([], sample(10, 90), at(5))[0]?.at).toBe(at(5));
    expect(withSample([], sample(-40, 90), at(0))).toEqual([]);
  });

  it('is kept only as long as a mean can need it', () => {
    let kept: Sample[] = [];
    for (let second = 0; second < 5000; second += 1) {
      kept = withSample(kept, { ...sample(0, 90), at: NOON + second * 1000 }, NOON + second * 1000);
    }
    expect(kept.length).toBeLessThanOrEqual(WINDOW_MS / 1000 + 2);
  });
});

const history = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 1200 }), percent: fc.integer({ min: 0, max: 160 }) }),
  { minLength: 1, maxLength: 60 },
);

function samplesOf(steps: readonly { gap: number; percent: number }[]): Sample[] {
  let seconds = 0;
  return steps.map(({ gap, percent }) => {
    seconds += gap;
    return sample(seconds / 60, percent);
  });
}

/** The load that was in force at each second before `now`, newest first; null: nobody had spoken. */
function loadsBefore(samples: readonly Sample[], now: number): (number | null)[] {
  return Array.from({ length: 900 }, (_, back) => {
    const moment = now - (back + 1) * 1000;
    const spoken = samples.filter((one) => one.at <= moment).at(-1);
    if (spoken === undefined || moment - spoken.at >= WINDOW_MS) return null;
    return (spoken.concurrent * 1000) / spoken.target;
  });
}

describe('over any history', () => {
  it('the mean is that of every single second', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const samples = samplesOf(steps);
        const now = samples.at(-1)?.at ?? NOON;
        const loads = loadsBefore(samples, now);
        const { mean } = readLoad(samples, DEC_20, now);
        if (loads.includes(null)) return mean === null;
        const exact = loads.reduce((sum: number, load) => sum + (load ?? 0), 0) / loads.length;
        return mean !== null && Math.abs(Number(mean) / 1000 - exact) < 0.001;
      }),
      { numRuns: 200 },
    );
  });

  it('nobody flaps: of the turns within any 15 minutes at most two begin an overload', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const states = play(samplesOf(steps));
        const begun = new Set(states.flatMap(({ state }) => state.overload?.since ?? []));
        const times = [...begun].sort((a, b) => a - b);
        return times.every((time, index) => (times[index + 2] ?? Infinity) - time >= WINDOW_MS);
      }),
      { numRuns: 500 },
    );
  });

  it('a load between 100 % and 115 % never ends an overload, nor begins one but by its mean', () => {
    const band = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 300 }),
        percent: fc.integer({ min: 100, max: 115 }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(band, (steps) => {
        const seen = overloaded(samplesOf(steps));
        const first = seen.indexOf(true);
        return first === -1 || seen.slice(first).every((one) => one);
      }),
      { numRuns: 200 },
    );
  });

  it('who is over 115 % is overloaded, and who is overloaded was over a bar', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const samples = samplesOf(steps);
        return play(samples).every(({ state, kept }, index) => {
          const now = samples[index]?.at ?? 0;
          const over = triggerOf(readLoad(kept, DEC_20, now), DEC_20) !== null;
          return !over || state.overload !== null;
        });
      }),
      { numRuns: 200 },
    );
  });
});
