/**
 * The senders of a history: they sign bytes as their platform does, send, and send again until
 * they hear a 200. Knows what was acknowledged as what; decides nothing about what is right.
 */

import { exports } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import type { SourceId } from './plan';

export const HOST = 'https://guerdon.test';

/** How each source signs; the profiles are registered with these. */
export const PROFILES: Readonly<
  Record<SourceId, { readonly header: string; readonly scheme: string }>
> = {
  platform: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
  quality: { header: 'X-Hub-Signature-256', scheme: 'sha256-hex' },
  lms: { header: 'X-Webhook-Signature', scheme: 'hmac-base64' },
};

export function signatureOf(source: SourceId, secret: string, bytes: string): string {
  const mac = createHmac('sha256', secret).update(bytes);
  switch (PROFILES[source].scheme) {
    case 'hmac-base64':
      return mac.digest('base64');
    case 'sha256-hex':
      return `sha256=${mac.digest('hex')}`;
    default:
      return mac.digest('hex');
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** One request to the Worker. `actor` names it, so that its faults belong to the seed. */
export async function request(
  actor: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Answer> {
  const response = await exports.default.fetch(
    new Request(`${HOST}${path}`, {
      method,
      headers: { ...headers, 'x-simulated-actor': actor },
      ...(body === undefined ? {} : { body }),
    }),
  );
  const text = await response.text();
  return { status: response.status, body: parsed(text), headers: response.headers };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export interface Message {
  readonly source: SourceId;
  readonly text: string;
  /** Keys of the planned events in it, in order; empty for what is unusable. */
  readonly keys: readonly string[];
}

/** What a message was answered with: the status and, for a 200, one word an item. */
export interface Heard {
  readonly status: number;
  readonly verdicts: readonly string[];
  readonly body: unknown;
}

export async function send(actor: string, message: Message, secret: string): Promise<Heard> {
  const { source, text } = message;
  const answer = await request(
    actor,
    'POST',
    `/v1/webhooks/${source}`,
    {
      'content-type': 'application/json',
      [PROFILES[source].header]: signatureOf(source, secret, text),
    },
    text,
  );
  return { status: answer.status, verdicts: verdictsOf(answer.body), body: answer.body };
}

function verdictsOf(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  const { results, status } = body as { results?: unknown; status?: unknown };
  if (Array.isArray(results)) return results.flatMap((item) => verdictsOf(item));
  return typeof status === 'string' ? [status] : [];
}
