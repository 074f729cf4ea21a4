/**
 * How a request is read at the edge: path parameters, media type and body. Decides nothing about
 * its content. Refuses what cannot be read in one way only: malformed percent-encoding, encoded
 * bodies, bodies in another media type, bodies beyond their cap, keys in the address.
 */
import type { Failure } from '../kernel/failure';
import { fail, ok, type Result } from '../kernel/result';
import type { Route } from './route';

type Addressed = Pick<Route<never>, 'method' | 'path'>;

/** Path templates as Hono writes them: `/v1/rules/:id`. */
export const patternOf = (path: string): string => path.replace(/\{([A-Za-z]+)\}/g, ':$1');

/** The decoded parameters of a path, read once from the raw text: an encoded slash stays inside. */
export function readParams(path: string, pathname: string): Result<Record<string, string>> {
  const given = pathname.split('/');
  const params: Record<string, string> = {};
  for (const [index, segment] of path.split('/').entries()) {
    if (!segment.startsWith('{')) continue;
    try {
      params[segment.slice(1, -1)] = decodeURIComponent(given[index] ?? '');
    } catch {
      return fail({ kind: 'malformed', detail: 'the path has malformed percent-encoding' });
    }
  }
  return ok(params);
}

/** The methods that routes of this path answer, `HEAD` and `OPTIONS` included; empty: no such path. */
export function allowedMethods(routes: readonly Addressed[], pathname: string): string[] {
  const methods = new Set<string>();
  for (const { method, path } of routes) {
    if (!fits(path, pathname)) continue;
    methods.add(method);
    if (method === 'GET') methods.add('HEAD');
  }
  return methods.size === 0 ? [] : [...methods, 'OPTIONS'];
}

function fits(path: string, pathname: string): boolean {
  const wanted = path.split('/');
  const given = pathname.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) =>
      segment.startsWith('{') ? given[index] !== '' : segment === given[index],
    )
  );
}

const KEY_NAME = /^(?:x-)?(?:api[-_]?key|access[-_]?token|auth(?:orization)?|bearer|token)$/i;

/** True when the query carries a key: it would stand in every log between here and there. */
export function hasKeyInQuery(url: URL, looksLikeKey: (text: string) => boolean): boolean {
  for (const [name, value] of url.searchParams) {
    if (KEY_NAME.test(name) || looksLikeKey(value) || looksLikeKey(name)) return true;
  }
  return false;
}

const JSON_MEDIA = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;
const UTF8 = /^"?utf-?8"?$/;

/** Refuses encoded bodies, and media types the route does not read. An absent type is taken as the route's. */
export function checkMedia(
  route: Pick<Route<never>, 'mediaType' | 'schemas'>,
  headers: Headers,
): Result<null> {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== '') {
    return unsupported('send the body without Content-Encoding');
  }
  const given = headers.get('content-type');
  const bodyless = route.schemas.body === undefined && route.mediaType === 'application/json';
  if (given === null || route.mediaType === '*' || bodyless) return ok(null);
  const [media = '', ...parameters] = given
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const reads = route.mediaType === 'text/csv' ? media === 'text/csv' : JSON_MEDIA.test(media);
  if (!reads) return unsupported(`send ${route.mediaType}`);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !UTF8.test(charset.slice('charset='.length))) {
    return unsupported('send UTF-8');
  }
  return ok(null);
}

const unsupported = (detail: string): Result<null> => fail({ kind: 'unsupported-media', detail });

/** How much of a body that is refused anyway is read on, so that its sender hears the answer. */
const DRAIN_BYTES = 4 * 1024 * 1024;

/** The raw body; at most `limitBytes` are ever kept. */
export async function readBytes(request: Request, limitBytes: number): Promise<Result<Uint8Array>> {
  if (request.body === null) return ok(new Uint8Array());
  try {
    const said = Number(request.headers.get('content-length') ?? Number.NaN);
    // A body is never longer than it says, and one crossing into the runtime takes it whole.
    if (said <= limitBytes) return await readWhole(request, limitBytes);
    return await readCounted(request.body, limitBytes);
  } catch {
    return fail({ kind: 'malformed', detail: 'the body ended before it was complete' });
  }
}

async function readWhole(request: Request, limitBytes: number): Promise<Result<Uint8Array>> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.length > limitBytes ? tooLarge(limitBytes) : ok(bytes);
}

/** A body of unknown length, or one that says it is too long, counted while it is read. */
async function readCounted(body: ReadableStream, limitBytes: number): Promise<Result<Uint8Array>> {
  const chunks: Uint8Array[] = [];
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= limitBytes) chunks.push(value);
    else chunks.length = 0;
    if (length > limitBytes + DRAIN_BYTES) {
      await reader.cancel();
      break;
    }
  }
  return length > limitBytes ? tooLarge(limitBytes) : ok(joined(chunks, length));
}

const tooLarge = (limitBytes: number): { readonly ok: false; readonly failure: Failure } =>
  fail({ kind: 'too-large', limitBytes });

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
