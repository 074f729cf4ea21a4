/**
 * Agents from CSV. Decides what a line says and what it leaves as it is: a column that is not there
 * changes nothing, an empty cell clears. Refuses files whose header is not understood as a whole,
 * and every other fault line by line.
 */
import Papa from 'papaparse';
import * as z from 'zod';
import { parse } from '../../http/route';
import type { FieldError } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { type Agent, agentFields, agentIdText } from '../agent';

export const MAX_LINES = 2_000;
const MAX_COLUMNS = 200;
const PLAIN_COLUMNS = ['agentId', 'name', 'status', 'groups', 'employeeId', 'currency'];
const MAP_COLUMN = /^(attributes|platform)\.([^.]+)$/;
const PLAIN_NUMBER = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$/;

/** One record of the file. `line` counts records, the header being the first. */
export interface Line {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** What is wrong with its form. */
  readonly fault: string | null;
}

export interface LineAnswer {
  readonly line: number;
  readonly agentId: string | null;
  readonly status: 'created' | 'updated' | 'unchanged' | 'refused';
  readonly errors?: readonly FieldError[];
}

/** The records of a file, or what makes all of it unreadable. */
export function readLines(bytes: Uint8Array): Result<Line[]> {
  const text = decode(bytes);
  if (text === null) return fail({ kind: 'malformed', detail: 'the body is not valid UTF-8' });
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ',', skipEmptyLines: false });
  const [header, ...records] = data;
  const columns = (header ?? []).map((name) => name.trim());
  const refused = checkHeader(columns);
  if (refused !== null) return refused;
  const lines = records
    .map((cells, index) => toLine(cells, columns, index + 2))
    .filter((line): line is Line => line !== null);
  if (lines.length > MAX_LINES) {
    return fail({ kind: 'malformed', detail: `more than ${MAX_LINES} lines; send several files` });
  }
  const faults = new Map(errors.map(({ row = 0, message }) => [row + 1, message]));
  return ok(lines.map((line) => ({ ...line, fault: faults.get(line.line) ?? line.fault })));
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

function checkHeader(columns: readonly string[]): Result<never> | null {
  if (columns.length > MAX_COLUMNS) return badHeader([`more than ${MAX_COLUMNS} columns`]);
  const wrong = columns.flatMap((name, index) => {
    if (columns.indexOf(name) !== index) return [`the column ${name} stands twice`];
    // Objects of this language take that name for something else, and would keep nothing.
    const isMapped = MAP_COLUMN.test(name) && !name.endsWith('.__proto__');
    return PLAIN_COLUMNS.includes(name) || isMapped ? [] : [`no column ${name}`];
  });
  if (!columns.includes('agentId')) wrong.push('the first line names a column agentId');
  return wrong.length === 0 ? null : badHeader(wrong);
}

const badHeader = (faults: readonly string[]): Result<never> =>
  fail({
    kind: 'invalid',
    detail: 'the first line is not a header of this import',
    errors: faults.map((fault) => ({
      pointer: '#/0',
      code: 'header',
      detail: fault.slice(0, 200),
    })),
  });

/** Null for a blank line. */
function toLine(cells: readonly string[], columns: readonly string[], line: number): Line | null {
  if (cells.every((cell) => cell.trim() === '')) return null;
  const named = columns.map((name, index): [string, string] => [name, (cells[index] ?? '').trim()]);
  const wide = cells.length !== columns.length;
  const fault = wide ? `it has ${cells.length} cells, the header has ${columns.length}` : null;
  return { line, cells: Object.fromEntries(named), fault };
}

const lineAgent = z.strictObject({ agentId: agentIdText, ...agentFields });

/** What a line makes of an agent (null: who is new). Errors point at fields, as in a PUT. */
export function applyLine(cells: Line['cells'], before: Agent | null): Result<Agent> {
  const { name, status, groups, employeeId, currency } = cells;
  return parse(
    lineAgent,
    {
      ...before,
      agentId: cells.agentId,
      ...(name !== undefined && { name: name === '' ? null : name }),
      ...(status !== undefined && { status: status === '' ? 'ACTIVE' : status.toUpperCase() }),
      ...(groups !== undefined && { groups: listOf(groups) }),
      ...(employeeId !== undefined && { employeeId: employeeId === '' ? null : employeeId }),
      ...(currency !== undefined && { currency: currency === '' ? null : currency.toUpperCase() }),
      attributes: mapOf(cells, 'attributes', before?.attributes ?? {}, typed),
      platformIds: mapOf(cells, 'platform', before?.platformIds ?? {}, (text) => text),
    },
    'body',
  );
}

const listOf = (text: string): string[] =>
  text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function mapOf<V>(
  cells: Line['cells'],
  prefix: string,
  before: Readonly<Record<string, V>>,
  read: (text: string) => V,
): Record<string, V> {
  const map = new Map(Object.entries(before));
  for (const [column, text] of Object.entries(cells)) {
    const [, place, name = ''] = MAP_COLUMN.exec(column) ?? [];
    if (place !== prefix) continue;
    if (text === '') map.delete(name);
    else map.set(name, read(text));
  }
  return Object.fromEntries(map);
}

/** `true`, `false` and plain numbers are what they look like; anything else is text. */
function typed(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const exact = PLAIN_NUMBER.test(text) && String(Number(text)) === text;
  return exact ? Number(text) : text;
}

/** The answer for a line that was refused. At most five faults of it are told. */
export const refusedLine = ({ line, cells }: Line, errors: readonly FieldError[]): LineAnswer => ({
  line,
  agentId: cells.agentId === undefined || cells.agentId === '' ? null : cells.agentId.slice(0, 200),
  status: 'refused',
  errors: errors.slice(0, 5),
});

/** One fault of a whole line. */
export const lineFault = (code: string, detail: string): FieldError => ({
  pointer: '#',
  code,
  detail,
});
