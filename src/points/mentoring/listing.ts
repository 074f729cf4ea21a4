/**
 * The list of a mentor's coaching sessions by day, made of decisions as they are sealed. Decides
 * which decisions are news (the first that knows mentor, day and span, and any that moves them),
 * which of them need the list (the mentor's own entries name the others) and how its rows are
 * named: by what they say, so that listing twice is harmless. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { compactDay } from '../../kernel/period';
import { agentOf } from '../../ledger/account';
import { type Decision, decisionId, type Frozen } from '../coaching/decision';

/** A coaching session whose mentor and time are known. */
export interface Mentored {
  readonly session: string;
  readonly mentorKey: string;
  readonly menteeKey: string;
  /** Local day, `YYYY-MM-DD`. */
  readonly day: string;
  /** UTC ms, half-open. */
  readonly from: number;
  readonly until: number;
  readonly decision: Decision;
}

/** What a decision knows of who mentored whom and when; null while it does not. */
export function mentoredOf(decision: Decision): Mentored | null {
  const { frozen, session } = decision;
  if (frozen === null || frozen.span === undefined) return null;
  const { mentorKey, menteeKey, day, span } = frozen;
  return { session, mentorKey, menteeKey, day, ...span, decision };
}

/** The decision before this one, by id; null for the first. */
export const idBefore = ({ session, number }: Decision): string | null =>
  number === 1 ? null : decisionId(session, number - 1);

const placeOf = (frozen: Frozen | null | undefined): string =>
  frozen == null ? '' : [frozen.mentorKey, frozen.day, frozen.span?.from].join(' ');

/** Coaching sessions that these decisions tell of for the first time, or elsewhere than before. */
export function newlyMentored(
  decisions: readonly Decision[],
  before: ReadonlyMap<string, Decision>,
): Mentored[] {
  return decisions.flatMap((decision) => {
    const last = before.get(idBefore(decision) ?? '');
    if (placeOf(decision.frozen) === placeOf(last?.frozen)) return [];
    return mentoredOf(decision) ?? [];
  });
}

/** Coaching sessions in one row: some 2 KB. */
const SESSIONS_PER_ROW = 60;

/** True when an entry of the mentor on that day names the coaching session: a list costs a row more. */
const standsInEntries = ({ decision, mentorKey, day }: Mentored): boolean =>
  decision.postings.some((one) => agentOf(one.account) === mentorKey && one.day === day);

/** Rows that list coaching sessions under their mentors and days, where no entry does. */
export function listingRows(mentored: readonly Mentored[]): Row[] {
  const unnamed = mentored.filter((one) => !standsInEntries(one));
  const groups = Map.groupBy(unnamed, ({ mentorKey, day }) => `${mentorKey}.${compactDay(day)}`);
  return [...groups].flatMap(([place, group]) => {
    const sessions = [...new Set(group.map(({ session }) => session))].toSorted();
    const rows: Row[] = [];
    for (let from = 0; from < sessions.length; from += SESSIONS_PER_ROW) {
      const listed = sessions.slice(from, from + SESSIONS_PER_ROW).join(' ');
      const id = `${place}.${causeId('mentoring', listed).slice(0, 16)}`;
      rows.push({ table: 'mentorings', id, values: { sessions: listed } });
    }
    return rows;
  });
}
