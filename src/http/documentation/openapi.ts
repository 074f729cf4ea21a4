/**
 * The OpenAPI 3.1 document, made from the same route objects that validate requests, so that it
 * cannot say anything else than what is checked. Refuses two routes with the same method and path.
 */
import * as z from 'zod';
import { invariant } from '../../kernel/result';
import { PROBLEM_MEDIA_TYPE, PROBLEMS } from '../problem';
import type { Route } from '../route';
import { CODES_EXPLAINED } from './codes';

type Schema = Record<string, unknown>;
type AnyRoute = Pick<Route<never>, Exclude<keyof Route<never>, 'run'>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface RequestBody {
  readonly required: boolean;
  readonly content: Record<string, Schema>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly 'x-permission': string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Record<string, Schema>;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: Schema;
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly responses: Record<string, Schema>;
    readonly securitySchemes: Record<string, Schema>;
  };
}

const INFO = {
  title: 'Guerdon',
  version: '1',
  summary: 'Signed events in; points, rewards, pay and privileges out, each exactly once.',
  description: CODES_EXPLAINED,
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const BEARER = { type: 'http', scheme: 'bearer', description: 'An API key, `grd_…`.' };

/** The whole document. Shape: OpenAPI 3.1 with JSON Schema 2020-12. */
export function openApiDocument(routes: readonly AnyRoute[]): OpenApiDocument {
  const schemas: Record<string, Schema> = { Problem: problemSchema() };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const methods = paths[route.path] ?? {};
    const method = route.method.toLowerCase();
    invariant(methods[method] === undefined, `one route for ${route.method} ${route.path}`);
    methods[method] = operation(route, schemas);
    paths[route.path] = methods;
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      responses: { Problem: problemResponse() },
      securitySchemes: { bearer: BEARER },
    },
  };
}

/** `GET /v1/rules/{id}` is `getRulesById`. */
export function operationIdOf(route: Pick<AnyRoute, 'method' | 'path'>): string {
  const words = route.path.split(/[/.-]/).filter((word) => word !== '' && word !== 'v1');
  const named = words.map((word) =>
    word.startsWith('{') ? `By${capital(word.slice(1, -1))}` : capital(word),
  );
  return route.method.toLowerCase() + named.join('');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function operation(route: AnyRoute, schemas: Record<string, Schema>): Operation {
  const operationId = operationIdOf(route);
  const toSchema = (schema: z.ZodType, io: 'input' | 'output') =>
    collect(schema, io, operationId, schemas);
  const body = requestBody(route, toSchema);
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: describe(route),
    'x-permission': route.permission,
    security: needsKey(route) ? [{ bearer: [] }] : [],
    parameters: [
      ...fields(route.schemas.params, 'path', toSchema),
      ...fields(route.schemas.query, 'query', toSchema),
      ...headerParameters(route),
    ],
    ...(body !== null && { requestBody: body }),
    responses: responses(route, toSchema),
  };
}

const needsKey = ({ permission }: AnyRoute): boolean =>
  permission !== 'public' && permission !== 'signed';

function describe(route: AnyRoute): string {
  const who =
    route.permission === 'public'
      ? 'Needs no key.'
      : route.permission === 'signed'
        ? 'Needs a signature over the raw body instead of a key.'
        : `Needs the permission \`${route.permission}\`.`;
  const less =
    route.lesser &&
    `With \`${route.lesser.query.join('=')}\` \`${route.lesser.permission}\` suffices.`;
  return [route.description, who, less].filter((text) => text !== undefined).join(' ');
}

type ToSchema = (schema: z.ZodType, io: 'input' | 'output') => Schema;

function fields(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  toSchema: ToSchema,
): Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    readonly properties?: Record<string, Schema>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof description === 'string' && { description }),
    schema: rest,
  }));
}

function headerParameters(route: AnyRoute): Parameter[] {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  if (!needsKey(route)) return [];
  if (route.method === 'POST') {
    return [header('Idempotency-Key', 'Sent again with the same body: the stored answer.')];
  }
  if (route.method !== 'PUT') return [];
  return [header('If-Match', 'The ETag last seen; 412 when it is not the present one.')];
}

function requestBody(route: AnyRoute, toSchema: ToSchema): RequestBody | null {
  const { body } = route.schemas;
  const example = route.examples?.request;
  const shown = example === undefined ? {} : { example };
  if (body !== undefined) {
    const content = { [route.mediaType]: { schema: toSchema(body, 'input'), ...shown } };
    return { required: true, content };
  }
  if (route.mediaType === 'application/json') return null;
  const media = route.mediaType === '*' ? 'application/json' : route.mediaType;
  const schema = route.mediaType === '*' ? {} : { type: 'string' };
  return { required: true, content: { [media]: { schema, ...shown } } };
}

function responses(route: AnyRoute, toSchema: ToSchema): Record<string, Schema> {
  const told = Object.entries(route.answers).map(([status, answer]): [string, Schema] => {
    const example = Number(status) < 300 ? route.examples?.response : undefined;
    const content = answer.schema && {
      'application/json': {
        schema: toSchema(answer.schema, 'output'),
        ...(example !== undefined && { example }),
      },
    };
    return [status, { description: answer.description, ...(content && { content }) }];
  });
  return { ...Object.fromEntries(told), default: { $ref: '#/components/responses/Problem' } };
}

/**
 * The JSON Schema of a schema; named ones (`.meta({ id })`) move to the components. Where a name
 * means something else than where it was first met, it is `<name>Input` or `<name>Output` there.
 */
function collect(
  schema: z.ZodType,
  io: 'input' | 'output',
  operationId: string,
  schemas: Record<string, Schema>,
): Schema {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
  }) as Schema & { readonly $defs?: Record<string, Schema> };
  const names = new Map(
    Object.entries($defs).map(([name, definition]): [string, string] => [
      name,
      componentName(name, definition, { io, operationId, schemas }),
    ]),
  );
  for (const [name, definition] of Object.entries($defs)) {
    const component = names.get(name) ?? name;
    schemas[component] = renamed(definition, names) as Schema;
  }
  return renamed(root, names) as Schema;
}

function componentName(
  name: string,
  definition: Schema,
  place: { io: 'input' | 'output'; operationId: string; schemas: Record<string, Schema> },
): string {
  if (name.startsWith('__')) return `${place.operationId}_${place.io}${name.slice(2)}`;
  const known = place.schemas[name];
  const same = known === undefined || JSON.stringify(known) === JSON.stringify(definition);
  return same ? name : `${name}${capital(place.io)}`;
}

/** Points `$ref`s from the definitions of one schema to the components of the document. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key !== '$ref' || typeof item !== 'string') return [key, renamed(item, names)];
      const name = item.replace('#/$defs/', '');
      return [key, `#/components/schemas/${names.get(name) ?? name}`];
    }),
  );
}

const problemResponse = (): Schema => ({
  description: 'A refusal: problem details (RFC 9457).',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
});

function problemSchema(): Schema {
  const text = { type: 'string' };
  const error = {
    type: 'object',
    required: ['pointer', 'code', 'detail'],
    properties: { pointer: text, code: text, detail: text },
  };
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'instance', 'code', 'requestId', 'retryable'],
    properties: {
      type: text,
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text,
      instance: text,
      code: { type: 'string', enum: Object.keys(PROBLEMS) },
      requestId: text,
      retryable: { type: 'boolean' },
      errors: { type: 'array', items: error },
    },
    example: {
      type: '/docs#problem-invalid',
      title: PROBLEMS.invalid.title,
      status: 422,
      detail: 'one field is not acceptable',
      instance: 'urn:guerdon:request:0123456789abcdef',
      code: 'invalid',
      requestId: '0123456789abcdef',
      retryable: false,
      errors: [{ pointer: '#/timeZone', code: 'custom', detail: 'an IANA time zone' }],
    },
  };
}
