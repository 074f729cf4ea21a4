/**
 * The way of every request: found, read, authenticated, authorised, replayed or handled, answered.
 * Decides the order of these steps and with it which refusal comes first. Refuses on its own what
 * no handler should see; whatever a handler throws becomes a bare 500, or 503 where the platform
 * underneath is at fault.
 */
import { type Context, Hono } from 'hono';
import {
  type AccessEnv,
  authenticate,
  openAnswer,
  type RefusedRequest,
  recordKeyInAddress,
  recordRefusal,
} from './access/client';
import { type AccessContext, isKeyText, nobody } from './access/identity';
import { isPlatformFault } from './durable/fault';
import { moment } from './durable/sandbox';
import { documentationRoutes } from './http/documentation/docs';
import { faultAnswer, problemAnswer } from './http/problem';
import {
  allowedMethods,
  checkMedia,
  hasKeyInQuery,
  patternOf,
  readBytes,
  readParams,
} from './http/request';
import { respond, respondProblem } from './http/respond';
import { type Actor, type Answer, type Call, permissionFor, type Route } from './http/route';
import type { Failure } from './kernel/failure';
import { fail, ok, type Result } from './kernel/result';
import { type LedgerEnv, storedAnswer } from './ledger/client';
import { randomHex } from './runtime/chance';
import { log, messageOf } from './runtime/log';

export type AppEnv = LedgerEnv & AccessEnv;

/** One request on its way, before it is a call. */
interface Passage<E> {
  readonly env: E;
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  readonly access: AccessContext | undefined;
  later(work: Promise<unknown>): void;
}

/** The application: the given routes, and `/openapi.json` and `/docs` made from them. */
export function buildApp<E extends AppEnv>(routes: readonly Route<E>[]): Hono<{ Bindings: E }> {
  const all = inOrder([...routes, ...documentationRoutes(routes)]);
  const app = new Hono<{ Bindings: E }>();
  for (const route of all) {
    app.on(route.method, patternOf(route.path), (c) => answered(passageOf(c), route));
  }
  app.notFound((c) => unrouted(all, new URL(c.req.raw.url), c.req.raw.method));
  app.onError((thrown) => faulty(thrown, randomHex(8)));
  return app;
}

/** Fixed segments before parameters, so that no parameter ever hides a fixed path. */
const inOrder = <E>(routes: readonly Route<E>[]): Route<E>[] =>
  [...routes].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));

/** `~` comes after every letter and digit. */
const sortKey = ({ path, method }: { path: string; method: string }): string =>
  `${path.replaceAll('{', '~')} ${method}`;

function passageOf<E extends AppEnv>(c: Context<{ Bindings: E }>): Passage<E> {
  const { raw } = c.req;
  const { executionCtx } = c;
  return {
    env: c.env,
    request: raw,
    url: new URL(raw.url),
    requestId: randomHex(8),
    access: (executionCtx as { readonly access?: AccessContext }).access,
    later: (work) => executionCtx.waitUntil(work.catch(unfinished)),
  };
}

const unfinished = (thrown: unknown): void =>
  log('warn', 'http.later-failed', { message: messageOf(thrown) });

async function answered<E extends AppEnv>(passage: Passage<E>, route: Route<E>): Promise<Response> {
  const { requestId } = passage;
  try {
    const result = await handled(passage, route);
    const shown = result.ok ? await openAnswer(passage.env.SECRETS_KEY, result.value) : result;
    return shown.ok ? respond(shown.value, requestId) : refused(shown.failure, requestId);
  } catch (thrown) {
    return faulty(thrown, requestId);
  }
}

/** The steps in their order; the first refusal is the answer. */
async function handled<E extends AppEnv>(
  passage: Passage<E>,
  route: Route<E>,
): Promise<Result<Answer>> {
  const { env, request, url, requestId, later } = passage;
  const params = readParams(route.path, url.pathname);
  if (!params.ok) return params;
  const bytes = await readBody(request, route);
  if (!bytes.ok) return bytes;
  const { now, set } = await moment(env);
  const checked = checkAddress(passage, route, now);
  if (!checked.ok) return checked;
  const actor = await allowed(passage, route, now);
  if (!actor.ok) return actor;
  const call: Call<E> = {
    env,
    now,
    clockSet: set,
    requestId,
    actor: actor.value,
    method: route.method,
    url,
    headers: request.headers,
    params: params.value,
    bytes: bytes.value,
    later,
  };
  const stored = needsKey(route) ? await storedAnswer(call) : ok(null);
  if (!stored.ok) return stored;
  return stored.value === null ? route.run(call) : ok(stored.value);
}

async function readBody<E>(request: Request, route: Route<E>): Promise<Result<Uint8Array>> {
  if (route.method === 'GET' || route.method === 'DELETE') return ok(new Uint8Array());
  const bytes = await readBytes(request, route.limitBytes);
  if (!bytes.ok) return bytes;
  const media = checkMedia(route, request.headers);
  return media.ok ? bytes : media;
}

const needsKey = <E>({ permission }: Route<E>): boolean =>
  permission !== 'public' && permission !== 'signed';

/** A key in the address stands in every log on the way; it is refused wherever it is sent. */
function checkAddress<E extends AppEnv>(
  passage: Passage<E>,
  route: Route<E>,
  now: number,
): Result<null> {
  const { env, url, requestId, later } = passage;
  if (!hasKeyInQuery(url, (text) => isKeyText(text, env.ADMIN_TOKEN))) return ok(null);
  const { method, path } = route;
  later(recordKeyInAddress(env, url, { method, path, requestId }, now));
  return fail({
    kind: 'malformed',
    detail: 'a key belongs in the Authorization header and in no address; revoke this one',
  });
}

/** Who calls, when the route's permission is theirs. */
async function allowed<E extends AppEnv>(
  passage: Passage<E>,
  route: Route<E>,
  now: number,
): Promise<Result<Actor>> {
  if (!needsKey(route)) return ok(nobody(route.permission));
  const { env, request, url, requestId, access } = passage;
  const { method, path } = route;
  const asking = { method, url, headers: request.headers, access };
  const actor = await authenticate(env, asking, now);
  const about = { method, path, requestId };
  if (!actor.ok) {
    const { reason, keyId } = actor.failure;
    log('info', 'access.unauthenticated', { reason, keyId, ...about });
    if (keyId !== null) {
      record(passage, now, {
        ...about,
        action: 'AUTHENTICATION_FAILED',
        keyId,
        person: 'unknown',
        reason,
      });
    }
    return fail({ kind: 'unauthenticated' });
  }
  const { keyId, person, permissions } = actor.value;
  const permission = permissionFor(route, url);
  if (permissions.has(permission)) return actor;
  log('info', 'access.refused', { keyId, permission, ...about });
  const reason = `needs ${permission}`;
  record(passage, now, { ...about, action: 'ACCESS_REFUSED', keyId, person, reason });
  return fail({ kind: 'forbidden', detail: `this needs the permission ${permission}` });
}

const record = <E extends AppEnv>(
  { env, later }: Passage<E>,
  now: number,
  refusal: RefusedRequest,
): void => later(recordRefusal(env, refusal, now));

/** What no route answers: 404, or for a known path 405 with Allow; OPTIONS says what there is. */
function unrouted<E>(routes: readonly Route<E>[], url: URL, method: string): Response {
  const requestId = randomHex(8);
  const allow = allowedMethods(routes, url.pathname);
  if (allow.length === 0) {
    const id = url.pathname.slice(0, 200);
    const detail = `there is no address ${id}; /docs shows those there are`;
    return refused({ kind: 'not-found', what: 'address', id, detail }, requestId);
  }
  if (method !== 'OPTIONS') return refused({ kind: 'method-not-allowed', allow }, requestId);
  return respond({ status: 204, headers: { Allow: allow.join(', ') } }, requestId);
}

const refused = (failure: Failure, requestId: string): Response =>
  respondProblem(problemAnswer(failure, requestId));

/** Something was thrown: one line in the log, nothing of it in the answer. */
function faulty(thrown: unknown, requestId: string): Response {
  const platform = isPlatformFault(thrown);
  const message = messageOf(thrown);
  log(platform ? 'warn' : 'error', 'http.fault', { requestId, platform, message });
  if (!platform) return respondProblem(faultAnswer(requestId));
  const detail = 'what this needs cannot be reached now; send the same request again';
  return refused({ kind: 'unavailable', detail, retryAfterSeconds: 2 }, requestId);
}
