import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/access/role';
import { routes } from '../../src/compose';
import type { OpenApiDocument, Operation } from '../../src/http/documentation/openapi';
import { operationIdOf } from '../../src/http/documentation/openapi';
import { PROBLEMS } from '../../src/http/problem';
import { send } from './caller';

const read = async (): Promise<OpenApiDocument> =>
  JSON.parse((await send('GET', '/openapi.json')).text) as OpenApiDocument;

function operationsOf(document: OpenApiDocument): [string, string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method.toUpperCase(),
      path,
      operation,
    ]),
  );
}

function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item] : refsOf(item),
  );
}

const at = (document: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);

/** Every description and summary in a document. */
function proseOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    (key === 'description' || key === 'summary') && typeof item === 'string'
      ? [item]
      : proseOf(item),
  );
}

/** Letters before a small number that are no code of ours: a product, periods, an encoding. */
const NO_CODES = ['D1', 'Q1', 'Q2', 'Q3', 'Q4', 'W37', 'UTF-8'];

describe('the OpenAPI document', () => {
  it('is served without a key and lists every route, and nothing else but itself', async () => {
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    const listed = operationsOf(document).map(([method, path]) => `${method} ${path}`);
    const wanted = [
      ...routes.map(({ method, path }) => `${method} ${path}`),
      'GET /docs',
      'GET /openapi.json',
    ];
    expect(listed.sort()).toEqual(wanted.sort());
  });

  it('names every operation once, and every parameter of its path', async () => {
    const operations = operationsOf(await read());
    const names = operations.map(([, , { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [, path, { parameters }] of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      const templated = [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name);
      expect(inPath.map(({ name }) => name).sort(), path).toEqual(templated.sort());
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('refers to nothing that is not there', async () => {
    const document = await read();
    for (const ref of refsOf(document)) expect(at(document, ref), ref).toBeDefined();
  });

  it('describes the body of every route that reads one, and problems for all', async () => {
    const document = await read();
    for (const route of routes) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      const reads = route.schemas.body !== undefined || route.mediaType !== 'application/json';
      expect(operation?.requestBody !== undefined, `${route.method} ${route.path}`).toBe(reads);
      expect(operation?.responses.default).toEqual({ $ref: '#/components/responses/Problem' });
    }
  });

  it('asks for a key exactly where one is needed', async () => {
    const document = await read();
    for (const route of routes) {
      const operation = document.paths[route.path]?.[route.method.toLowerCase()];
      const open = route.permission === 'public' || route.permission === 'signed';
      expect(operation?.security).toEqual(open ? [] : [{ bearer: [] }]);
      if (!open) expect(PERMISSIONS).toContain(route.permission);
    }
  });

  it('shows examples that the schemas take', () => {
    for (const { method, path, schemas, examples } of routes) {
      if (examples?.request === undefined || schemas.body === undefined) continue;
      const parsed = schemas.body.safeParse(examples.request);
      expect(parsed.error?.issues ?? [], `${method} ${path}`).toEqual([]);
    }
  });

  it('explains the letters of every code that a description names', async () => {
    const { info, ...rest } = await read();
    const codes = proseOf(rest).flatMap((text) => text.match(/\b[A-Z]{1,4}-?[0-9]{1,2}\b/g) ?? []);
    const letters = codes
      .filter((code) => !NO_CODES.includes(code))
      .map((code) => code.replace(/[0-9]+$/, ''));
    expect(letters).toContain('DEC-');
    for (const letter of new Set(letters)) expect(info.description).toContain(`\`${letter}\``);
    expect((await send('GET', '/docs')).text).toContain('<code>DEC-</code> and a number');
  });

  it('calls GET /v1/rules/{id} getRulesById', () => {
    expect(operationIdOf({ method: 'GET', path: '/v1/rules/{id}' })).toBe('getRulesById');
  });
});

describe('the page of the documentation', () => {
  it('holds no script and loads nothing from anywhere', async () => {
    const page = await send('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/<script|javascript:|\son[a-z]+=|<link|@import|url\(|src=/i);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'/,
    );
  });

  it('carries the style whose hash its policy names', async () => {
    const page = await send('GET', '/docs');
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.text)?.[1] ?? '';
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    const named = Buffer.from(digest).toString('base64');
    expect(page.headers.get('content-security-policy')).toContain(named);
  });

  it('shows every route and every kind of problem', async () => {
    const { text } = await send('GET', '/docs');
    for (const { method, path } of routes) expect(text).toContain(`<code>${method} ${path}</code>`);
    for (const kind of Object.keys(PROBLEMS)) expect(text).toContain(`id="problem-${kind}"`);
  });
});
