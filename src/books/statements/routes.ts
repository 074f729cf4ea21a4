/**
 * `GET /v1/agents/{id}/statement`: what an agent had, earned, lost and has, with a line and a reason
 * for everything, coaching sessions that brought nothing included. A cursor carries seal, days and
 * instant of its first page, so all pages show one statement. Refuses instants to come and agents
 * nobody knows; a person who was erased is shown without a name.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { agentIdText } from '../../agents/agent';
import { listAnswer } from '../../http/media';
import { encodeCursor, pageFields } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import type { Explainer } from '../../ledger/explain';
import { readHead } from '../../ledger/seals/store';
import type { BooksEnv } from '../client';
import { findHolder, namesOf } from '../holder/store';
import { asOfField } from '../moment/day';
import { boundsOf } from '../moment/store';
import { COLUMNS, lineShape, showStatementLine, showTotals, totalsShape } from './shape';
import { daysOf, firstPlace, type Place, readPlace, totalsOf, writePlace } from './statement';
import { readPage, readSums } from './store';

const dayField = (what: string) =>
  z
    .string()
    .max(40)
    .optional()
    .meta({ description: what, examples: ['2024-09-01'] });

const query = z.strictObject({
  ...pageFields,
  from: dayField("First day, in the organisation's zone; that of the month when absent."),
  to: dayField('First day that does not count; that after the current month when absent.'),
  as_of: asOfField,
});

type Query = z.output<typeof query>;

const shown = z
  .object({
    agentId: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
    erased: z.boolean(),
    from: z.string(),
    to: z.string().meta({ description: 'First day that does not count.' }),
    timeZone: z.string(),
    asOf: z.string(),
    seal: z.int().meta({ description: 'The last seal that counts.' }),
    balances: z.array(totalsShape).meta({
      description: 'Per unit: opening + earned + revoked + decay + adjustments = closing.',
    }),
    complete: z.boolean().meta({
      description: 'False while zero lines of the last minutes may be missing; sums never are.',
    }),
    items: z.array(lineShape),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'AgentStatement' });

/** `GET /v1/agents/{id}/statement` → sums per unit and a page of lines; JSON, CSV or NDJSON; 404. */
export const readStatement = <E extends BooksEnv>(explainers: readonly Explainer<E>[]): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/statement',
    tag: 'Agents',
    summary: "Read an agent's statement",
    description:
      'Lines by business day, those of one day as they were recorded. A page ends with a whole day ' +
      'and may be shorter than asked; a day that alone does not fit goes on over pages, each in ' +
      'this order by itself. Coaching sessions that brought their ' +
      'mentor nothing have a line too and say which condition failed, by how much, what a cap held ' +
      'back or what they wait for; a mentee has no such lines. So has pay of a period that was sent ' +
      'out and came to nothing: the line says which minimum was missed or which step made it ' +
      'nothing. By `Accept` also CSV and NDJSON, ' +
      'lines only. L4.',
    permission: 'read',
    params: z.strictObject({ id: agentIdText }),
    query,
    answers: { 200: { description: 'Sums and a page of lines.', schema: shown } },
    async handle({ env, params: { id }, query: asked, headers, now }) {
      const { timeZone } = await readOrganisation(env.DB);
      const place = await placeOf(env.DB, asked, timeZone, now);
      if (!place.ok) return place;
      const holder = await findHolder(env, id);
      if (!holder.ok) return holder;
      const { agentKey, agentId } = holder.value;
      const { from, to, seal, asOf } = place.value;
      const [sums, page] = await Promise.all([
        readSums(env.DB, agentKey, { from, to }, seal),
        readPage(env, explainers, agentKey, place.value, asked.limit),
      ]);
      const names = namesOf(holder.value);
      const next = page.next === null ? null : { ...place.value, after: page.next };
      const body = {
        agentId,
        erased: agentId === null,
        from,
        to,
        timeZone,
        asOf: printInstant(asOf),
        seal,
        balances: totalsOf(sums.kinds, sums.seasons).map(showTotals),
        complete: page.complete,
        items: page.lines.map((line) => showStatementLine(line, names)),
        nextCursor: next === null ? null : encodeCursor(writePlace(next)),
      };
      return listAnswer(headers, body, COLUMNS);
    },
  });

/** The statement and place that are asked for; a cursor's own days and instant count. */
async function placeOf(
  db: D1Database,
  asked: Query,
  timeZone: string,
  now: number,
): Promise<Result<Place>> {
  const bounds = await boundsOf(db, { as_of: asked.as_of }, now);
  if (!bounds.ok) return bounds;
  const days = daysOf(asked, timeZone, now);
  if (!days.ok) return days;
  if (asked.cursor === undefined) {
    const seal = bounds.value.seal ?? (await readHead(db)).number;
    return ok({ ...days.value, seal, asOf: asked.as_of ?? now, after: firstPlace(days.value) });
  }
  const place = readPlace(asked.cursor);
  if (place === null || place.asOf > now) {
    return fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));
  }
  const isSame =
    (asked.from === undefined || place.from === days.value.from) &&
    (asked.to === undefined || place.to === days.value.to) &&
    (asked.as_of === undefined || place.asOf === asked.as_of);
  return isSame
    ? ok(place)
    : fail(invalidField('query:/cursor', 'custom', 'a cursor of another statement'));
}
