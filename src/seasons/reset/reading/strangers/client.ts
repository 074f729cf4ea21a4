/**
 * Surveys a platform for users whom the directory does not know (S4). Decides who they are, whatever
 * each platform calls its list. Refuses to take a page that was not answered for an empty one.
 */
import { addressOf, ownAddress } from '../../../../agents/agent';
import { readHoldings } from '../../../../agents/store';
import { askDestination } from '../../../../delivery/ask/client';
import { platformsOf } from '../../../../delivery/destination';
import { type Json, recordOf } from '../../../../events/event';
import type { SeasonsEnv } from '../../../client';
import type { NamedDestination } from '../../../telling/target';
import { type Unheard, unheard } from '../client';

const PAGE_USERS = 100;
/** A platform that knows no pages would answer the same for ever. */
const MOST_PAGES = 1000;

/** Users of a platform, page by page, that the directory does not know, or that nothing was heard. */
export async function strangersOn(
  env: SeasonsEnv,
  { id, destination }: NamedDestination,
  page: number,
  now: number,
): Promise<{ readonly strangers: readonly string[]; readonly last: boolean } | Unheard> {
  // Each platform says in its own words where a page begins.
  const skip = (page - 1) * PAGE_USERS;
  const fields = { pageSize: PAGE_USERS, pageNumber: page, skip, top: PAGE_USERS };
  const answer = await askDestination(env, id, 'users', fields, now);
  if (!answer.ok) {
    const { failure } = answer;
    return failure.kind === 'unavailable' ? unheard(failure) : { strangers: [], last: true };
  }
  const users = listIn(answer.value).flatMap((user) => idOf(user) ?? []);
  const platforms = platformsOf(destination);
  const addresses = users.flatMap((user) => [
    ownAddress(user),
    ...platforms.map((platform) => addressOf(platform, user)),
  ]);
  const holdings = await readHoldings(env, [...new Set(addresses)]);
  const isKnown = (user: string): boolean =>
    [ownAddress(user), ...platforms.map((platform) => addressOf(platform, user))].some(
      (address) => {
        const holding = holdings.get(address);
        return holding !== undefined && (holding.owner !== null || holding.erased != null);
      },
    );
  const last = users.length < PAGE_USERS || page >= MOST_PAGES;
  return { strangers: users.filter((user) => !isKnown(user)), last };
}

function listIn(answer: Json): readonly Json[] {
  const { entities, agents, users } = recordOf(answer);
  const found = entities ?? agents ?? users;
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

function idOf(user: Json): string | null {
  const { id, agentId } = recordOf(user);
  const found = id ?? agentId ?? null;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
}
