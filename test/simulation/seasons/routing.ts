/**
 * What must be true of routing in every history: a held interaction is answered as it was, nobody is
 * routed by a season that had ended, no tier is answered that the agent did not have, and how a season
 * opens is foreseen until its reset has decided it and no longer (S9, S8).
 */
import { beginsAt, endsAt } from '../../oracle/seasons';
import { agentIds, type Books, type Row } from '../books';
import { endedBy, honouredNow, leavesKnown } from './further/truth';
import { GROUP, type SeasonsPart, THRESHOLDS } from './plan';
import type { SeasonsPlayer } from './system';
import { movesOf, openingByOracle, sealsOfReset } from './truth';

/** What a decision answers, as far as it is looked at. */
export interface Decision {
  readonly interactionId: string;
  readonly tier: string;
  readonly seasonId: string | null;
  readonly decidedAt: string;
  readonly overloaded: boolean;
  readonly weight: number;
  readonly skills: readonly string[];
  readonly why: readonly {
    readonly condition: string;
    readonly verdict: string;
    readonly actual: string;
  }[];
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
/** A seat that foresees how a season opens asks the books again after so long. */
const LOOKS_AGAIN_MS = 30_000;
const FLOOR = THRESHOLDS[0]?.[0] ?? '';

/**
 * Of whom nothing is known has the floor; where the table of tiers could not be read either, nobody
 * knows which one that is, and no tier and no skill is honoured.
 */
const isLowest = ({ tier, skills }: Decision): boolean =>
  tier === FLOOR || (tier === 'UNRANKED' && skills.length === 0);

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

/** An answer as it is looked at: of whom, when, and whether it says that it was foreseen. */
interface Answered {
  readonly agentKey: string;
  readonly at: number;
  readonly isForeseen: boolean;
}

const changesOf = (books: Books, { agentKey, at }: Answered, season: string): Row[] =>
  (books.all.get('tier_changes') ?? [])
    .filter(({ id }) => String(id).startsWith(`${agentKey}.${season}.`))
    .filter((row) => Number(row.at) <= at);

/** Every tier the agent may have been routed by at an instant. */
function tiersAt({ part }: SeasonsPlayer, books: Books, answer: Answered): Set<string> {
  if (answer.at >= endsAt(part.season))
    return answer.isForeseen ? foreseenAt(part, books, answer) : decidedAt(part, books, answer);
  const changed = changesOf(books, answer, part.season.id);
  return new Set([FLOOR, ...changed.flatMap((row) => [String(row.honoured), String(row.tier)])]);
}

/** As the archive opened the season, or a change since; of whom it does not have, the floor. */
function decidedAt(part: SeasonsPart, books: Books, answer: Answered): Set<string> {
  const { agentKey, at } = answer;
  const changed = changesOf(books, answer, part.next.id).map((row) =>
    String(at < Number(row.grace_until ?? 0) ? row.honoured : row.tier),
  );
  const archived = archivedAt(books, part.season.id, agentKey);
  const seal = sealsOfReset(books).get(agentKey);
  if (archived === null || archived.at > at || seal === undefined)
    return new Set([FLOOR, ...changed]);
  const { tier, honoured, graceUntil } = endedBy(part, books, agentKey, seal).opening;
  return new Set([at < (graceUntil ?? 0) ? honoured : tier, ...changed]);
}

/** By any balance and leave that the books have had until the archive has the agent. */
function foreseenAt(part: SeasonsPart, books: Books, { agentKey, at }: Answered): Set<string> {
  const tiers = new Set([FLOOR]);
  const leaves = leavesKnown(books, agentKey, at);
  for (const ended of endingsOf(books, part.season.id, agentKey, at)) {
    for (const isAway of leaves) {
      const { tier, honoured, graceUntil } = openingByOracle(part, ended, isAway, false);
      tiers.add(tier);
      if (graceUntil !== null && at < graceUntil) tiers.add(honoured);
    }
  }
  return tiers;
}

/** When and under which seal the books got to hold the agent as archived. */
function archivedAt(books: Books, season: string, agentKey: string) {
  const row = (books.all.get('season_archive') ?? []).find(
    ({ id }) => id === `${season}.${agentKey}`,
  );
  if (row === undefined) return null;
  const seal = Number(row.seal);
  return { seal, at: books.seals.find(({ id }) => id === seal)?.at ?? 0 };
}

/** Balances with which the season may be foreseen to end: what the books said until the archive did. */
function endingsOf(books: Books, season: string, agentKey: string, at: number): bigint[] {
  const last = archivedAt(books, season, agentKey)?.seal ?? Number.MAX_SAFE_INTEGER;
  const instants = new Map(books.seals.map((row) => [row.id, row.at]));
  const known = movesOf(books, agentKey, season).filter(
    (move) => (instants.get(move.seal) ?? 0) <= at && move.seal <= last,
  );
  let sum = 0n;
  const sums = known.map(({ by }) => {
    sum += by;
    return sum;
  });
  return [0n, ...sums];
}

/** Half a minute after the archive nobody foresees any more, unless a seat could not ask. */
function foreseesTooLong(
  { part, history }: SeasonsPlayer,
  books: Books,
  answer: Answered,
): boolean {
  const archived = archivedAt(books, part.season.id, answer.agentKey);
  if (!answer.isForeseen || archived === null) return false;
  const couldAsk = ![...history.world.board.fired.keys()].some((name) =>
    name.startsWith('seat DB'),
  );
  return couldAsk && answer.at >= archived.at + LOOKS_AGAIN_MS;
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
    const said = decision.why.find(({ condition }) => condition === 'SEASON');
    const known = said?.verdict;
    const when = `${agentId} at ${decision.decidedAt}`;
    if (known === 'NOT_KNOWN') {
      return isLowest(decision) ? [] : [`S9 ${when}: not the floor`];
    }
    if (decision.seasonId !== wanted)
      return [`S9 ${when}: routed by ${decision.seasonId}, not ${wanted}`];
    const isForeseen = said?.actual.includes('as foreseen') ?? false;
    const answer = { agentKey: keys.get(agentId) ?? '', at, isForeseen };
    if (foreseesTooLong(player, books, answer))
      return [`S9 ${when}: routed as foreseen, and the archive has them`];
    const tiers = tiersAt(player, books, answer);
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
