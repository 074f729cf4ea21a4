/**
 * `/v1/fx-rates/{date}`: rates of exchange of a day, as exact decimals. A run pins those of the
 * latest day until the end of its period; a later version of a day changes no run (P13).
 */
import * as z from 'zod';
import { checkPreconditions } from '../../http/etag';
import { type Route, route } from '../../http/route';
import { canonicalJson } from '../../kernel/hash';
import { isDay } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { type DayRates, RATES_KIND, ratesBody } from './rate';
import { readRates } from './store';

const params = z.strictObject({
  date: z.string().refine((text) => isDay(text), 'a day `YYYY-MM-DD`'),
});
const shown = z
  .object({
    date: z.string(),
    version: z.int(),
    base: z.string(),
    rates: z.record(z.string(), z.string()),
  })
  .meta({ id: 'DayRates' });

const putRates = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/fx-rates/{date}',
    tag: 'Pay',
    summary: 'Write the rates of exchange of a day',
    description:
      'How much of each currency one of `base` buys; decimal text is kept digit by digit. P13.',
    permission: 'payroll',
    params,
    body: ratesBody,
    answers: {
      200: { description: 'The next version, or the same again.', schema: shown },
      201: { description: 'The first rates of this day.', schema: shown },
    },
    examples: { request: { base: 'USD', rates: { EUR: '0.9236', GBP: '0.7871' } } },
    async handle(call) {
      const { env, now, actor, body, params: asked } = call;
      const before = await readRates(env.DB, asked.date);
      const holds = checkPreconditions(call.headers, before === null ? null : etagOf(before));
      if (!holds.ok) return holds;
      if (before !== null && canonicalJson(before.content) === canonicalJson(body)) {
        const same = { date: asked.date, version: before.version, ...body };
        return ok({ status: 200, body: same, headers: { ETag: etagOf(before) } });
      }
      const version = {
        kind: RATES_KIND,
        name: asked.date,
        version: (before?.version ?? 0) + 1,
        effectiveFrom: null,
        writtenAt: now,
        author: actor.person,
        content: body satisfies DayRates,
      };
      return submit(call, {
        rows: [configRow(version, randomHex(16))],
        audit: {
          action: 'FX_RATES_WRITTEN',
          subject: `config:${RATES_KIND}/${asked.date}`,
          detail: { version: version.version },
        },
        answer: {
          status: before === null ? 201 : 200,
          body: { date: asked.date, version: version.version, ...body },
          headers: { ETag: etagOf(version) },
        },
      });
    },
  });

const getRates = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/fx-rates/{date}',
    tag: 'Pay',
    summary: 'Read the rates of exchange of a day',
    permission: 'read',
    params,
    answers: { 200: { description: 'The newest version of that day.', schema: shown } },
    async handle({ env, params: { date } }) {
      const found = await readRates(env.DB, date);
      if (found === null) return fail({ kind: 'not-found', what: 'rates of the day', id: date });
      const { version, content } = found;
      const headers = { ETag: etagOf(found) };
      return ok({ status: 200, body: { date, version, ...content }, headers });
    },
  });

export const rateRoutes = <E extends LedgerEnv>(): readonly Route<E>[] => [putRates(), getRates()];
