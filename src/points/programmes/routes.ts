/**
 * `/v1/programs/{pointCategory}`: how a programme settles. Every change is a new version from its
 * `effectiveFrom`; a category nobody has set answers with the defaults. Refuses bands that could
 * never match and categories that are no unit of points.
 */
import * as z from 'zod';
import { checkPreconditions } from '../../http/etag';
import { instantText } from '../../http/fields';
import { type Route, route } from '../../http/route';
import { canonicalJson } from '../../kernel/hash';
import { printInstant } from '../../kernel/instant';
import { ok } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { readLatest } from '../../ledger/store';
import { randomHex } from '../../runtime/chance';
import {
  DEFAULT_PROGRAMME,
  isCategory,
  PROGRAMME_KIND,
  type Programme,
  programmeSchema,
} from './programme';

const params = z.strictObject({
  pointCategory: z.string().refine(isCategory, 'letters, digits, _ and -; at most 60'),
});
const body = programmeSchema.extend({ effectiveFrom: instantText.optional() });
const shown = programmeSchema.extend({
  pointCategory: z.string(),
  version: z.int().meta({ description: '0 while nothing has been set.' }),
  effectiveFrom: z.string().nullable(),
});

const show = (category: string, version: ConfigVersion<Programme> | null) => ({
  pointCategory: category,
  version: version?.version ?? 0,
  effectiveFrom: version?.effectiveFrom == null ? null : printInstant(version.effectiveFrom),
  ...(version?.content ?? DEFAULT_PROGRAMME),
});

export const readProgramme = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/programs/{pointCategory}',
    tag: 'Programmes',
    summary: 'Read the settings of a programme',
    permission: 'read',
    params,
    answers: { 200: { description: 'The settings, or the defaults.', schema: shown } },
    async handle(call) {
      const { pointCategory } = call.params;
      const version = await readLatest<Programme>(call.env.DB, PROGRAMME_KIND, pointCategory);
      const headers: Record<string, string> = version === null ? {} : { ETag: etagOf(version) };
      return ok({ status: 200, body: show(pointCategory, version), headers });
    },
  });

export const replaceProgramme = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/programs/{pointCategory}',
    tag: 'Programmes',
    summary: 'Write the settings of a programme',
    description:
      'Lock window, multiplier bands, measuring, required fields, caps and drift. M3, M5, M8, M9, DEC-9, DEC-10.',
    permission: 'draft',
    params,
    body,
    answers: {
      200: { description: 'The settings with their new version.', schema: shown },
      201: { description: 'The first settings.', schema: shown },
    },
    examples: {
      request: {
        lockSeconds: 60,
        measurementDays: 14,
        caps: { perMentor: { count: 3, period: 'DAY' }, perPair: { count: 2, period: 'WEEK' } },
        drift: { sessions: 10, below: 5 },
      },
    },
    async handle(call) {
      const { pointCategory } = call.params;
      const { effectiveFrom, ...content } = call.body;
      const present = await readLatest<Programme>(call.env.DB, PROGRAMME_KIND, pointCategory);
      const holds = checkPreconditions(call.headers, present && etagOf(present));
      if (!holds.ok) return holds;
      const same = present !== null && canonicalJson(present.content) === canonicalJson(content);
      if (same && effectiveFrom === undefined) {
        const headers = { ETag: etagOf(present) };
        return ok({ status: 200, body: show(pointCategory, present), headers });
      }
      const next: ConfigVersion<Programme> = {
        kind: PROGRAMME_KIND,
        name: pointCategory,
        version: (present?.version ?? 0) + 1,
        effectiveFrom: effectiveFrom ?? (present === null ? null : call.now),
        writtenAt: call.now,
        author: call.actor.person,
        content,
      };
      return submit(call, {
        rows: [configRow(next, randomHex(16))],
        audit: {
          action: 'PROGRAMME_WRITTEN',
          subject: `config:${PROGRAMME_KIND}/${pointCategory}`,
          detail: { version: next.version },
        },
        answer: {
          status: present === null ? 201 : 200,
          body: show(pointCategory, next),
          headers: { ETag: etagOf(next) },
        },
      });
    },
  });
