/**
 * Every route that there is, with what its own schemas take and with what stands beside it. Made
 * from the list of routes, so that a new one joins by itself; with things that there are in half of
 * the addresses, and strange headers on a fifth of the requests. Whatever is answered is below 500, a
 * refusal is problem details, nothing but money that was asked for moves, and no secret is told.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { routes } from '../../src/compose';
import type { Route } from '../../src/http/route';
import { faultsOfProblem, type Heard, send } from '../http/caller';
import { beside, type JsonSchema, takenBy } from './arbitrary';
import { leaksOf, listening, toldIn } from './canaries';
import { csvFile } from './csv';
import { type Furniture, furnished } from './furniture';
import { type HeaderSet, strangeHeaders } from './headers';

const SEED = 20_241_128;
/** Requests of each kind to each route. */
const TAKEN = 6;
const BESIDE = 10;

type AnyRoute = (typeof routes)[number];

let furniture: Furniture;
const statuses: number[] = [];
const log = listening();

beforeAll(async () => {
  furniture = await furnished();
});

afterAll(log.stop);

const schemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** Names that there are, by the things that they name; of others there is one called `known`. */
const NAMED: Readonly<Record<string, readonly (keyof Furniture)[]>> = {
  rules: ['rule'],
  leaderboards: ['board'],
  'pay-runs': ['run'],
  reviews: ['review', 'othersReview'],
};

/** By the name of a parameter, where it is not the thing's own. */
const KNOWN: Readonly<Record<string, string>> = {
  n: '1',
  date: '2024-09-30',
  pointCategory: 'Mentorship',
  address: 'program:Mentorship',
  email: 'pat@example.com',
};

const namesOf = ({ path }: AnyRoute): string[] =>
  [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => name ?? '');

/** Segments of a path: ids that exist, ids that do not, and what its schema takes. */
function segmentsOf(route: AnyRoute): fc.Arbitrary<Record<string, string>> {
  const { properties = {} } =
    route.schemas.params === undefined ? {} : schemaOf(route.schemas.params);
  const given = NAMED[route.path.split('/')[2] ?? ''] ?? [];
  const known = (name: string): readonly string[] =>
    name === 'id' && given.length > 0
      ? given.map((one) => `{${one}}`)
      : [KNOWN[name] ?? 'known', KNOWN[name] ?? 'agent-1'];
  const segment = (name: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...known(name)) },
      fc.constantFrom('known', 'agent-1', 'nobody', '2024-09-30', 'Mentorship'),
      takenBy(properties[name] ?? { type: 'string' }).map(String),
    );
  return fc.record(Object.fromEntries(namesOf(route).map((name) => [name, segment(name)])));
}

/** A segment as it is sent; a name in braces stands for what it was given when it was made. */
const segmentText = (text: string): string =>
  /^\{[A-Za-z]+\}$/.test(text)
    ? furniture[text.slice(1, -1) as keyof Furniture]
    : encodeURIComponent(wellFormed(text) || 'x');

const pathOf = (route: AnyRoute, segments: Readonly<Record<string, string>>): string =>
  route.path.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => segmentText(segments[name] ?? 'x'));

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
  readonly headers: HeaderSet;
}

const none = fc.constant(undefined);

type Way = (values: fc.Arbitrary<unknown>) => fc.Arbitrary<unknown>;

/** The printed example stands among what is drawn: it gets further than most of that. */
function bodiesOf({ examples, mediaType, schemas: { body } }: AnyRoute): fc.Arbitrary<unknown> {
  if (mediaType === 'text/csv') return csvFile;
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
    headers: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, strangeHeaders),
  });
}

/** It asks the HRIS, and nobody answers here: then 503 and a time is what must be said. */
const ASKS_OTHERS = /\/reconciliation$/;

const isTheirs = ({ status, body, headers }: Heard, path: string): boolean =>
  ASKS_OTHERS.test(path) &&
  status === 503 &&
  body.code === 'unavailable' &&
  headers.has('retry-after');

/** What is wrong with an answer; empty: nothing. */
function faultsOf(heard: Heard, asked: Asked, path: string): string[] {
  const said = JSON.stringify(asked);
  const told = toldIn(heard.text, [furniture.key, furniture.other]);
  return [
    ...(heard.status >= 500 && !isTheirs(heard, path)
      ? [`status ${heard.status}: ${heard.text.slice(0, 300)}`]
      : []),
    ...(heard.status >= 400 ? faultsOfProblem(heard) : []),
    ...told.filter((secret) => !said.includes(secret)).map((secret) => `tells ${secret}`),
  ];
}

async function asks(route: Route<never>, asked: Asked): Promise<void> {
  const reads = route.method === 'POST' || route.method === 'PUT';
  const type = route.mediaType === 'text/csv' ? 'text/csv' : 'application/json';
  const { body, headers } = asked;
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? 'not a body');
  const heard = await send(route.method, pathOf(route, asked.segments) + queryOf(asked.query), {
    ...('authorization' in headers ? {} : { key: furniture.key }),
    ...(reads && { body: text }),
    headers: { ...(reads && !('content-type' in headers) && { 'Content-Type': type }), ...headers },
  });
  statuses.push(heard.status);
  expect(faultsOf(heard, asked, route.path)).toEqual([]);
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
    const heard = await send('GET', '/v1/ledger/trial-balance', { key: furniture.key });
    expect(heard.body.balanced).toBe(true);
  });

  it('tells no secret in the log', () => {
    expect(leaksOf(log, [furniture.key, furniture.other])).toEqual([]);
  });
});
