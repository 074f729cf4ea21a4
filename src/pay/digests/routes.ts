/**
 * `/v1/pay-runs/{id}/export-digest`: one SHA-256 over every line or delta of a run, whatever the size
 * of the pages in which they are fetched. Decides what the rows of an export are; refuses while they
 * change faster than they are read.
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
import { shownLines } from '../runs/lines/routes';
import { LINE_COLUMNS } from '../runs/lines/view';
import type { RunSetting } from '../runs/setting';
import { readLinePage } from '../runs/store';
import { runParams } from '../runs/view';
import { type RowsOfPage, wholeDigest } from './client';

/** As many rows as a read may return. */
const ROWS_A_PAGE = 500;

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
      'another one. 409: they change faster than they are read. P11, P12, P14.',
    permission: 'read',
    params: runParams,
    query,
    answers: { 200: { description: 'The digest of the whole.', schema: digest } },
    async handle({ env, now, params: { id }, query: { of, form } }) {
      const setting = await loadRun(env.DB, id);
      if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
      const pages = of === 'lines' ? linesAfter : deltasAfter;
      const whole = await wholeDigest(
        (position) => pages(env, setting, FORMS[form], position, now),
        async () => (await readHead(env.DB))?.number ?? 0,
      );
      if (!whole.ok) return whole;
      return ok({ status: 200, body: { runId: id, of, form, ...whole.value } });
    },
  });

type Pages = (
  env: PayEnv,
  setting: RunSetting,
  media: Media,
  position: string,
  now: number,
) => Promise<RowsOfPage>;

const linesAfter: Pages = async (env, setting, media, position, now) => {
  const lines = await readLinePage(env.DB, setting.name, position, ROWS_A_PAGE);
  const items = await shownLines(env, setting, lines, now);
  return pageOfRows(media, items, LINE_COLUMNS, lines.at(-1)?.agentKey);
};

const deltasAfter: Pages = async (env, { name, run }, media, position) => {
  const deltas = await readDeltaPage(env.DB, run.planId, position, ROWS_A_PAGE);
  const items = await shownDeltas(env.DB, name, deltas);
  return pageOfRows(media, items, DELTA_COLUMNS, deltas.at(-1)?.id);
};

const pageOfRows = <T>(
  media: Media,
  items: readonly T[],
  columns: readonly Column<T>[],
  last: string | undefined,
): RowsOfPage => ({
  count: items.length,
  text: rowsText(media, items, columns),
  next: items.length < ROWS_A_PAGE ? null : (last ?? null),
});
