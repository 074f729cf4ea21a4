/** A directory, the seed's two rules and a way to send events to the real objects of a test file. */
import { env } from 'cloudflare:workers';
import type { Arrival, EventType, JsonObject, Taken } from '../../src/events/event';
import { hashBytes, keyedHash } from '../../src/kernel/hash';
import { sessionKeyOf } from '../../src/kernel/ids';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { coachingOwner } from '../../src/points/coaching/client';
import type { CoachingSessionObject } from '../../src/points/coaching/object';
import { MONDAY, seedAward, seedRevoke } from './build';

export const sessionStub = (id: string): DurableObjectStub<CoachingSessionObject> =>
  (env.SESSIONS as unknown as DurableObjectNamespace<CoachingSessionObject>).getByName(keyOf(id));

export const keyOf = (id: string): string => sessionKeyOf('default', id);

const versioned = (kind: string, name: string, content: unknown) =>
  configRow(
    { kind, name, version: 1, effectiveFrom: null, writtenAt: 0, author: 'test', content },
    'salt',
  );

/** Writes an agent as the directory would: its first version and the address it is found by. */
export async function hire(agentId: string, groups: readonly string[] = []): Promise<void> {
  const key = `key${agentId.replaceAll(/[^a-z0-9]/g, '')}`;
  const agent = {
    agentId,
    name: null,
    status: 'ACTIVE',
    groups,
    attributes: {},
    platformIds: {},
    employeeId: null,
  };
  const address = { agent_key: key };
  const id = keyedHash(env.SECRETS_KEY, `id:${agentId}`);
  const rows = [versioned('agent', key, agent), { table: 'agent_ids', id, values: address }];
  await commit(env, { rows }, MONDAY);
}

export async function openBooks(): Promise<void> {
  const rows = [versioned('rule', 'award', seedAward), versioned('rule', 'revoke', seedRevoke)];
  await commit(env, { rows }, MONDAY);
  await hire('mentor-1');
  await hire('mentee-1', ['Junior_Agent_Group_ID']);
}

export const arrival = (
  type: EventType,
  eventId: string,
  data: JsonObject,
  occurredAt: number | null = MONDAY,
): Arrival => {
  const event = {
    source: 'platform',
    platform: 'genesys-cloud',
    namespace: 'default',
    eventId,
    type,
    occurredAt,
    data,
  };
  const body = JSON.stringify(event);
  return { event, body, bodyHash: hashBytes(body), signature: 'hmac-hex:00000000' };
};

export const completion = (id: string, data: JsonObject = {}, occurredAt: number | null = MONDAY) =>
  arrival(
    'performance.coaching.completed',
    `completed-${id}`,
    {
      coachingSessionId: id,
      mentorId: 'mentor-1',
      menteeId: 'mentee-1',
      sessionType: 'Mentorship_Pairing',
      sessionDurationSeconds: 1200,
      qaCalibrationScore: 85,
      ...data,
    },
    occurredAt,
  );

export const score = (
  id: string,
  previousScore: number,
  currentScore: number,
  occurredAt: number,
) =>
  arrival(
    'qa.score.updated',
    `score-${id}-${currentScore}-${occurredAt}`,
    { coachingSessionId: id, previousScore, currentScore, sessionType: 'Mentorship_Pairing' },
    occurredAt,
  );

export const send = (arrivals: readonly Arrival[], now: number): Promise<readonly Taken[]> =>
  coachingOwner(env, arrivals, now);

/** Net points of one account, in 1/10000 point. */
export async function netOf(account: string): Promise<number> {
  const row = await env.DB.prepare(
    `SELECT coalesce(sum(CASE WHEN to_account = ?1 THEN amount ELSE -amount END), 0) AS net
     FROM entries WHERE to_account = ?1 OR from_account = ?1`,
  )
    .bind(account)
    .first<{ net: number }>();
  return row?.net ?? 0;
}
