/**
 * `GET /v1/quality-results`: every revision of an agent's results, and which of them counts. Shows
 * the score as the exact fraction that pay uses beside four printed decimals. Refuses agents nobody
 * knows; what was erased shows no id.
 */
import * as z from 'zod';
import type { DirectoryEnv } from '../../agents/store';
import { pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { fraction, multiply, parseFraction, roundHalfUp } from '../../kernel/fraction';
import { printInstant } from '../../kernel/instant';
import { ok } from '../../kernel/result';
import { COUNTED } from '../result';
import { factsQuery } from './asked';
import { readAsked, readRevisions, type ShownRevision } from './store';

const revision = z.object({
  rowId: z.string(),
  id: z.string().nullable().meta({ description: "The sender's id; null once it was erased." }),
  result_status: z.string(),
  scorecard_version_id: z.string().nullable(),
  score: z.string().nullable().meta({ description: 'Four decimals, for reading.' }),
  exactScore: z.string().nullable().meta({ description: 'numerator/denominator, as it is used.' }),
  created_date: z.string().meta({ description: 'By the first word of it: its period is of this.' }),
  revisedAt: z.string(),
  seal: z.int(),
  counts: z.boolean().meta({
    description:
      'The latest revision of all, COMPLETED or PUBLISHED; false too where a later one names another agent.',
  }),
});

export const listResults = <E extends DirectoryEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/quality-results',
    tag: 'Facts',
    summary: "List an agent's quality results with their revisions",
    description: 'Results created on some days, each revision as it was recorded. P2, P14.',
    permission: 'read',
    query: factsQuery,
    answers: { 200: { description: 'A page of revisions.', schema: pageOf(revision) } },
    async handle({ env, query }) {
      const asked = await readAsked(env, query);
      if (!asked.ok) return asked;
      const { limit, cursor } = query;
      const found = await readRevisions(env.DB, asked.value, cursor ?? '', limit + 1);
      const page = pageFrom(found, limit, ({ rowId }) => rowId);
      return ok({ status: 200, body: { ...page, items: page.items.map(shown) } });
    },
  });

function shown(one: ShownRevision): z.output<typeof revision> {
  const { rowId, status, score, scorecardVersion, first, revisedAt, seal, latest, item } = one;
  return {
    rowId,
    id: item === null ? null : String(item.id),
    result_status: status,
    scorecard_version_id: scorecardVersion,
    score: score === null ? null : printed(score),
    exactScore: score,
    created_date: printInstant(first),
    revisedAt: printInstant(revisedAt),
    seal,
    counts: latest && COUNTED.has(status) && score !== null,
  };
}

/** A fraction as text with four decimals. */
function printed(score: string): string {
  const scaled = roundHalfUp(multiply(parseFraction(score), fraction(10_000n)));
  const digits = scaled.toString().padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
