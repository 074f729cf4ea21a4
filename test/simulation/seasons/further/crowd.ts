/**
 * Many agents in a season: some histories have more than a batch of fifty, up to three, so that runs
 * go from batch to batch while everything fails. They are hired by one import, because a request for
 * each would be most of such a history. Judges nothing: whatever is asked of an agent by the books is
 * asked of these as well.
 */
import { env } from 'cloudflare:workers';
import { agentPoints } from '../../../../src/ledger/account';
import { commit } from '../../../../src/ledger/client';
import type { Chance } from '../../chance';
import type { History } from '../../history';
import { GROUP, OWN_CATEGORY, type PlannedEarning, POINT } from '../plan';
import { earningRows } from './earning';

const DAY = 86_400_000;
/** With the handful of others: a batch and a little, two, two and a little. */
const SIZES = [47, 50, 51, 94, 99];
const AMOUNTS = [29.9999, 30, 80, 200].map((points) => Math.round(points * POINT));

const SEVERAL = 'season of several batches';
export const CROWD_TROUBLES: readonly string[] = [SEVERAL];

export interface Crowd {
  readonly agents: readonly string[];
  /** Earned before the history begins, by every fourth of them. */
  readonly earnings: readonly PlannedEarning[];
}

export const NO_CROWD: Crowd = { agents: [], earnings: [] };

export function drawCrowd(chance: Chance, seed: number, startAt: number): Crowd {
  const agents = Array.from(
    { length: chance.pick(SIZES) },
    (_, nth) => `crowd-${String(nth).padStart(3, '0')}`,
  );
  const earnings = agents
    .filter((_, nth) => nth % 4 === 0)
    .map((agent): PlannedEarning => {
      const cause = `crowd-${seed}-${agent}`;
      const occurredAt = startAt - chance.between(1, 20) * DAY;
      return { key: `${cause}+`, agent, amount: chance.pick(AMOUNTS), occurredAt, cause };
    });
  return { agents, earnings };
}

/** Hires them and posts what they earned, before anything of the history begins. */
export async function hireCrowd(
  history: History,
  { agents, earnings }: Crowd,
  season: string,
  keyOf: (agentId: string) => Promise<string>,
): Promise<void> {
  if (agents.length === 0) return;
  const { world } = history;
  const csv = ['agentId,name,groups', ...agents.map((id) => `${id},${id},${GROUP}`)].join('\n');
  const headers = { 'content-type': 'text/csv', 'idempotency-key': 'crowd' };
  const { status, body } = await world.operator('POST', '/v1/agents/import', csv, headers);
  const { created } = body as { readonly created?: number };
  if (created !== agents.length) throw new Error(`the crowd: ${status} ${created} hired`);
  const rows = [];
  for (const earning of earnings) {
    const account = agentPoints(await keyOf(earning.agent), OWN_CATEGORY, season);
    rows.push(...earningRows(earning, account, world.now));
  }
  const { verdict } = await commit(env, { rows }, world.now);
  if (verdict !== 'committed') throw new Error(`the crowd's earnings: ${verdict}`);
  history.trouble(SEVERAL);
}
