/** A desk from which tests ask as a platform's machine does, and look into seats and queues. */
import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import { resolveAgentKeys } from '../../src/agents/store';
import { DEFAULT_POLICY } from '../../src/routing/policy/policy';
import type { SeatObject } from '../../src/routing/seats/object';
import {
  DEFAULT_TIERS,
  privilegesOf,
  SEAT_FACTS_SHAPE,
  type SeatFacts,
  silverWeight,
} from '../../src/seasons/tier';
import { type Heard, makeKey, send } from '../http/caller';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

let machine = '';
let people = '';

/** The key of a platform's machine. */
export async function machineKey(): Promise<string> {
  if (machine === '') machine = (await makeKey(['platform'])).key;
  return machine;
}

/** A key of a person who may read, draft and manage. */
export async function personKey(): Promise<string> {
  if (people === '') people = (await makeKey(['viewer', 'author', 'admin'])).key;
  return people;
}

export async function hire(...ids: readonly string[]): Promise<void> {
  const key = await personKey();
  for (const id of ids) {
    const answer = await send('PUT', `/v1/agents/${id}`, { key, body: {} });
    if (answer.status >= 300) throw new Error(`not hired: ${answer.status} ${answer.text}`);
  }
}

export async function keyOf(agentId: string): Promise<string> {
  const [key = null] = await resolveAgentKeys(env, [{ platform: 'genesys-cloud', id: agentId }]);
  if (key === null) throw new Error(`nobody is ${agentId}`);
  return key;
}

export const seatOf = (agentKey: string): DurableObjectStub<SeatObject> =>
  (env.SEATS as unknown as DurableObjectNamespace<SeatObject>).getByName(agentKey);

export const decide = async (
  agentId: string,
  interactionId: string,
  more: object = {},
  key?: string,
): Promise<Heard> =>
  send('POST', '/v1/routing/decisions', {
    key: key ?? (await machineKey()),
    body: { interactionId, agentId, platform: 'genesys-cloud', ...more },
  });

let keyThen: string | null = null;

/** The same where the clock of the Worker stands at an instant, UTC ms: within a year of the first. */
export async function decideAt(
  now: number,
  agentId: string,
  interactionId: string,
): Promise<Heard> {
  vi.useFakeTimers({ toFake: ['Date'], now });
  try {
    // A key of today is no longer in force by then.
    keyThen ??= (await makeKey(['platform'])).key;
    return await decide(agentId, interactionId, {}, keyThen);
  } finally {
    vi.useRealTimers();
  }
}

export const sample = async (agentId: string, concurrent: number, more: object = {}) =>
  send('POST', '/v1/routing/utilization', {
    key: await machineKey(),
    body: { agentId, concurrent, targetConcurrent: 10, ...more },
  });

export const selectFrom = async (
  queue: string,
  selectionId: string,
  eligibleAgentIds: readonly string[],
): Promise<Heard> =>
  send('POST', `/v1/routing/queues/${queue}/selections`, {
    key: await machineKey(),
    body: { selectionId, eligibleAgentIds },
  });

/** News of a season that runs, as it is pushed. */
export function factsOf(agentKey: string, tier: string, more: Partial<SeatFacts> = {}): SeatFacts {
  const privileges = privilegesOf(DEFAULT_TIERS, tier);
  return {
    shape: SEAT_FACTS_SHAPE,
    agentKey,
    seasonId: '2032-Q2',
    seasonStart: Date.UTC(2000, 0, 1),
    seasonEnd: Date.UTC(2100, 0, 1),
    number: 1,
    tier,
    honoured: tier,
    graceUntil: null,
    complianceOk: true,
    privileges,
    afterGrace: privileges,
    silverWeight: silverWeight(DEFAULT_TIERS),
    ...more,
  };
}

export const ask = (agentKey: string, now: number) => ({
  agentKey,
  table: DEFAULT_TIERS,
  policy: DEFAULT_POLICY,
  now,
});

export const conditionOf = ({ body }: Heard, name: string): Record<string, unknown> | undefined =>
  (body.why as Record<string, unknown>[]).find(({ condition }) => condition === name);
