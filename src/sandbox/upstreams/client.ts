/** How routes and outbound requests reach the fakes. */

import type { Objects } from '../../durable/client';
import { moment, type SandboxEnv } from '../../durable/sandbox';
import { printInstant } from '../../kernel/instant';
import type { UpstreamObject } from './object';
import { upstreamOf } from './upstream';

export interface UpstreamsEnv extends SandboxEnv {
  readonly UPSTREAMS: Objects<Pick<UpstreamObject, 'ask' | 'set' | 'read'>>;
}

/** Statuses whose answers have no body; a runtime makes none with one. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Takes the place of the network in sandbox mode: a request to `https://<upstream>.…` is answered
 * by that fake, any other host by 502, for nothing leaves the machine. A connection that breaks is
 * thrown: the caller hears no answer.
 */
export async function answerOutbound(env: UpstreamsEnv, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const name = upstreamOf(url.hostname);
  if (name === null) return Response.json({ error: 'no such fake' }, { status: 502 });
  const { now } = await moment(env);
  const asked = {
    key: request.headers.get('idempotency-key') ?? request.headers.get('webhook-id'),
    method: request.method,
    path: url.pathname + url.search,
    // Forms come here too, and text() warns of them.
    body: new TextDecoder().decode(await request.arrayBuffer()),
  };
  const told = await env.UPSTREAMS.getByName(name).ask(name, asked, printInstant(now));
  if (told.closed) throw new Error('the fake broke the connection');
  return new Response(BODILESS.has(told.status) ? null : told.body, {
    status: told.status,
    headers: {
      'Content-Type': 'application/json',
      ...(told.retryAfter !== null && { 'Retry-After': String(told.retryAfter) }),
    },
  });
}
