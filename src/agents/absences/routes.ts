/**
 * `/v1/agents/{id}/absences`: the days an agent was or will be away. Replaces the whole list as a
 * new version; the same again writes nothing. Refuses agents nobody knows and days in the wrong order.
 */
import * as z from 'zod';
import { checkPreconditions } from '../../http/etag';
import { type Route, route } from '../../http/route';
import { canonicalJson } from '../../kernel/hash';
import { fail, ok } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { agentIdText, agentSubject } from '../agent';
import { type DirectoryEnv, readAgent } from '../store';
import { ABSENCES_KIND, type Absences, absenceSchema, absencesSchema } from './absence';
import { readAbsences } from './store';

type Env = LedgerEnv & DirectoryEnv;

const params = z.strictObject({ id: agentIdText });
const shown = z
  .object({ agentId: z.string(), version: z.int(), absences: z.array(absenceSchema) })
  .meta({ id: 'Absences' });

const show = (agentId: string, version: ConfigVersion<Absences> | null) => ({
  agentId,
  version: version?.version ?? 0,
  absences: version?.content.absences ?? [],
});

const getAbsences = <E extends Env>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/absences',
    tag: 'Agents',
    summary: "Read an agent's absences",
    permission: 'read',
    params,
    answers: { 200: { description: 'The days away; none until some are written.', schema: shown } },
    async handle({ env, params: { id } }) {
      const agent = await readAgent(env, id);
      if (agent === null) return fail({ kind: 'not-found', what: 'agent', id });
      const version = await readAbsences(env.DB, agent.name);
      const headers: Record<string, string> = version === null ? {} : { ETag: etagOf(version) };
      return ok({ status: 200, body: show(id, version), headers });
    },
  });

const putAbsences = <E extends Env>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/agents/{id}/absences',
    tag: 'Agents',
    summary: "Write an agent's absences",
    description:
      'Days, and no reason for them. While away, points do not decay and grace does not run; days ' +
      'in the past are made up for with the next night. A grace that has ended is open again within ' +
      'minutes where by these days its end is still to come, an hour from now or later; where it ' +
      'would have ended all the same, nothing changes. S6 to S8.',
    permission: 'admin',
    params,
    body: absencesSchema,
    answers: {
      200: { description: 'The list with its new version, or as it was.', schema: shown },
      201: { description: 'The first list.', schema: shown },
    },
    examples: { request: { absences: [{ from: '2024-10-07', to: '2024-10-20' }] } },
    async handle(call) {
      const { env, now, actor, body, headers } = call;
      const { id } = call.params;
      const agent = await readAgent(env, id);
      if (agent === null) return fail({ kind: 'not-found', what: 'agent', id });
      const present = await readAbsences(env.DB, agent.name);
      const holds = checkPreconditions(headers, present && etagOf(present));
      if (!holds.ok) return holds;
      if (present !== null && canonicalJson(present.content) === canonicalJson(body)) {
        return ok({ status: 200, body: show(id, present), headers: { ETag: etagOf(present) } });
      }
      const next: ConfigVersion<Absences> = {
        kind: ABSENCES_KIND,
        name: agent.name,
        version: (present?.version ?? 0) + 1,
        effectiveFrom: null,
        writtenAt: now,
        author: actor.person,
        content: body,
      };
      return submit(call, {
        rows: [configRow(next, randomHex(16))],
        audit: {
          action: 'ABSENCES_WRITTEN',
          subject: agentSubject(agent.name),
          detail: { version: next.version, absences: body.absences.length },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: show(id, next),
          headers: { ETag: etagOf(next) },
        },
      });
    },
  });

export const absencesRoutes = <E extends Env>(): readonly Route<E>[] => [
  getAbsences(),
  putAbsences(),
];
