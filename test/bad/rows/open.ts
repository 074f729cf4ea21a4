/**
 * Rows whose answer is worse than it should be, as far as that is known. Each says what must be
 * answered, as any other, and what is answered instead: once it is answered as it must be, `open`
 * is to go and the row to its surface.
 */
import { type BadRow, INVALID, row } from './row';

/** A cursor of another list finds nothing, and says that there is no more. */
const EMPTY = '200 undefined';
/** The name is left out in silence, where any other that nobody knows is refused. */
const LEFT_OUT = '201 undefined';

const WALKED = [
  'audit',
  'events',
  'quarantine',
  'deliveries',
  'ledger/transactions',
  'ledger/accounts/program:Mentorship',
] as const;

const cursors: readonly BadRow[] = WALKED.map((list) =>
  row(`a cursor of the agents of ${list}`, 'GET', `/v1/${list}?cursor={cursor}`, INVALID, {
    pointer: 'query:/cursor',
    open: EMPTY,
  }),
);

const HRIS = '{"preset":"hris","url":"https://there.example.com","auth":{"type":"none"}';

const names: readonly BadRow[] = [
  row('a destination with a setting of the prototype', 'PUT', '/v1/destinations/d2', INVALID, {
    body: `${HRIS},"settings":{"__proto__":"x"}}`,
    pointer: '#/settings/__proto__',
    open: LEFT_OUT,
  }),
  row('a file of agents with an attribute of the prototype', 'POST', '/v1/agents/import', INVALID, {
    body: 'agentId,attributes.__proto__\r\nknown,x',
    headers: { 'content-type': 'text/csv' },
    pointer: '#/0',
    open: EMPTY,
  }),
];

export const open: readonly BadRow[] = [...cursors, ...names];
