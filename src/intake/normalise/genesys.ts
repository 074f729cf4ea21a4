/**
 * The real topics of Genesys Cloud: quality evaluations and coaching notifications, inside a
 * notification, inside an EventBridge message or bare. Decides ids from what all messages about one
 * change share, because the platform sends one message for each person concerned. Refuses (with
 * what to map) a completed coaching session that does not say who coached whom.
 */
import { isRecord, type Json, type JsonObject } from '../../events/event';
import type { ItemFault } from '../../events/quarantine';
import { parseInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { type Drafted, type Mapping, readTime } from './mapping';
import { valueAt } from './path';

export interface GenesysFailure {
  readonly reason: 'SCHEMA' | 'MISSING_PARTICIPANTS';
  readonly faults: readonly ItemFault[];
}

type Drafts = Result<readonly Drafted[], GenesysFailure>;

const COACHING_TOPIC = /^v2\.users\.([^.]{1,100})\.wem\.coaching\.notifications?$/;
const EVALUATION_TOPIC = /^v2\.quality\.evaluations$/;
/** The topic's spelling of a status and the REST answers' are not the same; case is left out. */
const RESULT_STATUS: Readonly<Record<string, string>> = {
  finished: 'COMPLETED',
  inreview: 'IN_REVIEW',
  inprogress: 'DRAFT',
  pending: 'DRAFT',
  retracted: 'RETRACTED',
};

/** The events of a native message, or null for a body that is none. */
export function readGenesysBody(body: JsonObject, mapping: Mapping | null): Drafts | null {
  const envelope = envelopeOf(body);
  const coaching = COACHING_TOPIC.exec(envelope.topic ?? '');
  if (coaching !== null || (envelope.topic === null && isCoaching(body)))
    return readCoaching(envelope.event, coaching?.[1] ?? null);
  if (
    EVALUATION_TOPIC.test(envelope.topic ?? '') ||
    (envelope.topic === null && isEvaluation(body))
  )
    return readEvaluation(envelope.event, mapping);
  return null;
}

interface Envelope {
  readonly topic: string | null;
  readonly event: JsonObject;
}

/** `{topicName, eventBody}` of the notification service, also as `detail` of EventBridge. */
function envelopeOf(body: JsonObject): Envelope {
  const outer = isRecord(body.detail) ? body.detail : body;
  const { topicName, eventBody } = outer;
  return typeof topicName === 'string' && isRecord(eventBody)
    ? { topic: topicName, event: eventBody }
    : { topic: null, event: body };
}

const isEvaluation = (body: JsonObject): boolean =>
  isRecord(body.scoringSet) && typeof body.evaluationFormId === 'string';

const isCoaching = (body: JsonObject): boolean =>
  isRecord(body.appointment) && typeof body.actionType === 'string';

const textAt = (body: JsonObject, path: string): string | null => {
  const value = valueAt(body, path);
  return typeof value === 'string' && value !== '' ? value : null;
};

/** The first of several paths at which text stands. */
const firstText = (body: JsonObject, ...paths: readonly string[]): string | null =>
  paths.map((path) => textAt(body, path)).find((text) => text !== null) ?? null;

function readEvaluation(event: JsonObject, mapping: Mapping | null): Drafts {
  const id = textAt(event, 'id');
  const agent = firstText(event, 'agent.id', 'agentId', 'agent.userId');
  const status = (textAt(event, 'status') ?? '').toLowerCase();
  const changed = firstText(event, 'changedDate', 'eventTime', 'releaseDate');
  const at = changed === null ? null : parseInstant(changed);
  const faults = [
    ...(id === null ? [missing('id')] : []),
    ...(agent === null ? [missing('agent/id')] : []),
    ...(Object.hasOwn(RESULT_STATUS, status) ? [] : [missing('status')]),
    ...(at === null ? [missing('changedDate')] : []),
  ];
  if (id === null || agent === null || at === null || faults.length > 0)
    return fail({ reason: 'SCHEMA', faults });
  const fields = resultFields(event, { id, agent, status, changed });
  const eventId = `evaluation:${id}:${status}:${at}`;
  const result: Drafted = { type: 'performance.result.updated', eventId, occurredAt: at, fields };
  const score = scoreOf(event, mapping, { eventId, at, counts: fields.result_status });
  return ok(score === null ? [result] : [result, score]);
}

function resultFields(
  event: JsonObject,
  read: { id: string; agent: string; status: string; changed: string | null },
): JsonObject {
  const uncounted = event.calibration === true || isRecord(event.calibration);
  const released = textAt(event, 'releaseDate') !== null && read.status === 'finished';
  const counted = released ? 'PUBLISHED' : (RESULT_STATUS[read.status] ?? 'DRAFT');
  const total = valueAt(event, 'scoringSet.totalScore');
  const family = firstText(event, 'contextId', 'evaluationForm.contextId');
  return {
    id: read.id,
    user_id: read.agent,
    scorecard_version_id: firstText(event, 'evaluationFormId', 'evaluationForm.id') ?? 'unknown',
    ...(family !== null && { scorecard_family_id: family }),
    result_status: uncounted || event.neverRelease === true ? 'CALIBRATION' : counted,
    score: { total: total ?? (counted === 'DRAFT' ? 0 : null), weighted: true },
    created_date: firstText(event, 'assignedDate', 'submittedDate') ?? read.changed,
    modified_date: read.changed,
  };
}

/** Where the source says how an evaluation names its coaching session, its score is that session's. */
function scoreOf(
  event: JsonObject,
  mapping: Mapping | null,
  read: { readonly eventId: string; readonly at: number; readonly counts: Json | undefined },
): Drafted | null {
  const named = mapping?.evaluations;
  if (named === undefined) return null;
  const session = textAt(event, named.coachingSessionId);
  const counted = read.counts === 'COMPLETED' || read.counts === 'PUBLISHED';
  if (session === null || !counted) return null;
  const automated = firstText(event, 'evaluationSource.type')?.toLowerCase() === 'program';
  return {
    type: 'qa.score.updated',
    eventId: `${read.eventId}:score`,
    occurredAt: read.at,
    fields: {
      coachingSessionId: session,
      currentScore: valueAt(event, 'scoringSet.totalScore') ?? null,
      ...(named.sessionType !== undefined && { sessionType: named.sessionType }),
      scoreSource: automated ? 'AUTOMATED' : 'MANUAL',
    },
  };
}

function readCoaching(event: JsonObject, topicUser: string | null): Drafts {
  const appointment = firstText(event, 'appointment.id', 'appointmentId');
  const status = firstText(event, 'status', 'appointment.status');
  const faults = [
    ...(appointment === null ? [missing('appointment/id')] : []),
    ...(status === null ? [missing('status')] : []),
  ];
  if (appointment === null || status === null) return fail({ reason: 'SCHEMA', faults });
  const people = peopleOf(event, topicUser);
  const completed = status.toLowerCase() === 'completed' && isStatusChange(event);
  if (!completed || isCreator(event, people)) return ok([createdOf(event, appointment)]);
  const isWhole = people.mentorId !== null && people.menteeId !== null;
  const isHalf = people.mentorId !== null || people.menteeId !== null;
  if (!isWhole && (topicUser === null || !isHalf || people.attendees > 1))
    return fail({ reason: 'MISSING_PARTICIPANTS', faults: [whatToMap(people)] });
  const completion = completedOf(event, appointment, people);
  return ok([isWhole ? completion : halfOf(completion, people)]);
}

/** Who merely made the appointment is neither mentor nor mentee; the message is logged. */
const isCreator = (event: JsonObject, people: People): boolean =>
  (textAt(event, 'relationship') ?? '').toLowerCase() === 'creator' &&
  people.mentorId === null &&
  people.menteeId === null;

/**
 * The platform tells each person apart, and only of that person: the coaching session puts the
 * halves together. Each is an event of its own.
 */
function halfOf(completion: Drafted, { mentorId, menteeId }: People): Drafted {
  const { mentorId: _, menteeId: __, ...fields } = completion.fields;
  return {
    ...completion,
    eventId: `${completion.eventId}:${mentorId === null ? 'mentee' : 'mentor'}:${mentorId ?? menteeId}`,
    fields: {
      ...fields,
      participantsPending: true,
      ...(mentorId !== null && { mentorId }),
      ...(menteeId !== null && { menteeId }),
    },
  };
}

const isStatusChange = (event: JsonObject): boolean =>
  ['statuschange', ''].includes((textAt(event, 'actionType') ?? '').toLowerCase());

interface People {
  readonly mentorId: string | null;
  readonly menteeId: string | null;
  readonly attendees: number;
}

/** From the appointment where the message carries it, else from whom the topic is about. */
function peopleOf(event: JsonObject, topicUser: string | null): People {
  const relationship = (textAt(event, 'relationship') ?? '').toLowerCase();
  const list = valueAt(event, 'attendeeIds') ?? valueAt(event, 'appointment.attendeeIds');
  const attendees = Array.isArray(list) ? list.filter((id) => typeof id === 'string') : [];
  const alone = attendees.length === 1 ? (attendees[0] ?? null) : null;
  return {
    mentorId:
      firstText(event, 'facilitatorId', 'appointment.facilitatorId', 'facilitator.id') ??
      (relationship === 'facilitator' ? topicUser : null),
    menteeId: alone ?? (list === undefined && relationship === 'attendee' ? topicUser : null),
    attendees: attendees.length,
  };
}

function whatToMap(people: People): ItemFault {
  if (people.attendees > 1) {
    const detail = `${people.attendees} attendees: send one message for each, attendeeIds naming one`;
    return { pointer: '#/attendeeIds', detail };
  }
  const field = people.mentorId === null ? 'facilitatorId' : 'attendeeIds';
  const detail = `one notification names one person: add ${field} of the coaching appointment to the message`;
  return { pointer: `#/${field}`, detail };
}

/** Only what every message about the appointment says alike: their ids are the same, so must this be. */
function completedOf(event: JsonObject, appointment: string, people: People): Drafted {
  const minutes = lengthOf(event);
  const started = timeAt(event, 'dateStart', 'appointment.dateStart');
  const ended = timeAt(event, 'dateCompleted', 'appointment.dateCompleted');
  const planned = started === null ? null : started + (minutes ?? 0) * 60_000;
  return {
    type: 'performance.coaching.completed',
    eventId: `coaching:${appointment}:Completed`,
    occurredAt: ended ?? planned,
    fields: {
      coachingSessionId: appointment,
      mentorId: people.mentorId,
      menteeId: people.menteeId,
      ...(minutes !== null && { sessionDurationSeconds: minutes * 60 }),
      ...sessionTypeOf(event),
    },
  };
}

/** Anything but a completion: logged, awards nothing. Each further change is an event of its own. */
function createdOf(event: JsonObject, appointment: string): Drafted {
  const started = textAt(event, 'dateStart');
  const action = textAt(event, 'actionType') ?? 'Create';
  return {
    type: 'performance.coaching.created',
    eventId: `coaching:${appointment}:${action}:${textAt(event, 'status')}:${started ?? ''}`,
    occurredAt: null,
    fields: { coachingSessionId: appointment, ...sessionTypeOf(event) },
  };
}

const sessionTypeOf = (event: JsonObject): JsonObject => {
  const type = textAt(event, 'sessionType');
  return type === null ? {} : { sessionType: type };
};

function lengthOf(event: JsonObject): number | null {
  const minutes =
    valueAt(event, 'lengthInMinutes') ?? valueAt(event, 'appointment.lengthInMinutes');
  return typeof minutes === 'number' && Number.isSafeInteger(minutes) ? minutes : null;
}

const timeAt = (event: JsonObject, ...paths: readonly string[]): number | null =>
  readTime(firstText(event, ...paths) ?? undefined, 'iso');

const missing = (place: string): ItemFault => ({
  pointer: `#/${place}`,
  detail: 'the message says nothing usable here',
});
