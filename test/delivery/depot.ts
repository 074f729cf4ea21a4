/**
 * What the delivery tests share: destinations as they are kept, rewards ordered as a feature orders
 * them, and a clock that the test moves. The objects, the journal and D1 are the real ones.
 */
import { env } from 'cloudflare:workers';
import { orderDeliveries } from '../../src/delivery/client';
import { renderRequest } from '../../src/delivery/connectors/connector';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_KEY_LIFE_HOURS,
  DEFAULT_PROBE_SECONDS,
  DESTINATION_KIND,
  type Destination,
  PRESET_DEFAULTS,
  type PresetName,
} from '../../src/delivery/destination';
import { deliveryIdOf, deliveryRow, type Intent } from '../../src/delivery/intent';
import type { DestinationObject } from '../../src/delivery/object';
import { readOutcomes } from '../../src/delivery/store';
import type { Json, JsonObject } from '../../src/events/event';
import { agentReward, fundingAccount } from '../../src/ledger/account';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { entryRow, transaction } from '../../src/ledger/entry';

/** Ahead of every machine's clock, so that no real alarm fires by itself. */
export const NOON = Date.UTC(2032, 4, 3, 12);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const REWARDS = '/api/v1/rewards';

export const destinationOf = (
  preset: PresetName,
  url: string,
  more: Partial<Destination> = {},
): Destination => ({
  preset,
  name: null,
  url,
  hosts: [new URL(url).hostname],
  auth: { type: 'none' },
  settings: {},
  concurrency: DEFAULT_CONCURRENCY,
  probeSeconds: DEFAULT_PROBE_SECONDS,
  keyLifeHours: DEFAULT_KEY_LIFE_HOURS,
  enabled: true,
  ...PRESET_DEFAULTS[preset],
  ...more,
});

let versions = 0;

/** Writes a destination as the route would. */
export async function keep(id: string, destination: Destination): Promise<void> {
  versions += 1;
  const version = {
    kind: DESTINATION_KIND,
    name: id,
    version: versions,
    effectiveFrom: null,
    writtenAt: NOON,
    author: 'test',
    content: destination,
  };
  const answer = await commit(env, { rows: [configRow(version, 'salt')] }, NOON);
  if (answer.verdict !== 'committed') throw new Error(answer.verdict);
}

export const stubOf = (id: string): DurableObjectStub<DestinationObject> =>
  (env.DESTINATIONS as unknown as DurableObjectNamespace<DestinationObject>).getByName(id);

export interface Reward {
  readonly cause: string;
  readonly agentKey: string;
  /** Smallest parts. */
  readonly amount: number;
}

const DAY = '2032-05-01';

const leg = (agentKey: string, amount: number, from: string, to: string) => ({
  unit: 'USD',
  from,
  to,
  amount,
  day: DAY,
  rule: null,
  agentKey,
});

const movement = (cause: string, kind: string, line: ReturnType<typeof leg>) =>
  transaction({ kind, cause, occurredAt: NOON, recordedAt: NOON }, [line]).map(entryRow);

/** A reward that is pending until the HRIS has it: earned then, and back to its pool otherwise. */
export function rewardIntent(id: string, destination: Destination, reward: Reward): Intent {
  const { cause, agentKey, amount } = reward;
  const fields: JsonObject = {
    employee_id: `EMP-${agentKey}`,
    amount: (amount / 100).toFixed(2),
    unit: 'USD',
    reason: cause,
  };
  const key = `reward-${cause}`;
  const rendered = renderRequest(destination, 'reward', fields, key);
  if (!rendered.ok) throw new Error(rendered.failure);
  const pending = agentReward(agentKey, 'pending');
  const won = leg(agentKey, amount, pending, agentReward(agentKey, 'earned'));
  const back = leg(agentKey, amount, pending, fundingAccount('pool'));
  return {
    destination: id,
    operation: 'reward',
    cause,
    subject: `agent:${agentKey}`,
    at: NOON,
    idempotencyKey: key,
    request: rendered.value.request,
    expect: rendered.value.expect,
    agents: [agentKey],
    outcomes: {
      CONFIRMED: { rows: movement(cause, 'REWARD_EARNED', won) },
      REJECTED: { rows: movement(cause, 'REWARD_RETURNED', back) },
    },
  };
}

/** Commits intents with the entries that promise them. Answers their ids. */
export async function promise(
  id: string,
  destination: Destination,
  rewards: readonly Reward[],
): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < rewards.length; from += 100) {
    const some = rewards.slice(from, from + 100);
    const intents = some.map((reward) => rewardIntent(id, destination, reward));
    const promised = some.flatMap(({ cause, agentKey, amount }) =>
      movement(
        cause,
        'REWARD',
        leg(agentKey, amount, fundingAccount('pool'), agentReward(agentKey, 'pending')),
      ),
    );
    const rows = [
      ...intents.map((intent) => deliveryRow(intent, `salt-${intent.cause}`)),
      ...promised,
    ];
    const answer = await commit(env, { rows }, NOON);
    if (answer.verdict !== 'committed') throw new Error(JSON.stringify(answer));
    ids.push(...intents.map(deliveryIdOf));
  }
  return ids;
}

/** Promises rewards and tells the destination. */
export async function order(
  id: string,
  destination: Destination,
  rewards: readonly Reward[],
  now = NOON,
): Promise<string[]> {
  const ids = await promise(id, destination, rewards);
  await orderDeliveries(env, id, ids, now);
  return ids;
}

/** Has a destination do what is due at an instant, as its alarm would. */
export const turn = (id: string, now: number): Promise<number | null> => stubOf(id).due(now);

/** Works until nothing is due before an instant; answers when something is due next. */
export async function work(id: string, from: number, until: number): Promise<number | null> {
  let now = from;
  for (let round = 0; round < 500; round += 1) {
    const next = await turn(id, now);
    if (next === null || next > until) return next;
    now = Math.max(now, next);
  }
  throw new Error('it never rests');
}

export async function outcomesOf(ids: readonly string[]): Promise<(string | null)[]> {
  const outcomes = await readOutcomes(env.DB, ids);
  return ids.map((id) => outcomes.get(id)?.outcome ?? null);
}

export const statesOf = async (id: string, ids: readonly string[]): Promise<readonly string[]> =>
  stubOf(id).states(ids);

/** What an account holds, in smallest parts. */
export async function balance(account: string): Promise<number> {
  const row = await env.DB.prepare(
    `SELECT coalesce(sum(CASE WHEN to_account = ?1 THEN amount ELSE -amount END), 0) AS net
     FROM entries WHERE to_account = ?1 OR from_account = ?1`,
  )
    .bind(account)
    .first<{ net: number }>();
  return row?.net ?? 0;
}

export async function audited(action: string): Promise<{ subject: string; detail: Json }[]> {
  const { results } = await env.DB.prepare('SELECT subject, detail FROM audit WHERE action = ?1')
    .bind(action)
    .all<{ subject: string; detail: string }>();
  return results.map(({ subject, detail }) => ({ subject, detail: JSON.parse(detail) as Json }));
}

/** An agent key of a test: 16 characters. */
export const agentKey = (name: string): string => name.padEnd(16, 'x').slice(0, 16);
