/**
 * The fake CXone: custom data and skills of agents. Everything else must be told to it as a canned
 * answer. Refuses what it does not know with 404.
 */
import { fieldsOf, merge, missing, ok, tokenReply } from './table';
import type { Parsed, Reply, Shelf } from './upstream';

const CUSTOM_DATA = /^\/api\/v2\/users\/([^/]+)\/custom-data$/;
const SKILLS = /\/services\/v[0-9.]+\/agents\/([^/]+)\/skills(?:\/([^/]+))?$/;
const AGENTS = /\/services\/v[0-9.]+\/agents$/;

export function cxone(parsed: Parsed, shelf: Shelf): Reply {
  const { method, url, body } = parsed;
  const token = tokenReply(parsed, shelf);
  if (token !== null) return token;
  const [, user] = CUSTOM_DATA.exec(url.pathname) ?? [];
  if (user !== undefined) {
    const id = decodeURIComponent(user);
    if (method === 'GET') return ok({ fields: fieldsOf(shelf.get('users', id)) });
    return ok({ fields: merge(shelf, 'users', id, fieldsOf(fieldsOf(body).fields)) }, true);
  }
  const [, agent, skill] = SKILLS.exec(url.pathname) ?? [];
  if (agent !== undefined) return skills(parsed, shelf, decodeURIComponent(agent), skill);
  if (method === 'GET' && AGENTS.test(url.pathname)) {
    const all = shelf.list('users').map(({ key }) => ({ agentId: key }));
    const from = Number(url.searchParams.get('skip') ?? 0);
    const many = Number(url.searchParams.get('top') ?? all.length);
    return ok({ agents: all.slice(from, from + many), totalRecords: all.length });
  }
  return missing(`${method} ${url.pathname}`);
}

function skills(
  { method, body }: Parsed,
  shelf: Shelf,
  agent: string,
  skill: string | undefined,
): Reply {
  const present = fieldsOf(shelf.get('skills', agent));
  if (method === 'GET') return ok({ skills: Object.values(present) });
  if (method === 'DELETE') {
    const { [decodeURIComponent(skill ?? '')]: _, ...left } = present;
    shelf.put('skills', agent, left);
    return { status: 204, body: null, wrote: true };
  }
  const { skills: given } = fieldsOf(body);
  const list = (Array.isArray(given) ? given : []).map((one) => fieldsOf(one));
  const added = Object.fromEntries(list.map((one) => [String(one.skillId), one]));
  shelf.put('skills', agent, { ...present, ...added });
  return ok({ skills: Object.values({ ...present, ...added }) }, true);
}
