/**
 * Where things are sent to, and who may send: addresses nothing goes to, credentials that are none,
 * secrets in the wrong place. Many of these bodies hold a secret that is right; no answer repeats it.
 */
import { OF_A_SOURCE, OF_A_SUBSCRIPTION, OF_A_TOKEN } from '../canaries';
import { type BadRow, CONFLICT, type Fault, faulty, INVALID, MISSING, row } from './row';

const HTTPS = 'https://there.example.com/v1';
const BEARER = { type: 'bearer', token: OF_A_TOKEN };
const HRIS = { preset: 'hris', url: HTTPS, auth: BEARER };

/** What is wrong with an address, wherever one is written. */
const NO_ADDRESSES: readonly (readonly [string, string])[] = [
  ['no address', 'there'],
  ['plain http', 'http://there.example.com/'],
  ['another scheme', 'file:///etc/passwd'],
  ['a number', 'https://127.0.0.1/'],
  ['a number in one piece', 'https://2130706433/'],
  ['a number of IPv6', 'https://[::1]/'],
  ['the machine itself', 'https://localhost/'],
  ['a neighbour', 'https://metadata.internal/'],
  ['a port', 'https://there.example.com:8443/'],
  ['a user in it', `https://guerdon:${OF_A_TOKEN}@there.example.com/`],
  ['a dot at its end', 'https://there.example.com./'],
];

const auth = (more: object) => ({ ...HRIS, auth: more });

const destinations: readonly BadRow[] = [
  ...faulty(
    'a destination',
    'PUT',
    '/v1/destinations/d1',
    NO_ADDRESSES.map(([what, url]): Fault => [what, { ...HRIS, url }, '#/url']),
  ),
  ...faulty('a destination', 'PUT', '/v1/destinations/d1', [
    ['a query in its address', { ...HRIS, url: `${HTTPS}?key=${OF_A_TOKEN}` }, '#/url'],
    ['an address of 501 letters', { ...HRIS, url: `${HTTPS}/${'x'.repeat(500)}` }, '#/url'],
    ['a preset nobody knows', { ...HRIS, preset: 'sap' }, '#/preset'],
    ['no preset', { ...HRIS, preset: undefined }, '#/preset'],
    ['a host that is not its own', { ...HRIS, hosts: ['elsewhere.example.com'] }, '#/hosts'],
    ['a host in capitals', { ...HRIS, hosts: ['THERE.example.com'] }, '#/hosts/0'],
    ['credentials of a kind nobody knows', auth({ ...BEARER, type: 'magic' }), '#/auth/type'],
    ['no token', auth({ type: 'bearer' }), '#/auth'],
    ['a token with a blank', auth({ type: 'bearer', token: `${OF_A_TOKEN} x` }), '#/auth/token'],
    [
      'a token with a line feed',
      auth({ type: 'bearer', token: `${OF_A_TOKEN}\n` }),
      '#/auth/token',
    ],
    ['a token beside a token', auth({ ...BEARER, secret: OF_A_TOKEN }), '#/auth/secret'],
    [
      'a colon in a user’s name',
      auth({ type: 'basic', username: 'a:b', password: OF_A_TOKEN }),
      '#/auth/username',
    ],
    [
      'a token’s address of plain http',
      auth({
        type: 'oauth2',
        tokenUrl: 'http://login.example.com',
        clientId: 'c',
        clientSecret: OF_A_TOKEN,
      }),
      '#/auth/tokenUrl',
    ],
    [
      'a signature’s secret that is no base64',
      auth({ type: 'signed', secret: `${OF_A_TOKEN}-` }),
      '#/auth/secret',
    ],
    [
      'a signature’s secret of four bytes',
      auth({ type: 'signed', secret: 'whsec_AAAAAA==' }),
      '#/auth/secret',
    ],
    ['seven at once', { ...HRIS, concurrency: 7 }, '#/concurrency'],
    ['none at once', { ...HRIS, concurrency: 0 }, '#/concurrency'],
    ['a rate of half a request', { ...HRIS, ratePerMinute: 0.5 }, '#/ratePerMinute'],
    ['a name of a token with a blank', { ...HRIS, rateGroup: 'a b' }, '#/rateGroup'],
    ['a probe at once', { ...HRIS, probeSeconds: 0 }, '#/probeSeconds'],
    ['keys that live for no hour', { ...HRIS, keyLifeHours: 0 }, '#/keyLifeHours'],
    ['a setting that is an object', { ...HRIS, settings: { schemaId: {} } }, '#/settings/schemaId'],
    ['switched on in words', { ...HRIS, enabled: 'yes' }, '#/enabled'],
    ['a secret at the top', { ...HRIS, token: OF_A_TOKEN }, '#/token'],
  ]),
  ...faulty('the HRIS', 'PUT', '/v1/destinations/hris', [
    [
      'its token for another host',
      { preset: 'hris', url: 'https://elsewhere.example.com' },
      '#/auth',
    ],
    [
      'credentials of another kind without a secret',
      { ...HRIS, auth: { type: 'signed' } },
      '#/auth',
    ],
  ]),
  row('a breaker of nobody that is closed', 'POST', '/v1/destinations/nobody/resume', MISSING),
];

const HEARS = { kinds: ['*'], url: HTTPS, secret: `whsec_${OF_A_SUBSCRIPTION}` };

const subscriptions: readonly BadRow[] = [
  ...faulty(
    'a subscription',
    'PUT',
    '/v1/subscriptions/s1',
    NO_ADDRESSES.map(([what, url]): Fault => [what, { ...HEARS, url }, '#/url']),
  ),
  ...faulty('a subscription', 'PUT', '/v1/subscriptions/s1', [
    ['no secret', { ...HEARS, secret: undefined }, '#/secret'],
    ['a secret that is no base64', { ...HEARS, secret: `${OF_A_SUBSCRIPTION}!` }, '#/secret'],
    ['a secret of four bytes', { ...HEARS, secret: 'whsec_AAAAAA==' }, '#/secret'],
    ['a secret of 601 letters', { ...HEARS, secret: 'A'.repeat(601) }, '#/secret'],
    ['a secret that is a number', { ...HEARS, secret: 1234 }, '#/secret'],
    ['no kinds', { ...HEARS, kinds: [] }, '#/kinds'],
    ['a kind in capitals', { ...HEARS, kinds: ['GOAL.LOCKED'] }, '#/kinds/0'],
    ['a star in the middle', { ...HEARS, kinds: ['goal.*.locked'] }, '#/kinds/0'],
    ['a star without a dot', { ...HEARS, kinds: ['goal*'] }, '#/kinds/0'],
    ['a probe of a week', { ...HEARS, probeSeconds: 604_800 }, '#/probeSeconds'],
    ['a header of its own', { ...HEARS, headers: { authorization: OF_A_TOKEN } }, '#/headers'],
  ]),
  row('a replay for nobody', 'POST', '/v1/subscriptions/nobody/replay', MISSING, {
    body: { from: '2024-10-01T00:00:00Z' },
  }),
];

const SOURCE = { secrets: [OF_A_SOURCE] };

const sources: readonly BadRow[] = [
  ...faulty('a source', 'PUT', '/v1/sources/s1', [
    ['no secret', {}, '#/secrets'],
    ['a secret of 15 bytes', { secrets: ['x'.repeat(15)] }, '#/secrets/0'],
    ['a secret twice', { secrets: [OF_A_SOURCE, OF_A_SOURCE] }, '#/secrets'],
    ['three secrets', { secrets: [OF_A_SOURCE, 'b'.repeat(16), 'c'.repeat(16)] }, '#/secrets'],
    ['a scheme nobody speaks', { ...SOURCE, signature: { scheme: 'md5' } }, '#/signature/scheme'],
    [
      'the header of keys',
      { ...SOURCE, signature: { header: 'Authorization' } },
      '#/signature/header',
    ],
    [
      'a header of two lines',
      { ...SOURCE, signature: { header: 'X-A\r\nX-B' } },
      '#/signature/header',
    ],
    [
      'a tolerance of a day',
      { ...SOURCE, signature: { toleranceSeconds: 86_400 } },
      '#/signature/toleranceSeconds',
    ],
    [
      'a text for a key',
      { secrets: [OF_A_SOURCE], signature: { scheme: 'standard' } },
      '#/secrets/0',
    ],
    [
      'a private key',
      { ...SOURCE, bearer: { jwks: { keys: [{ kty: 'RSA', d: OF_A_TOKEN }] } } },
      '#/bearer/jwks/keys/0',
    ],
    ['events of nobody', { ...SOURCE, events: ['cake.eaten'] }, '#/events/0'],
    ['a namespace with a colon', { ...SOURCE, namespace: 'a:b' }, '#/namespace'],
  ]),
  ...faulty('a rotation', 'POST', '/v1/sources/known/rotate', [
    ['nothing to do', {}, '#'],
    ['a secret that is there', { secret: OF_A_SOURCE }, '#/secret'],
    ['a secret of 15 bytes', { secret: 'x'.repeat(15) }, '#/secret'],
    ['a fingerprint of nothing', { retire: '00000000' }, '#/retire'],
    ['a fingerprint in capitals', { retire: 'ABCDEF01' }, '#/retire'],
  ]),
  row('a pull of a source that names nobody', 'POST', '/v1/sources/known/pull', CONFLICT, {
    body: {},
  }),
];

const NOTHING = '0'.repeat(32);

const log: readonly BadRow[] = [
  ...['release', 'abandon'].map((act) =>
    row(`a delivery of nothing to ${act}`, 'POST', `/v1/deliveries/${NOTHING}/${act}`, MISSING, {
      body: { reason: 'a reason' },
    }),
  ),
  row('a delivery given up for no reason', 'POST', `/v1/deliveries/${NOTHING}/abandon`, INVALID, {
    body: {},
    pointer: '#/reason',
  }),
  row('deliveries in a state nobody knows', 'GET', '/v1/deliveries?state=LOST', INVALID, {
    pointer: 'query:/state',
  }),
  row('events of a type nobody knows', 'GET', '/v1/events?type=cake.eaten', INVALID, {
    pointer: 'query:/type',
  }),
  row('a replay of nothing', 'POST', `/v1/events/${NOTHING}/replay`, MISSING, { body: {} }),
  row('a mended nothing', 'POST', `/v1/quarantine/${NOTHING}/mend`, MISSING, {
    body: { body: {} },
  }),
];

export const delivery: readonly BadRow[] = [...destinations, ...subscriptions, ...sources, ...log];
