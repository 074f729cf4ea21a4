/**
 * The fold of a coaching session (DEC-7): from the set of its events to what each rule says it is
 * worth. Decides by business time and ids alone, so that order of arrival, repetition and lateness
 * change nothing. Refuses nothing: events were checked when they came in.
 */
import type { Json, JsonObject, KeptEvent } from '../../events/event';
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

/** The completion that counts: the greatest (occurredAt, id); null while only scores are known. */
export function completionOf(events: readonly KeptEvent[]): KeptEvent | null {
  return events
    .filter(({ event }) => event.type === 'performance.coaching.completed')
    .reduce<KeptEvent | null>(
      (best, one) => (best === null || later(one, best) ? one : best),
      null,
    );
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
  const verdicts = rulesInForce(rules, completion.occurredAt)
    .filter((rule) => awardsOf(rule.content).length > 0)
    .flatMap((rule) => byGovernance(rule, rules).map((part) => verdictOf(part, input, scores)));
  return { completion, score: scores.at(-1)?.score ?? initial, scores, verdicts };
}

/** One award rule's actions with the REVOKE rules (all versions) that govern them. */
interface Governed {
  readonly rule: RuleVersion;
  readonly actions: readonly Action[];
  readonly revokers: readonly RuleVersion[];
}

/** Actions governed by the same REVOKE rules stand or fall together. */
function byGovernance(rule: RuleVersion, all: readonly RuleVersion[]): Governed[] {
  const groups = Map.groupBy(awardsOf(rule.content), (award) =>
    JSON.stringify(
      all
        .filter((other) => revokesOf(other.content).some((revoke) => governs(revoke, award)))
        .map((other) => [other.name, other.version]),
    ),
  );
  return [...groups.values()].map((actions) => ({
    rule,
    actions,
    revokers: all.filter((other) =>
      revokesOf(other.content).some((revoke) => actions.some((award) => governs(revoke, award))),
    ),
  }));
}

interface Standing {
  readonly awarded: boolean;
  readonly previous: Json;
  readonly trace: readonly ConditionTrace[];
  readonly revokedBy?: RuleVerdict['revokedBy'];
}

function verdictOf(
  governed: Governed,
  input: FoldInput,
  scores: readonly ScoreStep[],
): RuleVerdict {
  const { completion } = input;
  const initial = completion.event.data.qaCalibrationScore ?? null;
  const tried = tryAward(governed.rule, input, initial);
  let standing: Standing = { awarded: tried.passed, previous: initial, trace: tried.trace };
  const counted = governed.revokers.length > 0 ? scores : withinLock(governed, input, scores);
  for (const step of counted) standing = afterScore(standing, step, governed, input);
  const verdict = {
    rule: ruleRef(governed.rule),
    ruleId: governed.rule.name,
    awarded: standing.awarded,
    actions: governed.actions,
    trace: standing.trace,
    ...(standing.revokedBy && !standing.awarded && { revokedBy: standing.revokedBy }),
  };
  const last = scores.at(-1);
  const dropped =
    standing.awarded &&
    counted.length < scores.length &&
    last !== undefined &&
    !tryAward(governed.rule, input, last.score).passed;
  return dropped ? { ...verdict, stands: true } : verdict;
}

/**
 * Without a REVOKE rule an award is decided by the scores of the lock window after the completion.
 * Where the completion brought no score and none came in time, the first that comes decides.
 */
function withinLock(
  governed: Governed,
  { completion, lockMsOf }: FoldInput,
  scores: readonly ScoreStep[],
): readonly ScoreStep[] {
  const lockMs = Math.max(...governed.actions.map((action) => lockMsOf(action.pointCategory)));
  const inTime = scores.filter((step) => step.occurredAt <= completion.occurredAt + lockMs);
  const waits = (completion.event.data.qaCalibrationScore ?? null) === null;
  return waits && inTime.length === 0 ? scores.slice(0, 1) : inTime;
}

/** One score: a REVOKE rule may take the award back, a passing score gives it (again). */
function afterScore(
  before: Standing,
  step: ScoreStep,
  governed: Governed,
  input: FoldInput,
): Standing {
  const revoker = rulesInForce(governed.revokers, step.occurredAt)
    .map((rule) => ({ rule, tried: tryRevoke(rule, step, before.previous, input) }))
    .find(({ tried }) => tried.passed);
  const award = tryAward(governed.rule, input, step.score);
  const previous = step.score;
  if (revoker !== undefined) {
    const revokedBy = { rule: ruleRef(revoker.rule), trace: revoker.tried.trace };
    return { awarded: false, previous, trace: award.trace, revokedBy };
  }
  if (award.passed || governed.revokers.length === 0) {
    return { awarded: award.passed, previous, trace: award.trace };
  }
  const { revokedBy } = before;
  const trace = before.awarded ? before.trace : award.trace;
  return { awarded: before.awarded, previous, trace, ...(revokedBy && { revokedBy }) };
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
  if (said === null || typeof said !== 'object' || Array.isArray(said)) return directory;
  const event = said as JsonObject;
  const attributes = { ...asObject(directory.attributes), ...asObject(event.attributes) };
  return { ...directory, ...event, attributes };
}

const asObject = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
