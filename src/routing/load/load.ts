/**
 * How loaded an agent is, and when that makes them overloaded (S10, DEC-20). Decides from samples
 * of the last 15 minutes: at once over 115 % of the target capacity now, or over 110 % on average;
 * over again when now is below 100 % and the mean below 110 %. Whoever is overloaded again within
 * 15 minutes stays so until 15 quiet minutes have passed: no load makes a weight flap. Integers
 * throughout; refuses samples without a target, negative ones and ones beyond all bounds.
 */
import { parseDecimal, toScaled } from '../../kernel/decimal';
import { canonicalJson } from '../../kernel/hash';
import { fail, ok, type Result } from '../../kernel/result';

/** Length of the rolling window, and how long one sample speaks for what comes after it. */
export const WINDOW_MS = 15 * 60_000;
const NOW_PERCENT = 115n;
const MEAN_PERCENT = 110n;
const BACK_PERCENT = 100n;
/** Quantities are kept in millionths, as all decimals here are. */
const MILLION = 1_000_000n;
const MOST = 1_000_000n * MILLION;
/** Of one second the last sample stands, so that a window holds at most this many and two. */
const GRAIN_MS = 1000;

/** What made an agent overloaded. NOW and MEAN always count; the others when they are switched on. */
const TRIGGERS = ['NOW', 'MEAN', 'AHT', 'QUEUE_WAIT'] as const;
export type Trigger = (typeof TRIGGERS)[number];
/** Why it is over: the load cleared, or nobody said anything for 15 minutes. */
export type EndReason = 'CLEARED' | 'SILENT';

/** Quantities in millionths. */
export interface Sample {
  /** UTC ms. */
  readonly at: number;
  readonly concurrent: number;
  readonly target: number;
  readonly ahtSeconds: number | null;
  readonly targetAhtSeconds: number | null;
  readonly queueWaitSeconds: number | null;
  readonly queueLength: number | null;
  readonly queueId: string | null;
  /** Names the event or request it came with. */
  readonly cause: string;
}

/** What may be switched on besides DEC-20. */
export interface Watch {
  /** Handle time above its target by more than the tier's tolerance. */
  readonly aht: boolean;
  /** Seconds of queue wait above which an agent counts as overloaded; null: off. */
  readonly queueWaitSeconds: number | null;
  /** The tier's tolerance in seconds; null: the tier has none. */
  readonly ahtToleranceSeconds: number | null;
}

export interface Overload {
  readonly since: number;
  readonly trigger: Trigger;
  /** It began within 15 minutes after another had ended. */
  readonly relapse: boolean;
}

export interface LoadState {
  readonly overload: Overload | null;
  /** When the last one ended, UTC ms. */
  readonly endedAt: number | null;
}

export const CALM: LoadState = { overload: null, endedAt: null };

/** What samples say at an instant. Fractions of the target in millionths. */
export interface Reading {
  /** The newest sample that still speaks; null: nobody said anything for 15 minutes. */
  readonly latest: Sample | null;
  readonly now: bigint | null;
  /** Null while the samples cover less than 15 minutes. */
  readonly mean: bigint | null;
  readonly isOverNow: boolean;
  readonly isOverMean: boolean;
  readonly isBack: boolean;
  readonly isOverAht: boolean | null;
  readonly isOverWait: boolean | null;
}

/** A quantity of a sample in millionths, or null where it is none from 0 to a million. */
function quantity(value: unknown): number | null {
  const decimal = parseDecimal(value);
  const scaled = decimal === null ? null : toScaled(decimal, 6);
  return scaled === null || scaled < 0n || scaled > MOST ? null : Number(scaled);
}

export interface SaidLoad {
  readonly concurrent: unknown;
  readonly targetConcurrent: unknown;
  readonly ahtSeconds?: unknown;
  readonly targetAhtSeconds?: unknown;
  readonly queueWaitSeconds?: unknown;
  readonly queueLength?: number | undefined;
  readonly queueId?: string | undefined;
}

/** The sample of what was said. The failure is the name of the field that is not acceptable. */
export function sampleOf(
  said: SaidLoad,
  { at, cause }: Pick<Sample, 'at' | 'cause'>,
): Result<Sample, string> {
  const concurrent = quantity(said.concurrent);
  const target = quantity(said.targetConcurrent);
  if (concurrent === null) return fail('concurrent');
  if (target === null || target === 0) return fail('targetConcurrent');
  const optional = ['ahtSeconds', 'targetAhtSeconds', 'queueWaitSeconds'] as const;
  const wrong = optional.find((name) => said[name] != null && quantity(said[name]) === null);
  if (wrong !== undefined) return fail(wrong);
  const given = (name: (typeof optional)[number]): number | null =>
    said[name] == null ? null : quantity(said[name]);
  return ok({
    at,
    concurrent,
    target,
    ahtSeconds: given('ahtSeconds'),
    targetAhtSeconds: given('targetAhtSeconds'),
    queueWaitSeconds: given('queueWaitSeconds'),
    queueLength: said.queueLength ?? null,
    queueId: said.queueId ?? null,
    cause,
  });
}

/** Plain decimal text of millionths. */
export function printMillionths(value: bigint): string {
  const places = String(value % MILLION)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${value / MILLION}${places === '' ? '' : `.${places}`}`;
}

/** True when two samples of one cause say the same; when they came is no part of it. */
export const isSameSample = (one: Sample, other: Sample): boolean =>
  canonicalJson({ ...one, at: 0 }) === canonicalJson({ ...other, at: 0 });

/**
 * The samples of the rolling window with one more, in order of time, and the one before the window
 * that speaks for its beginning. One from the future counts as of now; one that is too old is none.
 */
export function withSample(samples: readonly Sample[], said: Sample, now: number): Sample[] {
  const sample = said.at > now ? { ...said, at: now } : said;
  const second = (one: Sample): number => Math.floor(one.at / GRAIN_MS);
  const isLate = samples.some((one) => second(one) === second(sample) && one.at > sample.at);
  if (isLate) return pruned(samples, now);
  const others = samples.filter((one) => second(one) !== second(sample));
  return pruned(
    [...others, sample].sort((a, b) => a.at - b.at),
    now,
  );
}

/** Without what no longer speaks: all before the last one at or before the window's beginning. */
function pruned(samples: readonly Sample[], now: number): Sample[] {
  const first = samples.findLastIndex(({ at }) => at <= now - WINDOW_MS);
  return samples.slice(Math.max(0, first)).filter(({ at }) => at > now - 2 * WINDOW_MS);
}

const loadOf = ({ concurrent, target }: Sample): bigint =>
  (2n * BigInt(concurrent) * MILLION + BigInt(target)) / (2n * BigInt(target));

const exceeds = ({ concurrent, target }: Sample, percent: bigint): boolean =>
  BigInt(concurrent) * 100n > BigInt(target) * percent;

/**
 * The mean over the rolling window, each sample for as long as it was the newest, as a sum over
 * milliseconds; null where some of the window is before the first sample or after a silence.
 */
function sumOverWindow(samples: readonly Sample[], now: number): bigint | null {
  const start = now - WINDOW_MS;
  let covered = 0;
  let sum = 0n;
  for (const [index, sample] of samples.entries()) {
    const end = Math.min(samples[index + 1]?.at ?? now, sample.at + WINDOW_MS, now);
    const from = Math.max(sample.at, start);
    if (end <= from) continue;
    covered += end - from;
    sum += loadOf(sample) * BigInt(end - from);
  }
  return covered < WINDOW_MS ? null : sum;
}

/** What the samples say at `now`. */
export function readLoad(samples: readonly Sample[], watch: Watch, now: number): Reading {
  const newest = samples.findLast(({ at }) => at <= now) ?? null;
  const latest = newest !== null && now - newest.at < WINDOW_MS ? newest : null;
  const sum = latest === null ? null : sumOverWindow(samples, now);
  const bar = (BigInt(WINDOW_MS) * MEAN_PERCENT * MILLION) / 100n;
  return {
    latest,
    now: latest === null ? null : loadOf(latest),
    mean: sum === null ? null : sum / BigInt(WINDOW_MS),
    isOverNow: latest !== null && exceeds(latest, NOW_PERCENT),
    isOverMean: sum !== null && sum > bar,
    isBack:
      latest !== null &&
      BigInt(latest.concurrent) * 100n < BigInt(latest.target) * BACK_PERCENT &&
      (sum === null || sum < bar),
    isOverAht: overAht(latest, watch),
    isOverWait: overWait(latest, watch),
  };
}

function overAht(sample: Sample | null, { ahtToleranceSeconds }: Watch): boolean | null {
  const { ahtSeconds = null, targetAhtSeconds = null } = sample ?? {};
  if (ahtSeconds === null || targetAhtSeconds === null || ahtToleranceSeconds === null) return null;
  return ahtSeconds > targetAhtSeconds + ahtToleranceSeconds * Number(MILLION);
}

function overWait(sample: Sample | null, { queueWaitSeconds }: Watch): boolean | null {
  const waited = sample?.queueWaitSeconds ?? null;
  if (waited === null || queueWaitSeconds === null) return null;
  return waited > queueWaitSeconds * Number(MILLION);
}

/** The first trigger that holds, or null. */
export function triggerOf(reading: Reading, watch: Watch): Trigger | null {
  if (reading.isOverNow) return 'NOW';
  if (reading.isOverMean) return 'MEAN';
  if (watch.aht && reading.isOverAht === true) return 'AHT';
  if (watch.queueWaitSeconds !== null && reading.isOverWait === true) return 'QUEUE_WAIT';
  return null;
}

export type Turn =
  | { readonly kind: 'none' }
  | { readonly kind: 'began'; readonly overload: Overload }
  | { readonly kind: 'ended'; readonly overload: Overload; readonly reason: EndReason };

export interface Judged {
  readonly state: LoadState;
  readonly turn: Turn;
  readonly reading: Reading;
}

/**
 * What the load has come to. `knownFrom`: since when silence is known of, for samples from before
 * an eviction are not: when this memory began, or by when the state says that somebody last spoke.
 */
export function judgeLoad(
  before: LoadState,
  samples: readonly Sample[],
  watch: Watch,
  { now, knownFrom }: { readonly now: number; readonly knownFrom: number },
): Judged {
  const reading = readLoad(samples, watch, now);
  const trigger = triggerOf(reading, watch);
  const { overload, endedAt } = before;
  if (overload === null) {
    if (trigger === null) return { state: before, turn: { kind: 'none' }, reading };
    const relapse = endedAt !== null && now - endedAt < WINDOW_MS;
    const begun: Overload = { since: now, trigger, relapse };
    return {
      state: { ...before, overload: begun },
      turn: { kind: 'began', overload: begun },
      reading,
    };
  }
  const reason = endOf(overload, reading, trigger, samples, { now, knownFrom });
  if (reason === null) return { state: before, turn: { kind: 'none' }, reading };
  const state: LoadState = { overload: null, endedAt: now };
  return { state, turn: { kind: 'ended', overload, reason }, reading };
}

function endOf(
  overload: Overload,
  { latest, isBack }: Reading,
  trigger: Trigger | null,
  samples: readonly Sample[],
  { now, knownFrom }: { readonly now: number; readonly knownFrom: number },
): EndReason | null {
  if (latest === null) {
    const heardAt = samples.at(-1)?.at ?? 0;
    return now - Math.max(heardAt, knownFrom, overload.since) >= WINDOW_MS ? 'SILENT' : null;
  }
  if (!isBack || trigger !== null) return null;
  if (!overload.relapse) return 'CLEARED';
  const isQuiet =
    now - overload.since >= WINDOW_MS &&
    samples.every((one) => one.at <= now - WINDOW_MS || !exceeds(one, NOW_PERCENT));
  return isQuiet ? 'CLEARED' : null;
}

/**
 * The share of an agent's capacity that is free, in millionths: 1 − load, at least a tenth. Whole
 * while nothing is known.
 */
export function capacityFactor({ latest }: Pick<Reading, 'latest'>): number {
  if (latest === null) return Number(MILLION);
  const free = Number(MILLION - loadOf(latest));
  return Math.max(100_000, free);
}
