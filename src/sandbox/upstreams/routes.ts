/**
 * The fakes over HTTP: what they were asked, which faults they shall play and what they shall
 * answer. Refuses kinds of faults that no fake plays. These routes exist in the sandbox entry alone.
 */
import * as z from 'zod';
import { type Route, route } from '../../http/route';
import { ok } from '../../kernel/result';
import type { UpstreamsEnv } from './client';
import { FAULT_KINDS } from './fault';
import { UPSTREAMS } from './upstream';

const params = z.strictObject({ name: z.enum(UPSTREAMS) });

const fault = z.strictObject({
  kind: z.enum(FAULT_KINDS, {
    error: `the fakes play these kinds of faults: ${FAULT_KINDS.join(', ')}`,
  }),
  status: z.number().int().min(300).max(599).optional(),
  retryAfter: z.number().int().min(0).max(86_400).optional().describe('seconds'),
  times: z.number().int().min(1).max(1_000_000).default(1),
  match: z.string().min(1).max(200).optional().describe('text within path and query'),
});

const canned = z.strictObject({
  match: z.string().min(1).max(500).describe('text within path and query'),
  contains: z.string().min(1).max(500).optional().describe('text within the body'),
  status: z.number().int().min(200).max(599).optional(),
  body: z.unknown(),
});

const upstreamBody = z
  .strictObject({
    faults: z.array(fault).max(100).optional(),
    answers: z.array(canned).max(1000).optional(),
  })
  .refine((body) => body.faults !== undefined || body.answers !== undefined, {
    message: 'faults, answers, or both',
  });

const upstreamAnswer = z.object({
  records: z.array(
    z.object({
      key: z.string().nullable().describe("the request's Idempotency-Key, or `webhook-id`"),
      method: z.string(),
      path: z.string(),
      body: z.string(),
      status: z.number().int(),
      committed: z.boolean().describe('it changed something there'),
      at: z.string().describe('RFC 3339, UTC'),
    }),
  ),
  faults: z.array(fault),
  answers: z.array(canned),
});

/** `GET /v1/sandbox/upstreams/{name}`: everything that was sent there, oldest first. */
export const readUpstream: Route<UpstreamsEnv> = route({
  method: 'GET',
  path: '/v1/sandbox/upstreams/{name}',
  tag: 'Sandbox',
  summary: 'Read what a fake upstream was asked',
  permission: 'sandbox',
  params,
  answers: { 200: { description: 'Records and faults', schema: upstreamAnswer } },
  examples: { response: { records: [], faults: [], answers: [] } },
  async handle(call) {
    const body = await call.env.UPSTREAMS.getByName(call.params.name).read();
    return ok({ status: 200, body });
  },
});

/** `PUT /v1/sandbox/upstreams/{name}`: replaces its faults, its canned answers, or both. */
export const setUpstream: Route<UpstreamsEnv> = route({
  method: 'PUT',
  path: '/v1/sandbox/upstreams/{name}',
  tag: 'Sandbox',
  summary: 'Set the faults and the canned answers of a fake upstream',
  description:
    'The first fault that fits a request meets it, until it was played `times` times; then the ' +
    'first canned answer that fits.',
  permission: 'sandbox',
  params,
  body: upstreamBody,
  answers: {
    200: { description: 'Records and faults', schema: upstreamAnswer },
    422: { description: 'A kind of fault that no fake plays' },
  },
  examples: {
    request: {
      faults: [{ kind: 'status', status: 503, retryAfter: 2, times: 3, match: '/payroll' }],
    },
    response: { records: [], faults: [{ kind: 'status', status: 503, times: 3 }], answers: [] },
  },
  async handle(call) {
    const upstream = call.env.UPSTREAMS.getByName(call.params.name);
    await upstream.set(call.body);
    return ok({ status: 200, body: await upstream.read() });
  },
});

export const upstreamRoutes: readonly Route<UpstreamsEnv>[] = [readUpstream, setUpstream];
