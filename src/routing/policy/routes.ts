/**
 * `/v1/routing/policy`: read and write what an organisation sets about routing. Every change is a
 * new version; refuses what the policy's schema refuses. The same content again writes nothing.
 */
import * as z from 'zod';
import { nextVersion } from '../../access/settings';
import { type Route, route } from '../../http/route';
import { ok } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { DEFAULT_POLICY, POLICY_KIND, POLICY_NAME, policySchema } from './policy';
import { forgetSetting, readPolicy } from './store';

const shown = policySchema.extend({ version: z.int() });

const EXAMPLE = {
  targetConcurrent: '3',
  triggers: { aht: false, queueWaitSeconds: null },
  skills: [
    {
      destination: 'genesys',
      platform: 'genesys-cloud',
      skillIds: { skill_premium_support: '0d2c7c6e-5e1c-4c4f-9a43-1b7c2a1f0001' },
    },
  ],
};

/** No version was written yet: what is in force is the default, and its version is 0. */
const NONE = { version: 0, content: DEFAULT_POLICY };

export const readPolicyRoute = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/routing/policy',
    tag: 'Routing',
    summary: 'Read what is set about routing',
    permission: 'read',
    answers: { 200: { description: 'The newest version; 0: the default.', schema: shown } },
    async handle({ env }) {
      const present = (await readPolicy(env.DB)) ?? NONE;
      const body = { ...present.content, version: present.version };
      return ok({ status: 200, body, headers: { ETag: etagOf(present) } });
    },
  });

export const writePolicy = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/routing/policy',
    tag: 'Routing',
    summary: 'Set target capacity, further signs of overload and where skills go',
    description:
      'The target capacity of a sample is what it says; else the agent’s attribute `targetConcurrent`; ' +
      'else `targetConcurrent` of this policy. `triggers` switch on handle time and queue wait besides ' +
      'DEC-20. `skills` names the platforms that are given the skills of a tier. In force everywhere ' +
      'within half a minute. S6, S10.',
    permission: 'draft',
    body: policySchema,
    answers: {
      200: { description: 'The policy with its version.', schema: shown },
      201: { description: 'The first version.', schema: shown },
    },
    examples: { request: EXAMPLE },
    async handle(call) {
      const present = await readPolicy(call.env.DB);
      const next = nextVersion(call.headers, present, {
        kind: POLICY_KIND,
        name: POLICY_NAME,
        content: call.body,
        author: call.actor.person,
        now: call.now,
      });
      if (!next.ok) return next;
      const version = next.value ?? present ?? NONE;
      const body = { ...call.body, version: version.version };
      const headers = { ETag: etagOf(version) };
      if (next.value === null) return ok({ status: 200, body, headers });
      const written = await submit(call, {
        rows: [configRow(next.value, randomHex(16))],
        audit: {
          action: 'ROUTING_POLICY_WRITTEN',
          subject: `config:${POLICY_KIND}/${POLICY_NAME}`,
          detail: { version: version.version },
        },
        answer: { status: present === null ? 201 : 200, body, headers },
      });
      forgetSetting();
      return written;
    },
  });
