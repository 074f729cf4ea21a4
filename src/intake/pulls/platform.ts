/**
 * How each platform is asked for a kind of things, and how its answers read as the bodies it would
 * have sent. Decides the queries of a pull, users a call and pages; answers that are none of its
 * own are refused as null. The documents' platform (`seed`) is spoken to as printed; Genesys Cloud
 * by the operations it really has: actuals are the daily sums of routing statuses, because the
 * results of historical adherence lie behind addresses on other hosts.
 */
import type { PresetName } from '../../delivery/destination';
import { isRecord, type Json, type JsonObject } from '../../events/event';
import { civilDay, printInstant } from '../../kernel/instant';
import { dayNumber, instantsOf, type Span } from '../../kernel/period';
import { COUNTED } from '../../quality/result';
import type { PullKind, SourcePull } from './pull';
import type { PulledPage, PullRun } from './run';

export interface Platform {
  readonly operation: string;
  /** Users named in a call; 0 where the platform is asked for everybody at once. */
  readonly usersPerCall: number;
  /** The queries that make up a pull: what differs from one to the next. */
  queries(pull: SourcePull, run: PullRun): readonly JsonObject[];
  fields(run: PullRun, query: JsonObject): JsonObject;
  read(answer: Json): PulledPage | null;
  /** True for what another query of the pull brings. */
  isOfAnother?(query: JsonObject, body: JsonObject): boolean;
}

const EVERYTHING = (): readonly JsonObject[] => [{}];

/** RFC 3339 without a fraction, as the documents print it. */
const printed = (instant: number): string => printInstant(instant).replace(/\.\d+Z$/, 'Z');

/** Both ends are printed as instants that count. */
const printedSpan = ({ from, until }: Span): JsonObject => ({
  start_date: printed(from),
  end_date: printed(until - 1000),
});

/** An answer has a bound, so days are asked for by sevens. */
const DAYS_A_QUERY = 7;

/** The days of a pull by sevens, from midnight to midnight in its zone. */
function weeksOf({ firstDay, lastDay, zone }: PullRun): readonly Span[] {
  const last = dayNumber(lastDay);
  const weeks: Span[] = [];
  for (let day = dayNumber(firstDay); day <= last; day += DAYS_A_QUERY) {
    const end = Math.min(last, day + DAYS_A_QUERY - 1);
    weeks.push(instantsOf({ firstDay: civilDay(day), lastDay: civilDay(end) }, zone));
  }
  return weeks;
}

const asInterval = ({ from, until }: Span): string =>
  `${printInstant(from)}/${printInstant(until)}`;

function listOf(answer: Json, name: string, count: string, size: number): PulledPage | null {
  if (!isRecord(answer)) return null;
  const items = answer[name];
  const pages = answer[count];
  if (!Array.isArray(items) || !items.every(isRecord)) return null;
  const pageCount = typeof pages === 'number' && Number.isSafeInteger(pages) ? pages : 1;
  return { items: items as readonly JsonObject[], pageCount, pageSize: size };
}

const RESULTS_SIZE = 200;

/**
 * What counts is asked for status by status, as printed. The last question names none: of its answer
 * only what does not count is kept, so that a result that was withdrawn is a revision here too.
 */
const seedResults: Platform = {
  operation: 'results',
  usersPerCall: 0,
  queries: ({ scorecardVersionIds }) => {
    const versions = scorecardVersionIds.map((id) => ({ scorecard_version_id: id }));
    const statuses = [...[...COUNTED].map((result_status) => ({ result_status })), {}];
    return (versions.length === 0 ? [{}] : versions).flatMap((version) =>
      statuses.map((status) => ({ ...version, ...status })),
    );
  },
  fields: (run, query) => ({
    ...query,
    ...printedSpan(run),
    size: RESULTS_SIZE,
    page: run.place.page,
  }),
  read: (answer) => listOf(answer, 'items', 'page_count', RESULTS_SIZE),
  isOfAnother: (query, { result_status }) =>
    query.result_status === undefined && COUNTED.has(String(result_status).toUpperCase()),
};

const USERS_A_CALL = 50;

/** Users of whom there is no time say nothing. */
const withTimes = (page: PulledPage | null): PulledPage | null =>
  page && {
    ...page,
    items: page.items.filter(({ actuals }) => !Array.isArray(actuals) || actuals.length > 0),
  };

const seedActuals: Platform = {
  operation: 'actuals',
  usersPerCall: USERS_A_CALL,
  queries: (_, run) => weeksOf(run).map(printedSpan),
  fields: (run, query) => ({
    user_ids: run.place.users ?? [],
    ...query,
    bucket_size: 'DAY',
    page: run.place.page,
  }),
  read: (answer) => withTimes(listOf(answer, 'items', 'page_count', 0)),
};

const ENTITIES = 100;

const genesysEvaluations: Platform = {
  operation: 'quality-evaluations',
  usersPerCall: 1,
  queries: EVERYTHING,
  fields: (run) => ({
    agentUserId: run.place.users?.[0] ?? '',
    startTime: printInstant(run.from),
    endTime: printInstant(run.until),
    pageSize: ENTITIES,
    pageNumber: run.place.page,
  }),
  read: (answer) => {
    const page = listOf(answer, 'entities', 'pageCount', ENTITIES);
    return page === null ? null : { ...page, items: page.items.map(evaluationBody) };
  },
};

const inner = (value: Json | undefined, name: string): Json =>
  isRecord(value) ? (value[name] ?? null) : null;

/** An evaluation as the topic would have told it. */
function evaluationBody(entity: JsonObject): JsonObject {
  const { answers, evaluationForm, conversation, ...rest } = entity;
  return {
    topicName: 'v2.quality.evaluations',
    eventBody: {
      ...rest,
      conversationId: inner(conversation, 'id'),
      evaluationFormId: inner(evaluationForm, 'id'),
      contextId: inner(evaluationForm, 'contextId'),
      scoringSet: isRecord(answers) ? { totalScore: inner(answers, 'totalScore') } : {},
    },
  };
}

const genesysCoaching: Platform = {
  operation: 'coaching-appointments',
  usersPerCall: USERS_A_CALL,
  queries: EVERYTHING,
  fields: (run) => ({
    userIds: run.place.users ?? [],
    completionInterval: asInterval(run),
    pageSize: ENTITIES,
    pageNumber: run.place.page,
  }),
  read: (answer) => {
    const page = listOf(answer, 'entities', 'pageCount', ENTITIES);
    return page === null ? null : { ...page, items: page.items.map(coachingBody) };
  },
};

/** An appointment as the notification of its completion would have told it. */
function coachingBody(entity: JsonObject): JsonObject {
  const { id, facilitator, attendees, ...rest } = entity;
  return {
    ...rest,
    actionType: 'StatusChange',
    appointment: { id: id ?? null },
    facilitatorId: inner(facilitator, 'id'),
    attendeeIds: Array.isArray(attendees) ? attendees.map((one: Json) => inner(one, 'id')) : [],
  };
}

const genesysActuals: Platform = {
  operation: 'user-aggregates',
  usersPerCall: USERS_A_CALL,
  queries: (_, run) => weeksOf(run).map((week) => ({ interval: asInterval(week) })),
  fields: (run, query) => ({
    ...query,
    granularity: 'P1D',
    timeZone: run.zone,
    groupBy: ['userId'],
    metrics: ['tAgentRoutingStatus'],
    filter: {
      type: 'or',
      predicates: (run.place.users ?? []).map((value) => ({ dimension: 'userId', value })),
    },
  }),
  read: (answer) => {
    const page = listOf(answer, 'results', 'pageCount', 0);
    return withTimes(page && { ...page, items: page.items.map(aggregateBody) });
  },
};

/** Daily sums of a user as buckets of actuals. */
function aggregateBody(group: JsonObject): JsonObject {
  const data = Array.isArray(group.data) ? group.data.filter(isRecord) : [];
  return {
    user_id: inner(group.group, 'userId'),
    actuals: data.map((one) => {
      const [start = '', end = ''] = String(one.interval).split('/');
      const metrics = Array.isArray(one.metrics) ? one.metrics.filter(isRecord) : [];
      return {
        bucket_start: start,
        bucket_end: end,
        status_codes: metrics.map(({ qualifier, stats }) => ({
          status_code_id: qualifier ?? null,
          duration: seconds(inner(stats, 'sum')),
        })),
      };
    }),
  };
}

/** Whole milliseconds as seconds with three places. */
const seconds = (millis: Json): Json =>
  typeof millis === 'number' && Number.isSafeInteger(Math.round(millis))
    ? Math.round(millis) / 1000
    : null;

const PLATFORMS: Readonly<Partial<Record<PresetName, Partial<Record<PullKind, Platform>>>>> = {
  seed: { results: seedResults, actuals: seedActuals },
  'genesys-cloud': {
    results: genesysEvaluations,
    actuals: genesysActuals,
    coaching: genesysCoaching,
  },
};

/** How a destination is asked for a kind, or null where it cannot be. */
export const platformOf = (preset: PresetName, kind: PullKind): Platform | null =>
  PLATFORMS[preset]?.[kind] ?? null;
