/**
 * A claim is what a coaching session says of itself where its programme has caps: it would be
 * awarded, here, on this day, for so much; or no longer. Decides the rows by which the others see
 * it: the latest row of a coaching session under a mentor, category and day is what stands. Kept as
 * rows of their own because a cap is decided over all of them. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { compactDay } from '../../kernel/period';

/** One standing claim of a coaching session in a category. */
export interface Claim {
  readonly session: string;
  readonly category: string;
  readonly mentorKey: string;
  readonly menteeKey: string;
  /** Local day of the coaching and first day of its week, `YYYY-MM-DD`. */
  readonly day: string;
  readonly week: string;
  /** UTC ms: with the key of the coaching session the order in which claims count. */
  readonly occurredAt: number;
  /** What the mentor would get, 1/10000 point. */
  readonly amount: number;
  /** False where the settlement that wrote it found it held back by a cap. */
  readonly granted: boolean;
  /** True once an erasure closed the coaching session: what was posted is final. Absent: it is not. */
  readonly fixed?: boolean;
}

/** Where claims compete: one mentor, one category, around a day. */
export interface Place {
  readonly mentorKey: string;
  readonly category: string;
  readonly day: string;
}

export interface ClaimChange {
  readonly claim: Claim;
  readonly standing: boolean;
}

const placeOf = ({ mentorKey, category, day }: Place): string =>
  `${mentorKey}.${category}.${compactDay(day)}`;

/** What must be written so that `after` stands where `before` stood; nothing where they are equal. */
export function claimChanges(before: readonly Claim[], after: readonly Claim[]): ClaimChange[] {
  const standing = new Map(before.map((claim) => [placeOf(claim), claim]));
  const written = after.flatMap((claim): ClaimChange[] => {
    const known = standing.get(placeOf(claim));
    standing.delete(placeOf(claim));
    return known !== undefined && same(known, claim) ? [] : [{ claim, standing: true }];
  });
  const withdrawn = [...standing.values()].map((claim) => ({ claim, standing: false }));
  return [...written, ...withdrawn];
}

const same = (a: Claim, b: Claim): boolean =>
  a.menteeKey === b.menteeKey &&
  a.week === b.week &&
  a.occurredAt === b.occurredAt &&
  a.amount === b.amount &&
  a.granted === b.granted &&
  isFixed(a) === isFixed(b);

export const isFixed = ({ fixed }: Claim): boolean => fixed === true;

/** The row of a change, named by the settlement that made it. */
export function claimRow({ claim, standing }: ClaimChange, settlement: number): Row {
  const number = String(settlement).padStart(6, '0');
  return {
    table: 'cap_claims',
    id: `${placeOf(claim)}.${claim.session}.${number}`,
    values: {
      mentee_key: claim.menteeKey,
      week: claim.week,
      occurred_at: claim.occurredAt,
      amount: claim.amount,
      standing: standing ? 1 : 0,
      granted: claim.granted ? 1 : 0,
      fixed: isFixed(claim) ? 1 : 0,
    },
  };
}

export interface StoredClaim {
  readonly id: string;
  readonly menteeKey: string;
  readonly week: string;
  readonly occurredAt: number;
  readonly amount: number;
  readonly standing: number;
  readonly granted: number;
  readonly fixed: number;
}

const ID = /^([^.]+)\.([^.]+)\.(\d{4})(\d{2})(\d{2})\.([^.]+)\.\d{6}$/;

/** A row as a change; null for an id that is none. */
export function readClaim(row: StoredClaim): ClaimChange | null {
  const match = ID.exec(row.id);
  if (match === null) return null;
  const [, mentorKey = '', category = '', year, month, day, session = ''] = match;
  const { menteeKey, week, occurredAt, amount } = row;
  const claim: Claim = {
    session,
    category,
    mentorKey,
    menteeKey,
    day: `${year}-${month}-${day}`,
    week,
    occurredAt,
    amount,
    granted: row.granted === 1,
    ...(row.fixed === 1 && { fixed: true }),
  };
  return { claim, standing: row.standing === 1 };
}

/** What stands after rows in the order of their ids: the last of each coaching session and day. */
export function standingClaims(changes: readonly ClaimChange[]): Claim[] {
  const latest = new Map(
    changes.map((change) => [`${change.claim.day} ${change.claim.session}`, change]),
  );
  return [...latest.values()].filter(({ standing }) => standing).map(({ claim }) => claim);
}
