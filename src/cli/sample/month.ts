/**
 * Sends the sample month to a Worker in sandbox mode, as its senders would: signed, through the
 * front door, with the clock moved from one delivery to the next. Throws where the Worker does not
 * take what an operator sets up.
 */
import { createHmac } from 'node:crypto';
import { FIGURES, GOAL_SETTING, SHARED_AGENT, SHARED_QUEUES } from '../../sandbox/sample/goals.ts';
import { BEGIN, CASES, type Delivery, END, EVERYDAY } from '../../sandbox/sample/month.ts';
import {
  CATEGORY,
  JUNIORS,
  MENTORS,
  RULES,
  type SampleSource,
  SOURCES,
} from '../../sandbox/sample/setting.ts';
import { parsed, type Reply } from '../verbs/call.ts';

/** A caller of the JSON API with one bearer token. */
export interface Api {
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  /** The same for what cannot be refused; answers the body. */
  must(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Bytes with headers of their own, as a sender of webhooks sends them. */
  post(path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Reply>;
  /** The same Worker, called with another token. */
  as(token: string): Api;
}

export function apiOf(address: string, token: string): Api {
  const ask = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Reply> => {
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await fetch(`${address}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: parsed(text) };
  };
  const call = (method: string, path: string, body?: unknown): Promise<Reply> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return ask(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
  };
  return {
    call,
    as: (other) => apiOf(address, other),
    async must(method, path, body) {
      const reply = await call(method, path, body);
      if (reply.status < 300) return reply.body;
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    },
    post: (path, body, headers) =>
      ask('POST', path, { 'content-type': 'application/json', ...headers }, body),
  };
}

/** Writes agents, sources, programme and rules; pools, teams and goals. */
async function setUp(api: Api): Promise<void> {
  for (const { agentId, ...agent } of [...MENTORS, ...JUNIORS]) {
    const queues = agentId === SHARED_AGENT ? { queues: SHARED_QUEUES } : {};
    await api.must('PUT', `/v1/agents/${agentId}`, {
      ...agent,
      employeeId: `E-${agentId}`,
      ...queues,
    });
  }
  for (const [id, { secret, header, scheme, more }] of Object.entries(SOURCES)) {
    const signature = { header, scheme };
    await api.must('PUT', `/v1/sources/${id}`, { signature, secrets: [secret], ...more });
  }
  await api.must('PUT', `/v1/programs/${CATEGORY}`, { lockSeconds: 60 });
  for (const rule of RULES) await api.must('POST', '/v1/rules', rule);
  for (const [path, body] of GOAL_SETTING) await api.must('PUT', path, body);
}

function signatureOf({ scheme, secret }: SampleSource, { body, forged }: Delivery): string {
  const mac = createHmac('sha256', forged === true ? `not ${secret}` : secret).update(body);
  if (scheme === 'hmac-base64') return mac.digest('base64');
  return scheme === 'sha256-hex' ? `sha256=${mac.digest('hex')}` : mac.digest('hex');
}

/** Sends one body as its source would; answers the verdict, or the status of a refusal. */
export async function deliver(api: Api, delivery: Delivery): Promise<string> {
  const source = SOURCES[delivery.source];
  const { status, body } = await api.post(`/v1/webhooks/${delivery.source}`, delivery.body, {
    [source.header]: signatureOf(source, delivery),
  });
  if (status !== 200) return String(status);
  return String((body as { readonly status?: unknown }).status);
}

/** What every delivery was answered. */
export type Heard = ReadonlyMap<Delivery, string>;

export const moveTo = (api: Api, now: string): Promise<unknown> =>
  api.must('PUT', '/v1/sandbox/clock', { now });

/** Plays the month from its first instant to its last. */
export async function playMonth(api: Api): Promise<Heard> {
  await moveTo(api, BEGIN);
  await setUp(api);
  const deliveries = [...EVERYDAY, ...FIGURES, ...CASES.flatMap((each) => each.deliveries)];
  const heard = new Map<Delivery, string>();
  for (const delivery of deliveries.sort((a, b) => (a.at < b.at ? -1 : 1))) {
    await moveTo(api, delivery.at);
    heard.set(delivery, await deliver(api, delivery));
  }
  await moveTo(api, END);
  return heard;
}
