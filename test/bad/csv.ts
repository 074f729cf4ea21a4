/** Files of agents: headers and cells that are right, wrong or strange, between any separators. */
import fc from 'fast-check';

const COLUMNS = [
  'agentId',
  'name',
  'status',
  'groups',
  'employeeId',
  'currency',
  'attributes.tenureDays',
  'platform.genesys',
  'attributes.',
  'salary',
  '',
];

const CELLS = [
  'known',
  'agent-1',
  'csv-1',
  'csv-2',
  'ACTIVE',
  'asleep',
  'USD',
  'a;b;a',
  '',
  ' ',
  '=HYPERLINK("http://there")',
  '+1',
  '@x',
  '"quoted, ""twice"""',
  '"open',
  'a"b',
  '"two\r\nlines"',
  'a\0b',
  '\uFEFF',
  'x'.repeat(300),
  '12.50',
  'true',
];

const cell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CELLS) },
  fc.string({ maxLength: 12, unit: 'grapheme' }),
);

/** Mostly a header that is taken, so that lines are looked at. */
const header = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .subarray(COLUMNS.slice(1, 8))
      .map((columns): readonly string[] => ['agentId', ...columns]),
  },
  fc.array(fc.constantFrom(...COLUMNS), { maxLength: 6 }),
);

const separator = fc.oneof(
  { weight: 8, arbitrary: fc.constant(',') },
  fc.constantFrom(';', '\t', '|'),
);
const lineEnd = fc.constantFrom('\r\n', '\n', '\r');

/** One file. Its lines have as many cells as its header, but for one in five. */
export const csvFile: fc.Arbitrary<string> = fc
  .tuple(
    header,
    fc.array(fc.tuple(fc.array(cell, { minLength: 8, maxLength: 8 }), fc.nat(4)), { maxLength: 6 }),
    separator,
    lineEnd,
    fc.constantFrom('', '', '', '\uFEFF'),
  )
  .map(([columns, lines, between, end, mark]) => {
    const rows = lines.map(([cells, odd]) =>
      cells.slice(0, odd === 0 ? columns.length + 1 : columns.length).join(between),
    );
    return mark + [columns.join(between), ...rows].join(end);
  });
