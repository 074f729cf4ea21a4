/** How tests speak to the deployed Worker: as anybody, with ADMIN_TOKEN, or with a key made for it. */
import { env, exports } from 'cloudflare:workers';
import type { Permission, Role } from '../../src/access/role';

export const ORIGIN = 'https://guerdon.test';
export const ADMIN_TOKEN = env.ADMIN_TOKEN;

export interface Sent {
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Serialised as JSON; text and bytes go as they are. */
  readonly body?: unknown;
}

export type Body = Readonly<Record<string, unknown>>;

export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the answer; empty for answers that are none. */
  readonly body: Body;
}

/** The request that `send` sends. */
export function requestOf(method: string, path: string, sent: Sent = {}): Request {
  const { key, headers = {}, body } = sent;
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  return new Request(`${ORIGIN}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      ...(!raw && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: raw ? (body as string | Uint8Array) : JSON.stringify(body) }),
  });
}

export async function heardOf(response: Response): Promise<Heard> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(problem\+)?json/.test(type) && text !== '';
  const body = isJson ? (JSON.parse(text) as Body) : {};
  return { status: response.status, headers: response.headers, text, body };
}

/** Sends to the deployed Worker. */
export const send = async (method: string, path: string, sent: Sent = {}): Promise<Heard> =>
  heardOf(await exports.default.fetch(requestOf(method, path, sent)));

export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly person: string;
}

let made = 0;

/** A key with these roles, made through the API. */
export async function makeKey(
  roles: readonly Role[],
  more: { readonly person?: string; readonly scopes?: readonly Permission[] } = {},
): Promise<MadeKey> {
  made += 1;
  const { person = `person-${made}@example.com`, ...rest } = more;
  const body = { name: `key ${made}`, person, roles, ...rest };
  const answer = await send('POST', '/v1/keys', { key: ADMIN_TOKEN, body });
  if (answer.status !== 201) throw new Error(`no key: ${answer.status} ${answer.text}`);
  return { id: String(answer.body.id), key: String(answer.body.key), person };
}

export const itemsOf = ({ body }: Heard): Body[] => body.items as Body[];

export const errorsOf = ({ body }: Heard): Body[] => (body.errors ?? []) as Body[];

/** What is missing of what every refusal must say, whatever the refusal; empty: nothing. */
export function faultsOfProblem({ body, headers, status }: Heard): string[] {
  const checks: Record<string, boolean> = {
    media: headers.get('content-type') === 'application/problem+json',
    status: body.status === status,
    type: typeof body.type === 'string' && body.type.startsWith('/docs#problem-'),
    title: typeof body.title === 'string',
    code: typeof body.code === 'string',
    instance: typeof body.instance === 'string',
    requestId: body.requestId === headers.get('x-request-id'),
    noStore: headers.get('cache-control') === 'no-store',
  };
  return Object.entries(checks).flatMap(([name, holds]) => (holds ? [] : [name]));
}

/** Tries until it holds: audit entries of refusals are written after the answer. */
export async function eventually(holds: () => Promise<boolean>): Promise<boolean> {
  for (let turn = 0; turn < 200; turn += 1) {
    if (await holds()) return true;
    await scheduler.wait(5);
  }
  return false;
}
