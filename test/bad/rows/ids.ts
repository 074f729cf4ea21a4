/** Names of things in addresses: too long, blank, of two lines, of another form, of nothing. */
import { type BadRow, INVALID, MALFORMED, MISSING, NO_METHOD, row } from './row';

const unknown: readonly BadRow[] = [
  row('an address nobody knows', 'GET', '/v1/cakes', MISSING),
  row('an address of another version', 'GET', '/v2/rules', MISSING),
  row('a method nobody answers', 'DELETE', '/v1/rules', NO_METHOD),
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

/** Where names are letters, digits, `_` and `-`, at most 64 of them. */
const NAMED = [
  'goals',
  'teams',
  'leaderboards',
  'reward-pools',
  'plans',
  'rules',
  'destinations',
  'subscriptions',
  'sources',
  'seasons',
] as const;

/** As they stand in an address. */
const NO_NAMES: readonly (readonly [string, string])[] = [
  ['a name of 65 letters', 'x'.repeat(65)],
  ['a blank', '%20'],
  ['a line feed', 'known%0A'],
  ['a NUL', 'known%00'],
  ['an encoded slash', 'a%2Fb'],
  ['a way up', '..%2Fknown'],
  ['a dot', 'a.b'],
  ['an umlaut', '%C3%BC'],
];

/** Where names are hashes. */
const HASHED = ['reviews', 'deliveries', 'events', 'quarantine'] as const;
const HASH = '0123456789abcdef'.repeat(2);
const NO_HASHES: readonly (readonly [string, string])[] = [
  ['a hash in capitals', HASH.toUpperCase()],
  ['a hash that is cut short', HASH.slice(1)],
  ['a hash and a letter', `${HASH}0`],
  ['a hash with an encoded slash', `${HASH.slice(1)}%2F`],
];

const inPath = { pointer: 'path:/id' };

const formless: readonly BadRow[] = [
  ...NAMED.flatMap((things) =>
    NO_NAMES.map(([what, id]) =>
      row(`${what} among the ${things}`, 'GET', `/v1/${things}/${id}`, INVALID, inPath),
    ),
  ),
  ...HASHED.flatMap((things) => [
    ...NO_HASHES.map(([what, id]) =>
      row(`${what} among the ${things}`, 'GET', `/v1/${things}/${id}`, INVALID, inPath),
    ),
    row(`a hash of nothing among the ${things}`, 'GET', `/v1/${things}/${HASH}`, MISSING),
  ]),
];

/** Agents have the names that others gave them: a line of up to 200 characters. */
const agents: readonly BadRow[] = [
  ...(
    [
      ['201 letters', 'x'.repeat(201)],
      ['a blank', '%20'],
      ['a line feed', 'known%0A'],
      ['a NUL', '%00'],
      ['an end of a line of Unicode', 'a%E2%80%A8b'],
      ['a character that deletes', '%7F'],
    ] as const
  ).flatMap(([what, id]) => [
    row(`an agent of ${what}`, 'GET', `/v1/agents/${id}`, INVALID, inPath),
    row(`points of an agent of ${what}`, 'GET', `/v1/agents/${id}/points`, INVALID, inPath),
    row(`a new agent of ${what}`, 'PUT', `/v1/agents/${id}`, INVALID, { ...inPath, body: {} }),
  ]),
  row('an agent with an encoded slash', 'GET', '/v1/agents/a%2Fb', MISSING),
  row('an agent two ways up', 'GET', '/v1/agents/..%2F..%2Frules', MISSING),
  row('an agent of the prototype', 'GET', '/v1/agents/__proto__', MISSING),
  row('an agent in SQL', 'GET', "/v1/agents/'%20OR%201=1--", MISSING),
  row('an agent in capitals', 'GET', '/v1/agents/KNOWN', MISSING),
  row('the agents one way up', 'GET', '/v1/agents/..', MISSING),
  row('an agent of half an escape', 'GET', '/v1/agents/%', MALFORMED),
  row('an agent of half a character', 'GET', '/v1/agents/%C3', MALFORMED),
  row('an agent of an overlong slash', 'GET', '/v1/agents/%C0%AF', MALFORMED),
  row('an agent of the body’s own', 'PUT', '/v1/agents/known', INVALID, {
    body: { agentId: 'agent-1' },
    pointer: '#/agentId',
  }),
  row(
    'an agent with the id of another on a platform',
    'PUT',
    '/v1/agents/known',
    [409, 'conflict'],
    {
      body: { platformIds: { genesys: 'user-1' } },
    },
  ),
];

/** Other forms: of a run, of a version, of an account, of a person. */
const others: readonly BadRow[] = [
  ...['known', 'known.2024-09', 'known.2024-09.v0', 'known.2024-09.V1', 'known.2024-09.v1%20'].map(
    (id) => row(`a pay run ${id}`, 'GET', `/v1/pay-runs/${id}`, INVALID, inPath),
  ),
  row('a pay run of nobody', 'GET', '/v1/pay-runs/nobody.2024-09.v1', MISSING),
  row('the lines of a run of nobody', 'GET', '/v1/pay-runs/nobody.2024-09.v1/lines', MISSING),
  ...['0', '01', '-1', '1.5', '1e0', '1000000', '%EF%BC%91'].map((n) =>
    row(`version ${n} of a plan`, 'POST', `/v1/plans/known/versions/${n}/preview`, INVALID, {
      body: { period: '2024-09' },
      pointer: 'path:/n',
    }),
  ),
  row('version 2 of a plan of one', 'GET', '/v1/plans/known?version=2', MISSING),
  row('a version of a plan in words', 'GET', '/v1/plans/known?version=last', INVALID, {
    pointer: 'query:/version',
  }),
  row('the season of no season', 'GET', '/v1/seasons/none', INVALID, inPath),
  row('a category with a dot', 'GET', '/v1/programs/a.b', INVALID, {
    pointer: 'path:/pointCategory',
  }),
  row('a category of 61 letters', 'GET', `/v1/programs/${'x'.repeat(61)}`, INVALID, {
    pointer: 'path:/pointCategory',
  }),
  row('an account of 301 letters', 'GET', `/v1/ledger/accounts/${'x'.repeat(301)}`, INVALID, {
    pointer: 'path:/address',
  }),
  row(
    'an account of an agent nobody knows',
    'GET',
    '/v1/ledger/accounts/agent:nobody:points:A:none',
    MISSING,
  ),
  row('a member without a mail address', 'PUT', '/v1/members/pat', INVALID, {
    body: { roles: [] },
    pointer: 'path:/email',
  }),
  row('a routing queue with a slash', 'POST', '/v1/routing/queues/a%2Fb/selections', INVALID, {
    ...inPath,
    body: { selectionId: 's', eligibleAgentIds: ['known'] },
  }),
  row('a delta of a form that none has', 'POST', `/v1/deltas/${HASH}/write-off`, INVALID, {
    ...inPath,
    body: { reason: 'a reason' },
  }),
  row(
    'a delta of nobody',
    'POST',
    `/v1/deltas/${'a'.repeat(16)}.p.2024-09.0001/write-off`,
    MISSING,
    {
      body: { reason: 'a reason' },
    },
  ),
  row('a line of an agent nobody knows', 'GET', '/v1/pay-runs/{run}/lines/nobody/explain', MISSING),
  row(
    'a transaction explained that is none',
    'GET',
    '/v1/ledger/transactions/nobody/explain',
    MISSING,
  ),
  row('a coaching session of nobody', 'GET', '/v1/coaching-sessions/nobody', MISSING),
  row('an address with an empty name', 'GET', '/v1/rules/', MISSING),
  row('an address with two slashes', 'GET', '/v1//rules', MISSING),
  row('an address in capitals', 'GET', '/V1/RULES', MISSING),
  row('an address with an end', 'GET', '/v1/rules/{rule}/nothing', MISSING),
  row('a method nobody has', 'DELETE', '/v1/agents/known', NO_METHOD),
  row('a webhook that is read', 'GET', '/v1/webhooks/known', NO_METHOD),
];

export const ids: readonly BadRow[] = [...unknown, ...formless, ...agents, ...others];
