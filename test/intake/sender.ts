/** A sender with a source of its own: registers it, signs bytes as its profile says, and sends. */

import { env } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import type { SchemeName } from '../../src/intake/signatures/profile';
import { type Heard as Answer, send as ask, makeKey, type Sent } from '../http/caller';

/** What the tests read of answers; each checks what it reads. */
export interface Seen {
  readonly id: string;
  readonly status: string;
  readonly state: string;
  readonly reason: string;
  readonly eventId: string;
  readonly results: readonly Seen[];
  readonly items: readonly Seen[];
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  readonly secrets: readonly { readonly fingerprint: string }[];
  readonly checks: readonly { name: string; status: string; detail: Record<string, unknown> }[];
  readonly nextCursor: string | null;
  readonly subject: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly dedup: { readonly duplicates: number; readonly conflicts: number };
  readonly requestId: string;
  readonly instance: string;
  readonly [name: string]: unknown;
}

export interface Heard extends Omit<Answer, 'body'> {
  readonly body: Seen;
}

export const send = async (method: string, path: string, sent: Sent = {}): Promise<Heard> =>
  (await ask(method, path, sent)) as Heard;

export const SECRET = 'a-secret-of-the-tests-0123456789';
const NOW_SECONDS = (): number => Math.floor(Date.now() / 1000);

let admin: string | null = null;

/** A key that manages sources and reads. */
export async function adminKey(): Promise<string> {
  admin ??= (await makeKey(['admin', 'viewer', 'author'])).key;
  return admin;
}

export async function putSource(
  id: string,
  body: Readonly<Record<string, unknown>> = {},
): Promise<Heard> {
  const key = await adminKey();
  return send('PUT', `/v1/sources/${id}`, { key, body: { secrets: [SECRET], ...body } });
}

/** Agents the tests speak of; whoever else is named is unknown. */
export async function hire(...ids: readonly string[]): Promise<void> {
  const key = await adminKey();
  for (const id of ids) {
    const answer = await send('PUT', `/v1/agents/${id}`, { key, body: {} });
    if (answer.status >= 300) throw new Error(`not hired: ${answer.status} ${answer.text}`);
  }
}

const bytesOf = (body: unknown): Uint8Array =>
  body instanceof Uint8Array
    ? body
    : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));

/** The headers a sender of a scheme sends with these bytes; no code is shared with the verifier. */
export function signed(
  scheme: SchemeName,
  body: unknown,
  {
    secret = SECRET,
    id = 'msg_1',
    time = NOW_SECONDS(),
  }: {
    readonly secret?: string;
    readonly id?: string;
    readonly time?: number;
  } = {},
): Record<string, string> {
  const bytes = bytesOf(body);
  const mac = (key: string | Buffer, ...parts: (string | Uint8Array)[]) => {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return hmac;
  };
  switch (scheme) {
    case 'hmac-hex':
      return { 'X-Webhook-Signature': mac(secret, bytes).digest('hex') };
    case 'hmac-base64':
      return { 'X-Webhook-Signature': mac(secret, bytes).digest('base64') };
    case 'sha256-hex':
      return { 'X-Webhook-Signature': `sha256=${mac(secret, bytes).digest('hex')}` };
    case 'sha256-base64':
      return { 'X-Webhook-Signature': `sha256=${mac(secret, bytes).digest('base64')}` };
    case 'timestamped':
      return {
        'X-Webhook-Signature': `t=${time},v1=${mac(secret, `${time}.`, bytes).digest('hex')}`,
      };
    case 'standard': {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const value = mac(key, `${id}.${time}.`, bytes).digest('base64');
      return {
        'webhook-id': id,
        'webhook-timestamp': String(time),
        'webhook-signature': `v1,${value}`,
      };
    }
  }
}

export const WHSEC = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`;

/** Sends a body to a source, signed in plain hex unless headers are given. */
export const deliver = (
  source: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = signed('hmac-hex', body),
): Promise<Heard> => send('POST', `/v1/webhooks/${source}`, { body: bytesOf(body), headers });

export const completed = (
  id: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  eventType: 'performance.coaching.completed',
  eventId: id,
  occurredAt: '2024-09-02T14:30:00Z',
  coachingSessionId: `session-${id}`,
  sessionType: 'Mentorship_Pairing',
  mentorId: 'mentor-1',
  menteeId: 'mentee-1',
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
  ...more,
});

/** An event that nobody owns: it is only logged. */
export const created = (
  id: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  eventType: 'performance.coaching.created',
  eventId: id,
  coachingSessionId: `session-${id}`,
  ...more,
});

export async function read(path: string): Promise<Heard> {
  return send('GET', path, { key: await adminKey() });
}

export async function act(path: string, body?: unknown): Promise<Heard> {
  const key = await adminKey();
  return send('POST', path, { key, ...(body !== undefined && { body }) });
}

/** Rows of a table, as they stand in D1. */
export async function countRows(
  table: 'events' | 'quarantine' | 'audit',
  where = '1',
): Promise<number> {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).first<{
    n: number;
  }>();
  return row?.n ?? 0;
}

/** Waits until something holds; what goes on after an answer takes a moment. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await holds()) return;
    await scheduler.wait(2);
  }
  throw new Error('it never came to hold');
}
