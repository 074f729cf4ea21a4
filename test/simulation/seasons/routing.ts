/**
 * What must be true of routing in every history: a held interaction is answered as it was, nobody is
 * routed by a season that had ended, and no tier is answered that the agent did not have (S9, S8).
 */
import { beginsAt, endsAt, higher } from '../../oracle/seasons';
import { agentIds, type Books } from '../books';
import { honouredNow, leavesKnown } from './further/truth';
import { GROUP, THRESHOLDS } from './plan';
import type { SeasonsPlayer } from './system';
import { movesOf, openingByOracle, pointsAt, sealsOfReset } from './truth';

/** What a decision answers, as far as it is looked at. */
export interface Decision {
  readonly interactionId: string;
  readonly tier: string;
  readonly seasonId: string | null;
  readonly decidedAt: string;
  readonly overloaded: boolean;
  readonly weight: number;
  readonly why: readonly { readonly condition: string; readonly verdict: string }[];
}

/** One answer that was heard, or that an interaction was let go. */
export type Heard =
  | {
      readonly agentId: string;
      readonly at: number;
      readonly decision: Decision;
    }
  | {
      readonly agentId: string;
      readonly at: number;
      readonly decision: null;
      readonly interactionId: string;
    };

const DAY = 86_400_000;
const FLOOR = THRESHOLDS[0]?.[0] ?? '';

/** The decision for an interaction stands until it is let go, a day at the most. */
function heldIsHeld(heard: readonly Heard[]): string[] {
  const held = new Map<string, Decision>();
  const broken: string[] = [];
  for (const one of heard) {
    const { agentId, at, decision } = one;
    if (decision === null) {
      held.delete(`${agentId} ${one.interactionId}`);
      continue;
    }
    const name = `${agentId} ${decision.interactionId}`;
    const before = held.get(name);
    held.set(name, decision);
    if (before === undefined || at - Date.parse(before.decidedAt) >= DAY) continue;
    const same = before.tier === decision.tier && before.decidedAt === decision.decidedAt;
    if (!same) broken.push(`S9 ${name}: held as ${before.tier}, answered as ${decision.tier}`);
  }
  return broken;
}

/** Every tier the agent may have been routed by at an instant. */
function tiersAt(player: SeasonsPlayer, books: Books, agentKey: string, at: number): Set<string> {
  const { part } = player;
  const season = at < endsAt(part.season) ? part.season.id : part.next.id;
  const changed = (books.all.get('tier_changes') ?? [])
    .filter(({ id }) => String(id).startsWith(`${agentKey}.${season}.`))
    .filter((row) => Number(row.at) <= at)
    .flatMap((row) => [String(row.honoured), String(row.tier)]);
  const tiers = new Set([FLOOR, ...changed]);
  if (season === part.season.id) return tiers;
  const leaves = leavesKnown(books, agentKey, at);
  for (const ended of endingsOf(books, part.season.id, agentKey, at)) {
    for (const isAway of leaves) {
      const { tier, honoured, graceUntil } = openingByOracle(part, ended, isAway, false);
      tiers.add(tier);
      if (graceUntil !== null && at < graceUntil)
        for (const one of [...tiers]) tiers.add(higher(THRESHOLDS, one, honoured));
    }
  }
  return tiers;
}

/** Balances with which the season may be taken to have ended: of the reset's seal, or foreseen. */
function endingsOf(books: Books, season: string, agentKey: string, at: number): bigint[] {
  const seal = sealsOfReset(books).get(agentKey);
  const instants = new Map(books.seals.map((row) => [row.id, row.at]));
  const known = movesOf(books, agentKey, season).filter(
    (move) => (instants.get(move.seal) ?? 0) <= at && (seal === undefined || move.seal <= seal),
  );
  let sum = 0n;
  const sums = known.map(({ by }) => {
    sum += by;
    return sum;
  });
  return [0n, ...sums, ...(seal === undefined ? [] : [pointsAt(books, agentKey, season, seal)])];
}

export function brokenRouting(player: SeasonsPlayer, books: Books): string[] {
  const { part, history } = player;
  const { heard } = player.desk;
  const keys = new Map([...agentIds(books)].map(([key, id]) => [id, key]));
  const groups = new Map(history.plan.people.map((one) => [one.agentId, one.groups]));
  const ofDecisions = heard.flatMap(({ agentId, decision }) => {
    if (decision === null) return [];
    const at = Date.parse(decision.decidedAt);
    const isFor = part.forEverybody || (groups.get(agentId) ?? [GROUP]).includes(GROUP);
    const running = at < endsAt(part.season) ? part.season.id : part.next.id;
    const wanted = isFor && at >= beginsAt(part.season) ? running : null;
    const known = decision.why.find(({ condition }) => condition === 'SEASON')?.verdict;
    const when = `${agentId} at ${decision.decidedAt}`;
    if (known === 'NOT_KNOWN') return decision.tier === FLOOR ? [] : [`S9 ${when}: not the floor`];
    if (decision.seasonId !== wanted)
      return [`S9 ${when}: routed by ${decision.seasonId}, not ${wanted}`];
    const tiers = tiersAt(player, books, keys.get(agentId) ?? '', at);
    return isFor && !tiers.has(decision.tier)
      ? [`S9 ${when}: routed as ${decision.tier}, may be ${[...tiers].join(', ')}`]
      : [];
  });
  return [...heldIsHeld(heard), ...ofDecisions, ...atTheEnd(player, books, keys)];
}

/** Long after, every seat answers the tier that the books come to. */
function atTheEnd(
  { part, history, desk }: SeasonsPlayer,
  books: Books,
  keys: ReadonlyMap<string, string>,
): string[] {
  if (!history.waited) return [];
  const seals = sealsOfReset(books);
  return desk.heard.flatMap(({ agentId, decision, at }) => {
    if (decision?.interactionId !== 'at the end' || decision.seasonId !== part.next.id) return [];
    const key = keys.get(agentId) ?? '';
    const seal = seals.get(key) ?? 0;
    const { tier: wanted } = honouredNow(part, books, { agentKey: key, seal, now: at });
    return decision.tier === wanted
      ? []
      : [`S9 ${agentId}: in the end routed as ${decision.tier}, the books come to ${wanted}`];
  });
}
