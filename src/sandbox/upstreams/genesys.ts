/**
 * The fake Genesys Cloud: users with attributes and skills, recognitions and external metrics, by
 * the addresses of the real API and by those the documents print. Everything else must be told
 * to it as a canned answer. Refuses what it does not know with 404.
 */
import { fieldsOf, merge, missing, nextId, ok, pageReply, tokenReply } from './table';
import type { Parsed, Reply, Shelf } from './upstream';

const USER = /^\/api\/v2\/users\/([^/]+)(?:\/(customattributes|routingskills)(?:\/([^/]+))?)?$/;
const RECOGNITIONS = '/api/v2/employeeengagement/recognitions';
const METRICS = '/api/v2/employeeperformance/externalmetrics/data';

/** What a pull asks for; there is nothing until canned answers say something. */
const PULLED: Readonly<Record<string, unknown>> = {
  '/api/v2/performance/results': { items: [], page_count: 0, page_size: 200 },
  '/api/v2/wfm/users/actuals': { items: [] },
  '/api/v2/quality/evaluations/query': { entities: [], pageCount: 0 },
  '/api/v2/coaching/appointments': { entities: [], pageCount: 0 },
  '/api/v2/analytics/users/aggregates/query': { results: [] },
};

export function genesys(parsed: Parsed, shelf: Shelf): Reply {
  const { method, url, body } = parsed;
  const token = tokenReply(parsed, shelf);
  if (token !== null) return token;
  const [, id, part, rest] = USER.exec(url.pathname) ?? [];
  if (id !== undefined) return user(parsed, shelf, decodeURIComponent(id), part, rest);
  if (method === 'GET' && url.pathname === '/api/v2/users') {
    return pageReply(
      shelf.list('users').map(({ key }) => userOf(shelf, key)),
      url,
    );
  }
  const empty = PULLED[url.pathname];
  if (empty !== undefined) return ok(empty);
  if (url.pathname === RECOGNITIONS) return recognitions(parsed, shelf);
  if (method === 'POST' && url.pathname === METRICS) return metrics(body, shelf);
  return missing(`${method} ${url.pathname}`);
}

const userOf = (shelf: Shelf, id: string) => {
  const { customAttributes = {}, version = 1 } = fieldsOf(shelf.get('users', id));
  return { id, version, customAttributes, skills: skillsOf(shelf, id) };
};

const skillsOf = (shelf: Shelf, id: string): unknown[] =>
  Object.values(fieldsOf(shelf.get('skills', id)));

function user(
  { method, body }: Parsed,
  shelf: Shelf,
  id: string,
  part: string | undefined,
  rest: string | undefined,
): Reply {
  if (part === 'routingskills') return skills(method, body, shelf, id, rest);
  if (method === 'GET') return ok(userOf(shelf, id));
  const given = fieldsOf(body);
  const attributes = part === undefined ? given.customAttributes : given.attributes;
  const before =
    method === 'PUT' ? {} : fieldsOf(fieldsOf(shelf.get('users', id)).customAttributes);
  const customAttributes = { ...before, ...fieldsOf(attributes) };
  merge(shelf, 'users', id, { customAttributes });
  return ok(part === undefined ? userOf(shelf, id) : { attributes: customAttributes }, true);
}

function skills(
  method: string,
  body: unknown,
  shelf: Shelf,
  id: string,
  rest: string | undefined,
): Reply {
  if (method === 'GET') return ok({ entities: skillsOf(shelf, id) });
  const present = method === 'PUT' ? {} : fieldsOf(shelf.get('skills', id));
  if (method === 'DELETE') {
    const { [decodeURIComponent(rest ?? '')]: _, ...left } = present;
    shelf.put('skills', id, left);
    return { status: 204, body: null, wrote: true };
  }
  const given = Array.isArray(body) ? body.map((one) => fieldsOf(one)) : [];
  const added = Object.fromEntries(given.map((one) => [String(one.id), one]));
  shelf.put('skills', id, { ...present, ...added });
  return ok({ entities: skillsOf(shelf, id) }, true);
}

function recognitions({ method, url, body }: Parsed, shelf: Shelf): Reply {
  if (method === 'POST') {
    const id = nextId(shelf, 'recognitions');
    const kept = { id, ...fieldsOf(body) };
    shelf.put('recognitions', id.padStart(9, '0'), kept);
    return ok(kept, true);
  }
  const wanted = url.searchParams.get('recipient');
  const all = shelf.list('recognitions').map(({ value }) => fieldsOf(value));
  return pageReply(
    all.filter(({ recipientId }) => wanted === null || recipientId === wanted),
    url,
  );
}

/** Total: the last value of a user, metric and day stands. */
function metrics(body: unknown, shelf: Shelf): Reply {
  const { items } = fieldsOf(body);
  const given = (Array.isArray(items) ? items : []).map((one) => fieldsOf(one));
  for (const item of given) {
    shelf.put('metrics', `${item.userId} ${item.metricId} ${item.dateOccurred}`, item);
  }
  return ok({ processedEntities: given, unprocessedEntities: [] }, given.length > 0);
}
