/**
 * Whom a queue picks next (S11). Of every ten selections seven go by smooth weighted round robin
 * over weight × free capacity, three to whoever was least recently picked evenly. Decides from
 * integers and its own state alone, so the same history picks the same agents; refuses nothing.
 * UNRANKED agents have no share of the seven. When nobody has one, the turn is an even one.
 */

/** Out of ten turns these are even ones, spread so that no three follow one another. */
const EVEN_TURNS: ReadonlySet<number> = new Set([2, 5, 9]);
const ROUND = 10;
/** Agents whose credit and last even turn are remembered; the longest unseen are forgotten. */
export const MAX_AGENTS = 2000;
/** Agents that may stand for one selection. */
export const MAX_ELIGIBLE = 200;
/** Selections of one page; a full page is put away and never changed again. */
export const PAGE_SIZE = 64;
/** Pages kept: a selection is remembered until 16,320 others have come after it. */
export const MAX_PAGES = 256;

export type DecidedBy = 'TIER_WEIGHT' | 'EVEN_SHARE';

export interface Candidate {
  readonly agentKey: string;
  /** Weight in millionths; 0: no share by weight. */
  readonly weight: number;
  /** Free capacity in millionths, 100,000 to 1,000,000. */
  readonly capacity: number;
}

export interface Picked {
  readonly agentKey: string;
  readonly by: DecidedBy;
  /** Counts the selections of the queue from 1. */
  readonly number: number;
}

/** One agent as the queue remembers them. */
export interface Standing {
  /** Credit of the smooth weighted round robin, in millionths of millionths of a weight. */
  readonly credit: bigint;
  /** Number of the last selection that picked them evenly; 0: none did. */
  readonly evenly: number;
  /** Number of the last selection they were eligible for. */
  readonly seen: number;
}

export type Page = Readonly<Record<string, Picked>>;

export interface QueueState {
  /** Selections made. */
  readonly count: number;
  readonly agents: Readonly<Record<string, Standing>>;
  /** Selections that are not put away yet, by a hash of their ids. */
  readonly open: Page;
  /** Pages put away so far. */
  readonly pages: number;
}

export const EMPTY_QUEUE: QueueState = { count: 0, agents: {}, open: {}, pages: 0 };

const NEW: Standing = { credit: 0n, evenly: 0, seen: 0 };

const isEven = (number: number): boolean => EVEN_TURNS.has((number - 1) % ROUND);

export interface Selected {
  readonly state: QueueState;
  readonly picked: Picked;
  /** A page that is full: it is put away under its place in the ring. */
  readonly full: { readonly place: number; readonly page: Page } | null;
}

/** Picks one of the candidates (at least one, each once) for the selection of this name. */
export function select(
  before: QueueState,
  name: string,
  candidates: readonly Candidate[],
): Selected {
  const number = before.count + 1;
  const sorted = [...candidates].sort((a, b) => (a.agentKey < b.agentKey ? -1 : 1));
  const agents = new Map(Object.entries(before.agents));
  for (const { agentKey } of sorted) {
    agents.set(agentKey, { ...(agents.get(agentKey) ?? NEW), seen: number });
  }
  const weighted = sorted.filter(({ weight }) => weight > 0);
  const by: DecidedBy = isEven(number) || weighted.length === 0 ? 'EVEN_SHARE' : 'TIER_WEIGHT';
  const agentKey =
    by === 'EVEN_SHARE' ? pickEvenly(agents, sorted, number) : pickByWeight(agents, weighted);
  const picked: Picked = { agentKey, by, number };
  const open: Page = { ...before.open, [name]: picked };
  const isFull = Object.keys(open).length >= PAGE_SIZE;
  const state: QueueState = {
    count: number,
    agents: Object.fromEntries(bounded(agents)),
    open: isFull ? {} : open,
    pages: before.pages + (isFull ? 1 : 0),
  };
  const full = isFull ? { place: before.pages % MAX_PAGES, page: open } : null;
  return { state, picked, full };
}

type Standings = Map<string, Standing>;

const standingOf = (agents: Standings, agentKey: string): Standing => agents.get(agentKey) ?? NEW;

/** Least recently picked evenly; among those who never were, by key. */
function pickEvenly(agents: Standings, sorted: readonly Candidate[], number: number): string {
  let best: string | null = null;
  for (const { agentKey } of sorted) {
    const isFirst =
      best === null || standingOf(agents, agentKey).evenly < standingOf(agents, best).evenly;
    if (isFirst) best = agentKey;
  }
  const chosen = best ?? '';
  agents.set(chosen, { ...standingOf(agents, chosen), evenly: number });
  return chosen;
}

/** Everybody gains their share, the richest pays the sum: shares come out exact and spread. */
function pickByWeight(agents: Standings, weighted: readonly Candidate[]): string {
  let total = 0n;
  let best: string | null = null;
  for (const { agentKey, weight, capacity } of weighted) {
    const share = BigInt(weight) * BigInt(capacity);
    total += share;
    const standing = standingOf(agents, agentKey);
    agents.set(agentKey, { ...standing, credit: standing.credit + share });
    const isRicher =
      best === null || standingOf(agents, agentKey).credit > standingOf(agents, best).credit;
    if (isRicher) best = agentKey;
  }
  const chosen = best ?? '';
  const standing = standingOf(agents, chosen);
  agents.set(chosen, { ...standing, credit: standing.credit - total });
  return chosen;
}

function bounded(agents: Standings): [string, Standing][] {
  const all = [...agents];
  if (all.length <= MAX_AGENTS) return all;
  return all.sort(([, a], [, b]) => b.seen - a.seen).slice(0, MAX_AGENTS);
}
