/**
 * The one place from which a request leaves: credentials, time and size limits, no redirects.
 * Decides nothing about a delivery; it tells what was heard. Refuses addresses that are not
 * allowed. Credentials are opened here and never leave but to the host they are for.
 */
import { openSealed } from '../../access/secrets/client';
import { whsecKey } from '../../access/secrets/secret';
import { parseJson } from '../../kernel/json';
import { fail, ok, type Result } from '../../kernel/result';
import { underDeadline } from '../../runtime/clock';
import { signHmac } from '../../runtime/digest';
import type { DeliveryEnv } from '../client';
import { DESTINATION_KIND, type Destination, type DestinationAuth } from '../destination';
import type { FrozenRequest } from '../intent';
import { type AddressRules, checkAddress, deploymentHosts } from './address';
import { type Heard, MOST_ANSWER_BYTES, PATIENCE_MS, withoutSecrets } from './answer';
import type { Gate } from './gate/client';

/** A bearer token of a target and until when it is used, UTC ms. */
export interface Token {
  readonly text: string;
  readonly until: number;
}

/** A destination with its secrets at hand; lives as long as one turn of work. */
export interface LiveDestination {
  readonly id: string;
  readonly destination: Pick<Destination, 'url' | 'hosts' | 'auth' | 'concurrency'>;
  readonly rules: AddressRules;
  /** The secret of its credentials in the open; null where it has none. */
  readonly secret: string | null;
  /** Tokens by destination: one is used until it ends or is refused. */
  readonly tokens: Map<string, Token>;
  /** A token that is being fetched: those who need one meanwhile wait for it. */
  readonly fetching: { token: Promise<Result<Token, Heard>> | null };
  /** What is in flight to it, questions included. */
  readonly gate: Gate;
}

type OutboundEnv = Pick<DeliveryEnv, 'SECRETS_KEY' | 'OUTBOUND_HOSTS' | 'SANDBOX'>;

/** Opens the credentials. Throws under another SECRETS_KEY. */
export async function openDestination(
  env: OutboundEnv,
  id: string,
  destination: LiveDestination['destination'],
  { tokens, gate }: Pick<LiveDestination, 'tokens' | 'gate'>,
): Promise<LiveDestination> {
  const sealed = secretOf(destination.auth);
  return {
    id,
    destination,
    tokens,
    gate,
    fetching: { token: null },
    secret: sealed && (await openSealed(env.SECRETS_KEY, DESTINATION_KIND, id, sealed)),
    rules: { ...rulesOf(env), hosts: destination.hosts },
  };
}

export const rulesOf = (env: OutboundEnv): AddressRules => ({
  hosts: null,
  deployment: deploymentHosts(env.OUTBOUND_HOSTS),
  sandbox: env.SANDBOX === 'true',
});

/** The one secret of some credentials. */
export function secretOf(auth: DestinationAuth) {
  switch (auth.type) {
    case 'none':
      return null;
    case 'bearer':
      return auth.token;
    case 'basic':
      return auth.password;
    case 'oauth2':
      return auth.clientSecret;
    case 'signed':
      return auth.secret;
  }
}

export interface Sending {
  readonly request: FrozenRequest;
  /** Names the message where it is signed: the same on every retry. */
  readonly messageId: string;
  /** UTC ms. */
  readonly now: number;
}

/** Sends a request once; a token that is refused is fetched anew and the same bytes go again. */
export const send = (live: LiveDestination, sending: Sending): Promise<Heard> =>
  live.gate.pass(live.destination.concurrency, () => sendPassed(live, sending));

async function sendPassed(live: LiveDestination, sending: Sending): Promise<Heard> {
  const used = live.tokens.get(live.id);
  const heard = await sendOnce(live, sending);
  const isRefused = heard.kind === 'answer' && heard.status === 401;
  if (!isRefused || live.destination.auth.type !== 'oauth2') return heard;
  // Another request may have fetched a new one already.
  if (used === undefined || live.tokens.get(live.id) === used) live.tokens.delete(live.id);
  return sendOnce(live, sending);
}

async function sendOnce(live: LiveDestination, sending: Sending): Promise<Heard> {
  const { request } = sending;
  const address = `${live.destination.url}${request.path}`;
  const url = checkAddress(address, live.rules);
  if (!url.ok) return unsent(url.failure);
  const credentials = await credentialsOf(live, sending);
  if (!credentials.ok) return credentials.failure;
  const { method, body } = request;
  const headers = { ...request.headers, ...credentials.value };
  const init = { method, headers, ...(body !== null && { body }) };
  return exchange(url.value, init, ownSecrets(live, credentials.value));
}

/** What of our credentials a target could repeat in its answer. */
function ownSecrets(live: LiveDestination, { Authorization }: Record<string, string>): string[] {
  const sent = Authorization?.split(' ').slice(1).join(' ') ?? '';
  return [live.secret ?? '', sent].filter((text) => text !== '');
}

const unsent = (why: string): Heard => ({ kind: 'unsent', why });

/** Headers to add, or why nothing is sent. */
type Credentials = Result<Record<string, string>, Heard>;

async function credentialsOf(live: LiveDestination, sending: Sending): Promise<Credentials> {
  const { auth } = live.destination;
  const secret = live.secret ?? '';
  switch (auth.type) {
    case 'none':
      return ok({});
    case 'bearer':
      return ok({ Authorization: `Bearer ${secret}` });
    case 'basic':
      return ok({ Authorization: basicOf(auth.username, secret) });
    case 'signed':
      return signatureOf(secret, sending);
    case 'oauth2': {
      const token = await tokenOf(live, auth, sending.now);
      return token.ok ? ok({ Authorization: `Bearer ${token.value.text}` }) : token;
    }
  }
}

const basicOf = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`, 'utf8').toString('base64')}`;

/** The three headers of Standard Webhooks over the exact body. */
async function signatureOf(
  secret: string,
  { request, messageId, now }: Sending,
): Promise<Credentials> {
  const key = whsecKey(secret);
  if (!key.ok) return fail(unsent(key.failure));
  const time = String(Math.floor(now / 1000));
  const message = `${messageId}.${time}.${request.body ?? ''}`;
  const mac = await signHmac(key.value, [new TextEncoder().encode(message)]);
  return ok({
    'webhook-id': messageId,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${Buffer.from(mac).toString('base64')}`,
  });
}

/** A token is let go this long before it ends, so that none ends on its way. */
const TOKEN_MARGIN_MS = 60_000;
const DEFAULT_TOKEN_SECONDS = 300;

type ByClient = Extract<DestinationAuth, { type: 'oauth2' }>;

async function tokenOf(
  live: LiveDestination,
  auth: ByClient,
  now: number,
): Promise<Result<Token, Heard>> {
  const known = live.tokens.get(live.id);
  if (known !== undefined && now < known.until) return ok(known);
  live.fetching.token ??= fetchToken(live, auth, now).finally(() => {
    live.fetching.token = null;
  });
  return live.fetching.token;
}

async function fetchToken(
  live: LiveDestination,
  auth: ByClient,
  now: number,
): Promise<Result<Token, Heard>> {
  const url = checkAddress(auth.tokenUrl, live.rules);
  if (!url.ok) return fail(unsent(url.failure));
  const scope = auth.scope === null ? '' : `&scope=${encodeURIComponent(auth.scope)}`;
  const heard = await exchange(url.value, {
    method: 'POST',
    headers: {
      Accept: 'application/json',
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: basicOf(auth.clientId, live.secret ?? ''),
    },
    body: `grant_type=client_credentials${scope}`,
  });
  const token = readToken(heard, now);
  if (token === null) return fail(unsent('no token could be fetched'));
  live.tokens.set(live.id, token);
  return ok(token);
}

function readToken(heard: Heard, now: number): Token | null {
  if (heard.kind !== 'answer' || heard.status !== 200) return null;
  const parsed = parseJson(heard.body);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return null;
  const { access_token: text, expires_in: seconds } = parsed.value as Record<string, unknown>;
  if (typeof text !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(text)) return null;
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_TOKEN_SECONDS;
  return { text, until: now + Math.max(0, life * 1000 - TOKEN_MARGIN_MS) };
}

async function exchange(
  url: URL,
  init: RequestInit,
  secrets: readonly string[] = [],
): Promise<Heard> {
  try {
    return await underDeadline(PATIENCE_MS, async (signal) => {
      const response = await fetch(url.href, { ...init, redirect: 'manual', signal });
      const { text, cut } = await readText(response);
      const headers = withoutSecrets(response.headers, secrets);
      return { kind: 'answer', status: response.status, headers, body: text, cut, secrets };
    });
  } catch (thrown) {
    const isLate = thrown instanceof Error && /Timeout|Abort/.test(thrown.name);
    return { kind: 'silence', why: isLate ? 'timeout' : 'reset' };
  }
}

/** The body as text up to the bound; what is no UTF-8 is replaced, and then is no JSON either. */
async function readText(response: Response): Promise<{ text: string; cut: boolean }> {
  if (response.body === null) return { text: '', cut: false };
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), cut: false };
    length += value.length;
    if (length > MOST_ANSWER_BYTES) {
      await reader.cancel();
      return { text, cut: true };
    }
    text += decoder.decode(value, { stream: true });
  }
}
