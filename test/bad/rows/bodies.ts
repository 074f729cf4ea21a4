/** Bodies that cannot be read, that are too long, or say what their schema does not take. */
import { type BadRow, faulty, INVALID, MALFORMED, MEDIA, row, TOO_LARGE } from './row';

const AGENT = { name: 'An agent', groups: ['Everyone'] };

/** Texts that are no JSON, or JSON that says nothing plain. */
const NO_JSON: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['a word', 'hello'],
  ['half an object', '{"name":'],
  ['two objects', '{}{}'],
  ['a trailing comma', '{"name":"a",}'],
  ['a comment', '{/* */}'],
  ['single quotes', "{'name':'a'}"],
  ['a NaN', '{"name":NaN}'],
  ['hexadecimal', '{"name":0x10}'],
  ['a leading zero', '{"name":01}'],
  ['nesting of 5,000', `${'['.repeat(5_000)}${']'.repeat(5_000)}`],
  ['a lone surrogate', '{"name":"\\ud800"}'],
];

/** An object that says two things under one name. */
const TWICE: readonly (readonly [string, string, string])[] = [
  ['a name twice', '{"name":"a","name":"b"}', '#/name'],
  ['a name twice in two spellings', '{"name":"a","n\\u0061me":"a"}', '#/name'],
  ['a name twice further in', '{"x":[{},{"y":1,"y":1}]}', '#/x/1/y'],
];

const unread: readonly BadRow[] = [
  ...TWICE.flatMap(([what, body, pointer]) => [
    row(`${what} as an agent`, 'PUT', '/v1/agents/a1', MALFORMED, { body, pointer }),
    row(`${what} as a plan`, 'POST', '/v1/plans', MALFORMED, { body, pointer }),
    row(`${what} as a goal`, 'PUT', '/v1/goals/g1', MALFORMED, { body, pointer }),
  ]),
  ...NO_JSON.flatMap(([what, body]) => [
    row(`${what} as an agent`, 'PUT', '/v1/agents/a1', MALFORMED, { body }),
    row(`${what} as a rule`, 'POST', '/v1/rules', MALFORMED, { body }),
    row(`${what} as a goal`, 'PUT', '/v1/goals/g1', MALFORMED, { body }),
    row(`${what} as a pool`, 'PUT', '/v1/reward-pools/p1', MALFORMED, { body }),
  ]),
  ...(['null', '42', '"text"', '[]', 'true'] as const).flatMap((body) => [
    row(`${body} as an agent`, 'PUT', '/v1/agents/a1', INVALID, { body }),
    row(`${body} as a plan`, 'POST', '/v1/plans', INVALID, { body }),
    row(`${body} as a team`, 'PUT', '/v1/teams/t1', INVALID, { body }),
    row(`${body} as a destination`, 'PUT', '/v1/destinations/d1', INVALID, { body }),
  ]),
];

const fields: readonly BadRow[] = [
  ['a field nobody knows', { ...AGENT, unheardOf: 1 }, '#/unheardOf'],
  ['a number for a name', { ...AGENT, name: 7 }, '#/name'],
  ['an empty name', { ...AGENT, name: '' }, '#/name'],
  ['a name of 201 characters', { ...AGENT, name: 'x'.repeat(201) }, '#/name'],
  ['a status nobody knows', { ...AGENT, status: 'ASLEEP' }, '#/status'],
  ['a status in small letters', { ...AGENT, status: 'active' }, '#/status'],
  ['groups that are a text', { ...AGENT, groups: 'Everyone' }, '#/groups'],
  ['a group that is a number', { ...AGENT, groups: [1] }, '#/groups/0'],
  ['an empty group', { ...AGENT, groups: [''] }, '#/groups/0'],
  ['101 groups', { ...AGENT, groups: Array.from({ length: 101 }, (_, n) => `g${n}`) }, '#/groups'],
  ['attributes that are a list', { ...AGENT, attributes: [] }, '#/attributes'],
  ['an id that is a number', { ...AGENT, agentId: 5 }, '#/agentId'],
].map(([what, body, pointer]) =>
  row(`an agent with ${what}`, 'PUT', '/v1/agents/a1', INVALID, {
    body,
    pointer: String(pointer),
  }),
);
const media: readonly BadRow[] = [
  ['text/plain', 'hello'],
  ['application/xml', '<a/>'],
  ['multipart/form-data; boundary=x', '--x--'],
  ['application/x-www-form-urlencoded', 'a=b'],
].map(([type, body]) =>
  row(`an agent as ${type}`, 'PUT', '/v1/agents/a1', MEDIA, {
    body,
    headers: { 'content-type': String(type) },
  }),
);

const KIB = 1024;
const TABLE = `agentId,name\r\n${'x,y\r\n'.repeat(450_000)}`;

const sizes: readonly BadRow[] = [
  row('a goal of 257 KiB', 'PUT', '/v1/goals/g1', TOO_LARGE, { body: ' '.repeat(257 * KIB) }),
  row('a rule of 257 KiB', 'POST', '/v1/rules', TOO_LARGE, { body: ' '.repeat(257 * KIB) }),
  row('an event of 257 KiB', 'POST', '/v1/webhooks/sender', TOO_LARGE, {
    body: ' '.repeat(257 * KIB),
    signed: 0,
  }),
  row('actuals of more than 1 MiB', 'POST', '/v1/wfm-actuals', TOO_LARGE, {
    body: ' '.repeat(1025 * KIB),
  }),
  row('a file of agents of more than 2 MiB', 'POST', '/v1/agents/import', TOO_LARGE, {
    body: TABLE,
    headers: { 'content-type': 'text/csv' },
  }),
];

/** Bytes that are no text, or text with a mark before it. */
const bytes: readonly BadRow[] = (
  [
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ['half a character', [0x7b, 0x22, 0xc3, 0x22, 0x7d]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['gzip', [0x1f, 0x8b, 0x08, 0x00]],
    ['a NUL', [0x00]],
  ] as const
).map(([what, codes]) =>
  row(`${what} as a season`, 'PUT', '/v1/seasons/s1', MALFORMED, { body: Uint8Array.from(codes) }),
);

const settings: readonly BadRow[] = [
  ...faulty('an organisation', 'PUT', '/v1/organisation', [
    ['an offset for a zone', { timeZone: '+01:00' }, '#/timeZone'],
    ['a zone that is none', { timeZone: 'Mars/Olympus' }, '#/timeZone'],
    ['a currency that is none', { timeZone: 'Etc/UTC', currency: 'XXY' }, '#/currency'],
    ['a week that begins on a Friday', { timeZone: 'Etc/UTC', weekStart: 'FRIDAY' }, '#/weekStart'],
  ]),
  ...faulty('a programme', 'PUT', '/v1/programs/Mentorship', [
    ['a lock below zero', { lockSeconds: -1 }, '#/lockSeconds'],
    ['a lock of two hours', { lockSeconds: 7200 }, '#/lockSeconds'],
    [
      'a cap of nothing',
      { caps: { points: { amount: '0', period: 'DAY' } } },
      '#/caps/points/amount',
    ],
    ['a drift that never comes', { drift: { sessions: 5, below: 6 } }, '#/drift'],
  ]),
  ...faulty('a routing policy', 'PUT', '/v1/routing/policy', [
    ['no target', { targetConcurrent: 'many' }, '#/targetConcurrent'],
    ['a wait of no time', { triggers: { queueWaitSeconds: 0 } }, '#/triggers/queueWaitSeconds'],
  ]),
];

const HRIS = '{"preset":"hris","url":"https://there.example.com","auth":{"type":"none"}';

const names: readonly BadRow[] = [
  row('a destination with a setting of the prototype', 'PUT', '/v1/destinations/d2', MALFORMED, {
    body: `${HRIS},"settings":{"__proto__":"x"}}`,
    pointer: '#/settings/__proto__',
  }),
  row('an agent with a name of the prototype', 'PUT', '/v1/agents/a1', MALFORMED, {
    body: '{"name":"a","\\u005f_proto__":{}}',
    pointer: '#/__proto__',
  }),
];

export const bodies: readonly BadRow[] = [
  ...names,
  ...unread,
  ...fields,
  ...media,
  ...sizes,
  ...bytes,
  ...settings,
];
