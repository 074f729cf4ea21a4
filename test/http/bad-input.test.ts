/**
 * Every route that there is, against bodies, addresses, queries and headers that no client should
 * send: whatever the answer is, it is below 500, and a refusal is problem details.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ROLES } from '../../src/access/role';
import { routes } from '../../src/compose';
import { faultsOfProblem, type Heard, makeKey, send } from './caller';

let key = '';

beforeAll(async () => {
  key = (await makeKey([...ROLES])).key;
});

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

const VALUES = [
  'null',
  'true',
  '-1',
  '0.1',
  '1e999',
  '123456789012345678901234567890',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\u202e🙂"',
  JSON.stringify('x'.repeat(100_000)),
  '[]',
  '[[]]',
  '{}',
  '{"__proto__":{"a":1},"constructor":1,"toString":null}',
  '[null,1,"a",{}]',
  deep(4_000),
  deep(60_000),
];

/** Values that are slow to read are tried at the places that come first. */
const LIGHT = VALUES.filter((value) => value.length < 1_000);

const SEGMENTS = [
  'x',
  '%',
  '%00',
  '%0d%0aX-Injected: 1',
  '..%2f..',
  '%F0%9F%99%82',
  "'--",
  'x'.repeat(5_000),
  '%ff',
  '__proto__',
];

const QUERIES = [
  '?',
  '?limit=0',
  '?limit=9999999999999999999',
  '?limit=1&limit=1',
  '?cursor=AAAA',
  '?cursor=%ff',
  '?__proto__=1',
  '?constructor=1',
  `?x=${'y'.repeat(8_000)}`,
  '?%',
  '?=&=&',
];

const HEADERS: readonly Record<string, string>[] = [
  { Accept: 'x/y;q=9,,;' },
  { 'If-Match': '"' },
  { 'If-Match': 'x'.repeat(5_000) },
  { 'Idempotency-Key': ' ' },
  { 'Idempotency-Key': 'x'.repeat(300) },
  { 'Content-Encoding': 'br' },
  { 'Content-Type': 'multipart/form-data' },
  { Range: 'bytes=0-1' },
  { 'X-HTTP-Method-Override': 'DELETE' },
];

function holds(heard: Heard, what: string): void {
  expect(heard.status, `${what}: ${heard.text.slice(0, 300)}`).toBeLessThan(500);
  if (heard.status >= 400) expect(faultsOfProblem(heard), what).toEqual([]);
  expect(heard.headers.get('x-injected')).toBeNull();
}

/** Bodies made of each bad value: alone, and in the place of each field the schema names. */
function bodiesFor(schema: z.ZodType | undefined): string[] {
  if (schema === undefined) return VALUES;
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, unknown>;
  };
  const fields = Object.keys(properties).slice(0, 12);
  const inside = fields.flatMap((field, place) =>
    (place === 0 ? VALUES : LIGHT).map((value) => `{${JSON.stringify(field)}:${value}}`),
  );
  return [...VALUES, ...inside];
}

const MARK = '@@here@@';
const MOST_PLACES = 20;

/** The example with one value after another, at any depth, replaced by every third bad value in turn. */
function mutationsOf(example: unknown): string[] {
  const templates: string[] = [];
  const visit = (value: unknown, rebuild: (inner: unknown) => unknown): void => {
    if (templates.length < MOST_PLACES) templates.push(JSON.stringify(rebuild(MARK)));
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      visit(inner, (changed) =>
        rebuild(
          Array.isArray(value)
            ? value.map((item, index) => (String(index) === name ? changed : item))
            : { ...value, [name]: changed },
        ),
      );
    }
  };
  visit(example, (inner) => inner);
  return templates.flatMap((template, place) =>
    LIGHT.filter((_, turn) => (turn + place) % 3 === 0).map((value) =>
      template.replace(JSON.stringify(MARK), () => value),
    ),
  );
}

/** Eight at a time. */
async function each(bodies: readonly string[], check: (body: string) => Promise<void>) {
  for (let at = 0; at < bodies.length; at += 8) {
    await Promise.all(bodies.slice(at, at + 8).map(check));
  }
}

const pathWith = (path: string, segment: string): string =>
  path.replace(/\{[A-Za-z]+\}/g, () => segment);

/** The example of a reward pool is acceptable and funds one; nothing else may move anything. */
async function ledgerRows(): Promise<number> {
  const moved = "SELECT count(*) AS n FROM entries WHERE kind <> 'POOL_FUNDING'";
  return (await env.DB.prepare(moved).first<number>('n')) ?? 0;
}

for (const { method, path, schemas, mediaType, examples } of routes) {
  describe(`${method} ${path}`, () => {
    const type = mediaType === 'text/csv' ? 'text/csv' : 'application/json';
    const reads = method === 'POST' || method === 'PUT';

    if (reads) {
      it('takes or refuses every body', async () => {
        const headers = { 'Content-Type': type };
        await each(bodiesFor(schemas.body), async (body) =>
          holds(await send(method, pathWith(path, 'x'), { key, body, headers }), body.slice(0, 80)),
        );
      });
    }

    if (reads && typeof examples?.request === 'object') {
      it('takes or refuses its example with any value of it spoiled', async () => {
        const headers = { 'Content-Type': type };
        await each(mutationsOf(examples.request), async (body) =>
          holds(
            await send(method, pathWith(path, 'x'), { key, body, headers }),
            body.slice(0, 200),
          ),
        );
      });
    }

    it('takes or refuses every address, query and header', async () => {
      const example = JSON.stringify(examples?.request ?? {});
      const sent = { key, ...(reads && { body: example }) };
      const own = reads ? { 'Content-Type': type } : {};
      const segments = path.includes('{') ? SEGMENTS : [];
      for (const segment of segments) {
        holds(
          await send(method, pathWith(path, segment), { ...sent, headers: own }),
          segment.slice(0, 40),
        );
      }
      for (const query of QUERIES) {
        holds(
          await send(method, pathWith(path, 'x') + query, { ...sent, headers: own }),
          query.slice(0, 40),
        );
      }
      for (const headers of HEADERS) {
        const heard = await send(method, pathWith(path, 'x'), {
          ...sent,
          headers: { ...own, ...headers },
        });
        holds(heard, JSON.stringify(headers).slice(0, 80));
      }
    });
  });
}

describe('all of this together', () => {
  it('leaves no row in the ledger', async () => {
    expect(await ledgerRows()).toBe(0);
  });
});
