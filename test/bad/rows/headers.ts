/** Headers that cannot be read, ask for what there is not, or name a version that is none. */
import { BOARD, KEY_USED, RULE, THINGS } from '../furniture';
import { type BadRow, MALFORMED, MEDIA, NO_FORM, row, STALE } from './row';

/** Everything that is put honours If-Match; each route checks it for itself. */
const VERSIONED = [
  ...THINGS.filter(([path]) => /\/known(\/|$)|\/[a-z-]+$|Mentorship|09-30|@/.test(path)),
  ['/v1/rules/{rule}', RULE],
  ['/v1/leaderboards/{board}', BOARD],
] as const;

const ofVersions: readonly BadRow[] = VERSIONED.flatMap(([path, body]) => [
  row(`another version of ${path}`, 'PUT', path, STALE, { body, headers: { 'if-match': '"999"' } }),
  row(`${path} if it is not there`, 'PUT', path, STALE, {
    body,
    headers: { 'if-none-match': '*' },
  }),
  row(`a version of ${path} without quotes`, 'PUT', path, MALFORMED, {
    body,
    headers: { 'if-match': '1' },
  }),
]);

const AGENT = '/v1/agents/known';
const body = { name: 'An agent', groups: ['Everyone'] };

const tags: readonly BadRow[] = [
  ['an open quote', '"1', MALFORMED],
  ['two tags without a comma', '"1" "2"', MALFORMED],
  ['a star among tags', '*, "1"', MALFORMED],
  ['a blank in a tag', '"a b"', MALFORMED],
  ['5,000 letters', 'x'.repeat(5_000), MALFORMED],
  ['a weak tag', 'W/"1"', STALE],
  ['the tag of no version', '""', STALE],
].map(([what, tag, answer]) =>
  row(`an agent if it matches ${what}`, 'PUT', AGENT, answer as typeof STALE, {
    body,
    headers: { 'if-match': String(tag) },
  }),
);

const absent: readonly BadRow[] = [
  row('an agent that is new if there is one', 'PUT', '/v1/agents/newcomer', STALE, {
    body,
    headers: { 'if-match': '*' },
  }),
  row('an agent if none matches an open quote', 'PUT', AGENT, MALFORMED, {
    body,
    headers: { 'if-none-match': '"' },
  }),
];

const POSTED = '/v1/leaderboards';
const key = (what: string, given: string): BadRow =>
  row(`a key of a request of ${what}`, 'POST', POSTED, MALFORMED, {
    body: BOARD,
    headers: { 'idempotency-key': given },
  });

const keys: readonly BadRow[] = [
  key('nothing', ''),
  key('quotes around nothing', '""'),
  key('256 letters', 'k'.repeat(256)),
  key('256 letters in quotes', `"${'k'.repeat(256)}"`),
  key('an umlaut', 'schlüssel'),
  key('two words', 'two words'),
  key('a tab', 'a\tb'),
  key('an open quote', '"open'),
  key('a quote in the middle', '"a"b"'),
  key('a quoted blank', '" "'),
  row('the key of another request', 'POST', POSTED, [422, 'key-reused'], {
    body: { ...BOARD, name: 'Another board' },
    headers: { 'idempotency-key': KEY_USED },
  }),
  row('the key of another request in quotes', 'POST', POSTED, [422, 'key-reused'], {
    body: { ...BOARD, name: 'Another board' },
    headers: { 'idempotency-key': `"${KEY_USED}"` },
  }),
  row('the key of a request of other bytes', 'POST', POSTED, [422, 'key-reused'], {
    body: ` ${JSON.stringify(BOARD)}`,
    headers: { 'idempotency-key': KEY_USED },
  }),
  row('the key of a request with another query', 'POST', `${POSTED}?a=1`, [422, 'key-reused'], {
    body: BOARD,
    headers: { 'idempotency-key': KEY_USED },
  }),
];

/** Forms in which no list is given. */
const NO_FORMS = [
  'image/png',
  'application/xml',
  'text/html, application/pdf',
  'text/csv;q=0',
  '*/*;q=0',
  'application/json;q=2',
  'nonsense',
  ';;,,',
] as const;

const forms: readonly BadRow[] = [
  ...NO_FORMS.map((accept) =>
    row(`agents as ${accept}`, 'GET', '/v1/agents', NO_FORM, { headers: { accept } }),
  ),
  ...['/v1/audit', '/v1/agents/known/statement', '/v1/pay-runs/{run}/lines'].map((path) =>
    row(`a picture of ${path}`, 'GET', path, NO_FORM, { headers: { accept: 'image/png' } }),
  ),
];

const media: readonly BadRow[] = (
  [
    ['two media types', { 'content-type': 'application/json, text/plain' }],
    ['half a media type', { 'content-type': 'application/' }],
    ['a charset of another', { 'content-type': 'application/json; charset=utf-16' }],
    ['a charset in quotes of another', { 'content-type': 'application/json; charset="latin1"' }],
    ['a file of agents', { 'content-type': 'text/csv' }],
    ['gzip', { 'content-encoding': 'gzip' }],
    ['two encodings', { 'content-encoding': 'identity, br' }],
    ['an encoding of nobody', { 'content-encoding': 'x-nobody' }],
  ] as const
).map(([what, headers]) =>
  row(`an agent sent as ${what}`, 'PUT', '/v1/agents/a1', MEDIA, { body, headers }),
);

const methods: readonly BadRow[] = [
  row('a deletion in disguise', 'POST', '/v1/rules/{rule}', [405, 'method-not-allowed'], {
    body: {},
    headers: { 'x-http-method-override': 'DELETE' },
  }),
];

export const headers: readonly BadRow[] = [
  ...ofVersions,
  ...tags,
  ...absent,
  ...keys,
  ...forms,
  ...media,
  ...methods,
];
