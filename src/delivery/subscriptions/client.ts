/**
 * Opens what a subscription needs for being told something, and tells it. Decides nothing; the
 * messages are frozen before, the answers are judged after.
 */
import { openSealed } from '../../access/secrets/client';
import { readAgentIds } from '../../agents/store';
import type { DeliveryEnv } from '../client';
import { DEFAULT_CONCURRENCY } from '../destination';
import type { Heard } from '../sending/answer';
import { type LiveDestination, rulesOf, send } from '../sending/client';
import { Gate } from '../sending/gate/client';
import {
  keysIn,
  type Message,
  messageOf,
  type StoredNotice,
  SUBSCRIPTION_KIND,
  type Subscription,
} from './subscription';

/** The subscriber as a destination whose requests are signed. */
export async function openSubscriber(
  env: DeliveryEnv,
  id: string,
  { url, secret }: Subscription,
): Promise<LiveDestination> {
  const hosts = [URL.parse(url)?.hostname ?? ''];
  return {
    id,
    destination: { url, hosts, auth: { type: 'signed', secret }, concurrency: DEFAULT_CONCURRENCY },
    tokens: new Map(),
    fetching: { token: null },
    gate: new Gate(),
    secret: await openSealed(env.SECRETS_KEY, SUBSCRIPTION_KIND, id, secret),
    rules: { ...rulesOf(env), hosts },
  };
}

/** Messages of notices, with agents named as the organisation names them now. */
export async function freeze(db: D1Database, notices: readonly StoredNotice[]): Promise<Message[]> {
  const keys = notices.flatMap(({ content }) => (content === null ? [] : keysIn(content)));
  const names = await readAgentIds(db, [...new Set(keys)]);
  return notices.map((notice) => messageOf(notice, names));
}

export const tell = (live: LiveDestination, message: Message, now: number): Promise<Heard> =>
  send(live, {
    request: {
      method: 'POST',
      path: '',
      headers: { 'Content-Type': 'application/json' },
      body: message.body,
    },
    messageId: message.id,
    now,
  });
