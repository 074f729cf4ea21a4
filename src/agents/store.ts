/** Named reads of agents: from a platform's id to the agent key and back. Writes nothing. */
import { keyedHash } from '../kernel/keyed-hash';
import type { ConfigVersion } from '../ledger/config';
import { readVersions } from '../ledger/store';
import type { Agent } from './agent';

export const readAgentVersions = (db: D1Database, key: string): Promise<ConfigVersion<Agent>[]> =>
  readVersions<Agent>(db, 'agent', key);

export async function resolveAgentKeys(
  env: { readonly DB: D1Database; readonly SECRETS_KEY: string },
  lookups: readonly { readonly platform: string; readonly id: string }[],
): Promise<(string | null)[]> {
  const idOf = (address: string): string => keyedHash(env.SECRETS_KEY, address);
  const ids = lookups.flatMap(({ platform, id }) => [idOf(`id:${id}`), idOf(`${platform}:${id}`)]);
  const { results } = await env.DB.prepare(
    'SELECT id, agent_key FROM agent_ids WHERE id IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(ids))
    .all<{ id: string; agent_key: string }>();
  const keys = new Map(results.map((row) => [row.id, row.agent_key]));
  return lookups.map(
    ({ platform, id }) => keys.get(idOf(`id:${id}`)) ?? keys.get(idOf(`${platform}:${id}`)) ?? null,
  );
}

export async function readAgentIds(
  db: D1Database,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const versions = await Promise.all(keys.map((key) => readAgentVersions(db, key)));
  return new Map(
    versions.flatMap((all, index) => {
      const agentId = all.at(-1)?.content.agentId;
      return agentId === undefined ? [] : [[keys[index] ?? '', agentId] as const];
    }),
  );
}
