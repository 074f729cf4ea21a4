/**
 * Lines for coaching sessions that brought their mentor nothing: which of the mentor's listed
 * coaching sessions are such, as of a seal. Decides over decisions handed in; refuses nothing. Zero
 * lines are the mentor's alone: no list says who was coached when.
 */
import { compactDay } from '../../kernel/period';
import { agentOf } from '../../ledger/account';
import type { Decision, SealedDecision } from '../coaching/decision';
import { mentoredOf } from '../mentoring/listing';

/** `YYYYMMDD.<coaching session key>`: sorts among the entries of its day. */
export const placeOf = (day: string, session: string): string => `${compactDay(day)}.${session}`;

/** A coaching session as the list names it. */
export interface Candidate {
  readonly session: string;
  /** `YYYYMMDD.<coaching session key>` */
  readonly place: string;
}

export interface ZeroLine {
  readonly place: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** When the coaching ended, UTC ms. */
  readonly occurredAt: number;
  readonly seal: number;
  /** As it stood as of the seal. */
  readonly decision: Decision;
}

/** The candidates that as of a seal stood on this day under this mentor and had brought nothing. */
export function zeroLinesOf(
  mentorKey: string,
  candidates: readonly Candidate[],
  decisions: readonly SealedDecision[],
  seal: number,
): ZeroLine[] {
  const known = Map.groupBy(
    decisions.filter((one) => one.seal <= seal),
    ({ decision }) => decision.session,
  );
  return candidates.flatMap(({ session, place }) => {
    const all = known.get(session) ?? [];
    const last = all.at(-1);
    const mentored = last === undefined ? null : mentoredOf(last.decision);
    if (last === undefined || mentored === null || mentored.mentorKey !== mentorKey) return [];
    if (placeOf(mentored.day, session) !== place) return [];
    if (all.some(({ decision }) => posts(decision, mentorKey))) return [];
    const { day, until } = mentored;
    return { place, day, occurredAt: until, seal: last.seal, decision: last.decision };
  });
}

const posts = ({ postings }: Decision, agentKey: string): boolean =>
  postings.some(({ account }) => agentOf(account) === agentKey);
