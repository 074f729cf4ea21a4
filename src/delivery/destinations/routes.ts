/**
 * Routes of destinations: write, read, list, close the breaker. Refuses what `body.ts` refuses and
 * never shows a secret. A destination that was switched on or mended sends on at once.
 */
import * as z from 'zod';
import { checkPreconditions } from '../../http/etag';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { callDestination, type DeliveryEnv } from '../client';
import { DESTINATION_ID, DESTINATION_KIND, type Destination } from '../destination';
import { rulesOf } from '../sending/client';
import type { DestinationReport } from '../sending/operator';
import { readDestination, readDestinations } from '../store';
import { destinationBody, destinationView, draftDestination, viewOf } from './body';
import { sealDestination } from './client';

const params = z.strictObject({ id: z.string().regex(DESTINATION_ID) });

const EXAMPLE = {
  preset: 'hris',
  url: 'https://hris.example.com',
  auth: { type: 'bearer', token: 'a-token-of-the-hris' },
  probeSeconds: 300,
};

const report = z
  .object({
    breaker: z.object({
      state: z.enum(['CLOSED', 'OPEN']),
      failures: z.int(),
      openedAt: z.string().nullable(),
      reason: z.string(),
    }),
    waiting: z.int(),
    retrying: z.int(),
    uncertain: z.int(),
    parked: z.int(),
    inFlight: z.int(),
    oldestAt: z.string().nullable(),
  })
  .nullable()
  .meta({ description: 'How it is; null while nothing was ever ordered.' });

const shown = destinationView.extend({ status: report });

const printReport = (found: DestinationReport | null) =>
  found && {
    ...found,
    breaker: { ...found.breaker, openedAt: printed(found.breaker.openedAt) },
    oldestAt: printed(found.oldestAt),
  };

const printed = (at: number | null): string | null => (at === null ? null : printInstant(at));

const putDestination = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/destinations/{id}',
    tag: 'Delivery',
    summary: 'Create or replace a destination',
    description:
      'Where deliveries of a preset go, with which credentials and how fast. Secrets are kept ' +
      'sealed; without one the one before stays. O4, G11, DEC-21, DEC-24.',
    permission: 'admin',
    params,
    body: destinationBody,
    examples: { request: EXAMPLE },
    answers: {
      200: { description: 'Replaced.', schema: destinationView },
      201: { description: 'Created.', schema: destinationView },
    },
    async handle(call) {
      const { env, params: asked, body, headers, now, actor } = call;
      const present = await readDestination(env.DB, asked.id);
      const checked = checkPreconditions(headers, present && etagOf(present));
      if (!checked.ok) return checked;
      const draft = draftDestination(body, present?.content ?? null, rulesOf(env));
      if (!draft.ok) return draft;
      const content = await sealDestination(env, asked.id, draft.value, present?.content ?? null);
      const version = (present?.version ?? 0) + 1;
      const next: ConfigVersion<Destination> = {
        kind: DESTINATION_KIND,
        name: asked.id,
        version,
        effectiveFrom: present === null ? null : now,
        writtenAt: now,
        author: actor.person,
        content,
      };
      const answer = await submit(call, {
        rows: [configRow(next, randomHex(16))],
        audit: {
          action: 'DESTINATION_WRITTEN',
          subject: `config:${DESTINATION_KIND}/${asked.id}`,
          detail: { version, preset: content.preset, url: content.url, auth: content.auth.type },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: viewOf(asked.id, version, content),
          headers: { ETag: etagOf(next) },
        },
      });
      if (answer.ok) call.later(callDestination(env, asked.id, (object) => object.poke(now)));
      return answer;
    },
  });

const getDestination = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/destinations/{id}',
    tag: 'Delivery',
    summary: 'Read a destination and how it is',
    permission: 'read',
    params,
    answers: { 200: { description: 'The destination; secrets by fingerprint.', schema: shown } },
    async handle({ env, params: { id } }) {
      const found = await readDestination(env.DB, id);
      if (found === null) return fail({ kind: 'not-found', what: 'destination', id });
      const status = printReport(await callDestination(env, id, (object) => object.report()));
      const body = { ...viewOf(id, found.version, found.content), status };
      return ok({ status: 200, body, headers: { ETag: etagOf(found) } });
    },
  });

const listDestinations = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/destinations',
    tag: 'Delivery',
    summary: 'List destinations',
    permission: 'read',
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of destinations.', schema: pageOf(destinationView) } },
    async handle({ env, query: { limit, cursor } }) {
      const found = await readDestinations(env.DB, cursor ?? null, limit + 1);
      const page = pageFrom(found, limit, ({ name }) => name);
      const items = page.items.map(({ name, version, content }) => viewOf(name, version, content));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const resumeDestination = <E extends DeliveryEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/destinations/{id}/resume',
    tag: 'Delivery',
    summary: 'Close the breaker of a destination; what is parked goes on',
    description: 'No answer is kept under an Idempotency-Key: asked again, it is resumed again.',
    permission: 'compliance',
    params,
    answers: {
      200: {
        description: 'The breaker is closed.',
        schema: z.object({ id: z.string(), breaker: z.literal('CLOSED') }),
      },
    },
    async handle(call) {
      const { env, params: asked, now } = call;
      const found = await readDestination(env.DB, asked.id);
      if (found === null) return fail({ kind: 'not-found', what: 'destination', id: asked.id });
      const answer = await submit(call, {
        rows: [],
        audit: {
          action: 'DESTINATION_RESUMED',
          subject: `config:${DESTINATION_KIND}/${asked.id}`,
          detail: {},
        },
        answer: { status: 200, body: { id: asked.id, breaker: 'CLOSED' } },
        isDoneAfter: true,
      });
      if (answer.ok) await callDestination(env, asked.id, (object) => object.resume(now));
      return answer;
    },
  });

export const destinationRoutes = <E extends DeliveryEnv>(): readonly Route<E>[] => [
  putDestination(),
  getDestination(),
  listDestinations(),
  resumeDestination(),
];
