/**
 * Whether a team may stand beside the others. Refuses teams that hold themselves, nesting that is
 * too deep, teams nobody has written, more members than a review of their reward can hold, and an
 * AVERAGE under a goal that pays, each with a pointer.
 */
import type { FieldError } from '../../kernel/failure';
import { AVERAGED } from '../draft';
import { type GoalVersion, isRewardBearing } from '../goal';
import { MAX_DEPTH, MAX_MEMBERS, type Team, type TeamVersion } from './team';

export function checkTeam(
  id: string,
  team: Team,
  others: readonly TeamVersion[],
  goals: readonly GoalVersion[],
): FieldError[] {
  const errors: FieldError[] = [];
  const known = new Map(others.map((version) => [version.name, version.content]));
  known.set(id, team);
  for (const [index, nested] of team.teamIds.entries()) {
    const pointer = `#/teamIds/${index}`;
    if (!known.has(nested)) {
      const detail = `there is no team ${nested}; write it first`;
      errors.push({ pointer, code: 'unknown-team', detail });
    } else if (holdsTeam(nested, id, known)) {
      const detail = `${nested} holds this team, or the nesting is deeper than ${MAX_DEPTH}`;
      errors.push({ pointer, code: 'nesting', detail });
    }
  }
  const members = countMembers(team, known);
  if (members > MAX_MEMBERS) {
    const pointer = team.teamIds.length === 0 ? '#/members' : '#/teamIds';
    const detail = `the team and those in it have ${members} members; ${MAX_MEMBERS} share a reward at most`;
    errors.push({ pointer, code: 'too-many-members', detail });
  }
  const paying = goals.filter(({ content }) => content.teamId === id && isRewardBearing(content));
  if (team.aggregationType !== 'SUM' && paying.length > 0) {
    const names = paying.map(({ name }) => name).join(', ');
    const detail = `${AVERAGED}; it is named by ${names}`;
    errors.push({ pointer: '#/aggregationType', code: 'average-team', detail });
  }
  return errors;
}

/** True as well where the nesting below is as deep as it may be. Looks at each depth once at a team. */
function holdsTeam(from: string, wanted: string, known: ReadonlyMap<string, Team>): boolean {
  let level = new Set([from]);
  for (let depth = 0; level.size > 0; depth += 1) {
    if (level.has(wanted) || depth >= MAX_DEPTH) return true;
    level = new Set([...level].flatMap((at) => known.get(at)?.teamIds ?? []));
  }
  return false;
}

/** The versions of the teams that are nested in a team, however deep. */
export function teamsBelow(team: Team, others: readonly TeamVersion[]): TeamVersion[] {
  const known = new Map(others.map((version) => [version.name, version]));
  const below = new Set<TeamVersion>();
  const add = ({ teamIds }: Team): void => {
    for (const id of teamIds) {
      const version = known.get(id);
      if (version !== undefined) below.add(version);
    }
  };
  add(team);
  for (const { content } of below) add(content);
  return [...below];
}

/** Everybody whom a team or one nested in it names, at whatever time, each once. */
function countMembers(team: Team, known: ReadonlyMap<string, Team>): number {
  const people = new Set<string>();
  const seen = new Set<Team>([team]);
  for (const one of seen) {
    for (const { agentKey, agentId } of one.members) people.add(agentKey ?? `${agentId}`);
    for (const next of one.teamIds) {
      const nested = known.get(next);
      if (nested !== undefined) seen.add(nested);
    }
  }
  return people.size;
}
