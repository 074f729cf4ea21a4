/**
 * `GET /v1/seasons/{id}/archive`: what every agent had as a season was reset, in the document's form,
 * for forecasting; JSON, NDJSON or CSV. Refuses seasons that do not exist; one that was not reset is
 * empty.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { type Column, listAnswer } from '../../http/media';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Route, route } from '../../http/route';
import type { SeasonsEnv } from '../client';
import { seasonId } from '../season';
import type { Archived } from '../standing/words';
import { findSeason } from '../store';
import { logEntry } from './entry';
import { readArchive } from './store';

const number = z.number().nullable();
const entry = z
  .object({
    agent_id: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
    season_id: z.string(),
    metrics: z.object({ aht_avg: number, csat_score: number, first_contact_resolution: number }),
    tier: z.string(),
    points_accumulated: z.number(),
    archive_timestamp: z.string(),
    honoured_tier: z.string(),
    next_season_id: z.string(),
    next_tier: z.string(),
  })
  .meta({ id: 'SeasonLogEntry' });

type Entry = z.output<typeof entry>;

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'agent_id', cell: (one) => one.agent_id },
  { name: 'season_id', cell: (one) => one.season_id },
  { name: 'aht_avg', cell: (one) => one.metrics.aht_avg },
  { name: 'csat_score', cell: (one) => one.metrics.csat_score },
  { name: 'first_contact_resolution', cell: (one) => one.metrics.first_contact_resolution },
  { name: 'tier', cell: (one) => one.tier },
  { name: 'points_accumulated', cell: (one) => one.points_accumulated },
  { name: 'archive_timestamp', cell: (one) => one.archive_timestamp },
  { name: 'honoured_tier', cell: (one) => one.honoured_tier },
  { name: 'next_season_id', cell: (one) => one.next_season_id },
  { name: 'next_tier', cell: (one) => one.next_tier },
];

export const readArchiveRoute = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/seasons/{id}/archive',
    tag: 'Seasons',
    summary: 'Export the archive of a season',
    description:
      'One entry per agent as it was when the season was reset: nothing of it is ever deleted. By ' +
      '`Accept` also CSV and NDJSON, for forecasting. S1.',
    permission: 'read',
    params: z.strictObject({ id: seasonId }),
    query: pageQuery,
    answers: { 200: { description: 'A page of entries.', schema: pageOf(entry) } },
    async handle({ env, now, headers, params: { id }, query: { limit, cursor } }) {
      const season = await findSeason(env.DB, id, now);
      if (!season.ok) return season;
      const rows = await readArchive(env.DB, id, cursor ?? null, limit + 1);
      const page = pageFrom(rows, limit, ({ agentKey }) => agentKey);
      const names = await readAgentIds(
        env.DB,
        page.items.map(({ agentKey }) => agentKey),
      );
      const items = page.items.map((one) => show(one, season.value.span.until, names));
      return listAnswer(headers, { ...page, items }, COLUMNS);
    },
  });

const show = (one: Archived, until: number, names: ReadonlyMap<string, string>): Entry => ({
  agent_id: names.get(one.agentKey) ?? null,
  ...logEntry(one, until),
  honoured_tier: one.honoured,
  next_season_id: one.nextSeason,
  next_tier: one.next.tier,
});
