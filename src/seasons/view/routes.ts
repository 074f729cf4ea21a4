/**
 * What an agent sees (S13): the tier with its reasons, and the forecast. Refuses agents nobody knows
 * and days on which there is no season for them.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { type Route, route } from '../../http/route';
import { roundHalfUp } from '../../kernel/fraction';
import { printInstant } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';
import { ok } from '../../kernel/result';
import { localDay } from '../../kernel/zone';
import type { SeasonsEnv } from '../client';
import { readHoldings } from '../decay/store';
import { factorOf, floorTier } from '../season';
import { printPoints } from '../standing/change';
import type { Place } from '../standing/standing';
import { NO_BASIS, readBases } from '../standing/store';
import { honouredAt, type TierTable, thresholdOfTier, tierFor } from '../tier';
import { readSeen } from './client';
import {
  curveOf,
  earnedOf,
  losses,
  nextTier,
  type Outlook,
  PACE_DAYS,
  paceOf,
  paceTo,
  steadyState,
} from './forecast';
import { showThresholds, thresholds } from './shape';
import { readTier } from './tier/routes';

const EVER = Number.MAX_SAFE_INTEGER;
const params = z.strictObject({ id: agentIdText });

const shownForecast = z
  .object({
    agentId: z.string(),
    seasonId: z.string(),
    day: z.string(),
    points: z.string().meta({ description: 'What the account holds now.' }),
    tier: z.string(),
    honoured: z.string(),
    graceUntil: z.string().nullable(),
    thresholds,
    decayToDate: z.string().meta({ description: 'What the nights have taken so far.' }),
    decayFactor: z.string(),
    curve: z
      .array(
        z.object({
          day: z.string(),
          points: z.string(),
          tier: z.string().meta({ description: 'By points, floor and compliance minimums.' }),
          honoured: z.string().meta({ description: 'In grace what is honoured until its end.' }),
        }),
      )
      .meta({ description: 'With no further earnings, to the last day of the season.' }),
    losses: z.array(z.object({ tier: z.string(), day: z.string().nullable() })).meta({
      description:
        'The first day on which each tier that is honoured today is honoured no more; null: not ' +
        'this season. The floor is never lost.',
    }),
    pacePerDay: z.string().meta({ description: `Earnings a day over the last ${PACE_DAYS} days.` }),
    steadyState: z.object({ points: z.string(), tier: z.string() }).nullable().meta({
      description:
        'Where this pace leads: earnings per day ÷ rate; null without decay, where points only grow.',
    }),
    paceToKeep: z.object({ tier: z.string(), perDay: z.string() }).meta({
      description:
        'Earnings a day with which the tier of these points outlasts every night; 0 without decay.',
    }),
    paceToReach: z
      .object({ tier: z.string(), perDay: z.string() })
      .nullable()
      .meta({
        description:
          'Earnings a day that hold the next tier; without decay those that reach it by the last day: ' +
          'points wanting ÷ days left, today included, rounded up. null at the top.',
      }),
  })
  .meta({ id: 'AgentForecast' });

const readForecast = <E extends SeasonsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/forecast',
    tag: 'Agents',
    summary: 'Say where an agent’s points lead',
    description:
      'Made of the same closed form as the nightly decay. The steady state of a pace is earnings ' +
      'per day ÷ rate: at a factor of 0.95 it is twenty days of earnings, those of the day included. ' +
      'Tiers are evaluated after the night took its part, so what keeps one is threshold × rate ÷ ' +
      'factor a day. Without decay (factor 1) points only grow: there is no steady state, a tier is ' +
      'kept with nothing, and the next one is reached with the points wanting ÷ the days left. S13, ' +
      'DEC-16.',
    permission: 'read',
    params,
    answers: { 200: { description: 'Curve, losses and paces.', schema: shownForecast } },
    async handle({ env, now, params: { id } }) {
      const found = await readSeen(env, id, now);
      if (!found.ok) return found;
      const { agentKey, place, table, points } = found.value;
      const { season, standing } = place;
      const today = Math.min(dayNumber(localDay(now, season.timeZone)), dayNumber(season.endDay));
      const outlook = await outlookOf(env.DB, place, agentKey, table, today);
      const curve = curveOf(outlook);
      const pace = paceOf(outlook);
      const steady = steadyState(pace, outlook.factor);
      const tier = tierFor(table, points);
      const above = nextTier(table, tier);
      const perDay = (name: string) =>
        printPoints(paceTo(thresholdOfTier(table, name), points, outlook));
      return ok({
        status: 200,
        body: {
          agentId: id,
          seasonId: season.id,
          day: curve[0]?.day ?? season.endDay,
          points: printPoints(points),
          tier: standing.tier,
          honoured: honouredAt(standing, now),
          graceUntil: standing.graceUntil === null ? null : printInstant(standing.graceUntil),
          thresholds: showThresholds(table),
          decayToDate: printPoints(earnedOf(outlook) - points),
          decayFactor: season.decay.factor,
          curve: curve.map((one) => ({ ...one, points: printPoints(one.points) })),
          losses: losses(outlook, curve),
          pacePerDay: printPoints(Number(roundHalfUp(pace))),
          steadyState:
            steady === null
              ? null
              : { points: printPoints(steady), tier: tierFor(table, Math.max(0, steady)) },
          paceToKeep: { tier, perDay: perDay(tier) },
          paceToReach: above === null ? null : { tier: above, perDay: perDay(above) },
        },
      });
    },
  });

async function outlookOf(
  db: D1Database,
  { season, standing, opening }: Place,
  agentKey: string,
  table: TierTable,
  today: number,
): Promise<Outlook> {
  const { graceUntil, compliant } = standing;
  const [holdings, bases] = await Promise.all([
    readHoldings(db, season, [agentKey], EVER),
    readBases(db, season, [agentKey]),
  ]);
  return {
    accounts: (holdings.get(agentKey) ?? []).map(({ lots }) => lots),
    factor: factorOf(season),
    away: (bases.get(agentKey) ?? NO_BASIS).away,
    today,
    firstDay: dayNumber(season.startDay),
    lastDay: dayNumber(season.endDay),
    table,
    standing: {
      floor: floorTier(season, table),
      opening,
      graceEnds: graceUntil === null ? null : dayNumber(localDay(graceUntil, season.timeZone)),
      compliant,
    },
  };
}

/** The agent's view, in the order in which the documentation shows it. */
export const agentViewRoutes = <E extends SeasonsEnv>(): readonly Route<E>[] => [
  readTier(),
  readForecast(),
];
