/** How routes and outbound requests reach the fakes. */

import type { Objects } from '../../durable/client';
import { moment, type SandboxEnv } from '../../durable/sandbox';
import { printInstant } from '../../kernel/instant';
import type { UpstreamObject } from './object';
import { upstreamOf } from './upstream';

export interface UpstreamsEnv extends SandboxEnv {
  readonly UPSTREAMS: Objects<Pick<UpstreamObject, 'ask' | 'setFaults' | 'read'>>;
}

/**
 * Takes the place of the network in sandbox mode: a request to `https://<upstream>.…` is answered
 * by that fake, any other host by 502, for nothing leaves the machine.
 */
export async function answerOutbound(env: UpstreamsEnv, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const name = upstreamOf(url.hostname);
  if (name === null) return Response.json({ error: 'no such fake' }, { status: 502 });
  const { now } = await moment(env);
  const asked = {
    key: request.headers.get('idempotency-key'),
    method: request.method,
    path: url.pathname + url.search,
    body: await request.text(),
  };
  const played = await env.UPSTREAMS.getByName(name).ask(asked, printInstant(now));
  return Response.json(
    { status: played.status === 200 ? 'ok' : 'error' },
    {
      status: played.status,
      headers: played.retryAfter === null ? {} : { 'Retry-After': String(played.retryAfter) },
    },
  );
}
