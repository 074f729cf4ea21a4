/**
 * `/v1/seasons/{id}/reset`, `/reconciliation`, `/skip-export`: ask for a reset or see what it would
 * do, watch it, see what platforms hold, and go on without an export. Refuses seasons that run, and
 * a skip where nothing waits for an export.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { plainText } from '../../http/fields';
import { readIdempotencyKey } from '../../http/idempotency';
import { pageFields } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { callSeason, type SeasonsEnv } from '../client';
import { copyOf, type LiveSeason, seasonId, successorOf } from '../season';
import { findSeason, readSeasons } from '../store';
import { showAsked } from './going/asked';
import { askedOf, goingOf } from './going/client';
import { rehearse } from './rehearsal/client';
import type { Report } from './report';
import type { SeasonProgress } from './run';
import { askedShape, reportShape, runShape, showProgress, showRehearsed, showRun } from './shape';
import { readRuns, type StoredRun } from './store';
import { triggerReset } from './trigger/client';

const params = z.strictObject({ id: seasonId });

interface Watched {
  readonly season: LiveSeason;
  /** What the books know of its runs, and what the object does. */
  readonly runs: readonly StoredRun[];
  readonly progress: SeasonProgress | null;
}

/** A season and how its runs go, or the refusal. */
async function watched(env: SeasonsEnv, id: string, now: number): Promise<Result<Watched>> {
  const season = await findSeason(env.DB, id, now);
  if (!season.ok) return season;
  const [runs, progress] = await Promise.all([
    readRuns(env.DB, id),
    callSeason(env, id, (object) => object.progress()),
  ]);
  return ok({ season: season.value, runs, progress });
}

const body = z.strictObject({
  target_groups: z.array(plainText(100)).max(1000).default([]),
  idempotency_key: plainText(200).optional(),
});

const askReset = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/seasons/{id}/reset',
    tag: 'Seasons',
    summary: 'Reset a season that has ended',
    description:
      'Archives, calculates, stages, applies in maintenance windows, reconciles. A season and agent ' +
      'are reset at most once, whatever the key: another key is answered `duplicate` and names the ' +
      'first. `dry_run=true` lists page by page every agent with the tier of now and the next, and ' +
      'what is sent, with an estimate of windows of the whole, and writes nothing. S2, S3.',
    permission: 'draft',
    lesser: { query: ['dry_run', 'true'], permission: 'read' },
    params,
    query: z.strictObject({ dry_run: z.enum(['true', 'false']).optional(), ...pageFields }),
    body,
    answers: {
      200: { description: 'A dry run, or a duplicate of the first.', schema: askedShape },
      202: { description: 'It goes on by itself.', schema: askedShape },
    },
    examples: { request: { target_groups: ['group_12345'], idempotency_key: 'reset_2024q4_001' } },
    async handle(call) {
      const {
        env,
        now,
        params: { id },
      } = call;
      const season = await findSeason(env.DB, id, now);
      if (!season.ok) return season;
      if (call.query.dry_run === 'true') {
        const { limit, cursor = null } = call.query;
        const groups = call.body.target_groups;
        const found = await rehearse(env, season.value, { groups, limit, cursor }, now);
        return ok({ status: 200, body: showRehearsed(id, found) });
      }
      if (now < season.value.span.until) {
        const ends = printInstant(season.value.span.until);
        return fail({ kind: 'conflict', detail: `the season runs until ${ends}` });
      }
      return ask(call, season.value);
    },
  });

type ResetCall<E> = ParsedCall<
  E,
  z.output<typeof params>,
  { limit: number; cursor?: string | undefined },
  z.output<typeof body>
>;

async function ask<E extends SeasonsEnv>(call: ResetCall<E>, season: LiveSeason) {
  const { env, now, headers, requestId, body: asks } = call;
  const header = readIdempotencyKey(headers);
  if (!header.ok) return header;
  const key = asks.idempotency_key ?? header.value ?? requestId;
  const wanted = { key, by: 'api', groups: asks.target_groups };
  const told = await triggerReset(env, season, wanted, now);
  const seasons = await readSeasons(env.DB, now);
  const next = successorOf(season, seasons);
  const answer: Answer = {
    status: told.status === 'accepted' ? 202 : 200,
    body: {
      status: told.status,
      idempotency_key: told.key,
      run: told.run,
      season_id: season.id,
      next_season_id: next?.id ?? copyOf(season, seasons).id,
    },
  };
  const audit = {
    action: told.status === 'accepted' ? 'SEASON_RESET_ASKED' : 'SEASON_RESET_DUPLICATE',
    subject: `config:season/${season.id}`,
    detail: { key, first: told.key, groups: asks.target_groups },
  };
  return submit(call, { rows: [], audit, answer });
}

const readReset = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/seasons/{id}/reset',
    tag: 'Seasons',
    summary: 'See how a season’s runs go',
    description:
      'The run under way with its phase and an estimate of windows, what was accepted and has not ' +
      'begun with what it waits for, and the runs that are over. While a ' +
      'destination is switched off the run waits and says so; it goes on when that is switched on, ' +
      'when an operator has abandoned what it was to be told, or when neither the season that opens ' +
      'nor the routing policy names it any more. S2.',
    permission: 'read',
    params,
    answers: { 200: { description: 'Runs, the latest last.', schema: runShape } },
    async handle({ env, now, params: { id } }) {
      const seen = await watched(env, id, now);
      if (!seen.ok) return seen;
      const { season, runs, progress } = seen.value;
      const [going, asked] = await Promise.all([
        goingOf(env, season, progress, now),
        askedOf(env, season, progress, now),
      ]);
      return ok({
        status: 200,
        body: {
          seasonId: id,
          current: progress && showProgress(progress, going, now),
          asked: asked.map(showAsked),
          runs: runs.map(showRun),
        },
      });
    },
  });

/** Agents whom reports name. */
const keysIn = (runs: readonly { readonly report?: Report }[]): string[] => [
  ...new Set(
    runs.flatMap(({ report }) => [
      ...(report?.differences ?? []).map(({ agentKey }) => agentKey),
      ...(report?.missing ?? []).flatMap(({ id, where }) => (where === 'there' ? [id] : [])),
    ]),
  ),
];

const readReconciliation = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/seasons/{id}/reconciliation',
    tag: 'Seasons',
    summary: 'See what platforms hold against what they were told',
    description:
      'Each batch is read back from its platforms; what differs is sent again. Differences that are ' +
      'left, and who is missing on either side, of every run. A destination that will not be told any ' +
      'more, or was told and was asked in vain for long what it holds, is passed over: its agents ' +
      'count as differing with the reason, and as uncertain where it could not be read. S4.',
    permission: 'read',
    params,
    answers: { 200: { description: 'Findings by run.', schema: reportShape } },
    async handle({ env, now, params: { id } }) {
      const seen = await watched(env, id, now);
      if (!seen.ok) return seen;
      const { runs, progress } = seen.value;
      const saga = progress?.saga ?? null;
      const open = saga === null ? [] : [{ ...saga.run, report: saga.report, endedAt: null }];
      const over = runs.filter(({ endedAt }) => endedAt !== null);
      const names = await readAgentIds(env.DB, keysIn([...over, ...open]));
      const nameOf = (key: string): string | null => names.get(key) ?? null;
      return ok({
        status: 200,
        body: {
          seasonId: id,
          runs: [...over, ...open].map(({ wave, number, report, endedAt }) => ({
            wave,
            number,
            state: endedAt === null ? 'RUNNING' : 'DONE',
            expected: report?.expected ?? 0,
            applied: report?.applied ?? 0,
            differing: report?.differing ?? 0,
            uncertain: report?.uncertain ?? 0,
            passedOver: report?.passed ?? [],
            retried: report?.retried ?? 0,
            missingThere: report?.missingThere ?? 0,
            missingHere: report?.missingHere ?? 0,
            differences: (report?.differences ?? []).map(({ agentKey, reason, ...found }) => ({
              agentId: nameOf(agentKey),
              ...found,
              reason: reason ?? null,
            })),
            missing: (report?.missing ?? []).map((one) => ({
              ...one,
              id: one.where === 'there' ? nameOf(one.id) : one.id,
            })),
          })),
        },
      });
    },
  });

const skipExport = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/seasons/{id}/skip-export',
    tag: 'Seasons',
    summary: 'Reset without the export’s confirmation',
    description: 'The archive stays with us all the same. Audited with its reason. S1, S2.',
    permission: 'approve',
    params,
    body: z.strictObject({ reason: plainText(1000) }),
    answers: {
      200: { description: 'The reset goes on.', schema: z.object({ skipped: z.literal(true) }) },
    },
    examples: {
      request: { reason: 'cold storage is being moved; the archive is exported by hand' },
    },
    async handle(call) {
      const {
        env,
        now,
        params: { id },
        body: { reason },
      } = call;
      const season = await findSeason(env.DB, id, now);
      if (!season.ok) return season;
      const progress = await callSeason(env, id, (object) => object.progress());
      if (progress?.saga?.phase !== 'ARCHIVE') {
        return fail({ kind: 'conflict', detail: 'no reset of this season waits for an export' });
      }
      const answer = { status: 200, body: { skipped: true } };
      const subject = `config:season/${id}`;
      const audit = { action: 'SEASON_EXPORT_SKIPPED', subject, detail: { reason } };
      // The record comes first: what nobody recorded is not skipped.
      const recorded = await submit(call, { rows: [], audit, answer });
      if (recorded.ok) await callSeason(env, id, (object) => object.skipExport(id, now));
      return recorded;
    },
  });

export const resetRoutes = <E extends SeasonsEnv>(): readonly Route<E>[] => [
  askReset(),
  readReset(),
  readReconciliation(),
  skipExport(),
];
