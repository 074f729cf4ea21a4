/**
 * A route is data first: method, path, schemas, who may call it, what it answers; then one
 * handler. The same object validates requests, makes the OpenAPI document and feeds the tests of
 * roles and bad input. Refuses bodies and parameters that its schemas refuse, each with a pointer.
 */
import type * as z from 'zod';
import type { Failure, FieldError } from '../kernel/failure';
import { parseJsonBytes, pointerStep } from '../kernel/json';
import { fail, ok, type Result } from '../kernel/result';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Who calls: a key of a person, with what it may do. `person` is compared where two persons must act. */
export interface Actor {
  readonly keyId: string;
  readonly person: string;
  readonly permissions: ReadonlySet<string>;
}

export interface Answer {
  readonly status: number;
  /** Serialised as JSON unless `text` is given. */
  readonly body?: unknown;
  readonly text?: { readonly mediaType: string; readonly content: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as every handler sees it; read once at the edge, time included. */
export interface Call<E> {
  readonly env: E;
  /** UTC milliseconds at which the request was read. */
  readonly now: number;
  /** True while a sandbox clock is set: then nothing may be cached. */
  readonly clockSet: boolean;
  readonly requestId: string;
  readonly actor: Actor;
  readonly method: Method;
  readonly url: URL;
  readonly headers: Headers;
  readonly params: Readonly<Record<string, string>>;
  /** The raw body; empty for GET and DELETE. */
  readonly bytes: Uint8Array;
  /** Work that may go on after the answer. */
  later(work: Promise<unknown>): void;
}

export interface ParsedCall<E, P, Q, B> extends Omit<Call<E>, 'params'> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** A query with which less suffices, such as a dry run: it writes nothing. */
export interface Lesser {
  readonly query: readonly [name: string, value: string];
  readonly permission: string;
}

interface Shape<E, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method;
  /** OpenAPI form, `/v1/rules/{id}`. */
  readonly path: string;
  /** Heading in the documentation. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** A permission of `access/role.ts`; `public` needs no key; `signed` is checked by the handler. */
  readonly permission: string;
  readonly lesser?: Lesser;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Media type of the request body; `text/csv` and `*` bodies reach the handler as `bytes`. */
  readonly mediaType?: 'application/json' | 'text/csv' | '*';
  /** Cap of the body in bytes; 256 KiB when absent. */
  readonly limitBytes?: number;
  /** What it answers, by status: a sentence and the schema of the body. */
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly schema?: z.ZodType }>
  >;
  readonly examples?: { readonly request?: unknown; readonly response?: unknown };
  handle(call: ParsedCall<E, z.output<P>, z.output<Q>, z.output<B>>): Promise<Result<Answer>>;
}

/** A route with its types closed over; `run` validates and handles. */
export interface Route<E> {
  readonly method: Method;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly permission: string;
  readonly lesser?: Lesser;
  readonly mediaType: 'application/json' | 'text/csv' | '*';
  readonly limitBytes: number;
  readonly schemas: {
    readonly params?: z.ZodType;
    readonly query?: z.ZodType;
    readonly body?: z.ZodType;
  };
  readonly answers: Shape<E, z.ZodType, z.ZodType, z.ZodType>['answers'];
  readonly examples?: Shape<E, z.ZodType, z.ZodType, z.ZodType>['examples'];
  run(call: Call<E>): Promise<Result<Answer>>;
}

/** The permission that a request needs. A parameter given twice asks for the whole one. */
export function permissionFor(
  { permission, lesser }: Pick<Route<never>, 'permission' | 'lesser'>,
  url: URL,
): string {
  if (lesser === undefined) return permission;
  const [name, value] = lesser.query;
  const given = url.searchParams.getAll(name);
  return given.length === 1 && given[0] === value ? lesser.permission : permission;
}

const DEFAULT_LIMIT_BYTES = 256 * 1024;

/** Makes a route of its data. Order of refusals: path parameters, query, body. */
export function route<E, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  shape: Shape<E, P, Q, B>,
): Route<E> {
  const { handle, params, query, body, mediaType, limitBytes, ...meta } = shape;
  return {
    ...meta,
    mediaType: mediaType ?? 'application/json',
    limitBytes: limitBytes ?? DEFAULT_LIMIT_BYTES,
    schemas: { ...(params && { params }), ...(query && { query }), ...(body && { body }) },
    async run(call) {
      const parsedParams = parse(params, call.params, 'path');
      if (!parsedParams.ok) return parsedParams;
      const asked = readQuery(call.url);
      if (!asked.ok) return asked;
      const parsedQuery = parse(query, asked.value, 'query');
      if (!parsedQuery.ok) return parsedQuery;
      const parsedBody = readBody(body, call.bytes);
      if (!parsedBody.ok) return parsedBody;
      return handle({
        ...call,
        params: parsedParams.value,
        query: parsedQuery.value,
        body: parsedBody.value,
      });
    },
  };
}

function readBody<B extends z.ZodType>(
  schema: B | undefined,
  bytes: Uint8Array,
): Result<z.output<B>> {
  if (schema === undefined) return ok(undefined as z.output<B>);
  const json = readJson(bytes);
  return json.ok ? parse(schema, json.value, 'body') : json;
}

/** The JSON of a body; the failure says where it cannot be read. */
export function readJson(bytes: Uint8Array): Result<unknown> {
  const json = parseJsonBytes(bytes);
  if (json.ok) return json;
  const { pointer, detail } = json.failure;
  return fail({ kind: 'malformed', detail, errors: [{ pointer, code: 'unreadable', detail }] });
}

/** A parameter given twice is refused: two readers might read two values. */
function readQuery(url: URL): Result<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const [name, value] of url.searchParams) {
    if (name === '__proto__') {
      return fail({ kind: 'malformed', detail: 'there is no query parameter __proto__' });
    }
    if (Object.hasOwn(read, name)) {
      return fail({ kind: 'malformed', detail: `the query parameter ${name} is given twice` });
    }
    read[name] = value;
  }
  return ok(read);
}

/** Checks a value; the failure lists every fault with a pointer (`#/…` body, `query:/…`, `path:/…`). */
export function parse<S extends z.ZodType>(
  schema: S | undefined,
  value: unknown,
  place: 'path' | 'query' | 'body',
): Result<z.output<S>> {
  if (schema === undefined) return ok(value as z.output<S>);
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.flatMap((issue) => fieldErrors(issue, place));
  const failure: Failure = {
    kind: 'invalid',
    detail: `${errors.length === 1 ? 'one field is' : `${errors.length} fields are`} not acceptable`,
    errors,
  };
  return fail(failure);
}

const PLACES = { path: 'path:', query: 'query:', body: '#' };

function fieldErrors(issue: z.core.$ZodIssue, place: keyof typeof PLACES): FieldError[] {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [null];
  return unknown.map((key) => ({
    pointer:
      PLACES[place] + [...issue.path, ...(key === null ? [] : [key])].map(pointerStep).join(''),
    code: issue.code,
    detail: key === null ? issue.message : `there is no field ${key} here`,
  }));
}
