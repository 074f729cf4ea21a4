/**
 * Headers as a client might send them: those that mean something here, with values that are right,
 * wrong or strange. Nothing that no request can carry: no line ends, no NUL.
 */
import fc from 'fast-check';

const TEXT = fc.string({ maxLength: 40, unit: fc.integer({ min: 0x20, max: 0x7e }).map(letter) });

function letter(code: number): string {
  return String.fromCharCode(code);
}

/** By name, values that mean something or nearly so. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  accept: ['text/csv', 'application/x-ndjson', 'image/png', '*/*;q=0', ';q=', '*/*, '],
  'content-type': [
    'text/csv',
    'application/json; charset=utf-8',
    'application/vnd.x+json',
    'text/plain',
    'application/json; charset=latin1',
  ],
  'content-encoding': ['identity', 'gzip', 'br, gzip'],
  'content-length': ['0', '1', '99999999', '-1', 'many'],
  'idempotency-key': ['k', '"k"', '"', 'two words', 'k'.repeat(256), ''],
  'if-match': ['*', '"1"', 'W/"1"', '"1", "2"', '1', '"', ''],
  'if-none-match': ['*', '"1"', 'x'],
  authorization: ['Bearer', 'Bearer x', 'Basic eDp5', 'bearer  x y'],
  cookie: ['CF_Authorization=x', 'a=b; a=c'],
  origin: ['https://elsewhere.example.com', 'null'],
  'x-webhook-signature': ['0'.repeat(64), 't=1,v1=00', 'sha256='],
  'webhook-signature': ['v1,AAAA', 'v1a,AAAA v1,'],
  'webhook-timestamp': ['0', '9999999999', '1e9'],
  'cf-access-jwt-assertion': ['a.b.c', 'eyJhbGciOiJub25lIn0.e30.'],
  'x-http-method-override': ['DELETE'],
  range: ['bytes=0-1'],
};

export type HeaderSet = Readonly<Record<string, string>>;

type Pair = readonly [name: string, value: string];

const pairsOf = ([name, values]: readonly [string, readonly string[]]): fc.Arbitrary<Pair> =>
  fc
    .oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, TEXT)
    .map((value): Pair => [name, value]);

/** One to four of them. */
export const strangeHeaders: fc.Arbitrary<HeaderSet> = fc
  .array(fc.oneof(...Object.entries(VALUES).map(pairsOf)), { minLength: 1, maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs));
