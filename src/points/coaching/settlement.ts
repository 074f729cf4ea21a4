/**
 * Desired minus posted, as one transaction per lock window (DEC-7, DEC-8). Decides what a coaching
 * session is worth now, which entries bring the ledger there, and what is said about it. What had to
 * be looked up is handed in; nothing here waits. Refuses to post for agents nobody knows.
 */
import type { KeptEvent } from '../../events/event';
import { canonicalJson } from '../../kernel/hash';
import { DAY_MS } from '../../kernel/instant';
import { type ConfigVersion, inForce } from '../../ledger/config';
import type { Entry } from '../../ledger/entry';
import { type Claim, type ClaimChange, claimChanges, type Place } from '../guards/claim';
import { holdToCaps, isCapped, isSelfMentoring, refuseSelfMentoring } from '../guards/guard';
import { DEFAULT_PROGRAMME, type Programme } from '../programmes/programme';
import { factAt } from '../rules/condition';
import type { RuleVersion } from '../rules/rule';
import { type Award, awardsOf, measuredAt } from './award';
import type { Decision, Frozen, Outcome, RuleTrace } from './decision';
import {
  AWAIT_SCORE_DAYS,
  awardFacts,
  completionOf,
  type Folded,
  foldSession,
  type RuleVerdict,
} from './fold';
import { post } from './posting';

/** Everything a settlement needs, read before its step. */
export interface Known {
  readonly session: string;
  /** All events that count, from D1 and from the object's state. */
  readonly events: readonly KeptEvent[];
  readonly decisions: readonly Decision[];
  readonly rules: readonly RuleVersion[];
  readonly programmes: readonly ConfigVersion<Programme>[];
  /** Of the present completion; null when there is none or an agent is unknown. */
  readonly frozen: Frozen | null;
  /** One of its persons was erased: what was posted stands. `last`: number of its last decision. */
  readonly closed?: { readonly last: number };
  /** What stands of the mentor's claims around the coaching, where programmes have caps. */
  readonly claims?: readonly Claim[];
}

export interface Settlement {
  readonly decision: Decision;
  readonly entries: readonly Entry[];
  /** What others under the same caps must see. */
  readonly claims: readonly ClaimChange[];
  /** True when nothing new is said: no row needs to be written. */
  readonly idle: boolean;
  /** When time alone changes the answer next (measuring ends, waiting expires), or null. */
  readonly wakeAt: number | null;
}

/** Days in which the directory may still learn of a mentor or mentee; it is asked once a day. */
const AWAIT_PERSON_DAYS = 14;

/** Decides one settlement. Pure: the same input gives the same bytes. */
export function settle(known: Known, now: number): Settlement {
  const completion = completionOf(known.events);
  const number = Math.max(0, ...known.decisions.map((one) => one.number)) + 1;
  const base = {
    session: known.session,
    number,
    at: now,
    upto: Math.max(...known.events.map((event) => event.receivedAt)),
    events: newEvents(known),
    frozen: known.frozen,
    score: null,
    rules: [],
    awards: [],
    postings: [],
  };
  if (known.closed !== undefined) {
    const next = Math.max(number, known.closed.last + 1);
    return plain(known, { ...base, number: next, frozen: null, outcome: 'ERASED' }, null);
  }
  if (completion === null) return plain(known, { ...base, outcome: 'AWAITING_COMPLETION' }, null);
  const expiresAt = completion.occurredAt + AWAIT_SCORE_DAYS * DAY_MS;
  if (!isSelfMentoring(known.frozen) && !hasScore(completion, known.events, expiresAt)) {
    const expired = now >= expiresAt;
    const outcome = expired ? 'EXPIRED' : 'AWAITING_SCORE';
    return withPostings(known, completion, { ...base, outcome }, expired ? null : expiresAt);
  }
  if (known.frozen === null) {
    const hopeUntil = completion.receivedAt + AWAIT_PERSON_DAYS * DAY_MS;
    const wakeAt = now < hopeUntil ? Math.min(now + DAY_MS, hopeUntil) : null;
    return withPostings(known, completion, { ...base, outcome: 'UNKNOWN_AGENT' }, wakeAt);
  }
  return judged(known, known.frozen, completion, base, now);
}

/** Where it claims or claimed a moment ago: there others may be displaced or freed. */
export const claimedPlaces = ({ decision }: Settlement, { decisions }: Known): Place[] =>
  [...decisions.slice(-2), decision].flatMap(({ claims }) => claims ?? []);

type Base = Omit<Decision, 'outcome'>;

const newEvents = (known: Known): string[] => {
  const covered = new Set(known.decisions.flatMap((one) => one.events));
  return known.events
    .map((event) => event.id)
    .filter((id) => !covered.has(id))
    .toSorted();
};

/** A first score that comes more than 14 days after the coaching counts no more. */
function hasScore(completion: KeptEvent, events: readonly KeptEvent[], expiresAt: number): boolean {
  if ((completion.event.data.qaCalibrationScore ?? null) !== null) return true;
  return events.some(
    ({ event, occurredAt }) => event.type === 'qa.score.updated' && occurredAt < expiresAt,
  );
}

function judged(
  known: Known,
  frozen: Frozen,
  completion: KeptEvent,
  base: Base,
  now: number,
): Settlement {
  const programmeOf = (category: string): Programme =>
    inForce(
      known.programmes.filter((one) => one.name === category),
      completion.occurredAt,
    )?.content ?? DEFAULT_PROGRAMME;
  const folded = foldSession({
    completion,
    events: known.events,
    facts: frozen,
    rules: known.rules,
    lockMsOf: (category) => programmeOf(category).lockSeconds * 1000,
  });
  const verdicts = folded.verdicts
    .map((verdict) => requireFields(verdict, folded, programmeOf))
    .map((one) => (isSelfMentoring(frozen) ? refuseSelfMentoring(one, completion) : one));
  const facts = awardFacts(completion, frozen, folded.score);
  const earned = verdicts
    .filter((verdict) => verdict.awarded)
    .flatMap((verdict) => awardsOf(verdict, facts, frozen, programmeOf));
  const { session, programmes, claims = [] } = known;
  const { occurredAt } = completion;
  const guarded = holdToCaps(earned, { session, frozen, occurredAt, programmes, claims });
  const { awards } = guarded;
  const pending = awards.filter((award) => award.trace.multiplier.state === 'PENDING');
  const wakes = pending.map(({ trace }) => measuredAt(completion, programmeOf(trace.category)));
  const outcome = isCapped(awards) ? 'CAPPED' : outcomeOf(verdicts, known.decisions);
  const evaluator = evaluatorOf(folded);
  const decision = {
    ...base,
    score: folded.score,
    outcome,
    rules: verdicts.map(ruleTrace),
    awards: awards.map((award) => award.trace),
    ...(evaluator !== null && { evaluator }),
    ...(guarded.claims.length > 0 && { claims: guarded.claims }),
  };
  const wakeAt = wakes.length === 0 ? null : Math.max(now, Math.min(...wakes));
  return withPostings(known, completion, decision, wakeAt, awards);
}

/** Who gave the score that stands; where its event is silent, whom the completion names. */
function evaluatorOf({ completion, scores }: Folded): string | null {
  const said = scores.at(-1)?.data.evaluatorId ?? completion.event.data.evaluatorId ?? null;
  return typeof said === 'string' || typeof said === 'number' ? String(said).slice(0, 200) : null;
}

/** A completion without a field its programme requires fails on that field, like on a condition. */
function requireFields(
  verdict: RuleVerdict,
  folded: Folded,
  programmeOf: (category: string) => Programme,
): RuleVerdict {
  const { data } = folded.completion.event;
  const wanted = verdict.actions.flatMap(
    (action) => programmeOf(action.pointCategory).requiredFields,
  );
  const missing = [...new Set(wanted)].filter((field) => factAt(data, field) === null);
  if (missing.length === 0) return verdict;
  const trace = missing.map((field) => ({
    field,
    operator: 'EXISTS' as const,
    expected: true,
    actual: null,
    verdict: 'FAILED' as const,
  }));
  return { ...verdict, awarded: false, trace: [...verdict.trace, ...trace] };
}

function ruleTrace(verdict: RuleVerdict): RuleTrace {
  const { rule, awarded, trace, revokedBy } = verdict;
  if (revokedBy === undefined) {
    return { rule, verdict: awarded ? 'PASSED' : 'FAILED', conditions: trace };
  }
  const by = { rule: revokedBy.rule, conditions: revokedBy.trace };
  return { rule, verdict: 'REVOKED', conditions: trace, revokedBy: by };
}

function outcomeOf(verdicts: readonly RuleVerdict[], before: readonly Decision[]): Outcome {
  if (verdicts.some((verdict) => verdict.stands === true)) return 'AWARD_STANDS';
  if (verdicts.some((verdict) => verdict.awarded)) return 'AWARDED';
  if (before.some((decision) => decision.postings.length > 0)) return 'REVOKED';
  return verdicts.length === 0 ? 'NO_RULE' : 'RULE_EVALUATION_FAILED';
}

const plain = (known: Known, decision: Decision, wakeAt: number | null): Settlement => ({
  decision,
  entries: [],
  claims: [],
  idle: saysNothing(known, decision),
  wakeAt,
});

/** True when the last decision said the same and every event was covered. */
function saysNothing(known: Known, decision: Decision): boolean {
  const last = known.decisions.at(-1);
  return (
    last !== undefined &&
    decision.events.length === 0 &&
    decision.postings.length === 0 &&
    last.outcome === decision.outcome &&
    canonicalJson(last.frozen?.measures ?? {}) === canonicalJson(decision.frozen?.measures ?? {})
  );
}

function withPostings(
  known: Known,
  completion: KeptEvent,
  decision: Decision,
  wakeAt: number | null,
  awards: readonly Award[] = [],
): Settlement {
  const day = decision.frozen?.day ?? '';
  const { entries, postings } = post(decision, known.decisions, completion, awards, day);
  const settled = { ...decision, postings };
  const claims = claimChanges(known.decisions.at(-1)?.claims ?? [], decision.claims ?? []);
  const idle = claims.length === 0 && saysNothing(known, settled);
  return { decision: settled, entries, claims, idle, wakeAt };
}
