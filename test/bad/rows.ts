/**
 * The table of bad requests: what is sent and what must be answered. Data only. An answer is a
 * status and the code of its problem; for a field that is refused, where it stands as well.
 */

export interface BadRow {
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Text goes as it is; anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** False: nobody's; a text: that bearer instead of the caller's own. */
  readonly as?: false | string;
  readonly status: number;
  readonly code: string;
  /** Of one of the errors. */
  readonly pointer?: string;
}

type Answer = readonly [status: number, code: string];
const MALFORMED: Answer = [400, 'malformed'];
const INVALID: Answer = [422, 'invalid'];
const MISSING: Answer = [404, 'not-found'];
const STRANGER: Answer = [401, 'unauthenticated'];

const row = (
  what: string,
  method: BadRow['method'],
  path: string,
  [status, code]: Answer,
  more: Partial<BadRow> = {},
): BadRow => ({ what, method, path, status, code, ...more });

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

const bodies: readonly BadRow[] = [
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

const CONDITION = { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 };
const ACTION = {
  type: 'AWARD_POINTS',
  points: 50,
  pointCategory: 'Mentorship',
  recipientType: 'MENTOR',
};
const RULE = {
  name: 'A rule',
  evaluationOrder: 10,
  conditions: [CONDITION],
  actions: [ACTION],
  deduplicationKey: 'coachingSessionId',
};

const rules: readonly BadRow[] = [
  ['no name', { ...RULE, name: undefined }],
  ['no conditions', { ...RULE, conditions: [] }],
  ['51 conditions', { ...RULE, conditions: Array.from({ length: 51 }, () => CONDITION) }],
  ['an operator nobody knows', { ...RULE, conditions: [{ ...CONDITION, operator: 'LIKE' }] }],
  ['an operator in words', { ...RULE, conditions: [{ ...CONDITION, operator: '>=' }] }],
  ['a path with a blank', { ...RULE, conditions: [{ ...CONDITION, field: 'a b' }] }],
  ['a path with a dot too many', { ...RULE, conditions: [{ ...CONDITION, field: 'a..b' }] }],
  ['a path that begins with a dot', { ...RULE, conditions: [{ ...CONDITION, field: '.a' }] }],
  ['an order below zero', { ...RULE, evaluationOrder: -1 }],
  ['an order that is no whole number', { ...RULE, evaluationOrder: 1.5 }],
  ['an order that is a text', { ...RULE, evaluationOrder: '10' }],
  ['no action', { ...RULE, actions: [] }],
  ['an action nobody knows', { ...RULE, actions: [{ ...ACTION, type: 'GIVE_CAKE' }] }],
  ['points that are no number', { ...RULE, actions: [{ ...ACTION, points: 'many' }] }],
  ['negative points', { ...RULE, actions: [{ ...ACTION, points: -5 }] }],
  ['points of five places', { ...RULE, actions: [{ ...ACTION, points: 0.00001 }] }],
  ['a recipient nobody knows', { ...RULE, actions: [{ ...ACTION, recipientType: 'BOSS' }] }],
  ['enabled in words', { ...RULE, enabled: 'yes' }],
  ['a date that is none', { ...RULE, effectiveFrom: '2024-02-30T00:00:00Z' }],
  ['a date without a zone', { ...RULE, effectiveFrom: '2024-02-03T00:00:00' }],
].map(([what, body]) => row(`a rule with ${what}`, 'POST', '/v1/rules', INVALID, { body }));

/** Amounts that no pool and no adjustment takes. */
const NO_AMOUNT: readonly unknown[] = [
  '1_000',
  '0x1f',
  '0b101',
  '1.',
  '.5',
  '1e3',
  'NaN',
  'Infinity',
  '1,000.00',
  ' 1',
  '١٢٣',
  '',
  true,
  null,
  [],
  {},
];

const decimals: readonly BadRow[] = NO_AMOUNT.flatMap((amount) => [
  row(`${JSON.stringify(amount)} put into a pool`, 'PUT', '/v1/reward-pools/p1', INVALID, {
    body: { unit: 'USD', funded: amount },
    pointer: '#/funded',
  }),
  row(`${JSON.stringify(amount)} as an adjustment`, 'POST', '/v1/ledger/adjustments', INVALID, {
    body: { agentId: 'known', unit: 'POINTS/Mentorship', amount, reason: 'a reason' },
    pointer: '#/amount',
  }),
]);

const units: readonly BadRow[] = [
  ['a unit nobody knows', { unit: 'XXY', funded: '1' }],
  ['a unit in small letters', { unit: 'usd', funded: '1' }],
  ['tenths of a yen', { unit: 'JPY', funded: '10.5' }],
  ['tenths of a cent', { unit: 'USD', funded: '1.005' }],
  ['four places of a dinar', { unit: 'BHD', funded: '1.2345' }],
  ['less than nothing', { unit: 'USD', funded: '-1' }],
  ['a day that is none', { unit: 'USD', funded: '1', firstDay: '2023-02-29' }],
  ['a day with a time', { unit: 'USD', funded: '1', firstDay: '2023-02-03T00:00:00Z' }],
].map(([what, body]) =>
  row(`a pool with ${what}`, 'PUT', '/v1/reward-pools/p1', INVALID, { body }),
);

const tokens: readonly BadRow[] = [
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

const PAGED = ['rules', 'agents', 'events', 'audit', 'goals', 'teams', 'reviews', 'destinations'];

const pages: readonly BadRow[] = PAGED.flatMap((list) => [
  row(`no items of ${list}`, 'GET', `/v1/${list}?limit=0`, INVALID, { pointer: 'query:/limit' }),
  row(`201 items of ${list}`, 'GET', `/v1/${list}?limit=201`, INVALID, { pointer: 'query:/limit' }),
  row(`half an item of ${list}`, 'GET', `/v1/${list}?limit=1.5`, INVALID),
  row(`two limits of ${list}`, 'GET', `/v1/${list}?limit=1&limit=2`, MALFORMED),
  row(`a cursor of nobody's of ${list}`, 'GET', `/v1/${list}?cursor=!!!`, INVALID),
  row(`a cursor made up of ${list}`, 'GET', `/v1/${list}?cursor=AAAA`, INVALID, {
    pointer: 'query:/cursor',
  }),
  row(`a query nobody knows of ${list}`, 'GET', `/v1/${list}?color=red`, INVALID),
]);

const addresses: readonly BadRow[] = [
  row('an address nobody knows', 'GET', '/v1/cakes', MISSING),
  row('an address of another version', 'GET', '/v2/rules', MISSING),
  row('a method nobody answers', 'DELETE', '/v1/rules', [405, 'method-not-allowed']),
  row('a rule nobody knows', 'GET', '/v1/rules/nobody', MISSING),
  row('an agent nobody knows', 'GET', '/v1/agents/nobody', MISSING),
  row('a goal nobody knows', 'GET', '/v1/goals/nobody/status', MISSING),
  row('a team nobody knows', 'GET', '/v1/teams/nobody', MISSING),
  row('a pool nobody knows', 'GET', '/v1/reward-pools/nobody', MISSING),
  row('a destination nobody knows', 'GET', '/v1/destinations/nobody', MISSING),
  row('a source nobody knows', 'GET', '/v1/sources/nobody', MISSING),
  row('a review by an id that is none', 'GET', '/v1/reviews/nobody', INVALID),
  row('points of nobody', 'GET', '/v1/agents/nobody/points', MISSING),
  row('a transaction nobody knows', 'GET', '/v1/ledger/transactions/nobody', MISSING),
  row('an instant that is none', 'GET', '/v1/agents/known/points?as_of=yesterday', INVALID),
  ...(
    [
      ['a time that is none', 'from', '2024-09-01'],
      ['a time without a zone', 'to', '2024-09-01T00:00:00'],
      ['a time that ends before it begins', 'to', '2024-09-01T00:00:00Z&from=2024-09-02T00:00:00Z'],
      ['an actor without a name', 'actor', ''],
      ['an actor of two lines', 'actor', 'a%0Ab'],
      ['an actor whose name is too long', 'actor', 'a'.repeat(301)],
    ] as const
  ).map(([of, name, value]) =>
    row(`an audit of ${of}`, 'GET', `/v1/audit?${name}=${value}`, INVALID, {
      pointer: `query:/${name}`,
    }),
  ),
  row('a day that is none', 'GET', '/v1/agents/known/points?effective=2024-02-30', INVALID),
];

const media: readonly BadRow[] = [
  ['text/plain', 'hello'],
  ['application/xml', '<a/>'],
  ['multipart/form-data; boundary=x', '--x--'],
  ['application/x-www-form-urlencoded', 'a=b'],
].map(([type, body]) =>
  row(`an agent as ${type}`, 'PUT', '/v1/agents/a1', [415, 'unsupported-media'], {
    body,
    headers: { 'content-type': String(type) },
  }),
);

const WEBHOOK = '/v1/webhooks/known';
const webhooks: readonly BadRow[] = [
  row('an event without a signature', 'POST', WEBHOOK, STRANGER, { body: '{}' }),
  ...['', 'x', '00', 'f'.repeat(64), 'F'.repeat(64), 'f'.repeat(63), 'sha1=abc', 'none', 'ü'].map(
    (signature) =>
      row(
        `an event with the signature "${signature.slice(0, 8)}" of ${signature.length}`,
        'POST',
        WEBHOOK,
        STRANGER,
        {
          body: '{}',
          headers: { 'x-webhook-signature': encodeURIComponent(signature) },
        },
      ),
  ),
  row('broken JSON without a signature', 'POST', WEBHOOK, STRANGER, { body: '{' }),
];

export const BAD: readonly BadRow[] = [
  ...bodies,
  ...fields,
  ...rules,
  ...decimals,
  ...units,
  ...tokens,
  ...pages,
  ...addresses,
  ...media,
  ...webhooks,
];
