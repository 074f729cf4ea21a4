/**
 * Agents by file. A file whose header is not understood is refused as a whole; any other fault is
 * that of its line, which is refused while the others are kept.
 */
import { type Answer, type BadRow, INVALID, MALFORMED, MEDIA, REFUSED, row } from './row';

const IMPORT = '/v1/agents/import';
const CSV = { 'content-type': 'text/csv' };

const file = (
  what: string,
  body: string | Uint8Array,
  answer: Answer,
  pointer?: string,
  headers: Record<string, string> = CSV,
): BadRow =>
  row(`a file of agents ${what}`, 'POST', IMPORT, answer, {
    body,
    headers,
    ...(pointer !== undefined && { pointer }),
  });

const many = (count: number, one: (place: number) => string): string =>
  Array.from({ length: count }, (_, place) => one(place)).join('\r\n');

const HEADER = '#/0';

/** Nothing of the file is taken. */
const files: readonly BadRow[] = [
  file('with nothing in it', '', INVALID, HEADER),
  file('with a byte order mark alone', '\uFEFF', INVALID, HEADER),
  file('with a line end alone', '\r\n', INVALID, HEADER),
  file('without the column that names them', 'name,status\r\nA,ACTIVE', INVALID, HEADER),
  file('with a column twice', 'agentId,name,name\r\na,A,B', INVALID, HEADER),
  file('with a column twice but for blanks', 'agentId,name, name\r\na,A,B', INVALID, HEADER),
  file('with a column nobody knows', 'agentId,salary\r\na,1', INVALID, HEADER),
  file('with a column in capitals', 'AGENTID,NAME\r\na,A', INVALID, HEADER),
  file('with a column without a name', 'agentId,\r\na,', INVALID, HEADER),
  file('with an attribute of two dots', 'agentId,attributes.a.b\r\na,1', INVALID, HEADER),
  file('with an attribute without a name', 'agentId,attributes.\r\na,1', INVALID, HEADER),
  file('with semicolons between cells', 'agentId;name\r\na;A', INVALID, HEADER),
  file('with tabs between cells', 'agentId\tname\r\na\tA', INVALID, HEADER),
  file('with pipes between cells', 'agentId|name\r\na|A', INVALID, HEADER),
  file('with no header', 'a,Pat Doe,ACTIVE\r\nb,Jo Doe,ACTIVE', INVALID, HEADER),
  file('with a formula for a column', 'agentId,=1+1\r\na,1', INVALID, HEADER),
  file('with a NUL in its header', 'agentId,na\0me\r\na,A', INVALID, HEADER),
  file(
    'with 201 columns',
    `agentId,${many(200, (place) => `attributes.a${place}`).replaceAll('\r\n', ',')}\r\na`,
    INVALID,
    HEADER,
  ),
  file('with an open quote in its header', '"agentId,name\r\na,A', INVALID, HEADER),
  file('with 2,001 lines', `agentId\r\n${many(2_001, (place) => `many-${place}`)}`, MALFORMED),
  file('in UTF-16', Uint8Array.from([0xff, 0xfe, 0x61, 0x00]), MALFORMED),
  file('in Latin-1', Uint8Array.from([0x61, 0xfc, 0x0d, 0x0a]), MALFORMED),
  file('that is a workbook', Uint8Array.from([0x50, 0x4b, 0x03, 0x04, 0x14]), INVALID, HEADER),
  file('that is JSON', '[{"agentId":"a"}]', INVALID, HEADER),
  file('said to be JSON', 'agentId\r\na', MEDIA, undefined, { 'content-type': 'application/json' }),
  file('said to be a workbook', 'agentId\r\na', MEDIA, undefined, {
    'content-type': 'application/vnd.ms-excel',
  }),
  file('said to be in Latin-1', 'agentId\r\na', MEDIA, undefined, {
    'content-type': 'text/csv; charset=iso-8859-1',
  }),
];

const line = (what: string, text: string, pointer: string): BadRow =>
  file(`with a line with ${what}`, text, REFUSED, pointer);

/** The line is refused, under what it lacks. */
const lines: readonly BadRow[] = [
  line('no id', 'agentId,name\r\n,A', '#/agentId'),
  line('an id of blanks', 'agentId,name\r\n"  ",A', '#/agentId'),
  line('an id of 201 letters', `agentId\r\n${'x'.repeat(201)}`, '#/agentId'),
  line('an id of two lines', 'agentId\r\n"a\nb"', '#/agentId'),
  line('a NUL in its id', 'agentId\r\nbad\0id', '#/agentId'),
  line('an id that stands above', 'agentId,name\r\nknown,An agent\r\nknown,B', '#'),
  line('a cell too many', 'agentId,name\r\nbad-1,A,B', '#'),
  line('a cell too few', 'agentId,name\r\nbad-1', '#'),
  line('an open quote', 'agentId,name\r\nbad-1,"A', '#'),
  line('a quote in the middle of a cell', 'agentId,name\r\nbad-1,"A"B', '#'),
  line('a name of 201 letters', `agentId,name\r\nbad-1,${'x'.repeat(201)}`, '#/name'),
  line('a name with a NUL', 'agentId,name\r\nbad-1,A\0B', '#/name'),
  line('a name of two lines', 'agentId,name\r\nbad-1,"A\r\nB"', '#/name'),
  line('a status nobody knows', 'agentId,status\r\nbad-1,ASLEEP', '#/status'),
  line('a group twice', 'agentId,groups\r\nbad-1,a;a', '#/groups'),
  line('a group of 101 letters', `agentId,groups\r\nbad-1,${'x'.repeat(101)}`, '#/groups/0'),
  line(
    'an employee id of 101 letters',
    `agentId,employeeId\r\nbad-1,${'x'.repeat(101)}`,
    '#/employeeId',
  ),
  line('a currency that is none', 'agentId,currency\r\nbad-1,XXY', '#/currency'),
  line(
    'a platform that means something else',
    'agentId,platform.id\r\nbad-1,x',
    '#/platformIds/id',
  ),
  line('a platform in capitals', 'agentId,platform.GENESYS\r\nbad-1,x', '#/platformIds/GENESYS'),
  line(
    'an attribute of 501 letters',
    `agentId,attributes.a\r\nbad-1,${'x'.repeat(501)}`,
    '#/attributes/a',
  ),
  line('an id of another on a platform', 'agentId,platform.genesys\r\nbad-1,user-1', '#'),
  line('the employee id of another', 'agentId,employeeId\r\nbad-1,E-1', '#'),
];

const prototype = row('an attribute of the prototype', 'POST', '/v1/agents/import', INVALID, {
  body: 'agentId,attributes.__proto__\r\nknown,x',
  headers: { 'content-type': 'text/csv' },
  pointer: '#/0',
});

export const csv: readonly BadRow[] = [...files, ...lines, prototype];
