/**
 * Named reads of teams, and whom their members are. Teams are few, so all versions are read at
 * once. Writes nothing.
 */
import { type DirectoryEnv, resolveAgentKeys } from '../../agents/store';
import { PLATFORM_NAMES } from '../../delivery/destination';
import { readAllVersions } from '../../ledger/store';
import { type Member, TEAM_KIND, type Team, type TeamVersion } from './team';

/** The agent key of each id, null for nobody: the organisation's own id first. */
export async function resolveMembers(
  env: DirectoryEnv,
  agentIds: readonly string[],
): Promise<Map<string, string | null>> {
  const ids = [...new Set(agentIds)];
  if (ids.length === 0) return new Map();
  const lookups = ids.flatMap((id) => PLATFORM_NAMES.map((platform) => ({ platform, id })));
  const keys = await resolveAgentKeys(env, lookups);
  return new Map(
    ids.map((id, index) => {
      const own = keys.slice(index * PLATFORM_NAMES.length, (index + 1) * PLATFORM_NAMES.length);
      return [id, own.find((key) => key !== null) ?? null];
    }),
  );
}

/** Every version of every team, by id and version, as written. */
export const readTeams = (db: D1Database): Promise<TeamVersion[]> =>
  readAllVersions<Team>(db, TEAM_KIND);

/** The newest version of each team, by id. */
export const latestTeams = (versions: readonly TeamVersion[]): TeamVersion[] => [
  ...new Map(versions.map((version) => [version.name, version])).values(),
];

/** The same with members who came to the directory after their team found by now. */
export async function withMembers(
  env: DirectoryEnv,
  versions: readonly TeamVersion[],
): Promise<TeamVersion[]> {
  const open = versions.flatMap(({ content }) => content.members.flatMap(unresolved));
  if (open.length === 0) return [...versions];
  const keys = await resolveMembers(env, open);
  const found = (member: Member): Member => {
    const [agentId] = unresolved(member);
    return agentId === undefined ? member : { ...member, agentKey: keys.get(agentId) ?? null };
  };
  return versions.map((version) => ({
    ...version,
    content: { ...version.content, members: version.content.members.map(found) },
  }));
}

const unresolved = ({ agentKey, agentId }: Member): string[] =>
  agentKey === null && agentId !== undefined ? [agentId] : [];
