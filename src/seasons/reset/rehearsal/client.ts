/**
 * What a reset as of now would do to a page of the directory: the tier of each agent before and after,
 * and every request that would be sent; and how many windows the whole of it would take. Decides by
 * the same plan, batches and estimate as the run. Writes nothing.
 */
import { pageFrom } from '../../../http/paging';
import { printInstant } from '../../../kernel/instant';
import { readHead } from '../../../ledger/seals/store';
import type { SeasonsEnv } from '../../client';
import { saltBy } from '../../salt';
import { copiedSeason, type LiveSeason, successorOf } from '../../season';
import { printPoints } from '../../standing/change';
import { readSeasons, readTiers } from '../../store';
import { costOf, ordersOf } from '../../telling/batch';
import { readDestinationsBy } from '../../telling/store';
import type { NamedDestination } from '../../telling/target';
import { slowest } from '../applying/client';
import { isTold, type Known, planOf, type Setting } from '../plan';
import { type Rehearsed, windowsLeft } from '../shape';
import { batchesOf, orderedOf, PAGE_AGENTS, type Page, pageOf, plannedOf } from '../steps/client';
import { countAgentsAfter, readAgentsBy, readKnown } from '../store';
import { grownTo } from '../window';

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
    estimatedWindows:
      asked.cursor === null ? await estimate(env, setting, destinations, head.number, now) : null,
    summary: { up: count(1), down: count(-1), same: count(0) },
    items: moves.map(({ item }) => item),
    nextCursor: shown.nextCursor,
  };
}

/** Pages that are looked at for an estimate: 5,000 agents. */
const MOST_PAGES = 25;

/** Windows that the whole reset takes: its batches as they would be staged, from its first instant. */
async function estimate(
  env: SeasonsEnv,
  setting: Setting,
  destinations: readonly NamedDestination[],
  seal: number,
  now: number,
): Promise<number> {
  const costs: number[] = [];
  let writes = 0;
  let cursor: string | null = null;
  let more = 0;
  for (let pages = 1, isLast = false; !isLast; pages += 1) {
    const page: Page = await pageOf(env, setting, { seal, cursor });
    for (const planned of batchesOf(plannedOf(setting, page.known))) {
      const ordered = orderedOf(setting, { number: costs.length, planned, destinations });
      costs.push(costOf(ordered));
      writes += ordered.requests;
    }
    cursor = page.cursor;
    isLast = page.last || pages === MOST_PAGES;
    if (isLast && !page.last) more = await countAgentsAfter(env.DB, cursor ?? '', seal);
  }
  const looked = MOST_PAGES * PAGE_AGENTS;
  const left = more === 0 ? { costs, writes } : grownTo({ costs, writes }, looked, looked + more);
  const { season } = setting;
  const rate = slowest(destinations);
  const unbegun = { lastWindow: null, spent: null };
  const from = Math.max(now, season.span.until);
  return windowsLeft(unbegun, { left, openBatches: [] }, { season, rate }, from);
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
