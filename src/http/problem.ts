/**
 * Failures on the wire: RFC 9457 problem details. Decides status, title and headers of each kind
 * of failure, exhaustively, and what a fault of ours says (nothing but the request's id). Refuses
 * to show internals: `detail` is what the failure carries, and failures carry no secrets.
 */
import { type Failure, type FieldError, retryHelps } from '../kernel/failure';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

type Kind = Failure['kind'] | 'internal';

interface Entry {
  readonly status: number;
  readonly title: string;
}

/** One entry per kind; the documentation prints it as the catalogue of `type`s. */
export const PROBLEMS: Readonly<Record<Kind, Entry>> = {
  malformed: { status: 400, title: 'The request cannot be read' },
  invalid: { status: 422, title: 'The request says something that is not acceptable' },
  unauthenticated: { status: 401, title: 'The request does not show who sends it' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This address does not answer this method' },
  'not-acceptable': {
    status: 406,
    title: 'There is no answer in a media type of the Accept header',
  },
  conflict: { status: 409, title: 'This does not fit what is there' },
  'key-running': { status: 409, title: 'A request with this Idempotency-Key is running' },
  'key-reused': { status: 422, title: 'This Idempotency-Key was used for another request' },
  stale: { status: 412, title: 'The version named is not the present one' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media': { status: 415, title: 'The body comes in a form that is not read here' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'This cannot be done right now' },
  internal: { status: 500, title: 'A fault of the server' },
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** The request, as a name. */
  readonly instance: string;
  /** The kind of failure, for machines. */
  readonly code: string;
  readonly requestId: string;
  /** True when the very same request may succeed later. */
  readonly retryable: boolean;
  readonly errors?: readonly FieldError[];
}

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** Relative to the API's origin: the page that explains this kind of problem. */
const problemType = (kind: Kind): string => `/docs#problem-${kind}`;

function problem(kind: Kind, requestId: string, retryable: boolean): Problem {
  const { status, title } = PROBLEMS[kind];
  return {
    type: problemType(kind),
    title,
    status,
    instance: `urn:guerdon:request:${requestId}`,
    code: kind,
    requestId,
    retryable,
  };
}

/** The answer for a refusal. Shape: `Problem`; headers are those the status asks for. */
export function problemAnswer(failure: Failure, requestId: string): ProblemAnswer {
  const base = problem(failure.kind, requestId, retryHelps(failure));
  const detail = detailOf(failure);
  const errors = 'errors' in failure ? failure.errors : undefined;
  return {
    status: base.status,
    headers: headersOf(failure),
    body: {
      ...base,
      ...(detail !== null && { detail }),
      ...(errors !== undefined && errors.length > 0 && { errors }),
    },
  };
}

/** The answer for a fault of ours: the request's id and nothing else. */
export function faultAnswer(requestId: string): ProblemAnswer {
  return { status: 500, headers: {}, body: problem('internal', requestId, false) };
}

function detailOf(failure: Failure): string | null {
  switch (failure.kind) {
    case 'malformed':
    case 'invalid':
    case 'forbidden':
    case 'conflict':
    case 'unsupported-media':
    case 'unavailable':
      return failure.detail;
    case 'unauthenticated':
      return 'send a key that is in force as `Authorization: Bearer <key>`, or to a webhook the signature its source demands';
    case 'not-found':
      return failure.detail ?? `there is no ${failure.what} ${failure.id}`;
    case 'method-not-allowed':
      return `it answers ${failure.allow.join(', ')}`;
    case 'not-acceptable':
      return `there is ${failure.offers.join(', ')}`;
    case 'key-running':
      return 'wait for its answer, then send the same request again';
    case 'key-reused':
      return 'the fingerprint is over method, path, query and the raw body; use a new key';
    case 'stale':
      return `${failure.header} says ${failure.expected}, the present version is ${failure.actual}`;
    case 'too-large':
      return `at most ${failure.limitBytes} bytes are read here`;
    case 'too-many-requests':
      return null;
  }
}

function headersOf(failure: Failure): Record<string, string> {
  switch (failure.kind) {
    case 'unauthenticated':
      return { 'WWW-Authenticate': 'Bearer realm="guerdon"' };
    case 'method-not-allowed':
      return { Allow: failure.allow.join(', ') };
    case 'key-running':
      return { 'Retry-After': '1' };
    case 'too-many-requests':
    case 'unavailable':
      return { 'Retry-After': String(Math.max(1, Math.ceil(failure.retryAfterSeconds))) };
    default:
      return {};
  }
}
