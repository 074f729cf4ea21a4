/**
 * The fold of a coaching session (DEC-7): from the set of its events to what each rule says it is
 * worth. Decides by business time and ids alone, so that order of arrival, repetition and lateness
 * change nothing. Refuses nothing: events were checked when they came in.
 */
import { isRecord, type Json, type JsonObject, type KeptEvent, recordOf } from '../../events/event';
import { parseDecimal } from '../../kernel/decimal';
import { type ConditionTrace, evaluateConditions } from '../rules/condition';
import {
  type Action,
  awardsOf,
  governs,
  type RuleVersion,
  revokesOf,
  ruleRef,
  rulesInForce,
} from '../rules/rule';

/** Days a completion may wait for its first score. */
export const AWAIT_SCORE_DAYS = 14;

/** What a condition may ask about the two persons, frozen at the first settlement. */
export interface FrozenFacts {
  readonly mentor: JsonObject;
  readonly mentee: JsonObject;
}

export interface ScoreStep {
  readonly id: string;
  readonly occurredAt: number;
  readonly score: Json;
  readonly data: JsonObject;
}

/**
 * The completion that counts: the greatest (occurredAt, id), with mentor and mentee from the others
 * where each message names one person. Null while only scores are known, or who coached whom is not.
 */
export function completionOf(events: readonly KeptEvent[]): KeptEvent | null {
  const all = events.filter(({ event }) => event.type === 'performance.coaching.completed');
  const best = all.reduce<KeptEvent | null>(
    (found, one) => (found === null || later(one, found) ? one : found),
    null,
  );
  if (best === null || best.event.data.participantsPending !== true) return best;
  const mentorId = onlyOne(all, 'mentorId');
  const menteeId = onlyOne(all, 'menteeId');
  if (mentorId === null || menteeId === null) return null;
  return { ...best, event: { ...best.event, data: { ...best.event.data, mentorId, menteeId } } };
}

/** The one value that completions give a field; null where they give none or several. */
function onlyOne(completions: readonly KeptEvent[], field: string): Json {
  const said = new Set(completions.flatMap(({ event }) => event.data[field] ?? []));
  return said.size === 1 ? ([...said][0] ?? null) : null;
}

const later = (a: KeptEvent, b: KeptEvent): boolean =>
  a.occurredAt > b.occurredAt || (a.occurredAt === b.occurredAt && a.id > b.id);

/**
 * Scores in the order in which they counted: by occurredAt; at equal times along the chain of
 * `previousScore`, AUTOMATED before MANUAL (so that MANUAL stands), then by id.
 */
export function scoresInOrder(events: readonly KeptEvent[], initial: Json): ScoreStep[] {
  const waiting = events
    .filter(({ event }) => event.type === 'qa.score.updated')
    .toSorted((a, b) => a.occurredAt - b.occurredAt || rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const ordered: ScoreStep[] = [];
  let current = initial;
  while (waiting.length > 0) {
    const at = waiting[0]?.occurredAt;
    const tied = waiting.filter((one) => one.occurredAt === at);
    const next = tied.find((one) => same(one.event.data.previousScore ?? null, current)) ?? tied[0];
    if (next === undefined) break;
    waiting.splice(waiting.indexOf(next), 1);
    current = next.event.data.currentScore ?? null;
    ordered.push({
      id: next.id,
      occurredAt: next.occurredAt,
      score: current,
      data: next.event.data,
    });
  }
  return ordered;
}

const rank = (kept: KeptEvent): number => (kept.event.data.scoreSource === 'MANUAL' ? 1 : 0);

function same(a: Json, b: Json): boolean {
  const left = parseDecimal(a);
  const right = parseDecimal(b);
  return left === null || right === null ? left === right : left.equals(right);
}

export interface RuleVerdict {
  /** `rule/<id>/<version>` */
  readonly rule: string;
  readonly ruleId: string;
  readonly awarded: boolean;
  readonly actions: readonly Action[];
  readonly trace: readonly ConditionTrace[];
  /** The REVOKE rule and conditions that took it back, where one did. */
  readonly revokedBy?: { readonly rule: string; readonly trace: readonly ConditionTrace[] };
  /** A later drop that takes nothing back, because no REVOKE rule governs the award. */
  readonly stands?: boolean;
}

export interface Folded {
  readonly completion: KeptEvent;
  readonly score: Json;
  readonly scores: readonly ScoreStep[];
  readonly verdicts: readonly RuleVerdict[];
}

export interface FoldInput {
  readonly completion: KeptEvent;
  readonly events: readonly KeptEvent[];
  readonly facts: FrozenFacts;
  readonly rules: readonly RuleVersion[];
  /** Lock window of a category's programme, milliseconds. */
  lockMsOf(category: string): number;
}

const LOOKUPS: ReadonlySet<string> = new Set(['mentee.scoreBefore', 'mentee.scoreAfter']);

/** Everything the rules say about one completed coaching session. */
export function foldSession(input: FoldInput): Folded {
  const { completion, events, rules } = input;
  const initial = completion.event.data.qaCalibrationScore ?? null;
  const scores = scoresInOrder(events, initial);
  const verdicts = rulesInForce(rules, completion.occurredAt).flatMap((rule) =>
    together(awardsOf(rule.content).map((action) => verdictOf(rule, action, input, scores))),
  );
  return { completion, score: scores.at(-1)?.score ?? initial, scores, verdicts };
}

/** Actions of one rule that stand or fall alike are told once. */
function together(verdicts: readonly RuleVerdict[]): RuleVerdict[] {
  const alike = Map.groupBy(verdicts, ({ actions: _, ...rest }) => JSON.stringify(rest));
  return [...alike.values()].flatMap((same) =>
    same.slice(0, 1).map((one) => ({ ...one, actions: same.flatMap(({ actions }) => actions) })),
  );
}

interface Standing {
  readonly awarded: boolean;
  readonly previous: Json;
  readonly trace: readonly ConditionTrace[];
  readonly revokedBy?: RuleVerdict['revokedBy'];
  /** Scores that counted so far. */
  readonly counted: number;
}

/** REVOKE rules in force at an instant that take an award back: the version first, then what it says. */
const revokersAt = (rules: readonly RuleVersion[], instant: number, award: Action): RuleVersion[] =>
  rulesInForce(rules, instant).filter((rule) =>
    revokesOf(rule.content).some((revoke) => governs(revoke, award)),
  );

/**
 * One award under the scores in order. A score at whose time a REVOKE rule governs the award always
 * counts. Where none does only the scores of the lock window after the completion count; where the
 * completion brought no score and none came in time, the first that comes decides.
 */
function verdictOf(
  rule: RuleVersion,
  action: Action,
  input: FoldInput,
  scores: readonly ScoreStep[],
): RuleVerdict {
  const { completion, rules } = input;
  const initial = completion.event.data.qaCalibrationScore ?? null;
  const lockEnds = completion.occurredAt + input.lockMsOf(action.pointCategory);
  const tried = tryAward(rule, input, initial);
  let standing: Standing = {
    awarded: tried.passed,
    previous: initial,
    trace: tried.trace,
    counted: 0,
  };
  let stands = false;
  for (const step of scores) {
    const revokers = revokersAt(rules, step.occurredAt, action);
    const isFirst = initial === null && standing.counted === 0;
    const counts = revokers.length > 0 || step.occurredAt <= lockEnds || isFirst;
    if (counts) standing = afterScore(standing, step, rule, revokers, input);
    stands = !counts && standing.awarded && !tryAward(rule, input, step.score).passed;
  }
  const { awarded, trace, revokedBy } = standing;
  return {
    rule: ruleRef(rule),
    ruleId: rule.name,
    awarded,
    actions: [action],
    trace,
    ...(revokedBy && !awarded && { revokedBy }),
    ...(stands && { stands }),
  };
}

/** One score: a REVOKE rule may take the award back, a passing score gives it (again). */
function afterScore(
  before: Standing,
  step: ScoreStep,
  rule: RuleVersion,
  revokers: readonly RuleVersion[],
  input: FoldInput,
): Standing {
  const revoker = revokers
    .map((one) => ({ rule: one, tried: tryRevoke(one, step, before.previous, input) }))
    .find(({ tried }) => tried.passed);
  const award = tryAward(rule, input, step.score);
  const after = { previous: step.score, counted: before.counted + 1 };
  if (revoker !== undefined) {
    const revokedBy = { rule: ruleRef(revoker.rule), trace: revoker.tried.trace };
    return { ...after, awarded: false, trace: award.trace, revokedBy };
  }
  if (award.passed || revokers.length === 0) {
    return { ...after, awarded: award.passed, trace: award.trace };
  }
  const { awarded, revokedBy } = before;
  const trace = awarded ? before.trace : award.trace;
  return { ...after, awarded, trace, ...(revokedBy && { revokedBy }) };
}

/** What an award rule sees: the completion with the score that stands, and the two persons. */
export function awardFacts(completion: KeptEvent, facts: FrozenFacts, score: Json): JsonObject {
  const { data } = completion.event;
  return {
    ...data,
    eventType: 'performance.coaching.completed',
    qaCalibrationScore: score,
    currentScore: score,
    mentor: merged(facts.mentor, data.mentor),
    mentee: merged(facts.mentee, data.mentee),
  };
}

const tryAward = (rule: RuleVersion, { completion, facts }: FoldInput, score: Json) =>
  evaluateConditions(rule.content.conditions, awardFacts(completion, facts, score), LOOKUPS);

function tryRevoke(rule: RuleVersion, step: ScoreStep, previous: Json, input: FoldInput) {
  const facts = {
    ...awardFacts(input.completion, input.facts, step.score),
    ...step.data,
    sessionType: step.data.sessionType ?? input.completion.event.data.sessionType ?? null,
    eventType: 'qa.score.updated',
    previousScore: previous,
    currentScore: step.score,
  };
  return evaluateConditions(rule.content.conditions, facts, LOOKUPS);
}

/** The directory's facts where the event is silent. */
function merged(directory: JsonObject, said: Json | undefined): JsonObject {
  if (!isRecord(said)) return directory;
  const attributes = { ...recordOf(directory.attributes), ...recordOf(said.attributes) };
  return { ...directory, ...said, attributes };
}
