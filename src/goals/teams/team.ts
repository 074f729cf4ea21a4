/**
 * A team: who belongs to it when, which teams it takes in, and what is measured of its members.
 * Decides who is a member at an instant. Refuses nothing here; bodies are checked in `draft.ts`.
 * Membership is what is written, never inferred from events or queues.
 */
import { type ConfigVersion, inForce } from '../../ledger/config';

export const TEAM_KIND = 'team';

export interface Member {
  /** Null while nobody in the directory has the id; then `agentId` says it as it was written. */
  readonly agentKey: string | null;
  readonly agentId?: string;
  /** UTC ms, half-open; null: since or for ever. */
  readonly from: number | null;
  readonly until: number | null;
}

export interface Clause {
  /** A field of the event's `attributes`. */
  readonly field: string;
  readonly operator: 'EQ' | 'NE';
  readonly values: readonly string[];
}

export interface MetricDefinition {
  /** The event's `metricId`; of a ratio the name under which goals ask for it. */
  readonly metricId: string;
  readonly aggregation: 'SUM' | 'RATIO';
  readonly filter: { readonly type: 'AND'; readonly clauses: readonly Clause[] };
  /** Of a ratio: metrics whose sums are divided, and the least sum of the divisor that counts. */
  readonly dividend?: string;
  readonly divisor?: string;
  readonly minimumVolume?: string;
}

/** A version of a team's configuration. Name of the version: the team's id. */
export interface Team {
  readonly name: string;
  readonly teamScope: 'EXPLICIT';
  readonly members: readonly Member[];
  /** Teams whose members count as its own while they are theirs. */
  readonly teamIds: readonly string[];
  readonly aggregationType: 'SUM' | 'AVERAGE';
  readonly metricDefinitions: readonly MetricDefinition[];
  /** Sources whose events count; empty: all. */
  readonly sources: readonly string[];
  /** The routing queue by whose weight an agent of two pools is given to one (DEC-14). */
  readonly primaryQueueId: string | null;
}

export type TeamVersion = ConfigVersion<Team>;

/** Members of a team and of those nested in it. */
export const MAX_MEMBERS = 5_000;

/** Nesting beyond this is refused when a team is written. */
export const MAX_DEPTH = 5;

/** A stretch of membership, half-open, UTC ms. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

const FOREVER = Number.MAX_SAFE_INTEGER;

/** When each version of a thing is the one in force: DEC-6 as stretches of time. */
function reigns<T>(versions: readonly ConfigVersion<T>[]): (Stretch & { readonly content: T })[] {
  const bounds = [...new Set([0, ...versions.map(({ effectiveFrom }) => effectiveFrom ?? 0)])];
  bounds.sort((a, b) => a - b);
  return bounds.flatMap((from, index) => {
    const content = inForce(versions, from)?.content;
    return content === undefined ? [] : [{ from, until: bounds[index + 1] ?? FOREVER, content }];
  });
}

type VersionsOf = (teamId: string) => readonly TeamVersion[];
type Memberships = Map<string, Stretch[]>;

/** Stretches of membership of every agent of a team, its nested teams included; may overlap. */
export const membershipsOf = (teamId: string, versionsOf: VersionsOf): Memberships =>
  membershipsAt(teamId, versionsOf, 0, new Map());

/** `known`: teams that were looked through at a depth; several may hold the same one. */
function membershipsAt(
  teamId: string,
  versionsOf: VersionsOf,
  depth: number,
  known: Map<string, Memberships>,
): Memberships {
  const name = `${depth} ${teamId}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const found: Memberships = new Map();
  known.set(name, found);
  const add = (agentKey: string, from: number, until: number): void => {
    const own = found.get(agentKey) ?? [];
    if (from >= until || own.some((one) => one.from === from && one.until === until)) return;
    found.set(agentKey, [...own, { from, until }]);
  };
  for (const reign of reigns(versionsOf(teamId))) {
    for (const member of reign.content.members) {
      if (member.agentKey === null) continue;
      const from = Math.max(reign.from, member.from ?? 0);
      add(member.agentKey, from, Math.min(reign.until, member.until ?? FOREVER));
    }
    if (depth >= MAX_DEPTH) continue;
    for (const nested of reign.content.teamIds) {
      const inside = membershipsAt(nested, versionsOf, depth + 1, known);
      for (const [agentKey, stretches] of inside) {
        for (const { from, until } of stretches) {
          add(agentKey, Math.max(from, reign.from), Math.min(until, reign.until));
        }
      }
    }
  }
  return found;
}

export const isMemberAt = (stretches: readonly Stretch[] | undefined, instant: number): boolean =>
  stretches?.some(({ from, until }) => from <= instant && instant < until) ?? false;

/** True when a stretch holds some instant of a period. */
export const wasMemberIn = (stretches: readonly Stretch[], { from, until }: Stretch): boolean =>
  stretches.some((one) => one.from < until && from < one.until);
