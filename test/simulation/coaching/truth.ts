/**
 * Sets the ledger beside the oracle: for every coaching session of a plan, what the set of its kept
 * events is worth, and what was posted. The oracle sees what the senders said, never how it came.
 */
import { eventRowIdOf, sessionKeyOf } from '../../../src/kernel/ids';
import { type Candidate, counted, type OracleCaps } from '../../oracle/caps';
import type { OracleEvent } from '../../oracle/fold';
import { completionOf } from '../../oracle/fold';
import { judge } from '../../oracle/points';
import type { OracleVerdict, OracleWorld } from '../../oracle/world';
import { type Books, latestDecisions, netsBySession, ruleVersions } from '../books';
import type { History } from '../history';
import type { CoachingEvent, CoachingPart, PlannedResult } from './plan';

export const NAMESPACE = 'default';

/** What the oracle is told of a history: what was drawn, and which results were said by now. */
export interface CoachingView {
  readonly history: History;
  readonly part: CoachingPart;
  readonly quality: readonly PlannedResult[];
}

export interface SessionTruth {
  readonly sessionId: string;
  readonly key: string;
  readonly expected: OracleVerdict;
  /** What it is worth while results that came after it are not yet looked at (PENDING, DEC-9). */
  readonly pending: OracleVerdict;
  readonly posted: ReadonlyMap<string, bigint>;
  readonly outcome: string | null;
}

const oracleEvent = (event: CoachingEvent): OracleEvent => ({
  id: eventRowIdOf(event.source, event.eventId),
  type: event.type,
  occurredAt: event.occurredAt,
  data: event.data,
});

function oracleWorld({ history, part, quality }: CoachingView, books: Books): OracleWorld {
  const people = new Map(history.plan.people.map((person) => [person.agentId, person]));
  const { programme } = part;
  return {
    rules: ruleVersions(books),
    programmes: programme === null ? [] : [{ ...DEFAULTS, ...programme }],
    person: (agentId) => {
      const known = people.get(agentId);
      return known === undefined ? null : { ...known, status: 'ACTIVE' };
    },
    quality,
  };
}

const DEFAULTS = {
  version: 1,
  effectiveFrom: null,
  measurementDays: 14,
  bands: [
    { from: 10, to: null, factor: '1.5' },
    { from: null, to: 0, factor: '0.8' },
  ],
} as const;

/** Every coaching session of which an event was sent, judged at an instant. */
export function truths(view: CoachingView, books: Books, instant: number): SessionTruth[] {
  const { history, part } = view;
  const world = oracleWorld(view, books);
  const nets = netsBySession(books);
  const decisions = latestDecisions(books);
  const said = new Set(history.mail.sentEvents.map(({ key }) => key));
  const sent = part.events.filter(({ key, usable }) => usable && said.has(key));
  const judged = part.sessions.flatMap((sessionId, index) => {
    const events = sent.filter(({ session }) => session === index).map(oracleEvent);
    return events.length === 0
      ? []
      : [{ sessionId, key: sessionKeyOf(NAMESPACE, sessionId), events }];
  });
  const caps = part.programme?.caps ?? {};
  const verdicts = (known: OracleWorld): OracleVerdict[] =>
    capped(
      judged.map((one) => ({ ...one, verdict: judge(one.events, known, instant) })),
      caps,
      history.plan.zone,
    );
  const expected = verdicts(world);
  const pending = verdicts({ ...world, quality: part.qualityBefore });
  return judged.flatMap(({ sessionId, key }, index) => {
    const [now, early] = [expected[index], pending[index]];
    if (now === undefined || early === undefined) return [];
    return {
      sessionId,
      key,
      expected: now,
      pending: early,
      posted: nets.get(key) ?? new Map<string, bigint>(),
      outcome: decisions.get(key)?.outcome ?? null,
    };
  });
}

interface Judged {
  readonly key: string;
  readonly events: readonly OracleEvent[];
  readonly verdict: OracleVerdict;
}

/** The verdicts as the caps of the one category leave them. */
function capped(
  judged: readonly Judged[],
  caps: OracleCaps,
  zone: string | undefined,
): OracleVerdict[] {
  const candidates = judged.flatMap(({ key, events, verdict }): Candidate[] => {
    const completion = completionOf(events);
    if (verdict.outcome !== 'AWARDED' || completion === null) return [];
    const { mentorId, menteeId } = completion.data;
    const [mentor, mentee] = [String(mentorId), String(menteeId)];
    const worth = verdict.nets.get(`Mentorship ${mentor}`) ?? 0n;
    return [{ key, mentor, mentee, occurredAt: completion.occurredAt, worth }];
  });
  const kept = counted(candidates, caps, zone);
  const held = new Set(candidates.map(({ key }) => key).filter((key) => !kept.has(key)));
  return judged.map(({ key, verdict }) =>
    held.has(key) ? { nets: new Map(), outcome: 'CAPPED', failedGate: null } : verdict,
  );
}

export const shownNets = (nets: ReadonlyMap<string, bigint>): string =>
  [...nets]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, amount]) => `${key}=${amount}`)
    .join(', ') || 'nothing';
