/**
 * Caps of a programme (M9): how many coaching sessions of one mentor, or of one mentor and mentee,
 * and how many points of one mentor count in a day, week or month. Decides over the set, never by
 * order of arrival: first the pair's cap, then the mentor's over what the pair's left, then the
 * points', each in the order of (occurredAt, coaching session key). What was fixed as granted comes
 * before all others, because it can no longer give way. Refuses caps of nothing.
 */
import * as z from 'zod';
import { parseAmount, pointsUnit } from '../../kernel/units';
import { type Claim, isFixed } from './claim';

const CAP_PERIODS = ['DAY', 'WEEK', 'MONTH'] as const;
export type CapPeriod = (typeof CAP_PERIODS)[number];

const period = z.enum(CAP_PERIODS).meta({
  description: "By the organisation's local calendar; a week begins on its `weekStart`.",
});
const countCap = z.strictObject({ count: z.int().min(1).max(10_000), period });

export const capsSchema = z.strictObject({
  perMentor: countCap.optional(),
  perPair: countCap.optional(),
  /** Points a mentor may earn; a coaching session that does not fit whole is capped. */
  points: z
    .strictObject({
      amount: z
        .union([z.number(), z.string()])
        .transform(String)
        .refine((text) => (parseAmount(text, ANY_POINTS) ?? 0n) > 0n, 'points above 0'),
      period,
    })
    .optional(),
});

const ANY_POINTS = pointsUnit('any');

export type Caps = z.output<typeof capsSchema>;
export type CapName = keyof Caps;
/** The order in which caps are tried. */
const CAP_NAMES = ['perPair', 'perMentor', 'points'] as const satisfies readonly CapName[];

export const hasCaps = (caps: Caps | undefined): caps is Caps =>
  CAP_NAMES.some((name) => caps?.[name] !== undefined);

/** What holds a claim back: the cap, its limit, and what stood before in its period. */
export interface CapVerdict {
  readonly by: CapName;
  readonly period: CapPeriod;
  readonly limit: string;
  /** Coaching sessions, or points in 1/10000, that came before it in the period. */
  readonly before: number;
}

/** The period of a claim by which it meets others; two claims with the same text share it. */
function periodOf(claim: Claim, length: CapPeriod): string {
  if (length === 'DAY') return `DAY ${claim.day}`;
  return length === 'WEEK' ? `WEEK ${claim.week}` : `MONTH ${claim.day.slice(0, 7)}`;
}

/** Sums by period of each length: versions of a programme may count by different lengths. */
class Tally {
  readonly #sums = new Map<string, number>();

  of(claim: Claim, length: CapPeriod, about = ''): number {
    return this.#sums.get(`${periodOf(claim, length)} ${about}`) ?? 0;
  }

  add(claim: Claim, by: number, about = ''): void {
    for (const length of CAP_PERIODS) {
      const key = `${periodOf(claim, length)} ${about}`;
      this.#sums.set(key, (this.#sums.get(key) ?? 0) + by);
    }
  }
}

const inOrder = (claims: readonly Claim[]): Claim[] =>
  claims.toSorted((a, b) => a.occurredAt - b.occurredAt || (a.session < b.session ? -1 : 1));

/**
 * Which cap holds back each claim of one mentor in one category, by coaching session; null where
 * it counts. A claim whose own programme version has no caps counts and takes no place. A fixed
 * claim has no verdict: it takes its place where it was granted, and none where it was not. The
 * claims must reach as far as `reachOf` says for each verdict that is to be trusted.
 */
export function capVerdicts(
  claims: readonly Claim[],
  capsOf: (claim: Claim) => Caps,
): Map<string, CapVerdict | null> {
  const pairs = new Tally();
  const mentors = new Tally();
  const points = new Tally();
  const verdicts = new Map<string, CapVerdict | null>();
  for (const claim of claims.filter((one) => isFixed(one) && one.granted)) {
    if (!hasCaps(capsOf(claim))) continue;
    pairs.add(claim, 1, claim.menteeKey);
    mentors.add(claim, 1);
    points.add(claim, claim.amount);
  }
  for (const claim of inOrder(claims.filter((one) => !isFixed(one)))) {
    const caps = capsOf(claim);
    if (!hasCaps(caps)) {
      verdicts.set(claim.session, null);
      continue;
    }
    const byPair = overCount('perPair', caps.perPair, (length) =>
      pairs.of(claim, length, claim.menteeKey),
    );
    pairs.add(claim, 1, claim.menteeKey);
    const byMentor =
      byPair ?? overCount('perMentor', caps.perMentor, (length) => mentors.of(claim, length));
    if (byPair === null) mentors.add(claim, 1);
    const verdict = byMentor ?? overPoints(caps, claim, points);
    if (verdict === null) points.add(claim, claim.amount);
    verdicts.set(claim.session, verdict);
  }
  return verdicts;
}

function overCount(
  by: 'perPair' | 'perMentor',
  cap: Caps['perMentor'],
  countOf: (length: CapPeriod) => number,
): CapVerdict | null {
  if (cap === undefined) return null;
  const before = countOf(cap.period);
  return before < cap.count ? null : { by, period: cap.period, limit: String(cap.count), before };
}

function overPoints({ points: cap }: Caps, claim: Claim, sums: Tally): CapVerdict | null {
  if (cap === undefined) return null;
  const before = sums.of(claim, cap.period);
  const limit = Number(parseAmount(cap.amount, ANY_POINTS) ?? 0n);
  return before + claim.amount <= limit
    ? null
    : { by: 'points', period: cap.period, limit: cap.amount, before };
}
