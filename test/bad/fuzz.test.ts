/**
 * Every route that there is, with what its own schemas take and with what stands beside it. Made
 * from the list of routes, so that a new one joins by itself. Whatever is answered is below 500, a
 * refusal is problem details, nothing but money that was asked for moves, and no secret is told.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ROLES } from '../../src/access/role';
import { routes } from '../../src/compose';
import type { Route } from '../../src/http/route';
import { faultsOfProblem, type Heard, makeKey, send } from '../http/caller';
import { beside, type JsonSchema, takenBy } from './arbitrary';
import { furnished, listening, SECRETS } from './canaries';

const SEED = 20_241_128;
/** Requests of each kind to each route. */
const TAKEN = 6;
const BESIDE = 10;

type AnyRoute = (typeof routes)[number];

let key = '';
const statuses: number[] = [];
const log = listening();

beforeAll(async () => {
  key = (await makeKey([...ROLES])).key;
  await furnished(key);
});

afterAll(log.stop);

const schemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** Segments of a path: ids that exist, ids that do not, and what its schema takes. */
function segmentsOf(route: AnyRoute): fc.Arbitrary<Record<string, string>> {
  const names = [...route.path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? '');
  const { properties = {} } =
    route.schemas.params === undefined ? {} : schemaOf(route.schemas.params);
  const segment = (name: string): fc.Arbitrary<string> =>
    fc.oneof(
      fc.constantFrom('known', 'agent-1', 'nobody', '2024-09-30', 'Mentorship'),
      takenBy(properties[name] ?? { type: 'string' }).map(String),
    );
  return fc.record(Object.fromEntries(names.map((name) => [name, segment(name)])));
}

const pathOf = (route: AnyRoute, segments: Readonly<Record<string, string>>): string =>
  route.path.replace(/\{([A-Za-z]+)\}/g, (_, name: string) =>
    encodeURIComponent(wellFormed(segments[name] ?? 'x') || 'x'),
  );

/** Lone surrogates cannot stand in an address at all. */
const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '?');

function queryOf(query: unknown): string {
  if (typeof query !== 'object' || query === null) return '';
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => [
      name,
      wellFormed(typeof value === 'object' ? JSON.stringify(value) : String(value)),
    ]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

interface Asked {
  readonly segments: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

const none = fc.constant(undefined);

type Way = (values: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>;

/** The printed example stands among what is drawn: it gets further than most of that. */
function bodiesOf({ examples, schemas: { body } }: AnyRoute): fc.Arbitrary<unknown> {
  const example = examples?.request;
  const drawn = body === undefined ? none : takenBy(schemaOf(body));
  return example === undefined ? drawn : fc.oneof(drawn, fc.constant(example));
}

function askedOf(route: AnyRoute, way: Way): fc.Arbitrary<Asked> {
  const { query } = route.schemas;
  return fc.record({
    segments: segmentsOf(route),
    query: query === undefined ? none : fc.oneof(none, way(takenBy(schemaOf(query)))),
    body: way(bodiesOf(route)),
  });
}

/** What is wrong with an answer; empty: nothing. */
function faultsOf(heard: Heard, asked: Asked): string[] {
  const told = SECRETS.filter((secret) => heard.text.includes(secret));
  const echoed = told.filter((secret) => !JSON.stringify(asked).includes(secret));
  return [
    ...(heard.status >= 500 ? [`status ${heard.status}: ${heard.text.slice(0, 300)}`] : []),
    ...(heard.status >= 400 && heard.status < 500 ? faultsOfProblem(heard) : []),
    ...echoed.map((secret) => `tells ${secret}`),
    ...(heard.text.includes(key) ? ['tells the key'] : []),
  ];
}

async function asks(route: Route<never>, asked: Asked): Promise<void> {
  const reads = route.method === 'POST' || route.method === 'PUT';
  const type = route.mediaType === 'text/csv' ? 'text/csv' : 'application/json';
  const { body } = asked;
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? 'not a body');
  const heard = await send(route.method, pathOf(route, asked.segments) + queryOf(asked.query), {
    key,
    ...(reads && { body: text, headers: { 'Content-Type': type } }),
  });
  statuses.push(heard.status);
  expect(faultsOf(heard, asked)).toEqual([]);
}

for (const route of routes as unknown as readonly (AnyRoute & Route<never>)[]) {
  describe(`${route.method} ${route.path}`, () => {
    it.each([
      ['what its schemas take', (values: fc.Arbitrary<unknown>) => values, TAKEN],
      ['what stands beside them', beside, BESIDE],
    ] as const)('answers %s', async (_, way, numRuns) => {
      const property = fc.asyncProperty(askedOf(route, way), (asked) => asks(route, asked));
      await fc.assert(property, { seed: SEED, numRuns, endOnFailure: false });
    });
  });
}

describe('all of this together', () => {
  it('is taken and refused in good parts', () => {
    const taken = statuses.filter((status) => status < 300).length / statuses.length;
    expect(statuses.length).toBeGreaterThan(1_000);
    expect(taken).toBeGreaterThan(0.15);
    expect(taken).toBeLessThan(0.8);
  });

  it('moves nothing but what was funded or proposed', async () => {
    const stray = `SELECT kind, count(*) AS n FROM entries
      WHERE kind NOT IN ('POOL_FUNDING', 'ADJUSTMENT') GROUP BY kind`;
    expect((await env.DB.prepare(stray).all()).results).toEqual([]);
    const heard = await send('GET', '/v1/ledger/trial-balance', { key });
    expect(heard.body.balanced).toBe(true);
  });

  it('tells no secret in the log', () => {
    expect(log.lines.length).toBeGreaterThan(0);
    const leaks = log.lines.filter((line) => [...SECRETS, key].some((one) => line.includes(one)));
    expect(leaks.map((line) => line.slice(0, 200))).toEqual([]);
  });
});
