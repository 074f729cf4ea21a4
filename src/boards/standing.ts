/**
 * Who stands where: competition ranking 1, 2, 2, 4 over exact scores; equal scores share the rank.
 * Within a rank the one who reached the score first comes first, then the lower agent id. Doubles
 * sort what they can tell apart with certainty; the rest is compared exactly. An agent with nothing
 * above zero does not stand on the board.
 */
import { type Book, eligibleAt, type Holder, nextTurn } from './book';
import { exactScore, type Measured, measure, type Scoring, type Weights, weightsOf } from './score';

export interface Standing {
  readonly holder: Holder;
  readonly rank: number;
  readonly reachedAt: number;
  /** Index of the first standing with the same rank that was reached at the same instant. */
  readonly group: number;
}

/** The whole order at an instant. Groups of more than one stand by agent key until they are named. */
export interface Order {
  readonly weights: Weights;
  readonly standings: Standing[];
  /** Holds while the book does not change, for instants from `from` to before `until`. */
  readonly changes: number;
  readonly from: number;
  readonly until: number;
}

interface Candidate {
  readonly holder: Holder;
  readonly measured: Measured;
}

const nearOf = (holder: Holder, weights: Weights): Measured => {
  if (holder.measured?.under === weights) return holder.measured.value;
  const value = measure(holder.lots, weights);
  holder.measured = { under: weights, value };
  return value;
};

/** The exact score of a holder, computed once under the same weights. */
export function exactOf(holder: Holder, weights: Weights): bigint {
  if (holder.exact?.under === weights) return holder.exact.value;
  const value = exactScore(holder.lots, weights);
  holder.exact = { under: weights, value };
  return value;
}

const sameScoring = (a: Scoring, b: Scoring): boolean =>
  a.fromDay === b.fromDay &&
  a.today === b.today &&
  a.ratePercent === b.ratePercent &&
  a.minimum === b.minimum;

export const stillHolds = (order: Order, book: Book, scoring: Scoring, instant: number): boolean =>
  order.changes === book.changes &&
  order.from <= instant &&
  instant < order.until &&
  sameScoring(order.weights.scoring, scoring);

/** The order of all who are eligible at an instant. `before` lends its weights where they are the same. */
export function orderOf(
  book: Book,
  scoring: Scoring,
  instant: number,
  before: Order | null,
): Order {
  const weights =
    before !== null && sameScoring(before.weights.scoring, scoring)
      ? before.weights
      : weightsOf(scoring);
  const candidates: Candidate[] = [];
  let until = Number.POSITIVE_INFINITY;
  for (const holder of book.holders.values()) {
    until = Math.min(until, nextTurn(holder.timeline, instant));
    if (!eligibleAt(holder.timeline, instant)) continue;
    const measured = nearOf(holder, weights);
    if (isAboveZero(holder, measured, weights)) candidates.push({ holder, measured });
  }
  const standings = clustersOf(candidates).flatMap(({ from, members }) =>
    rankCluster(members, from, weights),
  );
  return { weights, standings, changes: book.changes, from: instant, until };
}

function isAboveZero(holder: Holder, measured: Measured, weights: Weights): boolean {
  const { counts, near, error } = measured;
  if (!counts) return false;
  if (near > error) return true;
  return near >= -error && exactOf(holder, weights) > 0n;
}

interface Cluster {
  /** How many stand above all of it. */
  readonly from: number;
  readonly members: Candidate[];
}

/** Runs of candidates whose possible scores overlap; between two runs the order is certain. */
function clustersOf(candidates: readonly Candidate[]): Cluster[] {
  const top = ({ measured }: Candidate): number => measured.near + measured.error;
  const sorted = candidates.toSorted((a, b) => top(b) - top(a));
  const clusters: Cluster[] = [];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const [index, candidate] of sorted.entries()) {
    const { near, error } = candidate.measured;
    const last = clusters.at(-1);
    if (last === undefined || near + error < lowest) {
      clusters.push({ from: index, members: [candidate] });
      lowest = near - error;
    } else {
      last.members.push(candidate);
      lowest = Math.min(lowest, near - error);
    }
  }
  return clusters;
}

/** Exact order inside a cluster; most clusters have one member and need no arithmetic. */
function rankCluster(members: readonly Candidate[], from: number, weights: Weights): Standing[] {
  const [only] = members;
  if (members.length === 1 && only !== undefined) {
    const { holder, measured } = only;
    return [{ holder, rank: from + 1, reachedAt: measured.reachedAt, group: from }];
  }
  const exact = members.map(({ holder, measured }) => ({
    holder,
    score: exactOf(holder, weights),
    reachedAt: measured.reachedAt,
  }));
  exact.sort((a, b) => {
    if (a.score !== b.score) return a.score > b.score ? -1 : 1;
    return a.reachedAt - b.reachedAt || (a.holder.agentKey < b.holder.agentKey ? -1 : 1);
  });
  const standings: Standing[] = [];
  for (const [index, { holder, score, reachedAt }] of exact.entries()) {
    const above = exact[index - 1];
    const last = standings.at(-1);
    const ties = above !== undefined && last !== undefined && above.score === score;
    const rank = ties ? last.rank : from + index + 1;
    const group = ties && above.reachedAt === reachedAt ? last.group : from + index;
    standings.push({ holder, rank, reachedAt, group });
  }
  return standings;
}

/** The agents of every undecided group that a page shows any member of. */
export function undecided(order: Order, offset: number, limit: number): string[] {
  return groupsOf(order, offset, limit).flatMap(([from, until]) =>
    order.standings.slice(from, until).map(({ holder }) => holder.agentKey),
  );
}

/** Puts the groups that a page shows in order of agent id; erased agents come last, by their key. */
export function decide(
  order: Order,
  page: { readonly offset: number; readonly limit: number },
  names: ReadonlyMap<string, string>,
): void {
  const before = (a: Standing, b: Standing): number => {
    const [left, right] = [a, b].map(({ holder }) => names.get(holder.agentKey));
    if (left === right) return a.holder.agentKey < b.holder.agentKey ? -1 : 1;
    if (left === undefined || right === undefined) return left === undefined ? 1 : -1;
    return left < right ? -1 : 1;
  };
  for (const [from, until] of groupsOf(order, page.offset, page.limit)) {
    const sorted = order.standings.slice(from, until).sort(before);
    for (const [index, standing] of sorted.entries()) order.standings[from + index] = standing;
  }
}

/** Bounds of the groups of more than one that meet a page. */
function groupsOf({ standings }: Order, offset: number, limit: number): [number, number][] {
  const groups: [number, number][] = [];
  let at = standings[offset]?.group ?? offset;
  while (at < Math.min(offset + limit, standings.length)) {
    let until = at + 1;
    while (standings[until]?.group === at) until += 1;
    if (until > at + 1) groups.push([at, until]);
    at = until;
  }
  return groups;
}
