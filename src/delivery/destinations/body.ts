/**
 * The body of `PUT /v1/destinations/{id}` and what is shown of a destination. Decides what a body
 * may leave out; refuses addresses that nothing may be sent to, credentials over plain http, a
 * host that is not listed, and secrets that are no key. Never repeats a secret in what it says.
 */
import * as z from 'zod';
import { whsecKey } from '../../access/secrets/secret';
import { plainText } from '../../http/fields';
import type { Failure, FieldError } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_KEY_LIFE_HOURS,
  DEFAULT_PROBE_SECONDS,
  type Destination,
  type DestinationAuth,
  MOST_IN_FLIGHT,
  PRESET_DEFAULTS,
  PRESETS,
} from '../destination';
import { type AddressRules, checkAddress } from '../sending/address';

const secretText = z
  .string()
  .min(1)
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'printable, without blanks');
const address = z.string().min(1).max(500);
const hostName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a name of a host in lower case');
const settingName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,40}$/);

const authBody = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({ type: z.literal('bearer'), token: secretText.optional() }),
  z.strictObject({
    type: z.literal('basic'),
    username: plainText(200).refine((name) => !name.includes(':'), 'no colon'),
    password: secretText.optional(),
  }),
  z.strictObject({
    type: z.literal('oauth2'),
    tokenUrl: address,
    clientId: plainText(300).refine((name) => !name.includes(':'), 'no colon'),
    clientSecret: secretText.optional(),
    scope: plainText(500).optional(),
  }),
  z.strictObject({ type: z.literal('signed'), secret: secretText.optional() }),
]);

export const destinationBody = z
  .strictObject({
    preset: z.enum(PRESETS),
    name: plainText(200).nullish(),
    url: address.meta({ description: 'https; every path of the preset lies below it.' }),
    hosts: z
      .array(hostName)
      .max(20)
      .optional()
      .meta({ description: 'Hosts that may be asked; those of the addresses when absent.' }),
    auth: authBody.optional().meta({
      description: 'Without its secret the one before is kept; absent: as before, or none.',
    }),
    settings: z
      .record(settingName, z.union([plainText(500), z.number()]))
      .refine((settings) => Object.keys(settings).length <= 50, 'at most 50 settings')
      .default({})
      .meta({ description: 'What the preset needs, e.g. `schemaId` for custom attributes.' }),
    concurrency: z.int().min(1).max(MOST_IN_FLIGHT).default(DEFAULT_CONCURRENCY),
    ratePerMinute: z.int().min(1).max(100_000).nullable().optional().meta({
      description: 'Requests a minute and token; 300 for Genesys Cloud when absent.',
    }),
    rateGroup: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'a name of a token')
      .optional()
      .meta({
        description:
          'Names a token that several destinations carry: those who are switched on share the least ' +
          'rate that any of them states, evenly. Absent: a token of its own. The name alone decides: ' +
          'secrets are sealed for one destination each, so the same token, or client, in two without ' +
          'a name is not recognised, and each asks at its whole rate.',
      }),
    probeSeconds: z.int().min(1).max(86_400).nullable().default(DEFAULT_PROBE_SECONDS).meta({
      description: 'After this an open breaker lets one through; null: only an operator does.',
    }),
    honoursKeys: z.boolean().optional(),
    keyLifeHours: z.int().min(1).max(87_600).default(DEFAULT_KEY_LIFE_HOURS),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'DestinationBody' });

export type DestinationBody = z.output<typeof destinationBody>;

/** Credentials as they are asked for: the secret still open, null: the one before. */
export interface AuthDraft {
  readonly auth: NonNullable<DestinationBody['auth']>;
  readonly secret: string | null;
}

export interface Draft {
  readonly settings: Omit<Destination, 'auth'>;
  /** null: as before. */
  readonly auth: AuthDraft | null;
}

/** What a body asks for, checked as a whole against the version before. */
export function draftDestination(
  body: DestinationBody,
  present: Destination | null,
  rules: AddressRules,
): Result<Draft> {
  const errors: FieldError[] = [];
  const urls = [checkUrl('#/url', body.url, rules, errors)];
  const { auth } = body;
  if (auth?.type === 'oauth2') {
    urls.push(checkUrl('#/auth/tokenUrl', auth.tokenUrl, rules, errors));
  }
  const named = urls.flatMap((url) => (url === null ? [] : [url.hostname]));
  const hosts = body.hosts ?? [...new Set(named)];
  for (const host of named) {
    if (!hosts.includes(host)) errors.push(wrong('#/hosts', `${host} is not among the hosts`));
  }
  const secret = auth === undefined ? null : secretIn(auth);
  const needed = auth !== undefined && auth.type !== 'none' && secret === null;
  if (needed && present?.auth.type !== auth.type) {
    errors.push(wrong('#/auth', 'credentials of another kind than before need their secret'));
  }
  if (secret === null && auth?.type !== 'none') errors.push(...strayed(named, present));
  if (auth?.type === 'signed' && secret !== null) {
    const key = whsecKey(secret);
    if (!key.ok) errors.push(wrong('#/auth/secret', key.failure));
  }
  if (errors.length > 0) return fail(invalid(errors));
  const defaults = PRESET_DEFAULTS[body.preset];
  const { preset, concurrency, probeSeconds, keyLifeHours, enabled, settings, rateGroup } = body;
  const { ratePerMinute = defaults.ratePerMinute, honoursKeys = defaults.honoursKeys } = body;
  const url = body.url.replace(/\/+$/, '');
  const name = body.name ?? null;
  return ok({
    settings: {
      preset,
      name,
      url,
      hosts,
      settings,
      concurrency,
      ratePerMinute,
      ...(rateGroup !== undefined && { rateGroup }),
      probeSeconds,
      honoursKeys,
      keyLifeHours,
      enabled,
    },
    auth: auth === undefined ? null : { auth, secret },
  });
}

/**
 * A secret that is kept goes on to the hosts it was given for. Whoever may write a destination does
 * not know its secret, and would learn it by naming a host of their own. A signature tells nothing.
 */
function strayed(named: readonly string[], present: Destination | null): FieldError[] {
  if (present === null || present.auth.type === 'none' || present.auth.type === 'signed') return [];
  const { url, auth } = present;
  const known = [url, ...(auth.type === 'oauth2' ? [auth.tokenUrl] : [])].map(
    (address) => URL.parse(address)?.hostname,
  );
  const other = named.find((host) => !known.includes(host));
  if (other === undefined) return [];
  return [wrong('#/auth', `the credentials were not given for ${other}: give their secret again`)];
}

const wrong = (pointer: string, detail: string): FieldError => ({
  pointer,
  code: 'destination',
  detail,
});

const invalid = (errors: readonly FieldError[]): Failure => ({
  kind: 'invalid',
  detail: errors.length === 1 ? 'one field is not acceptable' : 'some fields are not acceptable',
  errors,
});

function checkUrl(
  pointer: string,
  text: string,
  rules: AddressRules,
  errors: FieldError[],
): URL | null {
  const url = checkAddress(text, rules);
  const bare = url.ok && url.value.search === '' && url.value.hash === '';
  if (!url.ok) errors.push(wrong(pointer, url.failure));
  else if (!bare) errors.push(wrong(pointer, 'an address without a query'));
  return url.ok ? url.value : null;
}

function secretIn(auth: NonNullable<DestinationBody['auth']>): string | null {
  switch (auth.type) {
    case 'none':
      return null;
    case 'bearer':
      return auth.token ?? null;
    case 'basic':
      return auth.password ?? null;
    case 'oauth2':
      return auth.clientSecret ?? null;
    case 'signed':
      return auth.secret ?? null;
  }
}

const fingerprint = z.object({ fingerprint: z.string() });

export const destinationView = z
  .object({
    id: z.string(),
    version: z.int(),
    preset: z.enum(PRESETS),
    name: z.string().nullable(),
    url: z.string(),
    hosts: z.array(z.string()),
    auth: z
      .looseObject({ type: z.string(), secret: fingerprint.optional() })
      .meta({ description: 'Secrets are named by fingerprints and never shown.' }),
    settings: z.record(z.string(), z.union([z.string(), z.number()])),
    concurrency: z.int(),
    ratePerMinute: z.int().nullable(),
    rateGroup: z.string().optional(),
    probeSeconds: z.int().nullable(),
    honoursKeys: z.boolean(),
    keyLifeHours: z.int(),
    enabled: z.boolean(),
  })
  .meta({ id: 'Destination' });

/** A destination as the API shows it: the secret of its credentials by fingerprint. */
export const viewOf = (id: string, version: number, { auth, ...rest }: Destination): object => ({
  id,
  version,
  ...rest,
  auth: shownAuth(auth),
});

function shownAuth(auth: DestinationAuth): object {
  switch (auth.type) {
    case 'none':
      return auth;
    case 'bearer':
      return { type: auth.type, secret: { fingerprint: auth.token.fingerprint } };
    case 'basic': {
      const { type, username, password } = auth;
      return { type, username, secret: { fingerprint: password.fingerprint } };
    }
    case 'oauth2': {
      const { clientSecret, ...shown } = auth;
      return { ...shown, secret: { fingerprint: clientSecret.fingerprint } };
    }
    case 'signed':
      return { type: auth.type, secret: { fingerprint: auth.secret.fingerprint } };
  }
}
