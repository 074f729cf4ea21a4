/**
 * `/v1/teams`: write, list, read and replace teams. Every change is a new version from its
 * `effectiveFrom` (DEC-6). Refuses what `draft.ts` and `check.ts` refuse, with a pointer into the body.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { checkPreconditions } from '../../http/etag';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Answer, type Call, type Route, route } from '../../http/route';
import { absent, type Guard, MAX_SET_GUARDS } from '../../kernel/change-set';
import { causeId, configId } from '../../kernel/ids';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { configRow, etagOf } from '../../ledger/config';
import { readLatest, readLatestPage, readVersions } from '../../ledger/store';
import { randomHex } from '../../runtime/chance';
import { forgetRoutes, type GoalsEnv, pokeGoal } from '../client';
import { latestGoals, readGoals } from '../store';
import { toldVersion, versionAfter } from '../version';
import { checkTeam, teamsBelow } from './check';
import { memberIdsOf, TEAM_ID, type TeamBody, teamBody, teamOf } from './draft';
import { latestTeams, readTeams, resolveMembers, withMembers } from './store';
import { TEAM_KIND, type Team, type TeamVersion } from './team';
import { shownTeam, showTeam } from './view';

/** Goals that look at once when their team is written. */
const MOST_POKED = 20;

const params = z.strictObject({ id: z.string().regex(TEAM_ID, 'an id of a team') });

/** The guide's team, as it is posted. */
export const TEAM_EXAMPLE = {
  name: 'Tier1_Support_East_Cooperative',
  teamScope: 'EXPLICIT',
  memberIds: ['agent_uuid_1', 'agent_uuid_2', 'agent_uuid_3'],
  aggregationType: 'SUM',
  metricDefinitions: [
    {
      metricId: 'acd.handle.time',
      aggregation: 'SUM',
      filter: {
        type: 'AND',
        clauses: [{ field: 'callType', operator: 'EQ', values: ['INBOUND'] }],
      },
    },
  ],
};

async function shown(env: GoalsEnv, versions: readonly TeamVersion[]) {
  const found = await withMembers(env, versions);
  const keys = found.flatMap(({ content }) => content.members.flatMap((one) => one.agentKey ?? []));
  const ids = await readAgentIds(env.DB, [...new Set(keys)]);
  return found.map((version) => showTeam(version, (key) => ids.get(key)));
}

/** Room for the guards that a set has beside these. */
const MOST_GUARDED = MAX_SET_GUARDS - 2;

/** That a team is as it was read. */
const isNewest = ({ name, version }: TeamVersion): Guard =>
  absent('config', configId(TEAM_KIND, name, version + 1));

/** Writes the next version of a team, or finds it as it is. */
async function write<E extends GoalsEnv>(
  call: Omit<Call<E>, 'params'>,
  id: string,
  body: TeamBody,
): Promise<Result<Answer>> {
  const { env, now } = call;
  const [all, goals, keys] = await Promise.all([
    readTeams(env.DB),
    readGoals(env.DB),
    resolveMembers(env, memberIdsOf(body)),
  ]);
  const present = all.findLast(({ name }) => name === id) ?? null;
  const holds = checkPreconditions(call.headers, present && etagOf(present));
  if (!holds.ok) return holds;
  const content: Team = teamOf(body, (agentId) => keys.get(agentId) ?? null);
  const { effectiveFrom } = body;
  const author = call.actor.person;
  const wanted = { kind: TEAM_KIND, name: id, content, effectiveFrom, author, now };
  const version = versionAfter(present, wanted);
  if (present !== null && version === null) {
    const [view] = await shown(env, [present]);
    return ok({ status: 200, body: view, headers: { ETag: etagOf(present) } });
  }
  const latest = latestGoals(goals);
  const teams = latestTeams(all);
  const errors = checkTeam(id, content, teams, latest);
  if (version === null || errors.length > 0) {
    return fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });
  }
  const [view] = await shown(env, [version]);
  const answer = await submit(call, {
    rows: [configRow(version, randomHex(16))],
    // Two teams that are written at once might each come to hold the other.
    guards: teamsBelow(content, teams).slice(0, MOST_GUARDED).map(isNewest),
    audit: {
      action: present === null ? 'TEAM_CREATED' : 'TEAM_REPLACED',
      subject: `config:${TEAM_KIND}/${id}`,
      detail: { version: version.version, members: content.members.length },
    },
    answer: toldVersion(version, '/v1/teams', view),
  });
  forgetRoutes();
  // Those that name it look through the log again; cron has the others do it.
  const named = answer.ok ? latest.filter((goal) => goal.content.teamId === id) : [];
  await Promise.all(named.slice(0, MOST_POKED).map(({ name }) => pokeGoal(env, name, now)));
  return answer;
}

const createTeam = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/teams',
    tag: 'Goals',
    summary: 'Write a team under an id of ours',
    description:
      'Takes the body of a team as the guide prints it. Members may have dates of their own, teams may hold teams. G1, G2, DEC-6, DEC-13.',
    permission: 'draft',
    body: teamBody,
    answers: { 201: { description: 'The team with its id and version 1.', schema: shownTeam } },
    examples: { request: TEAM_EXAMPLE },
    async handle(call) {
      const { DB } = call.env;
      let count = 1;
      const idOf = (): string => `team_${causeId('team', call.body.name, count).slice(0, 16)}`;
      while ((await readLatest<Team>(DB, TEAM_KIND, idOf())) !== null) count += 1;
      return write(call, idOf(), call.body);
    },
  });

const replaceTeam = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/teams/{id}',
    tag: 'Goals',
    summary: 'Write a team, or its next version',
    description:
      'The version before stays in force for what happened before `effectiveFrom` (DEC-6). If-Match is honoured when sent; the same content again writes nothing.',
    permission: 'draft',
    params,
    body: teamBody,
    answers: {
      200: { description: 'The team with its new version.', schema: shownTeam },
      201: { description: 'The team, version 1.', schema: shownTeam },
    },
    examples: { request: TEAM_EXAMPLE },
    handle: (call) => write(call, call.params.id, call.body),
  });

const listTeams = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/teams',
    tag: 'Goals',
    summary: 'List the newest version of each team',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of teams by id.', schema: pageOf(shownTeam) } },
    async handle({ env, query: { cursor = null, limit } }) {
      const found = await readLatestPage<Team>(env.DB, TEAM_KIND, cursor, limit + 1);
      const page = pageFrom(found, limit, ({ name }) => name);
      return ok({ status: 200, body: { ...page, items: await shown(env, page.items) } });
    },
  });

const readTeam = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/teams/{id}',
    tag: 'Goals',
    summary: 'Read a team',
    permission: 'read',
    params,
    answers: { 200: { description: 'The newest version.', schema: shownTeam } },
    async handle({ env, params: { id } }) {
      const present = (await readVersions<Team>(env.DB, TEAM_KIND, id)).at(-1);
      if (present === undefined) return fail({ kind: 'not-found', what: 'team', id });
      const [view] = await shown(env, [present]);
      return ok({ status: 200, body: view, headers: { ETag: etagOf(present) } });
    },
  });

export const teamRoutes = <E extends GoalsEnv>(): Route<E>[] => [
  createTeam<E>(),
  replaceTeam<E>(),
  listTeams<E>(),
  readTeam<E>(),
];
