/**
 * How the verbs reach a Worker: by address and key, one request after the other. A missing key, an
 * address where nothing or something else answers, and a key that is refused are mistakes of the
 * call; each says how to mend it. What is merely busy is asked again.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Options, orUsage, UsageError } from '../flags.ts';

/** Something went wrong that is no mistake of the call: its message is printed alone. */
export class Trouble extends Error {}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

export const SERVER_FLAGS = { url: text, key: text, json: flag } as const;
export const SERVER_USAGE = `  --url URL      where the Worker answers; GUERDON_URL, else http://127.0.0.1:8787
  --key KEY      a key with the permission that is needed; else GUERDON_KEY
  --json         one JSON value instead of sentences`;

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly file: string | undefined;
}

/** Options of a verb and at most one FILE; refuses what it does not know. */
export function readArguments(args: readonly string[], options: Options, usage: string): Arguments {
  return orUsage(() => {
    const read = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const [file, more] = read.positionals;
    if (more !== undefined) throw new Error(`one file is enough, ${more} is too much`);
    return { values: read.values as Arguments['values'], file };
  }, usage);
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface Server {
  readonly url: string;
  /** The JSON of a GET that must succeed. */
  get(path: string): Promise<unknown>;
  /** Whatever is answered; throws only where nothing answers. */
  send(path: string, init: RequestInit): Promise<Reply>;
}

const DEFAULT_URL = 'http://127.0.0.1:8787';

/** The Worker of the flags. `keyless` verbs may do without a key. */
export function serverOf(values: Arguments['values'], keyless = false): Server {
  const url = addressOf(String(values.url ?? process.env.GUERDON_URL ?? DEFAULT_URL));
  const key = String(values.key ?? process.env.GUERDON_KEY ?? '');
  if (key === '' && !keyless) {
    throw new UsageError(
      'there is no key: give --key or set GUERDON_KEY; an admin makes one by POST /v1/keys',
    );
  }
  const send = (path: string, init: RequestInit): Promise<Reply> => ask(url, path, init);
  const get = async (path: string): Promise<unknown> => {
    const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
    return mustBeOk(url, path, await untilNotBusy(() => send(path, { headers })));
  };
  return { url, get, send };
}

function addressOf(given: string): string {
  const url = URL.parse(given);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${given} is no address; --url takes one like ${DEFAULT_URL}`);
  }
  return url.href.replace(/\/+$/, '');
}

async function ask(url: string, path: string, init: RequestInit): Promise<Reply> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(`${url}${path}`, { ...init, redirect: 'manual' });
    body = await response.text();
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.cause : undefined;
    const { code, message } = (cause ?? thrown) as { code?: string; message?: string };
    const why = code ?? message ?? 'no reason given';
    throw new UsageError(`nothing answers at ${url} (${why}); is it running, is --url right?`);
  }
  return { status: response.status, body: parsed(body) };
}

/** JSON where a body is any, else its text. */
export function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

const BUSY = [429, 503];
const TRIES = 5;
const BUSY_MS = 1_000;

async function untilNotBusy(ask: () => Promise<Reply>): Promise<Reply> {
  for (let turn = 1; ; turn += 1) {
    const reply = await ask();
    if (!BUSY.includes(reply.status) || turn === TRIES) return reply;
    await pause(BUSY_MS * turn);
  }
}

function mustBeOk(url: string, path: string, { status, body }: Reply): unknown {
  const isJson = typeof body === 'object' && body !== null;
  if (status === 200 && isJson) return body;
  const { detail, code } = (isJson ? body : {}) as { detail?: string; code?: string };
  const why = detail ?? code ?? `status ${status}`;
  if (status === 401) throw new UsageError(`${url} refuses the key: ${why}`);
  if (status === 403) throw new UsageError(`the key may not read ${path}: ${why}`);
  if (!isJson || code === undefined) {
    throw new UsageError(`what answers at ${url} is not Guerdon (${status} for ${path})`);
  }
  if (status === 404) throw new UsageError(`${url} has no ${path}: ${why}`);
  throw new Trouble(`${path}: ${status} ${why}`);
}
