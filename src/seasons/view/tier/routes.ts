/**
 * `GET /v1/agents/{id}/tier`: where an agent stands now, and what came of a season of theirs (S13).
 * Refuses agents and seasons nobody knows.
 */
import * as z from 'zod';
import { agentIdText } from '../../../agents/agent';
import { type Route, route } from '../../../http/route';
import { printInstant } from '../../../kernel/instant';
import { fail, ok, type Result } from '../../../kernel/result';
import { readArchiveOf } from '../../archive/store';
import type { SeasonsEnv } from '../../client';
import { seasonId } from '../../season';
import { printPoints } from '../../standing/change';
import { readHistory } from '../../standing/store';
import type { Archived, TierChange } from '../../standing/words';
import { readSeasons } from '../../store';
import { honouredAt, privilegesOf } from '../../tier';
import { readSeen, type Seen } from '../client';
import { nextTier } from '../forecast';
import { showThresholds, thresholds } from '../shape';

const params = z.strictObject({ id: agentIdText });

const ended = {
  tier: z.string().meta({ description: 'What its points came to.' }),
  honoured: z.string(),
  points: z.string(),
  reset: z.string().nullable().meta({ description: 'Run of the reset.' }),
};

const cameFrom = z.object({
  season: z.string(),
  ...ended,
  archived: z
    .boolean()
    .meta({ description: 'false: its reset is still to come, with no run yet.' }),
});

const wentTo = z.object({ ...ended, at: z.string(), nextSeasonId: z.string() });

const shownTier = z
  .object({
    agentId: z.string(),
    seasonId: z.string(),
    tier: z.string().meta({ description: 'What the points come to.' }),
    honoured: z.string().meta({ description: 'What the agent is routed by now.' }),
    graceUntil: z.string().nullable(),
    complianceOk: z.boolean(),
    points: z.string(),
    thresholds,
    nextTier: z.string().nullable(),
    resetPending: z
      .boolean()
      .meta({ description: 'The last season has ended and is being reset.' }),
    privileges: z.record(z.string(), z.unknown()),
    historySeasonId: z.string().meta({ description: 'The season of what follows.' }),
    opened: cameFrom.nullable().meta({
      description:
        'The season before, with whose reset this one opened at no points; null for who began in it.',
    }),
    closed: wentTo.nullable().meta({
      description: 'How the season ended for the agent; null where it was not reset.',
    }),
    history: z.array(
      z.object({
        number: z.int(),
        at: z.string(),
        tier: z.string(),
        honoured: z.string(),
        points: z.string(),
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: 'AgentTier' });

export const readTier = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/tier',
    tag: 'Agents',
    summary: "Read an agent's tier",
    description:
      'The tier by points and the one that is honoured now, what it brings, and every change in ' +
      'this season with its reason; with `season` the changes of that one instead, how it opened and ' +
      'how it was closed. Points begin again with a season: `opened` says what the one before came ' +
      'to. S6, S8, S13.',
    permission: 'read',
    params,
    query: z.strictObject({ season: seasonId.optional() }),
    answers: { 200: { description: 'Where the agent stands.', schema: shownTier } },
    async handle({ env, now, params: { id }, query }) {
      const found = await readSeen(env, id, now);
      if (!found.ok) return found;
      const { agentKey, place, table, points } = found.value;
      const { season, standing, foreseen } = place;
      const shown = query.season ?? season.id;
      const past = await readPast(env, { agentKey, place }, shown, now);
      if (!past.ok) return past;
      const honoured = honouredAt(standing, now);
      return ok({
        status: 200,
        body: {
          agentId: id,
          seasonId: season.id,
          tier: standing.tier,
          honoured,
          graceUntil: standing.graceUntil === null ? null : printInstant(standing.graceUntil),
          complianceOk: standing.compliant,
          points: printPoints(points),
          thresholds: showThresholds(table),
          nextTier: nextTier(table, standing.tier),
          resetPending: foreseen,
          privileges: privilegesOf(table, honoured),
          historySeasonId: shown,
          ...past.value,
        },
      });
    },
  });

/** What came of one season of an agent, or the refusal of one that nobody knows. */
async function readPast(
  env: SeasonsEnv,
  { agentKey, place }: Pick<Seen, 'agentKey' | 'place'>,
  season: string,
  now: number,
): Promise<Result<object>> {
  const seasons = (await readSeasons(env.DB, now)).map(({ id }) => id);
  const isHere = season === place.season.id;
  if (!isHere && !seasons.includes(season)) {
    return fail({ kind: 'not-found', what: 'season', id: season });
  }
  const [history, archive] = await Promise.all([
    readHistory(env.DB, agentKey, season),
    readArchiveOf(env.DB, agentKey, seasons),
  ]);
  const before = archive.find(({ nextSeason }) => nextSeason === season);
  const closed = archive.find((one) => one.season === season);
  const foreseen = isHere ? place.ended : undefined;
  return ok({
    opened:
      before !== undefined
        ? { season: before.season, ...showEnd(before), archived: true }
        : foreseen !== undefined
          ? { season: foreseen.season, ...showEnd({ ...foreseen, run: null }), archived: false }
          : null,
    closed:
      closed === undefined
        ? null
        : { ...showEnd(closed), at: printInstant(closed.at), nextSeasonId: closed.nextSeason },
    history: history.map(showChange),
  });
}

type End = Pick<Archived, 'tier' | 'honoured' | 'points'> & { readonly run: string | null };

const showEnd = ({ tier, honoured, points, run }: End) => ({
  tier,
  honoured,
  points: printPoints(points),
  reset: run,
});

const showChange = (change: TierChange) => ({
  number: change.number,
  at: printInstant(change.at),
  tier: change.tier,
  honoured: change.honoured,
  points: printPoints(change.points),
  reason: change.reason,
});
