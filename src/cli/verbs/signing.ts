/**
 * How `sign` and `send` sign a body as a sender would: with the profile of a source, read from the
 * Worker, or with one given by flags. The secret is never read from the Worker, which shows none.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { signBody } from '../../intake/signatures/client.ts';
import {
  type Profile,
  profileOf,
  profileSchema,
  SCHEMES,
} from '../../intake/signatures/profile.ts';
import { keyOf } from '../../intake/signatures/secret.ts';
import { parseInstant } from '../../kernel/instant.ts';
import { randomHex } from '../../runtime/chance.ts';
import { systemNow } from '../../runtime/clock.ts';
import { UsageError } from '../flags.ts';
import { type Arguments, SERVER_FLAGS, type Server } from './call.ts';

const text = { type: 'string' } as const;

export const SIGNING_FLAGS = {
  ...SERVER_FLAGS,
  source: text,
  scheme: text,
  header: text,
  secret: text,
  id: text,
  at: text,
} as const;

export const SIGNING_USAGE = `  FILE           the body; without it standard input
  --source ID    signs as this source says (needs a key), unless --scheme says how
  --scheme       ${SCHEMES.join(' | ')}
  --header NAME  header of the signature, where it is not the scheme's own
  --secret TEXT  the secret; better in GUERDON_SECRET, which no list of processes shows
  --id ID        id of the message, where the scheme signs one
  --at INSTANT   time that is signed, 2024-09-30T12:00:00Z; now without it`;

export interface Signed {
  readonly profile: Profile;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Signs what FILE or standard input holds. */
export async function signed({ values, file }: Arguments, server: Server): Promise<Signed> {
  const profile = await profileFor(values, server);
  const secret = String(values.secret ?? process.env.GUERDON_SECRET ?? '');
  if (secret === '')
    throw new UsageError('there is no secret: give --secret or set GUERDON_SECRET');
  const key = keyOf(profile.scheme, secret);
  if (!key.ok) throw new UsageError(key.failure);
  const bytes = bodyOf(file);
  const id = String(values.id ?? `msg_${randomHex(12)}`);
  const message = { id, now: instantOf(values.at), bytes };
  return { profile, bytes, headers: await signBody(profile, key.value, message) };
}

async function profileFor(values: Arguments['values'], server: Server): Promise<Profile> {
  const { scheme, header, source } = values;
  if (scheme === undefined && source === undefined) {
    throw new UsageError(`--scheme is one of ${SCHEMES.join(', ')}; or name a --source`);
  }
  if (scheme === undefined) {
    const found = await server.get(`/v1/sources/${encodeURIComponent(String(source))}`);
    return (found as { readonly signature: Profile }).signature;
  }
  const read = profileSchema.safeParse({ scheme, ...(header !== undefined && { header }) });
  if (read.success) return profileOf(read.data);
  const [issue] = read.error.issues;
  throw new UsageError(`--${issue?.path.join('.') || 'scheme'}: ${issue?.message}`);
}

function bodyOf(file: string | undefined): Buffer {
  try {
    return readFileSync(file ?? 0);
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    throw new UsageError(`${file ?? 'standard input'} cannot be read (${code})`);
  }
}

function instantOf(given: string | boolean | undefined): number {
  if (given === undefined) return systemNow();
  const instant = parseInstant(String(given));
  if (instant !== null) return instant;
  throw new UsageError(
    `--at takes an instant with a zone, like 2024-09-30T12:00:00Z, not ${given}`,
  );
}
