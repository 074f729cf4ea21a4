/**
 * A source: who may send events, how they are signed and read, and which namespace of coaching
 * sessions they speak of. Holds the body of `PUT /v1/sources/{id}`, in our own form and as the
 * webhook subscription the seed prints, and the form in which it is kept. Secrets are kept sealed.
 */
import * as z from 'zod';
import type { SealedSecret } from '../../access/secrets/secret';
import { EVENT_TYPES } from '../../events/event';
import { type Mapping, mappingSchema } from '../normalise/mapping';
import { pullSchema, type SourcePull } from '../pulls/pull';
import { type Profile, profileSchema } from '../signatures/profile';

export const SOURCE_KIND = 'source';
/** Config kind of the row that says that a source has had an event: its namespace stays. */
export const SOURCE_USED_KIND = 'source-used';

export const SOURCE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
export const DEFAULT_NAMESPACE = 'default';
/** Secrets that verify at one time: the newest and the one before. */
export const LIVE_SECRETS = 2;

const secretText = z.string().min(1).max(600);
const httpsUrl = z.url({ protocol: /^https$/ }).max(500);

/** Public keys only: a private or symmetric key here would be a leak or a password. */
const publicKey = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
  .refine((key) => !['d', 'k', 'p', 'q'].some((name) => Object.hasOwn(key, name)), {
    message: 'a key set holds public keys only',
  });
const jwks = z.union([z.strictObject({ keys: z.array(publicKey).min(1).max(20) }), httpsUrl]);
const claimText = z.string().min(1).max(300);

const bearerSchema = z.union([
  z.strictObject({
    token: z
      .string()
      .min(16)
      .max(1000)
      .regex(/^[\x21-\x7e]+$/),
  }),
  z.strictObject({
    jwks,
    issuer: claimText.optional(),
    audience: claimText.optional(),
  }),
]);

/** As the seed prints it, and what an identity provider's page gives. */
const authenticationSchema = z.strictObject({
  type: z.enum(['OAUTH2', 'BEARER', 'NONE']),
  clientId: claimText.optional(),
  clientSecret: secretText.optional(),
  token: z.string().min(16).max(1000).optional(),
  jwks: jwks.optional(),
  issuer: claimText.optional(),
  audience: claimText.optional(),
});

export const sourceBodySchema = z.strictObject({
  platform: z.string().regex(NAME).optional(),
  namespace: z.string().regex(NAME).optional(),
  signature: profileSchema.optional(),
  secrets: z.array(secretText).min(1).max(LIVE_SECRETS).optional(),
  bearer: bearerSchema.nullable().optional(),
  events: z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length).optional(),
  mapping: mappingSchema.nullable().optional(),
  pull: pullSchema.nullable().optional().meta({
    description: 'Which destination is asked, hourly, for what should have come.',
  }),
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(1000).optional(),
  enabled: z.boolean().optional(),
  endpointUrl: httpsUrl.optional(),
  authentication: authenticationSchema.optional(),
  retryPolicy: z
    .strictObject({
      maxRetries: z.int().min(0).max(100),
      retryIntervalSeconds: z.int().min(0).max(86_400),
    })
    .optional(),
  signatureValidation: z
    .strictObject({
      enabled: z.boolean(),
      headerName: z.string().max(64).optional(),
      algorithm: z.literal('HMAC-SHA256').optional(),
    })
    .optional(),
});

export type SourceBody = z.output<typeof sourceBodySchema>;

/** A token is kept as its MAC under SECRETS_KEY: it is compared, never shown or used. */
export type Bearer =
  | { readonly kind: 'token'; readonly mac: string }
  | {
      readonly kind: 'jwks';
      readonly jwks: z.output<typeof jwks>;
      readonly issuer?: string;
      readonly audience?: string;
    };

/** The content of a version of a source. Secrets newest first. */
export interface Source {
  readonly platform: string;
  readonly namespace: string;
  readonly signature: Profile;
  readonly secrets: readonly SealedSecret[];
  readonly bearer: Bearer | null;
  readonly events: readonly string[];
  readonly mapping: Mapping | null;
  readonly pull?: SourcePull | null;
  readonly enabled: boolean;
  readonly name: string | null;
  readonly description: string | null;
  /** What the subscription says of the sender's side; kept and shown, decides nothing here. */
  readonly subscription: {
    readonly endpointUrl?: string;
    readonly retryPolicy?: { readonly maxRetries: number; readonly retryIntervalSeconds: number };
    readonly authentication?: {
      readonly type: string;
      readonly clientId?: string;
      readonly clientSecret?: SealedSecret;
    };
  };
}

/** A source as the API shows it: secrets by fingerprint only. */
export function viewOf(id: string, version: number, source: Source, used: boolean): object {
  const { authentication, ...subscription } = source.subscription;
  return {
    id,
    version,
    platform: source.platform,
    namespace: source.namespace,
    namespaceFixed: used,
    signature: source.signature,
    secrets: source.secrets.map(({ fingerprint }) => ({ fingerprint })),
    bearer: shownBearer(source.bearer),
    events: source.events,
    mapping: source.mapping,
    pull: source.pull ?? null,
    enabled: source.enabled,
    name: source.name,
    description: source.description,
    ...subscription,
    ...(authentication && {
      authentication: {
        ...authentication,
        ...(authentication.clientSecret && {
          clientSecret: { fingerprint: authentication.clientSecret.fingerprint },
        }),
      },
    }),
    signatureValidation: {
      enabled: true,
      headerName: source.signature.header,
      algorithm: 'HMAC-SHA256',
    },
    warnings: warningsOf(source),
  };
}

function shownBearer(bearer: Bearer | null): object | null {
  if (bearer === null) return null;
  if (bearer.kind === 'token') return { token: { set: true } };
  const { kind: _, ...shown } = bearer;
  return shown;
}

function warningsOf(source: Source): string[] {
  const warnings: string[] = [];
  if (source.secrets.length === 0)
    warnings.push('there is no secret yet: every request is refused until one is rotated in');
  if (source.subscription.authentication?.type === 'OAUTH2' && source.bearer === null)
    warnings.push('no token is demanded: name the issuer’s key set in bearer.jwks');
  return warnings;
}

export const viewSchema = z
  .looseObject({
    id: z.string(),
    version: z.int(),
    platform: z.string(),
    namespace: z.string(),
    namespaceFixed: z.boolean(),
    secrets: z.array(z.object({ fingerprint: z.string() })),
    warnings: z.array(z.string()),
  })
  .meta({ description: 'A source; secrets are named by fingerprints and never shown' });
