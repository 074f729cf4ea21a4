/**
 * Whether a team may stand beside the others. Refuses teams that hold themselves, nesting that is
 * too deep, teams nobody has written, and an AVERAGE under a goal that pays, each with a pointer.
 */
import type { FieldError } from '../../kernel/failure';
import { AVERAGED } from '../draft';
import { type GoalVersion, isRewardBearing } from '../goal';
import { MAX_DEPTH, type Team, type TeamVersion } from './team';

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
    } else if (holdsTeam(nested, id, known, 0)) {
      const detail = `${nested} holds this team, or the nesting is deeper than ${MAX_DEPTH}`;
      errors.push({ pointer, code: 'nesting', detail });
    }
  }
  const paying = goals.filter(({ content }) => content.teamId === id && isRewardBearing(content));
  if (team.aggregationType !== 'SUM' && paying.length > 0) {
    const names = paying.map(({ name }) => name).join(', ');
    const detail = `${AVERAGED}; it is named by ${names}`;
    errors.push({ pointer: '#/aggregationType', code: 'average-team', detail });
  }
  return errors;
}

/** True as well where the nesting below is as deep as it may be. */
function holdsTeam(
  at: string,
  wanted: string,
  known: ReadonlyMap<string, Team>,
  depth: number,
): boolean {
  if (at === wanted || depth >= MAX_DEPTH) return true;
  return known.get(at)?.teamIds.some((next) => holdsTeam(next, wanted, known, depth + 1)) ?? false;
}
