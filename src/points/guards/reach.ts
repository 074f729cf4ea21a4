/**
 * How far claims reach: which days must be read to decide a claim, and which claims a change may
 * free or displace. Decides generously (any week that could hold the day), because claims beyond
 * the reach change no verdict. Refuses nothing.
 */
import { civilDay, parseDay } from '../../kernel/instant';
import { type ConfigVersion, inForce } from '../../ledger/config';
import type { Programme } from '../programmes/programme';
import { type CapName, type CapPeriod, type Caps, capVerdicts, hasCaps } from './cap';
import { type Claim, isFixed } from './claim';

type Programmes = readonly ConfigVersion<Programme>[];

/** Versions of a category's programme; each claim is held by the one of its own time. */
const ofCategory = (programmes: Programmes, category: string): Programmes =>
  programmes.filter((one) => one.name === category);

/** The caps that hold a coaching session of a category at an instant. */
const capsAt = (programmes: Programmes, category: string, instant: number): Caps =>
  inForce(ofCategory(programmes, category), instant)?.content.caps ?? {};

/** True when any version of any programme has caps: else nobody claims anything. */
export const anyCaps = (programmes: Programmes): boolean =>
  programmes.some(({ content }) => hasCaps(content.caps));

/** Categories whose programme has caps at an instant. */
export const cappedCategories = (programmes: Programmes, instant: number): string[] =>
  [...new Set(programmes.map(({ name }) => name))].filter((category) =>
    hasCaps(capsAt(programmes, category, instant)),
  );

export interface Reach {
  readonly first: string;
  readonly last: string;
}

const DAYS_BEYOND: Readonly<Record<CapPeriod, number>> = { DAY: 0, WEEK: 6, MONTH: 30 };

/** The longest period of a cap over all versions: a change of settings shortens no reach. */
function longest(programmes: Programmes, name: CapName): number {
  const days = programmes.flatMap(({ content }) => {
    const length = content.caps?.[name]?.period;
    return length === undefined ? [] : DAYS_BEYOND[length];
  });
  return Math.max(0, ...days);
}

/**
 * The days that bear on the claims of some days: a points' verdict needs the mentor's of its
 * period, these the pair's of theirs; and the same way forward for what is fixed, and for those
 * whom a change concerns.
 */
export function reachOf(programmes: Programmes, category: string, from: string, to = from): Reach {
  const versions = ofCategory(programmes, category);
  const beyond =
    longest(versions, 'points') + longest(versions, 'perMentor') + longest(versions, 'perPair');
  return { first: shifted(from, -beyond), last: shifted(to, beyond) };
}

/** Whom changes on some days concern, and the days that bear on all of these. */
export function concernOf(
  programmes: Programmes,
  category: string,
  { first, last }: Reach,
): { readonly concerned: Reach; readonly read: Reach } {
  const concerned = reachOf(programmes, category, first, last);
  return { concerned, read: reachOf(programmes, category, concerned.first, concerned.last) };
}

const shifted = (day: string, by: number): string => civilDay((parseDay(day) ?? 0) + by);

/** The verdict on each of the claims of one mentor and category, each by its own time's caps. */
export const verdictsOn = (programmes: Programmes, claims: readonly Claim[]) =>
  capVerdicts(claims, (claim) => capsAt(programmes, claim.category, claim.occurredAt));

/**
 * Coaching sessions on some days whose last settlement found otherwise than the claims say now. The
 * claims must be those of `reachOf` for these days. What is fixed settles no more, so it never is
 * among them.
 */
export function flippedSessions(
  programmes: Programmes,
  claims: readonly Claim[],
  { first, last }: Reach,
): string[] {
  const verdicts = verdictsOn(programmes, claims);
  return claims
    .filter((claim) => !isFixed(claim) && claim.day >= first && claim.day <= last)
    .filter((claim) => claim.granted !== (verdicts.get(claim.session) === null))
    .map((claim) => claim.session);
}
