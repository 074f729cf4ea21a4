/** Who asks: keys that are none, are gone, stand in the wrong place or do not reach so far. */
import { type BadRow, FORBIDDEN, faulty, MALFORMED, MISSING, row, STRANGER } from './row';

const strangers: readonly BadRow[] = [
  row('no key', 'GET', '/v1/rules', STRANGER, { as: false }),
  row('an empty bearer', 'GET', '/v1/rules', STRANGER, { as: '' }),
  row('a key that nobody has', 'GET', '/v1/rules', STRANGER, { as: 'gk_nobody_has_this' }),
  row('a key of 10,000 characters', 'GET', '/v1/rules', STRANGER, { as: 'k'.repeat(10_000) }),
  ...['Basic dXNlcjpwYXNz', 'bearer', 'Bearer', 'Token x', 'Bearer a b'].map((authorization) =>
    row(`authorization ${authorization}`, 'GET', '/v1/rules', STRANGER, {
      as: false,
      headers: { authorization },
    }),
  ),
];

const ELSEWHERE = ['api_key', 'apikey', 'access_token', 'authorization', 'token', 'X-API-Key'];

const misplaced: readonly BadRow[] = [
  ...ELSEWHERE.map((name) =>
    row(`a key in the address as ${name}`, 'GET', `/v1/rules?${name}=x`, MALFORMED),
  ),
  row('a key in the address as anything', 'GET', '/v1/rules?limit={key}', MALFORMED),
  row('a key in the address of a webhook', 'POST', '/v1/webhooks/known?k={key}', MALFORMED, {
    as: false,
    body: '{}',
  }),
  row('a key in another header', 'GET', '/v1/rules', STRANGER, {
    as: false,
    headers: { 'X-API-Key': '{key}' },
  }),
  row('a key in a cookie', 'GET', '/v1/rules', STRANGER, {
    as: false,
    headers: { cookie: 'Authorization={key}' },
  }),
  row('two keys in one header', 'GET', '/v1/rules', STRANGER, { as: '{key}, Bearer {key}' }),
  row('a key with a letter more', 'GET', '/v1/rules', STRANGER, { as: '{key}x' }),
];

const short: readonly BadRow[] = [
  row('a key that was revoked', 'GET', '/v1/rules', STRANGER, { as: '{revoked}' }),
  row('a reader who writes a rule', 'POST', '/v1/rules', FORBIDDEN, { as: '{viewer}', body: {} }),
  row('a reader who writes an agent', 'PUT', '/v1/agents/known', FORBIDDEN, {
    as: '{viewer}',
    body: {},
  }),
  row('a reader who imports agents', 'POST', '/v1/agents/import', FORBIDDEN, {
    as: '{viewer}',
    body: 'agentId\r\nx',
    headers: { 'content-type': 'text/csv' },
  }),
  row('a reader who makes a key', 'POST', '/v1/keys', FORBIDDEN, { as: '{viewer}', body: {} }),
  row('a reader who revokes a key', 'DELETE', '/v1/keys/x', FORBIDDEN, { as: '{viewer}' }),
  row('a reader who asks for a reset', 'POST', '/v1/seasons/known/reset', FORBIDDEN, {
    as: '{viewer}',
    body: {},
  }),
  row(
    'a reader whose dry run is said twice',
    'POST',
    '/v1/seasons/known/reset?dry_run=true&dry_run=false',
    FORBIDDEN,
    { as: '{viewer}', body: {} },
  ),
  row('the token of the deployment that reads', 'GET', '/v1/rules', FORBIDDEN, { as: '{admin}' }),
];

const KEY = { name: 'A key', person: 'pat@example.com', roles: ['viewer'] };

const made: readonly BadRow[] = [
  ...faulty('a key', 'POST', '/v1/keys', [
    ['no roles', { ...KEY, roles: [] }, '#/roles'],
    ['a role nobody knows', { ...KEY, roles: ['root'] }, '#/roles/0'],
    ['a role twice', { ...KEY, roles: ['viewer', 'viewer'] }, '#/roles'],
    ['a scope that its role lacks', { ...KEY, scopes: ['payroll'] }, '#/scopes/0'],
    ['no scope at all', { ...KEY, scopes: [] }, '#/scopes'],
    ['no person', { ...KEY, person: ' ' }, '#/person'],
    ['a name of two lines', { ...KEY, name: 'a\nb' }, '#/name'],
    ['an end that is over', { ...KEY, expiresAt: '2020-01-01T00:00:00Z' }, '#/expiresAt'],
    ['an end in a century', { ...KEY, expiresAt: '2126-01-01T00:00:00Z' }, '#/expiresAt'],
    ['a secret of the sender', { ...KEY, key: 'x' }, '#/key'],
  ]),
  ...faulty('a member', 'PUT', '/v1/members/pat@example.com', [
    ['a role nobody knows', { roles: ['owner'] }, '#/roles/0'],
    ['no scope at all', { roles: ['viewer'], scopes: [] }, '#/scopes'],
  ]),
  row('a member who is the caller', 'PUT', '/v1/members/one@example.com', FORBIDDEN, {
    body: { roles: ['admin'] },
  }),
  row('a key nobody has', 'DELETE', '/v1/keys/nobody', MISSING),
];

export const tokens: readonly BadRow[] = [...strangers, ...misplaced, ...short, ...made];
