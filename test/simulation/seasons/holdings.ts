/**
 * What platforms hold in the end, field by field: the tier and its grace, the points as of the last
 * telling, the season that ended, the skills. By the oracle, from the balances in the books (S4, S5).
 */
import { canonicalJson } from '../../../src/kernel/hash';
import { endsAt } from '../../oracle/seasons';
import { agentIds, type Books } from '../books';
import { honouredNow, measuredBy } from './further/truth';
import { POINT, type SeasonsPart, SKILLS } from './plan';
import type { SeasonsPlayer } from './system';
import { archivedAgents, rowsOf, runsOf, sealsOfReset, unreadIn } from './truth';

/** The latest change of a tier within a season. */
const lastChange = (books: Books, agentKey: string, season: string) =>
  rowsOf(books, 'tier_changes')
    .filter(({ id }) => String(id).startsWith(`${agentKey}.${season}.`))
    .toSorted((a, b) => Number(b.seal) - Number(a.seal))[0];

/** What a platform holds, in an order that is the same for all. */
function heldOf(held: Readonly<Record<string, unknown>>, preset: SeasonsPart['preset']): unknown[] {
  const { grace_period_active, tier_expiry_date, current_points } = held;
  const grace = [grace_period_active, tier_expiry_date];
  if (preset === 'cxone') {
    const { tier, season_points, season_id, seasonal_performance_log: log } = held;
    return [tier, ...grace, season_points, current_points, season_id, log];
  }
  const { active_tier, current_season_points, reset_applied_season, reset_applied } = held;
  const season = reset_applied_season ?? reset_applied;
  const [, past] = Object.entries(held).find(([name]) => name.startsWith('historical_tier')) ?? [];
  return [active_tier, ...grace, current_season_points, current_points, season, past];
}

type Mean = { readonly sum: number; readonly count: number };

/** Of millionths, with four places. */
const meanOf = ({ sum, count }: Mean): number | null =>
  count === 0 ? null : Math.floor((2 * sum + 100 * count) / (200 * count)) / 10_000;

/** How the season that ended stands on a platform: its tier, or CXone's log with an empty entry. */
function endedWith(
  part: SeasonsPart,
  { tier, points, csat }: { readonly tier: string; readonly points: number; readonly csat: Mean },
): unknown[] {
  if (part.preset !== 'cxone') return [tier];
  const metrics = { aht_avg: null, csat_score: meanOf(csat), first_contact_resolution: null };
  const at = new Date(endsAt(part.season) - 1000).toISOString().replace('.000Z', 'Z');
  const entry = (
    id: string,
    of: object,
    name: string | null,
    sum: number,
    when: string | null,
  ) => ({
    season_id: id,
    metrics: of,
    tier: name,
    points_accumulated: sum,
    archive_timestamp: when,
  });
  return [
    [
      entry(part.season.id, metrics, tier, points / POINT, at),
      entry(part.next.id, {}, null, 0, null),
    ],
  ];
}

/** S4: what the platform holds in the end is what the oracle says of the agent. */
export function brokenHoldings(
  { part, history, platform, left }: SeasonsPlayer,
  books: Books,
): string[] {
  if (!history.waited) return [];
  const { now } = history.world;
  const seals = sealsOfReset(books);
  const archived = new Set(archivedAgents(books, part.season.id));
  const unread = new Set(runsOf(books).flatMap((run) => [...unreadIn(run)]));
  return [...agentIds(books)].flatMap(([agentKey, agentId]) => {
    if (!archived.has(agentKey) || left.has(agentId) || unread.has(agentKey)) return [];
    const seal = seals.get(agentKey) ?? 0;
    const honoured = honouredNow(part, books, { agentKey, seal, now });
    const { tier, graceUntil } = honoured;
    const csat = measuredBy(books, agentKey, part.season, seal);
    const held = platform.attributes.get(agentId) ?? {};
    const skills = [...(platform.skills.get(agentId) ?? [])].toSorted();
    // What the document prints for Genesys changes attributes alone.
    const brings = part.preset === 'seed' ? [] : (SKILLS[tier] ?? []);
    // Points of the latest telling: the reset's zero, or what the latest change was decided by.
    const last = lastChange(books, agentKey, part.next.id);
    // A wave reads back what it told; attributes of a change between two waves nobody reads.
    const isBetween = last !== undefined && last.reason !== 'GRACE_ENDED';
    const isUnread = isBetween && platform.swallowed.has(agentId);
    const points = Number(last?.points ?? 0) / POINT;
    const until = graceUntil === null ? null : new Date(graceUntil).toISOString().slice(0, 10);
    const told = [tier, graceUntil !== null, until, points, points, part.next.id];
    const past = { tier: honoured.ended, points: Number(honoured.points), csat };
    const attributes = [...told, ...endedWith(part, past)];
    // Skills are compared every night.
    const found: unknown[] = [...(isUnread ? [] : heldOf(held, part.preset)), ...skills];
    const wanted: unknown[] = [...(isUnread ? [] : attributes), ...brings];
    const [has, should] = [canonicalJson(found), canonicalJson(wanted)];
    return has === should
      ? []
      : [`S4 ${agentId}: the platform has ${has}, the oracle says ${should}`];
  });
}
