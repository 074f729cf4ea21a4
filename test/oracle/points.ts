/**
 * The oracle: what a coaching session is worth, from the set of its authentic events, the rules
 * and programmes in force, what the directory and the quality results say, and an instant.
 * Written from DEC-6 to DEC-10 and the seed, never from the engine. Points are BigInt
 * ten-thousandths. It knows no caps and no posted entries: it says where the ledger must stand.
 */
import { firstFailing } from './condition';
import { completionOf, type OracleEvent, type ScoreStep, scoreSteps } from './fold';
import { mean, millionths, minus, nearest, order, type Ratio, ratio, times } from './number';
import type {
  OracleAction,
  OracleBand,
  OraclePerson,
  OracleProgramme,
  OracleResultOfQuality,
  OracleRule,
  OracleVerdict,
  OracleWorld,
  Versioned,
} from './world';

export const DEFAULT_BANDS: readonly OracleBand[] = [
  { from: 10, to: null, factor: '1.5' },
  { from: null, to: 0, factor: '0.8' },
];
const DAY = 86_400_000;
const EXPIRES_AFTER = 14 * DAY;
const RESULTS_BEFORE = 5;

function inForce<T extends Versioned>(versions: readonly T[], instant: number): T | null {
  return (
    versions
      .filter(({ effectiveFrom }) => effectiveFrom === null || effectiveFrom <= instant)
      .toSorted((a, b) => a.version - b.version)
      .at(-1) ?? null
  );
}

/** The enabled rules of an instant in evaluation order. */
function rulesAt(rules: readonly OracleRule[], instant: number): OracleRule[] {
  return [...new Set(rules.map(({ id }) => id))]
    .flatMap(
      (id) =>
        inForce(
          rules.filter((rule) => rule.id === id),
          instant,
        ) ?? [],
    )
    .filter((rule) => rule.enabled)
    .toSorted((a, b) => a.evaluationOrder - b.evaluationOrder || (a.id < b.id ? -1 : 1));
}

function personFacts(said: unknown, known: OraclePerson | null): Record<string, unknown> {
  const own = typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  const base = known ?? { groups: [], attributes: {}, status: null };
  return {
    userGroup: { id: base.groups },
    groups: base.groups,
    status: base.status,
    ...own,
    attributes: { ...base.attributes, ...(own.attributes as object | undefined) },
  };
}

/** 1 until both sides are known, or between the bands; bands that hold multiply. */
function factorOf(
  completion: OracleEvent,
  programme: OracleProgramme,
  quality: readonly OracleResultOfQuality[],
  instant: number,
): Ratio {
  const mentee = completion.data.mentee as Record<string, unknown> | undefined;
  const own = quality
    .filter((result) => result.agentId === completion.data.menteeId)
    .toSorted((a, b) => a.createdAt - b.createdAt);
  const day = completion.occurredAt;
  const until = day + programme.measurementDays * DAY;
  const scores = (results: readonly OracleResultOfQuality[]): bigint[] =>
    results.flatMap(({ score }) => millionths(score) ?? []);
  const said = (value: unknown): Ratio | null => {
    const exact = millionths(value);
    return exact === null ? null : ratio(exact);
  };
  const before =
    said(mentee?.scoreBefore) ??
    mean(scores(own.filter(({ createdAt }) => createdAt < day).slice(-RESULTS_BEFORE)));
  const after =
    said(mentee?.scoreAfter) ??
    mean(
      scores(
        own.filter(({ createdAt }) => createdAt > day && createdAt <= Math.min(until, instant)),
      ),
    );
  if (before === null || after === null) return ratio(1n);
  const change = minus(after, before);
  return programme.bands
    .filter(
      ({ from, to }) =>
        (from === null || order(change, ratio(millionths(from) ?? 0n)) >= 0) &&
        (to === null || order(change, ratio(millionths(to) ?? 0n)) <= 0),
    )
    .reduce(
      (factor, band) => times(factor, ratio(millionths(band.factor) ?? 0n, 1_000_000n)),
      ratio(1n),
    );
}

interface Subject {
  readonly completion: OracleEvent;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly first: bigint | null;
  readonly steps: readonly ScoreStep[];
}

const printed = (score: bigint): string => {
  const text = String(score < 0n ? -score : score).padStart(7, '0');
  return `${score < 0n ? '-' : ''}${text.slice(0, -6)}.${text.slice(-6)}`;
};

interface Standing {
  readonly awarded: boolean;
  readonly everAwarded: boolean;
  readonly scored: boolean;
  readonly gate: string | null;
}

/** Walks the scores: a passing one awards or reinstates, a REVOKE rule that fires takes back. */
function standing(
  rule: OracleRule,
  action: OracleAction,
  subject: Subject,
  world: OracleWorld,
): Standing {
  const { completion, facts, first, steps } = subject;
  const programme = programmeOf(world, action.pointCategory, completion.occurredAt);
  const revokersAt = (instant: number): OracleRule[] =>
    rulesAt(world.rules, instant).filter((other) => governs(other, rule, action));
  const governed = revokersAt(completion.occurredAt).length > 0;
  const lockEnd = completion.occurredAt + programme.lockSeconds * 1000;
  const counted = governed ? steps : steps.filter(({ event }) => event.occurredAt <= lockEnd);
  const gateAt = (score: bigint): string | null =>
    firstFailing(rule.conditions, { ...facts, qaCalibrationScore: printed(score) });
  if (!governed) {
    // Who waits for a score takes the first that comes, however late: waiting would be for nothing.
    const last = counted.at(-1)?.score ?? first ?? steps[0]?.score ?? null;
    const gate = last === null ? null : gateAt(last);
    const awarded = last !== null && gate === null;
    return { awarded, everAwarded: awarded, scored: last !== null, gate };
  }
  let gate = first === null ? null : gateAt(first);
  let awarded = first !== null && gate === null;
  let everAwarded = awarded;
  for (const step of counted) {
    gate = gateAt(step.score);
    if (gate === null) awarded = true;
    everAwarded ||= awarded;
    const revoked = revokersAt(step.event.occurredAt).some(
      (other) => firstFailing(other.conditions, stepFacts(subject, step)) === null,
    );
    if (revoked) awarded = false;
  }
  return { awarded, everAwarded, scored: first !== null || counted.length > 0, gate };
}

const stepFacts = (subject: Subject, { event, previous, score }: ScoreStep) => ({
  ...subject.facts,
  ...event.data,
  eventType: event.type,
  ...(previous === null ? { previousScore: undefined } : { previousScore: printed(previous) }),
  currentScore: printed(score),
});

const governs = (other: OracleRule, rule: OracleRule, action: OracleAction): boolean =>
  other.evaluationOrder > rule.evaluationOrder &&
  other.deduplicationKey === rule.deduplicationKey &&
  other.actions.some(
    ({ type, pointCategory, recipientType }) =>
      type === 'REVOKE_POINTS' &&
      pointCategory === action.pointCategory &&
      recipientType === action.recipientType,
  );

function programmeOf(world: OracleWorld, category: string, instant: number): OracleProgramme {
  const own = world.programmes.filter(({ pointCategory }) => pointCategory === category);
  return (
    inForce(own, instant) ?? {
      pointCategory: category,
      version: 0,
      effectiveFrom: null,
      lockSeconds: 60,
      measurementDays: 14,
      bands: DEFAULT_BANDS,
    }
  );
}

function subjectOf(events: readonly OracleEvent[], world: OracleWorld): Subject | null {
  const completion = completionOf(events);
  if (completion === null) return null;
  const { data, occurredAt, type } = completion;
  const first = millionths(data.qaCalibrationScore);
  const facts = {
    ...data,
    eventType: type,
    mentor: personFacts(data.mentor, world.person(String(data.mentorId), occurredAt)),
    mentee: personFacts(data.mentee, world.person(String(data.menteeId), occurredAt)),
  };
  return { completion, facts, first, steps: scoreSteps(events, first) };
}

/** What one coaching session is worth at an instant. */
export function judge(
  events: readonly OracleEvent[],
  world: OracleWorld,
  instant: number,
): OracleVerdict {
  const subject = subjectOf(events, world);
  const nets = new Map<string, bigint>();
  if (subject === null) return { nets, outcome: 'NOTHING', failedGate: null };
  const { completion } = subject;
  if (completion.data.mentorId === completion.data.menteeId) {
    return { nets, outcome: 'FAILED', failedGate: 'mentorId' };
  }
  const standings: Standing[] = [];
  for (const rule of rulesAt(world.rules, completion.occurredAt)) {
    for (const action of rule.actions.filter(({ type }) => type === 'AWARD_POINTS')) {
      const stands = standing(rule, action, subject, world);
      standings.push(stands);
      if (!stands.awarded) continue;
      const programme = programmeOf(world, action.pointCategory, completion.occurredAt);
      const points = ratio(millionths(action.points) ?? 0n, 100n);
      const worth = nearest(times(points, factorOf(completion, programme, world.quality, instant)));
      const agent = action.recipientType === 'MENTOR' ? 'mentorId' : 'menteeId';
      const key = `${action.pointCategory} ${String(completion.data[agent])}`;
      nets.set(key, (nets.get(key) ?? 0n) + worth);
    }
  }
  return { nets, ...outcomeOf(standings, completion, instant) };
}

function outcomeOf(
  standings: readonly Standing[],
  completion: OracleEvent,
  instant: number,
): Pick<OracleVerdict, 'outcome' | 'failedGate'> {
  if (standings.some(({ awarded }) => awarded)) return { outcome: 'AWARDED', failedGate: null };
  if (standings.length > 0 && standings.every(({ scored }) => !scored)) {
    const expired = instant >= completion.occurredAt + EXPIRES_AFTER;
    return { outcome: expired ? 'EXPIRED' : 'AWAITING_SCORE', failedGate: null };
  }
  if (standings.some(({ everAwarded }) => everAwarded)) {
    return { outcome: 'REVOKED', failedGate: null };
  }
  return { outcome: 'FAILED', failedGate: standings[0]?.gate ?? null };
}
