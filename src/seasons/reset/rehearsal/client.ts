/**
 * What a reset as of now would do to a page of the directory: the tier of each agent before and after,
 * and every request that would be sent. Decides by the same plan as the run. Writes nothing.
 */
import { pageFrom } from '../../../http/paging';
import { printInstant } from '../../../kernel/instant';
import { readHead } from '../../../ledger/seals/store';
import type { SeasonsEnv } from '../../client';
import { saltBy } from '../../salt';
import { copiedSeason, type LiveSeason, successorOf } from '../../season';
import { printPoints } from '../../standing/change';
import { readSeasons, readTiers } from '../../store';
import { ordersOf } from '../../telling/batch';
import { readDestinationsBy } from '../../telling/store';
import type { NamedDestination } from '../../telling/target';
import { isTold, type Known, planOf, type Setting } from '../plan';
import type { Rehearsed } from '../shape';
import { readAgentsBy, readKnown } from '../store';

export async function rehearse(
  env: SeasonsEnv,
  season: LiveSeason,
  asked: {
    readonly groups: readonly string[];
    readonly limit: number;
    readonly cursor: string | null;
  },
  now: number,
): Promise<Rehearsed> {
  const [seasons, table, head] = await Promise.all([
    readSeasons(env.DB, now),
    readTiers(env.DB, now),
    readHead(env.DB),
  ]);
  const next = successorOf(season, seasons) ?? copiedSeason(season, seasons);
  const run = {
    season: season.id,
    wave: 'RESET' as const,
    number: 0,
    next: next.id,
    key: 'dry-run',
    by: 'api',
    groups: asked.groups,
    instant: season.span.until,
  };
  const all = seasons.some(({ id }) => id === next.id) ? seasons : [...seasons, next];
  const saltOf = saltBy(env);
  const setting: Setting = { run, seasons: all, season, next, table, at: now, saltOf };
  const page = await readAgentsBy(env.DB, asked.cursor, asked.limit + 1, head.number);
  const shown = pageFrom(page.names, asked.limit, (name) => name);
  const agents = page.agents.filter(({ agentKey }) => shown.items.includes(agentKey));
  const known = await readKnown(env.DB, setting, agents, head.number);
  const destinations = await readDestinationsBy(env.DB, next.destinations, head.number);
  const moves = known.flatMap((one) => moveOf(setting, destinations, one) ?? []);
  const count = (sign: number): number => moves.filter((one) => one.moves === sign).length;
  return {
    next: next.id,
    summary: { up: count(1), down: count(-1), same: count(0) },
    items: moves.map(({ item }) => item),
    nextCursor: shown.nextCursor,
  };
}

function moveOf(setting: Setting, destinations: readonly NamedDestination[], known: Known) {
  const plan = planOf(setting, known);
  if (plan === null) return null;
  const { at, saltOf } = setting;
  const about = { cause: `dry-run.${plan.agentKey}`, subject: '', at, saltOf };
  const { intents } = ordersOf(destinations, isTold(plan) ? [plan] : [], about);
  const { tier, graceUntil } = plan.telling;
  const item = {
    agentId: plan.agent.agentId,
    points: printPoints(known.basis.points),
    tier: plan.from,
    nextTier: plan.to,
    honoured: tier,
    graceUntil: graceUntil === null ? null : printInstant(graceUntil),
    requests: intents.flatMap(({ destination, request, further = [] }) =>
      [request, ...further].map(({ method, path, body }) => ({
        destination,
        method,
        path,
        body: body === null ? null : (JSON.parse(body) as unknown),
      })),
    ),
  };
  return { moves: plan.moves, item };
}
