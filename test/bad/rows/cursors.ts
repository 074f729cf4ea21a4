/** Pages: limits that are none, cursors that nobody wrote, that were changed, or of another list. */
import { encodeCursor } from '../../../src/http/paging';
import { type BadRow, INVALID, MALFORMED, row } from './row';

const PAGED = ['rules', 'agents', 'events', 'audit', 'goals', 'teams', 'reviews', 'destinations'];

const written: readonly BadRow[] = PAGED.flatMap((list) => [
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

const FURTHER = [
  'leaderboards',
  'plans',
  'pay-runs',
  'seasons',
  'sources',
  'subscriptions',
  'reward-pools',
  'deliveries',
  'quarantine',
  'keys',
  'members',
  'erasures',
  'ledger/transactions',
  'ledger/seals',
  'ledger/anchors',
  'ledger/export',
  'ledger/verify',
  'goals/known/keys',
  'leaderboards/{board}/standings',
  'leaderboards/{board}/rewards',
  'pay-runs/{run}/lines',
  'pay-runs/{run}/delta-report',
  'agents/known/statement',
  'ledger/accounts/program:Mentorship',
  'seasons/known/archive',
  'sources/known/gaps',
] as const;

const at = { pointer: 'query:/cursor' };

const changed: readonly BadRow[] = [...PAGED, ...FURTHER].flatMap((list) => [
  row(`a cursor of other letters of ${list}`, 'GET', `/v1/${list}?cursor={tampered}`, INVALID, at),
  row(`a cursor cut short of ${list}`, 'GET', `/v1/${list}?cursor={shortened}`, INVALID, at),
]);

const forms: readonly BadRow[] = [
  ['no letters', ''],
  ['1,001 letters', 'A'.repeat(1_001)],
  ['base64 with its signs', 'a%2Bb%2Fc%3D'],
  ['a blank at its end', '{cursor}%20'],
  ['a position in the clear', 'known'],
  ['a NUL', '%00'],
].map(([what, cursor]) =>
  row(`a cursor of ${what}`, 'GET', `/v1/agents?cursor=${cursor}`, INVALID, at),
);

/** Lists whose cursors say more than a name: one of the agents is none of theirs. */
const OF_THEIR_OWN = [
  'audit',
  'events',
  'quarantine',
  'deliveries',
  'ledger/transactions',
  'ledger/accounts/program:Mentorship',
  'reviews',
  'ledger/seals',
  'ledger/anchors',
  'ledger/export',
  'ledger/verify',
  'leaderboards/{board}/standings',
  'agents/known/statement',
  'audit?subject=config:agent/known',
] as const;

const cursorIn = (list: string, cursor: string): string =>
  `/v1/${list}${list.includes('?') ? '&' : '?'}cursor=${cursor}`;

const foreign: readonly BadRow[] = [
  ...OF_THEIR_OWN.map((list) =>
    row(`a cursor of the agents of ${list}`, 'GET', cursorIn(list, '{cursor}'), INVALID, at),
  ),
  row(
    'a cursor of standings beyond time',
    'GET',
    cursorIn('leaderboards/{board}/standings', encodeCursor('1.999999999999999.0')),
    INVALID,
    at,
  ),
  row(
    'a cursor of another statement',
    'GET',
    `/v1/agents/known/statement?from=2024-09-01&cursor=${encodeCursor('1')}`,
    INVALID,
    at,
  ),
];

export const cursors: readonly BadRow[] = [...written, ...changed, ...forms, ...foreign];
