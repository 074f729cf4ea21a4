/**
 * Which of the things a platform names had arrived. Decides it by what the books say: a result is
 * there when its latest revision says the same, a bucket when its latest word does, a coaching when
 * its completion was told, whole or in both halves. What is missing is to be taken as if it had been
 * sent; what the books hold otherwise, and the platform does not date, is stamped with the pull that
 * saw it, so that it is a revision. Pure.
 */
import { type Bucket, bucketsOf } from '../../events/actuals';
import type { IntakeEvent, JsonObject } from '../../events/event';
import { canonicalJson } from '../../kernel/hash';
import { eventRowIdOf } from '../../kernel/ids';
import { parseInstant, printInstant } from '../../kernel/instant';
import { scoreOf } from '../../quality/result';
import type { Missing } from './run';

/** What became of one thing: how many units had arrived, and what is to be taken. */
export interface Judgement {
  readonly units: number;
  readonly seen: number;
  readonly missing: Missing | null;
}

const SEEN: Judgement = { units: 1, seen: 1, missing: null };
/** It is counted with other users. */
export const OF_ANOTHER_CALL: Judgement = { units: 0, seen: 0, missing: null };

const take = (body: JsonObject): Judgement => ({ units: 1, seen: 0, missing: { body, units: 1 } });

/** What cannot be read as an event is taken, so that it is kept with its reason. */
export const unread = (body: JsonObject): Judgement => take(body);

const stamped = (body: JsonObject, asOf: number): JsonObject => ({
  ...body,
  pulled_at: printInstant(asOf),
});

/** The latest revision of a result in the books. */
export interface KnownResult {
  readonly status: string;
  readonly score: string | null;
  readonly scorecardVersion: string | null;
  readonly revisedAt: number;
  /** A later revision gave it to another agent. */
  readonly isTaken: boolean;
}

/** `told`: the event log has the very event that the body makes. */
export function judgeResult(
  body: JsonObject,
  event: IntakeEvent,
  known: KnownResult | null,
  told: boolean,
  asOf: number,
): Judgement {
  const { data } = event;
  if (known === null) return told ? SEEN : take(body);
  const version = data.scorecard_version_id;
  const isSame =
    known.status === String(data.result_status).toUpperCase() &&
    known.score === scoreOf((data.score ?? {}) as JsonObject) &&
    known.scorecardVersion === (version == null ? null : String(version));
  const revisedAt = parseInstant(String(data.modified_date ?? ''));
  // What was given to another agent comes back by a later word that says the same as before.
  const isBack = known.isTaken && revisedAt !== null && revisedAt > known.revisedAt;
  if (isSame && !isBack) return SEEN;
  if (revisedAt === null) return take(stamped(body, asOf));
  return told || revisedAt < known.revisedAt ? SEEN : take(body);
}

/** `known`: the latest word on each bucket of the agent by its first instant. */
export function judgeActuals(
  body: JsonObject,
  { data }: IntakeEvent,
  known: ReadonlyMap<number, Bucket>,
  asOf: number,
): Judgement {
  const buckets = bucketsOf(data);
  const said = data.actuals as readonly JsonObject[];
  const lacking = said.filter((_, index) => {
    const bucket = buckets[index];
    const there = bucket === undefined ? undefined : known.get(bucket.start);
    return there === undefined || canonicalJson(there) !== canonicalJson(bucket);
  });
  const seen = said.length - lacking.length;
  if (lacking.length === 0) return { units: said.length, seen, missing: null };
  const isRevision = buckets.some(({ start }) => known.has(start)) && !('modified_date' in data);
  const part = { ...body, actuals: lacking };
  return {
    units: said.length,
    seen,
    missing: { body: isRevision ? stamped(part, asOf) : part, units: lacking.length },
  };
}

/** Ids of the events that tell a completed coaching: whole, and its two halves. */
export function completionIds(event: IntakeEvent): { whole: string; halves: readonly string[] } {
  const { mentorId, menteeId } = event.data;
  const rowId = (id: string): string => eventRowIdOf(event.source, id);
  return {
    whole: rowId(event.eventId),
    halves: [
      rowId(`${event.eventId}:mentor:${mentorId}`),
      rowId(`${event.eventId}:mentee:${menteeId}`),
    ],
  };
}

export function judgeCoaching(
  body: JsonObject,
  event: IntakeEvent,
  told: ReadonlySet<string>,
): Judgement {
  const { whole, halves } = completionIds(event);
  return told.has(whole) || halves.every((id) => told.has(id)) ? SEEN : take(body);
}
