/**
 * Coaching sessions of one mentor that overlap in time (M9): nobody sits in two at once. Decides
 * which pairs do, by half-open spans, and how they are told. Refuses nothing: a flag takes
 * no points, a person looks.
 */
import type { Row } from '../../kernel/change-set';
import { hashJson } from '../../kernel/hash';
import { printInstant } from '../../kernel/instant';
import { auditRow } from '../../ledger/audit';
import type { Mentored } from './listing';

export interface Overlap {
  readonly mentorKey: string;
  /** The one that began first, then the other. */
  readonly sessions: readonly [Mentored, Mentored];
  /** UTC ms: what both share. */
  readonly from: number;
  readonly until: number;
}

const byStart = (a: Mentored, b: Mentored): number =>
  a.from - b.from || (a.session < b.session ? -1 : 1);

/** Pairs of one mentor that are told; a hundred at the same hour would be thousands of pairs. */
const MOST_PAIRS = 100;

/**
 * The pairs of each mentor's coaching sessions that share some time and are `wanted`, the earliest
 * first, at most a hundred a mentor.
 */
export function overlapsOf(
  mentored: readonly Mentored[],
  wanted: (one: Mentored, other: Mentored) => boolean = () => true,
): Overlap[] {
  const groups = Map.groupBy(mentored, ({ mentorKey }) => mentorKey);
  return [...groups].flatMap(([mentorKey, own]) => {
    const found: Overlap[] = [];
    let open: Mentored[] = [];
    for (const one of own.toSorted(byStart)) {
      open = open.filter(({ until }) => until > one.from);
      if (one.until <= one.from) continue;
      for (const other of open) {
        if (found.length === MOST_PAIRS) return found;
        const until = Math.min(one.until, other.until);
        const overlap: Overlap = { mentorKey, sessions: [other, one], from: one.from, until };
        if (wanted(other, one)) found.push(overlap);
      }
      open.push(one);
    }
    return found;
  });
}

/**
 * The flags of overlaps, one audit entry a mentor, named by what it says. `saltOf` must depend on
 * its text alone.
 */
export function overlapRows(
  overlaps: readonly Overlap[],
  saltOf: (cause: string) => string,
): Row[] {
  const groups = Map.groupBy(overlaps, ({ mentorKey }) => mentorKey);
  return [...groups].map(([mentorKey, own]) => {
    const detail = { overlaps: own.map(told) };
    const cause = hashJson(detail);
    return auditRow({
      action: 'COACHING_OVERLAP',
      subject: `agent:${mentorKey}`,
      at: Math.max(...own.flatMap(({ sessions }) => sessions.map(({ decision }) => decision.at))),
      actor: 'mentoring',
      detail,
      cause,
      salt: saltOf(`overlap ${mentorKey} ${cause}`),
    });
  });
}

const told = ({ sessions, from, until }: Overlap) => ({
  sessions: sessions.map(({ session, menteeKey, from: start, until: end }) => ({
    session,
    mentee: menteeKey,
    from: printInstant(start),
    until: printInstant(end),
  })),
  seconds: Math.floor((until - from) / 1000),
});
