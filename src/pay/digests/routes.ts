/**
 * `/v1/pay-runs/{id}/export-digest`: one SHA-256 over every line or delta of a run, whatever the size
 * of the pages in which they are fetched. Decides what the rows of an export are and what reading
 * them costs; refuses while they change faster than they are read, and more than one request may read.
 */
import * as z from 'zod';
import { type Column, rowsText } from '../../http/media';
import { type Route, route } from '../../http/route';
import { fail, ok } from '../../kernel/result';
import { readHead } from '../../ledger/seals/store';
import { DELTA_COLUMNS, shownDeltas } from '../deltas/routes';
import { readDeltaPage } from '../deltas/store';
import { loadRun } from '../runs/calculate/client';
import type { PayEnv } from '../runs/client';
import { beginWalk, LINES_READ, ROWS_A_PAGE, readPages } from '../runs/lines/client';
import { shownLines } from '../runs/lines/routes';
import { LINE_COLUMNS, type LineItem } from '../runs/lines/view';
import type { RunSetting } from '../runs/setting';
import { runParams } from '../runs/view';
import { type Reading, type RowsOfPage, wholeDigest } from './client';

const FORMS = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
type Media = (typeof FORMS)[keyof typeof FORMS];

const query = z.strictObject({
  of: z.enum(['lines', 'delta-report']).default('lines'),
  form: z.enum(['csv', 'ndjson']).default('ndjson'),
});

const digest = z
  .object({
    runId: z.string(),
    of: z.enum(['lines', 'delta-report']),
    form: z.enum(['csv', 'ndjson']),
    rows: z.int(),
    bytes: z.int(),
    sha256: z.string().meta({ description: 'Lower-case hex, over the rows alone.' }),
    seal: z.int().meta({ description: 'All rows stood so when this was the last seal.' }),
  })
  .meta({ id: 'ExportDigest' });

export const exportDigest = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}/export-digest',
    tag: 'Pay',
    summary: 'One SHA-256 over all lines or deltas of a run',
    description:
      'To check an export of many pages: fetch `/lines` or `/delta-report` (without `state`) page ' +
      'by page with the same `Accept`, leave out the header line of each page of CSV, join the ' +
      'rest in order, and hash it: that is `sha256`, and its length is `bytes`. A row of CSV ends ' +
      'in CRLF, one of NDJSON in LF; of JSON pages it is each item as `JSON.stringify` writes it ' +
      'and LF (`form=ndjson`). Rows tell what became of lines up to now; the digest is of rows ' +
      'that all stood as of `seal`, and pages that were fetched before or after a row changed give ' +
      'another one. 409: they change faster than they are read, or the list is longer than one ' +
      'request may read: 900 queries of D1, of which 2,000 lines take 13, and 8 more for each ' +
      'earlier version of the period that was sent out, and 500 deltas take 2. So 136,000 lines of ' +
      'a first version and 225,000 deltas are read once, half as many twice. The answer says how ' +
      'many rows it would be; of a longer list take the digest of each page. P11, P12, P14.',
    permission: 'read',
    params: runParams,
    query,
    answers: { 200: { description: 'The digest of the whole.', schema: digest } },
    async handle({ env, now, params: { id }, query: { of, form } }) {
      const setting = await loadRun(env.DB, id);
      if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
      const begin = of === 'lines' ? linesOf : deltasOf;
      const whole = await wholeDigest(
        () => begin(env, setting, FORMS[form], now),
        async () => (await readHead(env.DB))?.number ?? 0,
      );
      if (!whole.ok) return whole;
      return ok({ status: 200, body: { runId: id, of, form, ...whole.value } });
    },
  });

type Begin = (env: PayEnv, setting: RunSetting, media: Media, now: number) => Promise<Reading>;

const linesOf: Begin = async (env, setting, media, now) => {
  const walk = await beginWalk(env, setting, now);
  return {
    asked: walk.asked,
    askedByPage: walk.askedByRead,
    rowsOfPage: LINES_READ,
    pageAfter: async (position) => {
      const { pages, next } = await readPages(env.DB, setting.name, position);
      const items: LineItem[] = [];
      for (const lines of pages) items.push(...(await shownLines(env, setting, lines, now, walk)));
      return rowsOf(media, items, LINE_COLUMNS, next);
    },
  };
};

const deltasOf: Begin = async ({ DB }, setting, media) => ({
  asked: 0,
  askedByPage: 2,
  rowsOfPage: ROWS_A_PAGE,
  pageAfter: async (position) => {
    const deltas = await readDeltaPage(DB, setting.run.planId, position, ROWS_A_PAGE);
    const items = await shownDeltas(DB, setting, deltas);
    const last = deltas.length < ROWS_A_PAGE ? null : deltas.at(-1)?.delta.id;
    return rowsOf(media, items, DELTA_COLUMNS, last);
  },
});

const rowsOf = <T>(
  media: Media,
  items: readonly T[],
  columns: readonly Column<T>[],
  last: string | null | undefined,
): RowsOfPage => ({
  count: items.length,
  text: rowsText(media, items, columns),
  next: last ?? null,
});
