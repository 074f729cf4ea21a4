/**
 * `/v1/seasons` and `/v1/tiers`: write, list and read. Every change is a new version in force from
 * now on; the same again writes nothing. Refuses what `checkSeason` and `checkTiers` refuse, each
 * with a pointer into the body.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { checkPreconditions } from '../../http/etag';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { absent, type Guard, MAX_SET_GUARDS } from '../../kernel/change-set';
import type { FieldError } from '../../kernel/failure';
import { canonicalJson } from '../../kernel/hash';
import { configId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { readLatest, readLatestPage } from '../../ledger/store';
import { randomHex } from '../../runtime/chance';
import {
  checkSeason,
  type LiveSeason,
  liveSeasons,
  SEASON_KIND,
  type Season,
  type SeasonVersion,
  seasonId,
  seasonInForce,
  seasonSchema,
} from '../season';
import { readSeasonVersions, readTiers } from '../store';
import {
  checkTiers,
  DEFAULT_TIERS,
  TIERS_KIND,
  TIERS_NAME,
  type TierTable,
  tierTableSchema,
} from '../tier';

const params = z.strictObject({ id: seasonId });
const shown = seasonSchema.extend({
  id: z.string(),
  version: z.int(),
  timeZone: z.string(),
  startsAt: z.string(),
  endsAt: z.string().meta({ description: 'The first instant after it.' }),
  state: z.enum(['PLANNED', 'RUNNING', 'ENDED']),
});

/** The seed's third quarter. */
export const SEASON_EXAMPLE = {
  categories: ['Mentorship'],
  startDay: '2024-07-01',
  endDay: '2024-09-30',
  timeZone: 'Etc/UTC',
  decay: { factor: '0.95' },
  graceDays: 14,
  resetPolicy: 'FLOOR',
  maintenanceWindow: { start: '02:00', minutes: 15 },
  target_groups: ['group_12345', 'group_67890'],
};

function show(version: SeasonVersion, now: number): Record<string, unknown> {
  const { from, until } = seasonInForce([version], Number.MAX_SAFE_INTEGER)?.span ?? {
    from: 0,
    until: 0,
  };
  return {
    id: version.name,
    version: version.version,
    ...version.content,
    startsAt: printInstant(from),
    endsAt: printInstant(until),
    state: now < from ? 'PLANNED' : now < until ? 'RUNNING' : 'ENDED',
  };
}

const refused = (errors: readonly FieldError[]): Result<never> =>
  fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });

/** The next version from now on; the first is in force since ever (DEC-6). */
const nextOf = <T>(
  present: ConfigVersion<T> | null,
  thing: { readonly kind: string; readonly name: string; readonly content: T },
  by: { readonly now: number; readonly person: string },
): ConfigVersion<T> => ({
  ...thing,
  version: (present?.version ?? 0) + 1,
  effectiveFrom: present === null ? null : by.now,
  writtenAt: by.now,
  author: by.person,
});

/** Room for the guards that a set has beside these. */
const MOST_GUARDED = MAX_SET_GUARDS - 2;

/**
 * That the other seasons are as they were read: two that are written at once might come to overlap.
 * Two new ones still may; whoever writes either of them next is told.
 */
function othersAsRead(versions: readonly SeasonVersion[], id: string): Guard[] {
  const newest = new Map(versions.map(({ name, version }) => [name, version]));
  newest.delete(id);
  return [...newest]
    .slice(-MOST_GUARDED)
    .map(([name, version]) => absent('config', configId(SEASON_KIND, name, version + 1)));
}

const putSeason = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/seasons/{id}',
    tag: 'Seasons',
    summary: 'Write a season',
    description:
      'Points of its categories earned on its days belong to it. Two seasons on the same days share ' +
      'no category and no agents. What has begun keeps first day, zone and decay, and the length of ' +
      'its grace once that is over. S1, S7, S8, DEC-18.',
    permission: 'draft',
    params,
    body: seasonSchema,
    answers: {
      200: { description: 'The season with its new version, or as it was.', schema: shown },
      201: { description: 'The season, new.', schema: shown },
    },
    examples: { request: SEASON_EXAMPLE },
    async handle(call) {
      const { env, now, params, body, actor } = call;
      const [versions, table, { timeZone }] = await Promise.all([
        readSeasonVersions(env.DB),
        readTiers(env.DB, now),
        readOrganisation(env.DB),
      ]);
      const own = versions.filter(({ name }) => name === params.id);
      const present = own.at(-1) ?? null;
      const holds = checkPreconditions(call.headers, present && etagOf(present));
      if (!holds.ok) return holds;
      const zone = body.timeZone ?? present?.content.timeZone ?? timeZone;
      const content: Season = { ...body, timeZone: zone };
      if (present !== null && canonicalJson(present.content) === canonicalJson(content)) {
        return ok({ status: 200, body: show(present, now), headers: { ETag: etagOf(present) } });
      }
      const others = liveSeasons(versions, now).filter(({ id }) => id !== params.id);
      const before: LiveSeason | null = seasonInForce(own, now);
      const errors = checkSeason(content, { table, others, before, now });
      if (errors.length > 0) return refused(errors);
      const thing = { kind: SEASON_KIND, name: params.id, content };
      const next = nextOf(present, thing, { now, person: actor.person });
      return submit(call, {
        rows: [configRow(next, randomHex(16))],
        guards: othersAsRead(versions, params.id),
        audit: {
          action: 'SEASON_WRITTEN',
          subject: `config:${SEASON_KIND}/${params.id}`,
          detail: { version: next.version },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: show(next, now),
          headers: { ETag: etagOf(next) },
        },
      });
    },
  });

const getSeason = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/seasons/{id}',
    tag: 'Seasons',
    summary: 'Read a season',
    permission: 'read',
    params,
    answers: { 200: { description: 'The newest version.', schema: shown } },
    async handle({ env, now, params: { id } }) {
      const version = await readLatest<Season>(env.DB, SEASON_KIND, id);
      if (version === null) return fail({ kind: 'not-found', what: 'season', id });
      return ok({ status: 200, body: show(version, now), headers: { ETag: etagOf(version) } });
    },
  });

const listSeasons = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/seasons',
    tag: 'Seasons',
    summary: 'List seasons by id',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of seasons.', schema: pageOf(shown) } },
    async handle({ env, now, query: { limit, cursor } }) {
      const rows = await readLatestPage<Season>(env.DB, SEASON_KIND, cursor ?? null, limit + 1);
      const page = pageFrom(rows, limit, ({ name }) => name);
      const items = page.items.map((version) => show(version, now));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const shownTiers = tierTableSchema.extend({
  version: z.int().meta({ description: '0 while none is written: the defaults.' }),
});

const showTiers = (version: ConfigVersion<TierTable> | null): Record<string, unknown> => ({
  version: version?.version ?? 0,
  ...(version?.content ?? DEFAULT_TIERS),
});

const getTiers = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/tiers',
    tag: 'Seasons',
    summary: 'Read the tier table',
    permission: 'read',
    answers: { 200: { description: 'The tiers from the lowest up.', schema: shownTiers } },
    async handle({ env }) {
      const version = await readLatest<TierTable>(env.DB, TIERS_KIND, TIERS_NAME);
      const headers: Record<string, string> = version === null ? {} : { ETag: etagOf(version) };
      return ok({ status: 200, body: showTiers(version), headers });
    },
  });

const putTiers = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/tiers',
    tag: 'Seasons',
    summary: 'Write the tier table',
    description:
      'Tiers from the lowest, which begins at 0 points: thresholds, queue, weight, priority, skills. ' +
      'Only skills of this table are ever removed from an agent. S6, DEC-19.',
    permission: 'draft',
    body: tierTableSchema,
    answers: {
      200: { description: 'The table with its new version, or as it was.', schema: shownTiers },
      201: { description: 'The first table.', schema: shownTiers },
    },
    examples: { request: DEFAULT_TIERS },
    async handle(call) {
      const { env, now, body, actor } = call;
      const present = await readLatest<TierTable>(env.DB, TIERS_KIND, TIERS_NAME);
      const holds = checkPreconditions(call.headers, present && etagOf(present));
      if (!holds.ok) return holds;
      if (present !== null && canonicalJson(present.content) === canonicalJson(body)) {
        return ok({ status: 200, body: showTiers(present), headers: { ETag: etagOf(present) } });
      }
      const errors = checkTiers(body);
      if (errors.length > 0) return refused(errors);
      const thing = { kind: TIERS_KIND, name: TIERS_NAME, content: body };
      const next = nextOf(present, thing, { now, person: actor.person });
      return submit(call, {
        rows: [configRow(next, randomHex(16))],
        audit: {
          action: 'TIERS_WRITTEN',
          subject: `config:${TIERS_KIND}/${TIERS_NAME}`,
          detail: { version: next.version, tiers: body.tiers.map(({ name }) => name) },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: showTiers(next),
          headers: { ETag: etagOf(next) },
        },
      });
    },
  });

/** Seasons and tiers, in the order in which the documentation shows them. */
export const seasonConfigRoutes = <E extends LedgerEnv>(): readonly Route<E>[] => [
  putSeason(),
  getSeason(),
  listSeasons(),
  getTiers(),
  putTiers(),
];
