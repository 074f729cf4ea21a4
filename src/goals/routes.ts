/**
 * `/v1/goals`: write, list and read goals. Every change is a new version from its `effectiveFrom`
 * (DEC-6). Refuses what `draft.ts` refuses, with a pointer into the body.
 */
import * as z from 'zod';
import { checkPreconditions } from '../http/etag';
import { pageFrom, pageOf, pageQuery } from '../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../http/route';
import { fail, ok, type Result } from '../kernel/result';
import { submit } from '../ledger/client';
import { configRow, etagOf } from '../ledger/config';
import { readLatest, readLatestPage, readVersions } from '../ledger/store';
import { randomHex } from '../runtime/chance';
import { forgetRoutes, type GoalsEnv, pokeGoal } from './client';
import { checkGoal, GOAL_ID, type GoalBody, goalBody, goalOf } from './draft';
import { goalEvidence, goalKeys } from './evidence/routes';
import { readExclusions } from './evidence/store';
import { GOAL_KIND, type Goal } from './goal';
import { closeGoal, goalContributions, goalStatus } from './periods/routes';
import { teamRoutes } from './teams/routes';
import { TEAM_KIND, type Team } from './teams/team';
import { toldVersion, versionAfter } from './version';
import { showGoal, shownGoal } from './view';

const params = z.strictObject({ id: z.string().regex(GOAL_ID, 'an id of a goal') });

/** The guide's goal, as it is put. */
export const GOAL_EXAMPLE = {
  name: 'Q3_Cooperative_Handle_Time_Target',
  teamId: 'team_uuid_east',
  metricId: 'acd.handle.time.sum',
  evaluationFrequency: 'MONTHLY',
  thresholds: [
    { status: 'ACHIEVED', operator: 'LTE', value: 285.0 },
    { status: 'ON_TRACK', operator: 'LTE', value: 320.0 },
  ],
  snapshotEvaluation: true,
  customFields: { rewardPoolId: 'RPOOL_2024_Q3', distributionType: 'EQUITY' },
};

async function write<E extends GoalsEnv>(
  call: ParsedCall<E, { id: string }, unknown, GoalBody>,
): Promise<Result<Answer>> {
  const { env, now, body } = call;
  const { id } = call.params;
  const [present, team, excluded] = await Promise.all([
    readLatest<Goal>(env.DB, GOAL_KIND, id),
    readLatest<Team>(env.DB, TEAM_KIND, body.teamId),
    readExclusions(env.DB, [id]),
  ]);
  const exclusions = excluded.get(id);
  const holds = checkPreconditions(call.headers, present && etagOf(present));
  if (!holds.ok) return holds;
  const content = goalOf(body);
  const { effectiveFrom } = body;
  const author = call.actor.person;
  const wanted = { kind: GOAL_KIND, name: id, content, effectiveFrom, author, now };
  const version = versionAfter(present, wanted);
  if (present !== null && version === null) {
    const headers = { ETag: etagOf(present) };
    return ok({ status: 200, body: showGoal(present, exclusions), headers });
  }
  const errors = checkGoal(content, team?.content ?? null, present?.content ?? null);
  if (version === null || errors.length > 0) {
    return fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });
  }
  const answer = await submit(call, {
    rows: [configRow(version, randomHex(16))],
    audit: {
      action: present === null ? 'GOAL_CREATED' : 'GOAL_REPLACED',
      subject: `config:${GOAL_KIND}/${id}`,
      detail: { version: version.version, teamId: content.teamId, metricId: content.metricId },
    },
    answer: toldVersion(version, '/v1/goals', showGoal(version, exclusions)),
  });
  forgetRoutes();
  // It takes in what the log holds of its period and arms its boundary; cron would do it as well.
  if (answer.ok && content.evaluatedBy === 'GUERDON') await pokeGoal(env, id, now);
  return answer;
}

const replaceGoal = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/goals/{id}',
    tag: 'Goals',
    summary: 'Write a goal, or its next version',
    description:
      'Takes the body of a goal as the guide prints it. A period is governed by the version in force when it ends. A goal names a pool by `customFields.rewardPoolId`: then its periods pay, and averages, live evaluation and a missing snapshot are refused. Warnings name what is allowed and may not be meant. G2, G3, DEC-6, DEC-13.',
    permission: 'draft',
    params,
    body: goalBody,
    answers: {
      200: { description: 'The goal with its new version.', schema: shownGoal },
      201: { description: 'The goal, version 1.', schema: shownGoal },
    },
    examples: { request: GOAL_EXAMPLE },
    handle: (call) => write(call),
  });

const listGoals = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals',
    tag: 'Goals',
    summary: 'List the newest version of each goal',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of goals by id.', schema: pageOf(shownGoal) } },
    async handle({ env, query: { cursor = null, limit } }) {
      const found = await readLatestPage<Goal>(env.DB, GOAL_KIND, cursor, limit + 1);
      const page = pageFrom(found, limit, ({ name }) => name);
      const exclusions = await readExclusions(
        env.DB,
        page.items.map(({ name }) => name),
      );
      const items = page.items.map((goal) => showGoal(goal, exclusions.get(goal.name)));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const readGoal = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals/{id}',
    tag: 'Goals',
    summary: 'Read a goal',
    permission: 'read',
    params,
    answers: { 200: { description: 'The newest version.', schema: shownGoal } },
    async handle({ env, params: { id } }) {
      const present = (await readVersions<Goal>(env.DB, GOAL_KIND, id)).at(-1);
      if (present === undefined) return fail({ kind: 'not-found', what: 'goal', id });
      const exclusions = await readExclusions(env.DB, [id]);
      const body = showGoal(present, exclusions.get(id));
      return ok({ status: 200, body, headers: { ETag: etagOf(present) } });
    },
  });

/** Teams, goals and their periods. */
export const goalsRoutes = <E extends GoalsEnv>(): Route<E>[] => [
  ...teamRoutes<E>(),
  replaceGoal(),
  listGoals(),
  readGoal(),
  goalStatus<E>(),
  goalContributions<E>(),
  closeGoal<E>(),
  goalEvidence<E>(),
  goalKeys<E>(),
];
