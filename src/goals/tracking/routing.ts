/**
 * Which goals a metric event feeds: those that ask for its metric, in any version, of a team to
 * which its agent belongs or ever belonged (a revision may concern what happened then). Decides by
 * configuration alone. A goal that is left out here finds the event in the log before it locks.
 */
import { definitionOf } from '../draft';
import type { GoalVersion } from '../goal';
import { membershipsOf, type TeamVersion } from '../teams/team';
import type { Fact } from './fact';
import { measureOf } from './measure';

export interface Route {
  readonly goalId: string;
  readonly metrics: ReadonlySet<string>;
  readonly agents: ReadonlySet<string>;
}

export function routesOf(
  goals: readonly GoalVersion[],
  teams: readonly TeamVersion[],
): readonly Route[] {
  const teamsById = Map.groupBy(teams, ({ name }) => name);
  const versionsOf = (teamId: string): readonly TeamVersion[] => teamsById.get(teamId) ?? [];
  return [...Map.groupBy(goals, ({ name }) => name)].flatMap(([goalId, versions]): Route[] => {
    const counted = versions.filter(({ content }) => content.evaluatedBy === 'GUERDON');
    const teamIds = [...new Set(counted.map(({ content }) => content.teamId))];
    const metrics = counted.flatMap(({ content }) =>
      versionsOf(content.teamId).flatMap(({ content: team }) => {
        const definition = definitionOf(team, content);
        if (definition === null) return [];
        const { dividend, divisor } = measureOf(team, definition);
        return [dividend, divisor ?? dividend];
      }),
    );
    const agents = teamIds.flatMap((id) => [...membershipsOf(id, versionsOf).keys()]);
    return metrics.length === 0
      ? []
      : [{ goalId, metrics: new Set(metrics), agents: new Set(agents) }];
  });
}

/** Facts by the goals they feed. */
export function fedBy(routes: readonly Route[], facts: readonly Fact[]): Map<string, Fact[]> {
  const fed = new Map<string, Fact[]>();
  for (const { goalId, metrics, agents } of routes) {
    const own = facts.filter(
      ({ metricId, agentKey }) => metrics.has(metricId) && agents.has(agentKey),
    );
    if (own.length > 0) fed.set(goalId, own);
  }
  return fed;
}
