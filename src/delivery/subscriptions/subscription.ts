/**
 * A subscription: which kinds of notices somebody wants to hear, where, and the secret they are
 * signed with. Decides the form of a message: agents are named as the organisation names them.
 * Refuses addresses that nothing may be sent to and secrets that are no key.
 */
import * as z from 'zod';
import { type SealedSecret, whsecKey } from '../../access/secrets/secret';
import type { Json } from '../../events/event';
import { plainText } from '../../http/fields';
import type { FieldError } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { DEFAULT_PROBE_SECONDS } from '../destination';
import { type AddressRules, checkAddress } from '../sending/address';

export const SUBSCRIPTION_KIND = 'subscription';
export const SUBSCRIPTION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const KIND = /^(\*|[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*(\.\*)?)$/;

export interface Subscription {
  readonly kinds: readonly string[];
  readonly url: string;
  readonly name: string | null;
  readonly secret: SealedSecret;
  readonly probeSeconds: number | null;
  readonly enabled: boolean;
}

export const subscriptionBody = z
  .strictObject({
    kinds: z
      .array(z.string().max(100).regex(KIND, 'a kind of notice, `goal.*` or `*`'))
      .min(1)
      .max(100),
    url: z.string().min(1).max(500),
    name: plainText(200).nullish(),
    secret: z.string().min(1).max(600).optional().meta({
      description: '`whsec_` and base64 of 16 to 512 bytes; absent: as before',
    }),
    probeSeconds: z.int().min(1).max(86_400).nullable().default(DEFAULT_PROBE_SECONDS),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'SubscriptionBody' });

export type SubscriptionBody = z.output<typeof subscriptionBody>;

/** What is wrong with a body, beyond its form. */
export function checkSubscription(
  body: SubscriptionBody,
  present: Subscription | null,
  rules: AddressRules,
): Result<null, readonly FieldError[]> {
  const errors: FieldError[] = [];
  const url = checkAddress(body.url, rules);
  if (!url.ok) errors.push({ pointer: '#/url', code: 'address', detail: url.failure });
  const key = body.secret === undefined ? null : whsecKey(body.secret);
  if (key === null && present === null) {
    const detail = 'a new subscription needs the secret its messages are signed with';
    errors.push({ pointer: '#/secret', code: 'required', detail });
  }
  if (key !== null && !key.ok) {
    errors.push({ pointer: '#/secret', code: 'secret', detail: key.failure });
  }
  return errors.length === 0 ? ok(null) : fail(errors);
}

/** Whether a subscription asks for a kind: by its name, by what it begins with, or for all. */
export const wants = ({ kinds }: Pick<Subscription, 'kinds'>, kind: string): boolean =>
  kinds.some(
    (one) =>
      one === '*' || one === kind || (one.endsWith('.*') && kind.startsWith(one.slice(0, -1))),
  );

/** A notice as it stands in the books; emptied content is null. */
export interface StoredNotice {
  readonly id: string;
  readonly kind: string;
  /** UTC ms. */
  readonly at: number;
  readonly content: Json | null;
}

/** What is sent: frozen when it is taken up, the same bytes on every retry. */
export interface Message {
  readonly id: string;
  readonly kind: string;
  readonly body: string;
  readonly tries: number;
}

const AGENT_KEY = /(?<![a-z0-9])[a-z2-7]{16}(?![a-z0-9])/g;

/** Every text in some content that may be an agent key. */
export function keysIn(value: Json): string[] {
  if (typeof value === 'string') return value.match(AGENT_KEY) ?? [];
  if (Array.isArray(value)) return value.flatMap((one: Json) => keysIn(one));
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one) => keysIn(one as Json));
}

/** The message of a notice. `names`: agent ids by agent key; who is forgotten keeps the key. */
export function messageOf(notice: StoredNotice, names: ReadonlyMap<string, string>): Message {
  const { id, kind, at, content } = notice;
  const data = named(content ?? {}, names);
  const body = JSON.stringify({ type: kind, timestamp: printInstant(at), data });
  return { id, kind, body, tries: 0 };
}

/** `agentKey` becomes `agentId` where the person is known, and keys within texts become ids. */
function named(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return value.replace(AGENT_KEY, (key) => names.get(key) ?? key);
  if (Array.isArray(value)) return value.map((one: Json) => named(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const isKnown = typeof one === 'string' && names.has(one);
      const shown = isKnown ? name.replace(/Key$/, 'Id').replace(/^key$/, 'agentId') : name;
      return [shown, named(one as Json, names)];
    }),
  );
}

export const subscriptionView = z
  .object({
    id: z.string(),
    version: z.int(),
    kinds: z.array(z.string()),
    url: z.string(),
    name: z.string().nullable(),
    secret: z.object({ fingerprint: z.string() }),
    probeSeconds: z.int().nullable(),
    enabled: z.boolean(),
  })
  .meta({ id: 'Subscription' });

export const viewOf = (id: string, version: number, { secret, ...rest }: Subscription) => ({
  id,
  version,
  ...rest,
  secret: { fingerprint: secret.fingerprint },
});
