/**
 * Named reads of agents: from an address to the agent key, from the key to what the directory says,
 * and back. An address is looked up by its keyed hash, so the table reveals nobody. Writes nothing.
 */
import type { AuditNames } from '../access/store';
import { StaleCache } from '../durable/cache';
import { keyedHash } from '../kernel/hash';
import type { ConfigVersion } from '../ledger/config';
import type { JournalTable } from '../ledger/journal';
import { readLatestOf, readLatestPage, readVersions } from '../ledger/store';
import { AGENT_KIND, type Agent, addressesOf, addressOf, agentSubject, ownAddress } from './agent';
import { type Holding, type Known, ownerIn, rowsOf } from './writing';

export interface DirectoryEnv {
  readonly DB: D1Database;
  readonly SECRETS_KEY: string;
}

export const AGENT_IDS_TABLE: JournalTable = {
  name: 'agent_ids',
  values: ['agent_key'],
  side: [],
};

/** An agent as an event names them: the platform the event comes from, and the id it says. */
export interface Lookup {
  readonly platform: string;
  readonly id: string;
}

/** What stands under each address, in the order asked. One query; each address is one key range. */
export async function readHoldings(
  env: DirectoryEnv,
  addresses: readonly string[],
): Promise<Map<string, Holding>> {
  if (addresses.length === 0) return new Map();
  const hashes = addresses.map((address) => keyedHash(env.SECRETS_KEY, address));
  const last = `SELECT %s FROM agent_ids WHERE id >= h.value AND id < h.value || '0'
    ORDER BY id DESC LIMIT 1`;
  const { results } = await env.DB.prepare(
    `SELECT h.key AS place, (${last.replace('%s', 'id')}) AS id,
            (${last.replace('%s', 'agent_key')}) AS owner
     FROM json_each(?1) h`,
  )
    .bind(JSON.stringify(hashes))
    .all<{ place: number; id: string | null; owner: string | null }>();
  const found = results.map(({ place, id, owner }): [string, Holding] => [
    addresses[place] ?? '',
    { hash: hashes[place] ?? '', rows: rowsOf(id), ...ownerIn(owner) },
  ]);
  return new Map(found);
}

/**
 * The agent key of each lookup, null for nobody: the organisation's own id first, then the id on
 * the platform. Throws when D1 cannot be read.
 */
export async function resolveAgentKeys(
  env: DirectoryEnv,
  lookups: readonly Lookup[],
): Promise<(string | null)[]> {
  const addresses = lookups.flatMap(({ platform, id }) => [
    ownAddress(id),
    addressOf(platform, id),
  ]);
  const holdings = await readHoldings(env, [...new Set(addresses)]);
  return lookups.map(
    ({ platform, id }) =>
      holdings.get(ownAddress(id))?.owner ?? holdings.get(addressOf(platform, id))?.owner ?? null,
  );
}

/** Key of the erased person each lookup names, null where it names none. One query. */
export async function readErasedKeys(
  env: DirectoryEnv,
  lookups: readonly Lookup[],
): Promise<(string | null)[]> {
  const addresses = lookups.flatMap(({ platform, id }) => [
    ownAddress(id),
    addressOf(platform, id),
  ]);
  const holdings = await readHoldings(env, [...new Set(addresses)]);
  const erased = (text: string): string | null => holdings.get(text)?.erased ?? null;
  return lookups.map(
    ({ platform, id }) => erased(ownAddress(id)) ?? erased(addressOf(platform, id)),
  );
}

const keys = new StaleCache<string, string | null>();

/** Forgets whom this isolate knows: somebody was erased. Others forget within half a minute. */
export const forgetCachedKeys = (): void => keys.forget();

/**
 * The same from this isolate's memory: fresh for 30 s, stale up to an hour while D1 cannot be read.
 * Who is not known is always looked up: an agent just written is found. Not remembered while a
 * sandbox clock is set. Throws when D1 cannot be read and one of them was never read before.
 */
export async function cachedAgentKeys(
  env: DirectoryEnv,
  lookups: readonly Lookup[],
  moment: { readonly now: number; readonly clockSet: boolean },
): Promise<(string | null)[]> {
  if (moment.clockSet) return resolveAgentKeys(env, lookups);
  const names = lookups.map(({ platform, id }) => addressOf(platform, id));
  const found = await keys.getAll(names, moment.now, (missing) =>
    resolveAgentKeys(
      env,
      missing.flatMap((name) => lookups[names.indexOf(name)] ?? []),
    ),
  );
  for (const [index, key] of found.entries()) if (key === null) keys.forget(names[index] ?? '');
  return found;
}

/** All versions of an agent, oldest first; none of one who was erased. */
export const readAgentVersions = async (
  db: D1Database,
  agentKey: string,
): Promise<ConfigVersion<Agent>[]> =>
  (await readVersions<Agent | null>(db, AGENT_KIND, agentKey)).flatMap(present);

/** The newest version of an agent by the organisation's own id, or null. */
export async function readAgent(
  env: DirectoryEnv,
  agentId: string,
): Promise<ConfigVersion<Agent> | null> {
  const address = ownAddress(agentId);
  const owner = (await readHoldings(env, [address])).get(address)?.owner ?? null;
  if (owner === null) return null;
  const [version] = await readLatestAgents(env.DB, [owner]);
  return version ?? null;
}

/** Audit entries know an agent by key: what is written of them, their points and their seat. */
export const agentNames: AuditNames<DirectoryEnv> = {
  begins: 'agent:',
  async subjectsOf(env, agentId) {
    const address = ownAddress(agentId);
    const key = (await readHoldings(env, [address])).get(address)?.owner ?? null;
    return key === null ? [] : [`agent:${key}`, agentSubject(key), `seat:${key}`];
  },
};

/** The newest version of each agent; those who were erased are left out. */
export async function readLatestAgents(
  db: D1Database,
  agentKeys: readonly string[],
): Promise<ConfigVersion<Agent>[]> {
  const versions = await readLatestOf<Agent | null>(db, AGENT_KIND, [...new Set(agentKeys)]);
  return versions.flatMap(present);
}

/** Agents by key after a position, at most `count`; those who were erased are among them as null. */
export const readAgentPage = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<Agent | null>[]> =>
  readLatestPage<Agent | null>(db, AGENT_KIND, after, count);

/** A version with its content, or nothing where that was erased. */
export const present = (version: ConfigVersion<Agent | null>): ConfigVersion<Agent>[] =>
  version.content === null ? [] : [{ ...version, content: version.content }];

/** Agent ids by agent key, for answers; an erased agent has none. */
export async function readAgentIds(
  db: D1Database,
  agentKeys: readonly string[],
): Promise<Map<string, string>> {
  const versions = await readLatestAgents(db, agentKeys);
  return new Map(versions.map(({ name, content }) => [name, content.agentId]));
}

/** Who these ids belong to and what is known of them: the first half of what `planAgent` asks. */
export async function readKnown(env: DirectoryEnv, agentIds: readonly string[]): Promise<Known> {
  const holdings = await readHoldings(env, agentIds.map(ownAddress));
  const owners = agentIds.flatMap((agentId) => holdings.get(ownAddress(agentId))?.owner ?? []);
  const versions = await readLatestAgents(env.DB, owners);
  return { holdings, versions: new Map(versions.map((version) => [version.name, version])) };
}

/** Adds what stands under every address that these agents have or would have: the second half. */
export async function readMoves(
  env: DirectoryEnv,
  known: Known,
  agents: readonly Agent[],
): Promise<void> {
  const had = [...known.versions.values()].map(({ content }) => content);
  const addresses = [...agents, ...had].flatMap(addressesOf).map(({ text }) => text);
  const missing = [...new Set(addresses)].filter((text) => !known.holdings.has(text));
  for (const [text, holding] of await readHoldings(env, missing)) known.holdings.set(text, holding);
}

export interface DirectoryRow {
  readonly agentKey: string;
  /** Null for one who was erased or of whom no version was in force yet. */
  readonly agent: Agent | null;
}

/** Some agents as a seal has them, each by the version in force at an instant. One query. */
export async function readAgentsAt(
  db: D1Database,
  agentKeys: readonly string[],
  { instant, seal }: { readonly instant: number; readonly seal: number },
): Promise<DirectoryRow[]> {
  const { results } = await db
    .prepare(
      `SELECT a.value AS agentKey, c.content FROM json_each(?1) AS a LEFT JOIN config AS c ON c.id =
         (SELECT max(id) FROM config WHERE id > '${AGENT_KIND}/' || a.value || '/'
            AND id < '${AGENT_KIND}/' || a.value || '0' AND seal <= ?2
            AND (effective_from IS NULL OR effective_from <= ?3))`,
    )
    .bind(JSON.stringify(agentKeys), seal, instant)
    .all<{ agentKey: string; content: string | null }>();
  return results.map(({ agentKey, content }) => ({
    agentKey,
    agent: JSON.parse(content ?? 'null') as Agent | null,
  }));
}

/**
 * Agents after a key (empty: from the first) in the order of keys, each by what a seal holds: the
 * version in force at an instant, or the newest where `instant` is null. Who was written after the
 * seal takes no place: the same page ends with the same agent, whoever has joined since. Jumps from
 * name to name by the primary key.
 */
export async function readDirectoryPage(
  db: D1Database,
  after: string,
  { instant, seal }: { readonly instant: number | null; readonly seal: number },
  count: number,
): Promise<DirectoryRow[]> {
  const next = (from: string): string =>
    `(SELECT name FROM config WHERE id > ${from} AND id < '${AGENT_KIND}0' AND seal <= ?3
      ORDER BY id LIMIT 1)`;
  const { results } = await db
    .prepare(
      `WITH RECURSIVE names (name, place) AS (
         SELECT ${next('?1')}, 1
         UNION ALL
         SELECT ${next(`'${AGENT_KIND}/' || names.name || '0'`)}, place + 1 FROM names
          WHERE names.name IS NOT NULL AND place < ?2)
       SELECT names.name AS agentKey, c.content FROM names LEFT JOIN config AS c ON c.id =
         (SELECT max(id) FROM config WHERE id > '${AGENT_KIND}/' || names.name || '/'
            AND id < '${AGENT_KIND}/' || names.name || '0' AND seal <= ?3
            AND (?4 IS NULL OR effective_from IS NULL OR effective_from <= ?4))
       WHERE names.name IS NOT NULL ORDER BY names.name`,
    )
    .bind(after === '' ? `${AGENT_KIND}/` : `${AGENT_KIND}/${after}0`, count, seal, instant)
    .all<{ agentKey: string; content: string | null }>();
  return results.map(({ agentKey, content }) => ({
    agentKey,
    agent: JSON.parse(content ?? 'null') as Agent | null,
  }));
}
