/**
 * What a PUT of a source asks for, checked as a whole. Refuses signature validation that is switched
 * off, a new source of our own form without a secret, and secrets that are no key under the scheme;
 * never repeats a secret in what it says.
 */
import { type Failure, invalidField } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { type Profile, profileOf, profileSchema } from '../signatures/profile';
import { keyOf } from '../signatures/secret';
import { type Bearer, DEFAULT_NAMESPACE, type Source, type SourceBody } from './source';

/** What is asked for, secrets still open; `null` keeps what the version before has. */
export interface SourceDraft {
  readonly settings: Omit<Source, 'secrets' | 'bearer' | 'subscription'>;
  readonly secrets: readonly string[] | null;
  /** `keep`: as before; a token still open; or a key set. */
  readonly bearer: 'keep' | 'none' | { readonly token: string } | Extract<Bearer, { kind: 'jwks' }>;
  readonly subscription: {
    readonly endpointUrl?: string;
    readonly retryPolicy?: { readonly maxRetries: number; readonly retryIntervalSeconds: number };
    readonly authentication?: { readonly type: string; readonly clientId?: string };
    readonly clientSecret: string | null;
  };
}

/** `previous`: the secrets of the version before in the open, or null for a new source. */
export function draftSource(
  body: SourceBody,
  previous: readonly string[] | null,
): Result<SourceDraft> {
  if (body.signatureValidation?.enabled === false) {
    const detail = 'events are taken signed or not at all';
    return fail(invalidField('#/signatureValidation/enabled', 'unsigned', detail));
  }
  const signature = signatureOf(body);
  if (!signature.ok) return signature;
  const wrong = checkSecrets(body, signature.value, previous);
  if (wrong !== null) return fail(wrong);
  return ok({
    settings: {
      platform: body.platform ?? 'custom',
      namespace: body.namespace ?? DEFAULT_NAMESPACE,
      signature: signature.value,
      events: body.events ?? [],
      mapping: body.mapping ?? null,
      pull: body.pull ?? null,
      enabled: body.enabled ?? true,
      name: body.name ?? null,
      description: body.description ?? null,
    },
    secrets: body.secrets ?? (previous === null ? [] : null),
    bearer: bearerOf(body),
    subscription: subscriptionOf(body),
  });
}

function signatureOf(body: SourceBody): Result<Profile> {
  const header = body.signatureValidation?.headerName;
  if (body.signature !== undefined) {
    const given = body.signature.header ?? header;
    return ok(profileOf({ ...body.signature, ...(given !== undefined && { header: given }) }));
  }
  const parsed = profileSchema.safeParse(header === undefined ? {} : { header });
  if (parsed.success) return ok(profileOf(parsed.data));
  const detail = parsed.error.issues[0]?.message ?? 'no name of a header';
  return fail(invalidField('#/signatureValidation/headerName', 'header', detail));
}

function checkSecrets(
  body: SourceBody,
  signature: Profile,
  previous: readonly string[] | null,
): Failure | null {
  if (body.secrets === undefined && previous === null && body.signatureValidation === undefined) {
    const detail = 'a new source needs a secret, else it would verify nothing';
    return invalidField('#/secrets', 'required', detail);
  }
  for (const [index, secret] of (body.secrets ?? []).entries()) {
    const key = keyOf(signature.scheme, secret);
    if (!key.ok) return invalidField(`#/secrets/${index}`, 'secret', key.failure);
  }
  if (body.secrets !== undefined && new Set(body.secrets).size < body.secrets.length)
    return invalidField('#/secrets', 'secret', 'the two secrets are the same');
  const kept = body.secrets === undefined ? (previous ?? []) : [];
  const unfit = kept.some((secret) => !keyOf(signature.scheme, secret).ok);
  const detail = 'a secret that is kept is no key under this scheme; send new ones with it';
  return unfit ? invalidField('#/signature/scheme', 'secret', detail) : null;
}

function bearerOf(body: SourceBody): SourceDraft['bearer'] {
  if (body.bearer === null) return 'none';
  const given = body.bearer ?? body.authentication;
  if (given === undefined) return 'keep';
  if ('token' in given && given.token !== undefined) return { token: given.token };
  if (!('jwks' in given) || given.jwks === undefined) return 'keep';
  return {
    kind: 'jwks',
    jwks: given.jwks,
    ...(given.issuer !== undefined && { issuer: given.issuer }),
    ...(given.audience !== undefined && { audience: given.audience }),
  };
}

function subscriptionOf(body: SourceBody): SourceDraft['subscription'] {
  const { authentication, endpointUrl, retryPolicy } = body;
  return {
    ...(endpointUrl !== undefined && { endpointUrl }),
    ...(retryPolicy !== undefined && { retryPolicy }),
    ...(authentication !== undefined && {
      authentication: {
        type: authentication.type,
        ...(authentication.clientId !== undefined && { clientId: authentication.clientId }),
      },
    }),
    clientSecret: authentication?.clientSecret ?? null,
  };
}

/** The secrets after one more is rotated in: it first, then the newest of those before. */
export const rotated = <T>(secrets: readonly T[], added: T, live: number): T[] =>
  [added, ...secrets].slice(0, live);
