/**
 * Seasons against the real journal: writes seasons, agents, lots and absences straight into the
 * books and lets cron's jobs run at given instants. Reads what stands; decides nothing.
 */
import { env } from 'cloudflare:workers';
import { ABSENCES_KIND } from '../../src/agents/absences/absence';
import { SEASON_KIND, seasonOf, seasonsAt } from '../../src/calendar/season';
import { keyedHash } from '../../src/kernel/hash';
import { causeId } from '../../src/kernel/ids';
import { agentPoints, programAccount } from '../../src/ledger/account';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { entryRow, transaction } from '../../src/ledger/entry';
import { readLatest } from '../../src/ledger/store';
import { seasonSchema } from '../../src/seasons/season';
import { readSeasonVersions } from '../../src/seasons/store';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const at = (text: string): number => Date.parse(text);

export const keyOf = (agentId: string): string =>
  causeId('agent', agentId)
    .replaceAll(/[^a-z2-7]/g, 'x')
    .slice(0, 16);

export async function put(kind: string, name: string, content: unknown, now: number) {
  const before = await readLatest(env.DB, kind, name);
  const version = (before?.version ?? 0) + 1;
  const effectiveFrom = version === 1 ? null : now;
  const whole = { kind, name, version, effectiveFrom, writtenAt: now, author: 'test', content };
  const answer = await commit(env, { rows: [configRow(whole, `salt-${kind}-${name}`)] }, now);
  if (answer.verdict !== 'committed') throw new Error(answer.verdict);
}

/** Writes a season as a route would keep it. */
export const season = (id: string, fields: Record<string, unknown>, now: number): Promise<void> =>
  put(
    SEASON_KIND,
    id,
    { timeZone: 'Etc/UTC', ...seasonSchema.parse({ categories: ['Mentorship'], ...fields }) },
    now,
  );

export async function hire(
  agentId: string,
  fields: { groups?: string[]; status?: string; platformIds?: Record<string, string> } = {},
  now = 0,
): Promise<string> {
  const key = keyOf(agentId);
  const agent = {
    agentId,
    name: null,
    status: 'ACTIVE',
    groups: [],
    attributes: {},
    platformIds: { genesys: `genesys-${agentId}` },
    employeeId: null,
    ...fields,
  };
  await put('agent', key, agent, now);
  const platforms = Object.entries(agent.platformIds).map(([name, id]) => `${name}:${id}`);
  const rows = [`id:${agentId}`, ...platforms].map((address) => ({
    table: 'agent_ids',
    id: keyedHash(env.SECRETS_KEY, address),
    values: { agent_key: key },
  }));
  await commit(env, { rows }, now);
  return key;
}

export const away = (agentKey: string, absences: readonly object[], now: number): Promise<void> =>
  put(ABSENCES_KIND, agentKey, { absences }, now);

let serial = 0;

/** Points earned (or with a negative amount taken back) on a day, recorded at `now`. */
export async function earn(
  agentKey: string,
  points: number,
  day: string,
  now: number,
  category = 'Mentorship',
): Promise<void> {
  serial += 1;
  const occurredAt = at(`${day}T12:00:00Z`);
  const live = seasonsAt(await readSeasonVersions(env.DB), occurredAt);
  const own = agentPoints(agentKey, category, seasonOf(live, category));
  const program = programAccount(category);
  const entries = transaction(
    { kind: 'AWARD', cause: `test-${serial}.000001`, occurredAt, recordedAt: now },
    [
      {
        unit: `POINTS/${category}`,
        from: points > 0 ? program : own,
        to: points > 0 ? own : program,
        amount: Math.round(Math.abs(points) * 10_000),
        day,
        rule: null,
      },
    ],
  );
  const answer = await commit(env, { rows: entries.map(entryRow) }, now);
  if (answer.verdict !== 'committed') throw new Error(answer.verdict);
}

/** Values that were measured of an agent on a day, each of an interaction of its own. */
export async function measured(
  key: string,
  metric: string,
  values: readonly number[],
  day: string,
) {
  const rows = values.map((value) => {
    serial += 1;
    return {
      table: 'measures',
      id: `${key}.${day.replaceAll('-', '')}.m${serial}`,
      values: {
        agent_key: key,
        metric,
        interaction: `i${serial}`,
        revision: 0,
        value: Math.round(value * 1_000_000),
        occurred_at: at(`${day}T12:00:00Z`),
      },
    };
  });
  await commit(env, { rows }, at(`${day}T12:00:00Z`));
}

export interface Posted {
  readonly id: string;
  readonly kind: string;
  readonly amount: number;
}

/** Signed movements of an account, oldest business day first. */
export async function movesOf(account: string): Promise<Posted[]> {
  const { results } = await env.DB.prepare(
    `SELECT id, kind, CASE WHEN to_account = ?1 THEN amount ELSE -amount END AS amount
     FROM entries WHERE to_account = ?1 OR from_account = ?1 ORDER BY id`,
  )
    .bind(account)
    .all<Posted>();
  return results;
}

export const balanceOf = async (account: string): Promise<number> =>
  (await movesOf(account)).reduce((sum, { amount }) => sum + amount, 0);
