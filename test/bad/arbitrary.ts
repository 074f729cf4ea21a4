/**
 * Values that a JSON Schema takes, and values beside it: the schema's own value with one place of it
 * gone, doubled, of another kind, out of its bounds or written in another way. Made from the schemas
 * that validate, so that what they forget is found by what they let through.
 */
import fc from 'fast-check';

/** The part of JSON Schema that zod writes. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

type Defs = Readonly<Record<string, JsonSchema>>;

const MOST_ITEMS = 3;
const MOST_TEXT = 24;
const MOST_DEPTH = 7;

/** Words that mean something somewhere: dates, periods, decimals, zones, units, ids. */
const WORDS = [
  '2024-09',
  '2024-Q3',
  '2024-W37',
  '2024-09-30',
  '2024-02-30',
  '2024-09-30T12:00:00Z',
  '2024-03-31T02:30:00+01:00',
  '0.1',
  '-1',
  '4500.00',
  '1e3',
  '9007199254740993',
  'USD',
  'JPY',
  'HOURS',
  'POINTS/Mentorship',
  'Europe/Berlin',
  'Mars/Olympus',
  'Mentorship',
  'agent-1',
  'known',
  'a@b.c',
  'https://hris.example.com/v1',
  'http://127.0.0.1/',
  '__proto__',
];

const oneOfThem = <T>(arbitraries: readonly fc.Arbitrary<T>[]): fc.Arbitrary<T> =>
  fc.oneof(...arbitraries);

function textOf({ pattern, minLength = 0, maxLength, format }: JsonSchema): fc.Arbitrary<unknown> {
  if (format === 'date-time') {
    const noInvalidDate = { noInvalidDate: true, max: new Date('2100-01-01') } as const;
    return fc.date(noInvalidDate).map((date) => date.toISOString());
  }
  if (pattern !== undefined) return patterned(pattern);
  const most = Math.min(maxLength ?? MOST_TEXT, Math.max(MOST_TEXT, minLength));
  return fc.oneof(
    fc.constantFrom(...WORDS),
    fc.string({ minLength, maxLength: most, unit: 'grapheme' }),
  );
}

/** A pattern that cannot be turned round is met with words; most of them will be refused. */
function patterned(pattern: string): fc.Arbitrary<unknown> {
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  } catch {
    return fc.constantFrom(...WORDS);
  }
}

function numberOf(schema: JsonSchema, whole: boolean): fc.Arbitrary<unknown> {
  const min = schema.minimum ?? schema.exclusiveMinimum ?? (whole ? -1000 : -1e6);
  const max = Math.max(min, Math.min(schema.maximum ?? 1e9, 2 ** 53 - 1));
  return whole
    ? fc.integer({ min: Math.ceil(min), max: Math.min(max, 2 ** 31 - 1) })
    : fc.double({ min, max, noNaN: true });
}

function objectOf(schema: JsonSchema, defs: Defs, depth: number): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, takenBy(inner, defs, depth + 1)]),
  );
  const own = fc.record(model, {
    requiredKeys: required.filter((name) => name in model),
    noNullPrototype: true,
  });
  if (additionalProperties === undefined || typeof additionalProperties === 'boolean') return own;
  const more = fc.dictionary(
    fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,12}$/),
    takenBy(additionalProperties, defs, depth + 1),
    { maxKeys: MOST_ITEMS },
  );
  return fc.tuple(own, more).map(([fixed, free]) => ({ ...free, ...(fixed as object) }));
}

function listOf(schema: JsonSchema, defs: Defs, depth: number): fc.Arbitrary<unknown> {
  const { items, prefixItems, minItems = 0, maxItems = MOST_ITEMS } = schema;
  if (prefixItems !== undefined) {
    return fc.tuple(...prefixItems.map((inner) => takenBy(inner, defs, depth + 1)));
  }
  const item = typeof items === 'object' ? takenBy(items, defs, depth + 1) : fc.jsonValue();
  const most = Math.max(minItems, Math.min(maxItems, MOST_ITEMS));
  return fc.array(item, { minLength: minItems, maxLength: most });
}

function byType(
  type: string | undefined,
  schema: JsonSchema,
  defs: Defs,
  depth: number,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return numberOf(schema, true);
    case 'number':
      return numberOf(schema, false);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listOf(schema, defs, depth);
    case 'object':
      return objectOf(schema, defs, depth);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Values that a schema takes, as far as a schema can say it. */
export function takenBy(schema: JsonSchema, defs: Defs = {}, depth = 0): fc.Arbitrary<unknown> {
  const known = { ...defs, ...schema.$defs };
  if (depth > MOST_DEPTH) return fc.constant(null);
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return takenBy(known[name] ?? {}, known, depth + 1);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    return oneOfThem(choices.map((inner) => takenBy(inner, known, depth + 1)));
  }
  const { type } = schema;
  const own =
    typeof type === 'object'
      ? oneOfThem(type.map((one) => byType(one, schema, known, depth)))
      : byType(type, schema, known, depth);
  const shown = schema.examples ?? [];
  return shown.length === 0 ? own : fc.oneof(own, fc.constantFrom(...shown));
}

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  0.1,
  1e21,
  '',
  ' ',
  '\u0000',
  '\ud800',
  'x'.repeat(2_000),
  [],
  {},
  [null],
  ...WORDS,
];

/** Every place in a value, as the keys on the way there. */
function placesOf(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [way];
  const inner = Object.entries(value).flatMap(([key, own]) => placesOf(own, [...way, key]));
  return [way, ...inner];
}

/** A copy in which the value at a place is what `change` makes of it; undefined: it is gone. */
function changedAt(
  value: unknown,
  [key, ...rest]: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      String(index) === key ? changedAt(item, rest, change) : item,
    );
  }
  const own = value as Readonly<Record<string, unknown>>;
  return { ...own, [key]: changedAt(own[key], rest, change) };
}

const CHANGES: readonly ((old: unknown) => unknown)[] = [
  () => undefined,
  (old) => [old],
  (old) => ({ value: old }),
  (old) => (typeof old === 'object' ? JSON.stringify(old) : String(old)),
  (old) => (typeof old === 'number' ? -old : old),
  (old) => (typeof old === 'string' ? `${old} ` : old),
  (old) => (Array.isArray(old) ? [...old, ...old] : old),
  (old) => (typeof old === 'object' && old !== null ? { ...old, unheardOf: 1 } : old),
];

/** Values beside some: one of them with one place changed. */
export const beside = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      values,
      fc.nat(),
      fc.oneof(
        fc.constantFrom(...CHANGES),
        fc.constantFrom(...JUNK).map((junk) => () => junk),
      ),
    )
    .map(([value, place, change]) => {
      const places = placesOf(value);
      return changedAt(value, places[place % places.length] ?? [], change);
    });
