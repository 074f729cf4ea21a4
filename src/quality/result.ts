/**
 * Quality results and their revisions. Decides which results count (COMPLETED or PUBLISHED, the
 * latest revision of each), the score of one (its total where it is weighted, else the weighted
 * mean of its questions, exactly) and the mentee's mean before and after a coaching (DEC-9).
 * Drafts never count; nothing is ever replaced.
 */
import type { Json, JsonObject } from '../events/event';
import type { Row } from '../kernel/change-set';
import {
  add,
  divide,
  fraction,
  fractionOfDecimal,
  multiply,
  parseFraction,
  printFraction,
} from '../kernel/fraction';
import { canonicalJson, hashFields, hashJson } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { keyDay } from '../kernel/period';

export const COUNTED: ReadonlySet<string> = new Set(['COMPLETED', 'PUBLISHED']);
/** Results before a coaching whose mean is the mentee's baseline. */
const BASELINE_RESULTS = 5;

/** One revision of one result, as its source sent it. Instants are UTC milliseconds. */
export interface ResultRevision {
  readonly agentKey: string;
  readonly resultId: string;
  readonly status: string;
  /** Score of 0 to 100, `numerator/denominator`, or null where none can be made. */
  readonly score: string | null;
  readonly scorecardVersion: string | null;
  readonly createdAt: number;
  readonly revisedAt: number;
}

/** The score a result stands for, as an exact fraction text; null when its weights sum to zero. */
export function scoreOf(score: JsonObject): string | null {
  const questions = Array.isArray(score.questions)
    ? (score.questions as readonly JsonObject[])
    : [];
  if (score.weighted === false && questions.length > 0) return weightedMean(questions);
  const total = decimalText(score.total);
  return total === null ? null : printFraction(fractionOfDecimal(total));
}

function weightedMean(questions: readonly JsonObject[]): string | null {
  let sum = fraction(0n);
  let weights = fraction(0n);
  for (const question of questions) {
    const score = decimalText(question.score);
    const weight = decimalText(question.weight);
    if (score === null || weight === null) return null;
    sum = add(sum, multiply(fractionOfDecimal(score), fractionOfDecimal(weight)));
    weights = add(weights, fractionOfDecimal(weight));
  }
  if (weights.numerator <= 0n) return null;
  return printFraction(divide(sum, weights));
}

const decimalText = (value: Json | undefined): string | null =>
  typeof value === 'number' || typeof value === 'string' ? String(value) : null;

/**
 * The row of a revision. Its id begins with agent and day, so the key alone serves baselines.
 * `saidAt`: when the sender said it, where only the message is dated and not the result; the same
 * words said again after others are a revision of their own then, as when an appeal restores a score.
 */
export function resultRow(
  revision: ResultRevision,
  item: JsonObject,
  salt: string,
  saidAt: number | null = null,
): Row {
  const { agentKey, resultId, status, score, scorecardVersion, createdAt, revisedAt } = revision;
  const content = canonicalJson(item);
  const said = saidAt === null ? [] : [saidAt];
  const name = causeId('quality-result', resultId, hashJson(item), ...said).slice(0, 24);
  return {
    table: 'quality_results',
    id: `${agentKey}.${keyDay(createdAt)}.${name}`,
    values: {
      agent_key: agentKey,
      result_id: hashFields('quality-result', resultId),
      status,
      score,
      scorecard_version: scorecardVersion,
      created_at: createdAt,
      revised_at: revisedAt,
      content_hash: hashFields(salt, content),
    },
    side: { content, salt },
  };
}

/**
 * The latest revision of each result that counts and has a score, by creation. Revisions come in
 * the order in which they were recorded: of two revised at the same instant the later one counts.
 */
export function countedResults(revisions: readonly ResultRevision[]): ResultRevision[] {
  return [...latestRevisions(revisions).values()]
    .filter((one) => COUNTED.has(one.status) && one.score !== null)
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.resultId < b.resultId ? -1 : 1));
}

/** The latest revision of each result, by its id; revisions come as they were recorded. */
export function latestRevisions<T extends ResultRevision>(revisions: readonly T[]): Map<string, T> {
  const latest = new Map<string, T>();
  for (const one of revisions) {
    const known = latest.get(one.resultId);
    if (known === undefined || one.revisedAt >= known.revisedAt) latest.set(one.resultId, one);
  }
  return latest;
}

/** Mean of the last five counted results created before an instant, or null. */
export const baselineBefore = (
  revisions: readonly ResultRevision[],
  instant: number,
): string | null =>
  meanOf(
    countedResults(revisions)
      .filter((one) => one.createdAt < instant)
      .slice(-BASELINE_RESULTS),
  );

/** Mean of the counted results created after `from` and not after `until`, or null. */
export const meanAfter = (
  revisions: readonly ResultRevision[],
  from: number,
  until: number,
): string | null =>
  meanOf(countedResults(revisions).filter((one) => one.createdAt > from && one.createdAt <= until));

function meanOf(results: readonly ResultRevision[]): string | null {
  if (results.length === 0) return null;
  const sum = results.reduce(
    (all, one) => add(all, parseFraction(one.score ?? '0/1')),
    fraction(0n),
  );
  return printFraction(fraction(sum.numerator, sum.denominator * BigInt(results.length)));
}
