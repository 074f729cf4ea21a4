/**
 * The change sets of a coaching session: its event rows that D1 lacks, and a settlement with its
 * entries and notices. Decides what travels together: a settlement is one set, so that decision and
 * entries are in D1 both or not at all. Refuses nothing.
 */
import { noticeRow } from '../../delivery/notice';
import { eventRow, type KeptEvent } from '../../events/event';
import { CLASH, quarantinedEventRow } from '../../events/quarantine';
import { type ChangeSet, chunked, type Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { auditRow } from '../../ledger/audit';
import { entryRow } from '../../ledger/entry';
import { claimRow } from '../guards/claim';
import { decisionRow } from './decision';
import { completionOf } from './fold';
import type { Known, Settlement } from './settlement';

/** Sets of the event rows that D1 lacks, each row with its body where the object still has it. */
export function handOverSets(
  missing: readonly KeptEvent[],
  bodyOf: (id: string) => string | undefined,
): ChangeSet[] {
  const bodies = missing.flatMap(({ id }): [string, string][] => {
    const body = bodyOf(id);
    return body === undefined ? [] : [[id, body]];
  });
  return chunked(missing.map(eventRow), Object.fromEntries(bodies));
}

/**
 * What is kept of events whose id D1 holds with other content or for another coaching session,
 * though they were accepted: an audit entry and the quarantined body of each; the first stands
 * (DEC-23). Every row is a set of its own, named and salted by the event: the same again is a
 * no-op, and one that stands already, from an earlier acceptance or from intake, stops no other.
 */
export const clashSets = (
  session: string,
  clashing: readonly KeptEvent[],
  bodyOf: (id: string) => string | undefined,
): ChangeSet[] =>
  clashing.flatMap((kept) => [
    { rows: [quarantinedEventRow(kept, bodyOf(kept.id), CLASH)] },
    { rows: [clashRow(session, kept)] },
  ]);

const clashRow = (session: string, kept: KeptEvent): Row =>
  auditRow({
    action: 'EVENT_CONFLICT',
    subject: `event:${kept.id}`,
    at: kept.receivedAt,
    actor: 'coaching-session',
    detail: { source: kept.event.source, eventId: kept.event.eventId, session },
    cause: causeId('clash', session, kept.contentHash),
    salt: kept.salt,
  });

/**
 * What intake would have quarantined had D1 not been silent: a completion of persons nobody knows.
 * Null for every other settlement. Written aside: where the sender came again intake was first.
 */
export function strangerSet(
  { decision, idle }: Settlement,
  known: Known,
  bodyOf: (id: string) => string | undefined,
): ChangeSet | null {
  const completion = completionOf(known.events);
  if (idle || decision.outcome !== 'UNKNOWN_AGENT' || completion === null) return null;
  const row = quarantinedEventRow(completion, bodyOf(completion.id), {
    reason: 'UNKNOWN_AGENT',
    faults: [{ pointer: '#', detail: 'the mentor or the mentee is nobody we know' }],
  });
  return { rows: [row] };
}

/** True when a settlement does more than record itself; then it is frozen before it is sent. */
export const hasEffects = (settlement: Settlement, known: Known): boolean =>
  settlement.entries.length > 0 ||
  settlement.claims.length > 0 ||
  noticesOf(settlement, known, '').length > 0;

export const settlementSet = (settlement: Settlement, known: Known, salt: string): ChangeSet => ({
  rows: [
    decisionRow(settlement.decision, salt),
    ...settlement.entries.map(entryRow),
    ...settlement.claims.map((change) => claimRow(change, settlement.decision.number)),
    ...noticesOf(settlement, known, salt),
  ],
});

/** A completion without a score asks for its evaluation, once. */
function noticesOf({ decision }: Settlement, known: Known, salt: string): Row[] {
  if (decision.outcome !== 'AWAITING_SCORE') return [];
  if (known.decisions.at(-1)?.outcome === 'AWAITING_SCORE') return [];
  const completion = completionOf(known.events);
  if (completion === null) return [];
  const { coachingSessionId, mentorId, menteeId, sessionType } = completion.event.data;
  return [
    noticeRow({
      kind: 'coaching.evaluation.requested',
      subject: decision.session,
      cause: completion.id,
      at: decision.at,
      content: { coachingSessionId, mentorId, menteeId, sessionType: sessionType ?? null },
      salt,
    }),
  ];
}
