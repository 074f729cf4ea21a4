/**
 * Lists in the form the client asks for: JSON, NDJSON or CSV by `Accept`. Decides which offer fits
 * best and how a cell is written so that no spreadsheet runs it; refuses with 406 when none fits.
 */
import { fail, ok, type Result } from '../kernel/result';
import type { Page } from './paging';
import type { Answer } from './route';

const LIST_MEDIA = ['application/json', 'text/csv', 'application/x-ndjson'] as const;
export type ListMedia = (typeof LIST_MEDIA)[number];

type Cell = string | number | boolean | null;

export interface Column<T> {
  readonly name: string;
  cell(item: T): Cell;
}

const MAX_RANGES = 50;
const RANGE = /^([!#$%&'*+.^_`|~0-9a-z-]+)\/([!#$%&'*+.^_`|~0-9a-z-]+)$/;
const QUALITY = /^q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** The offer the Accept header likes best, the first one when there is no header. */
export function negotiate(headers: Headers): Result<ListMedia> {
  const accept = headers.get('accept');
  if (accept === null || accept.trim() === '') return ok(LIST_MEDIA[0]);
  const ranges = accept.toLowerCase().split(',').slice(0, MAX_RANGES).map(readRange);
  let best: { readonly media: ListMedia; readonly quality: number } | null = null;
  for (const media of LIST_MEDIA) {
    const quality = qualityOf(media, ranges);
    if (quality > 0 && (best === null || quality > best.quality)) best = { media, quality };
  }
  return best === null ? fail({ kind: 'not-acceptable', offers: LIST_MEDIA }) : ok(best.media);
}

interface Range {
  readonly media: string;
  readonly quality: number;
}

function readRange(text: string): Range {
  const [media = '', ...parameters] = text.split(';').map((part) => part.trim());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(QUALITY.exec(given)?.[1] ?? 0);
  const known = media === 'application/ndjson' ? 'application/x-ndjson' : media;
  return { media: RANGE.test(known) ? known : '', quality };
}

/** The most precise range that covers the offer decides. */
function qualityOf(offer: string, ranges: readonly Range[]): number {
  const [type = ''] = offer.split('/');
  for (const name of [offer, `${type}/*`, '*/*']) {
    const range = ranges.find(({ media }) => media === name);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

/**
 * A list's answer in the form asked for. CSV and NDJSON carry the next page's cursor in the header
 * `Next-Cursor`; JSON is `{ items, nextCursor }`.
 */
export function listAnswer<T>(
  headers: Headers,
  page: Page<T>,
  columns: readonly Column<T>[],
): Result<Answer> {
  const media = negotiate(headers);
  if (!media.ok) return media;
  const vary = { Vary: 'Accept' };
  if (media.value === 'application/json') return ok({ status: 200, body: page, headers: vary });
  const head = media.value === 'text/csv' ? csv([], columns) : '';
  const content = head + rowsText(media.value, page.items, columns);
  return ok({
    status: 200,
    text: { mediaType: `${media.value}; charset=utf-8`, content },
    headers: { ...vary, ...(page.nextCursor !== null && { 'Next-Cursor': page.nextCursor }) },
  });
}

/** The rows alone, one line each: pages of them joined are the list. */
export const rowsText = <T>(
  media: 'text/csv' | 'application/x-ndjson',
  items: readonly T[],
  columns: readonly Column<T>[],
): string =>
  media === 'text/csv'
    ? items.map((item) => csvLine(columns.map(({ cell }) => cell(item)))).join('')
    : items.map((item) => `${JSON.stringify(item)}\n`).join('');

/** RFC 4180 with a header line and CRLF. */
export const csv = <T>(items: readonly T[], columns: readonly Column<T>[]): string =>
  csvLine(columns.map(({ name }) => name)) + rowsText('text/csv', items, columns);

const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** What a spreadsheet takes for the beginning of a formula, full-width forms included. */
const FORMULA_STARTS = '=+-@\uFF1D\uFF0B\uFF0D\uFF20';
const CONTROL_STARTS = '\t\r\n\0';

/** A sum with a sign is a number, and nothing in it runs. */
const PLAIN_NUMBER = /^-?[0-9]+(\.[0-9]+)?$/;

function wouldRun(text: string): boolean {
  if (PLAIN_NUMBER.test(text)) return false;
  const start = text.replaceAll('\0', '').trimStart().charAt(0);
  if (start !== '' && FORMULA_STARTS.includes(start)) return true;
  return text !== '' && CONTROL_STARTS.includes(text.charAt(0));
}

/** Text that could run is given an apostrophe; numbers and booleans are written as they are. */
function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = wouldRun(value) ? `'${value}` : value;
  return /^[A-Za-z0-9 _.:/-]*$/.test(safe) ? safe : `"${safe.replaceAll('"', '""')}"`;
}
