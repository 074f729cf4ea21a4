/**
 * Signature schemes as data: which headers carry what, what the MAC is taken over, how key and MAC
 * are written. A source names its scheme; nothing is ever guessed from the request, because two
 * platforms use one header name with two encodings (DEC-22).
 */
import * as z from 'zod';

export const SCHEMES = [
  'hmac-hex',
  'hmac-base64',
  'sha256-hex',
  'sha256-base64',
  'standard',
  'timestamped',
] as const;

export type SchemeName = (typeof SCHEMES)[number];

export interface Scheme {
  /** How the value of the signature header is laid out. */
  readonly layout: 'single' | 'spaced-list' | 'timed-pairs';
  /** Text before the MAC in the header. */
  readonly prefix: string;
  readonly encoding: 'hex' | 'base64';
  /** What the MAC is taken over. */
  readonly over: 'body' | 'id.time.body' | 'time.body';
  /** How the configured secret becomes a key. `whsec` is base64 after an optional `whsec_`. */
  readonly key: 'text' | 'whsec';
  readonly defaultHeader: string;
}

const DEFAULT_HEADER = 'X-Webhook-Signature';

const bodyOnly = (prefix: string, encoding: Scheme['encoding']): Scheme => ({
  layout: 'single',
  prefix,
  encoding,
  over: 'body',
  key: 'text',
  defaultHeader: DEFAULT_HEADER,
});

export const SCHEME_TABLE: Readonly<Record<SchemeName, Scheme>> = {
  'hmac-hex': bodyOnly('', 'hex'),
  'hmac-base64': bodyOnly('', 'base64'),
  'sha256-hex': bodyOnly('sha256=', 'hex'),
  'sha256-base64': bodyOnly('sha256=', 'base64'),
  standard: {
    layout: 'spaced-list',
    prefix: 'v1,',
    encoding: 'base64',
    over: 'id.time.body',
    key: 'whsec',
    defaultHeader: 'webhook-signature',
  },
  timestamped: {
    layout: 'timed-pairs',
    prefix: 'v1=',
    encoding: 'hex',
    over: 'time.body',
    key: 'text',
    defaultHeader: DEFAULT_HEADER,
  },
};

/** Seconds a signed time may lie behind or ahead of ours. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

export const profileSchema = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/)
      .refine((name) => !/^(authorization|cookie|content-.*|host)$/i.test(name), {
        message: 'this header has another meaning',
      })
      .optional()
      .meta({ description: 'Header that carries the signature; X-Webhook-Signature when absent' }),
    scheme: z.enum(SCHEMES).default('hmac-hex'),
    toleranceSeconds: z.int().min(1).max(3600).default(DEFAULT_TOLERANCE_SECONDS),
  })
  .refine((profile) => profile.scheme !== 'standard' || siblings(headerOf(profile)) !== null, {
    path: ['header'],
    message: 'the header of this scheme ends in -signature, e.g. svix-signature',
  });

export interface Profile {
  readonly scheme: SchemeName;
  readonly header: string;
  readonly toleranceSeconds: number;
}

export const profileOf = (given: z.output<typeof profileSchema>): Profile => ({
  scheme: given.scheme,
  header: headerOf(given),
  toleranceSeconds: given.toleranceSeconds,
});

const headerOf = (given: {
  readonly scheme: SchemeName;
  readonly header?: string | undefined;
}): string => given.header ?? SCHEME_TABLE[given.scheme].defaultHeader;

/** The names of the id and time headers beside `webhook-signature` or `svix-signature`. */
export function siblings(header: string): { readonly id: string; readonly time: string } | null {
  const stem = /^(.+)-signature$/i.exec(header)?.[1];
  return stem === undefined ? null : { id: `${stem}-id`, time: `${stem}-timestamp` };
}
