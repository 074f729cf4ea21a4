/**
 * Coaching sessions of one mentor that overlap in time (M9): nobody sits in two at once. Decides
 * which pairs do, by half-open spans, and how each is flagged once. Refuses nothing: a flag takes
 * no points, a person looks.
 */
import type { Row } from '../../kernel/change-set';
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

/** Every pair of a mentor's coaching sessions that share some time. */
export function overlapsOf(mentored: readonly Mentored[]): Overlap[] {
  const found: Overlap[] = [];
  for (const own of Map.groupBy(mentored, ({ mentorKey }) => mentorKey).values()) {
    let open: Mentored[] = [];
    for (const one of own.toSorted(byStart)) {
      open = open.filter(({ until }) => until > one.from);
      if (one.until <= one.from) continue;
      for (const other of open) {
        const until = Math.min(one.until, other.until);
        found.push({ mentorKey: one.mentorKey, sessions: [other, one], from: one.from, until });
      }
      open.push(one);
    }
  }
  return found;
}

/** The flag of an overlap, named by its two coaching sessions. `saltOf` must depend on its text alone. */
export function overlapRow(overlap: Overlap, saltOf: (cause: string) => string): Row {
  const { mentorKey, sessions, from, until } = overlap;
  const cause = sessions
    .map(({ session }) => session)
    .toSorted()
    .join(' ');
  return auditRow({
    action: 'COACHING_OVERLAP',
    subject: `agent:${mentorKey}`,
    at: Math.max(...sessions.map(({ decision }) => decision.at)),
    actor: 'mentoring',
    detail: {
      sessions: sessions.map(({ session, menteeKey, from: start, until: end }) => ({
        session,
        mentee: menteeKey,
        from: printInstant(start),
        until: printInstant(end),
      })),
      seconds: Math.floor((until - from) / 1000),
    },
    cause,
    salt: saltOf(`overlap ${cause}`),
  });
}
