/**
 * Routes of agents: one by one, as a list, and by file. Refuses addresses that belong to another
 * agent and versions the client has not seen. Two writers of one agent at the same time come out as
 * if one had been first.
 */
import * as z from 'zod';
import type { AccessEnv } from '../access/client';
import { checkPreconditions } from '../http/etag';
import { type Column, listAnswer } from '../http/media';
import { pageFrom, pageOf, pageQuery } from '../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../http/route';
import { invalidField } from '../kernel/failure';
import { agentKeyOf } from '../kernel/ids';
import { printInstant } from '../kernel/instant';
import { fail, ok, type Result } from '../kernel/result';
import { type LedgerEnv, submit } from '../ledger/client';
import { type ConfigVersion, etagOf } from '../ledger/config';
import { randomBytes, randomHex } from '../runtime/chance';
import { type Agent, agentAnswer, agentBody, agentIdText, agentSubject } from './agent';
import { importAgents } from './import/routes';
import { present, readAgent, readAgentPage, readKnown, readMoves } from './store';
import { planAgent, type Written } from './writing';

type Env = LedgerEnv & AccessEnv;
type AgentAnswer = z.output<typeof agentAnswer>;

const idParams = z.strictObject({ id: agentIdText.meta({ description: "The agent's id." }) });

function shown({ content, effectiveFrom }: ConfigVersion<Agent>): AgentAnswer {
  const { queues, ...rest } = content;
  return {
    ...rest,
    groups: [...rest.groups],
    ...(queues !== undefined && { queues: [...queues] }),
    effectiveFrom: effectiveFrom === null ? null : printInstant(effectiveFrom),
  };
}

const PUT_ATTEMPTS = 3;

const putAgent: Route<Env> = route({
  method: 'PUT',
  path: '/v1/agents/{id}',
  tag: 'Agents',
  summary: 'Write an agent',
  description: 'Replaces what the directory says, as a new version; the same again writes nothing.',
  permission: 'admin',
  params: idParams,
  body: agentBody,
  examples: {
    request: {
      name: 'Pat Doe',
      groups: ['Mentors'],
      attributes: { mentorshipEligible: true, tenureDays: 412 },
      platformIds: { genesys: '7f3c0c1e-user' },
      employeeId: 'E-1001',
    },
  },
  answers: {
    200: { description: 'The agent, replaced or as it was.', schema: agentAnswer },
    201: { description: 'The agent, new here.', schema: agentAnswer },
  },
  async handle(call) {
    const { agentId = call.params.id } = call.body;
    if (agentId !== call.params.id) {
      return fail(invalidField('#/agentId', 'custom', 'the id of the address'));
    }
    for (let attempt = 1; ; attempt += 1) {
      const planned = await plan(call, agentId);
      if (!planned.ok) return planned;
      const answer = await write(call, planned.value);
      const raced = !answer.ok && answer.failure.kind === 'conflict';
      if (!raced || attempt === PUT_ATTEMPTS) return answer;
    }
  },
});

type PutCall = ParsedCall<Env, z.output<typeof idParams>, unknown, z.output<typeof agentBody>>;

async function plan(call: PutCall, agentId: string): Promise<Result<Written>> {
  const { env, now, actor, body, headers } = call;
  const { effectiveFrom, agentId: _, openClawback: __, ...fields } = body;
  const agent: Agent = { agentId, ...fields };
  const known = await readKnown(env, [agentId]);
  await readMoves(env, known, [agent]);
  const [before] = known.versions.values();
  const checked = checkPreconditions(headers, before === undefined ? null : etagOf(before));
  if (!checked.ok) return checked;
  return planAgent(known, {
    agent,
    effectiveFrom: effectiveFrom ?? undefined,
    freshKey: agentKeyOf(randomBytes(10)),
    author: actor.person,
    now,
    salt: randomHex(16),
  });
}

async function write(call: PutCall, written: Written): Promise<Result<Answer>> {
  const { agentKey, verdict, version, rows } = written;
  const answer: Answer = {
    status: verdict === 'created' ? 201 : 200,
    body: shown(version),
    headers: { ETag: etagOf(version) },
  };
  if (verdict === 'unchanged') return ok(answer);
  const detail = { version: version.version, verdict };
  const subject = agentSubject(agentKey);
  return submit(call, { rows, audit: { action: 'AGENT_WRITTEN', subject, detail }, answer });
}

/** What another room adds to an agent, e.g. what is still to be netted; by the agent's key. */
export type AgentExtra<E> = (env: E, agentKey: string) => Promise<Record<string, unknown>>;

const getAgent = <E extends Env>(extras: readonly AgentExtra<E>[]): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}',
    tag: 'Agents',
    summary: 'Read an agent',
    permission: 'read',
    params: idParams,
    answers: {
      200: { description: 'The newest version, its ETag.', schema: agentAnswer.loose() },
    },
    async handle({ env, params }) {
      const version = await readAgent(env, params.id);
      if (version === null) return fail({ kind: 'not-found', what: 'agent', id: params.id });
      const more = await Promise.all(extras.map((extra) => extra(env, version.name)));
      const body = Object.assign({ ...shown(version) }, ...more) as unknown;
      return ok({ status: 200, body, headers: { ETag: etagOf(version) } });
    },
  });

const listAgents: Route<Env> = route({
  method: 'GET',
  path: '/v1/agents',
  tag: 'Agents',
  summary: 'List the agents',
  description:
    'In an order that stays. CSV and NDJSON by `Accept`; the CSV is what the import takes.',
  permission: 'read',
  query: pageQuery,
  answers: { 200: { description: 'A page of agents.', schema: pageOf(agentAnswer) } },
  async handle({ env, query, headers }) {
    const versions = await readAgentPage(env.DB, query.cursor ?? null, query.limit + 1);
    const page = pageFrom(versions, query.limit, ({ name }) => name);
    const items = page.items.flatMap(present).map(shown);
    return listAnswer(headers, { ...page, items }, columnsOf(items));
  },
});

/** The columns of the import, as far as these agents fill them. */
function columnsOf(items: readonly AgentAnswer[]): readonly Column<AgentAnswer>[] {
  const attributes = new Set(items.flatMap((agent) => Object.keys(agent.attributes)));
  const platforms = new Set(items.flatMap((agent) => Object.keys(agent.platformIds)));
  return [
    { name: 'agentId', cell: ({ agentId }) => agentId },
    { name: 'name', cell: ({ name }) => name },
    { name: 'status', cell: ({ status }) => status },
    { name: 'groups', cell: ({ groups }) => groups.join(';') },
    { name: 'employeeId', cell: ({ employeeId }) => employeeId },
    { name: 'currency', cell: ({ currency }) => currency ?? null },
    ...[...attributes].map((name) => ({
      name: `attributes.${name}`,
      cell: (agent: AgentAnswer) => own(agent.attributes, name),
    })),
    ...[...platforms].map((name) => ({
      name: `platform.${name}`,
      cell: (agent: AgentAnswer) => own(agent.platformIds, name),
    })),
  ];
}

const own = <V>(record: Readonly<Record<string, V>>, name: string): V | null =>
  Object.hasOwn(record, name) ? (record[name] ?? null) : null;

/** Agents: written one by one or by file, read, listed. */
export const agentRoutes = <E extends Env>(
  extras: readonly AgentExtra<E>[],
): readonly Route<E>[] => [putAgent, getAgent(extras), listAgents, importAgents];
