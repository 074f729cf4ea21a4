/**
 * Secrets at rest, named by fingerprints: seals what a request brings and opens what is kept.
 * Refuses to go on when something was sealed under another key: nobody is turned away for that.
 */

import { openSecret, sealSecret } from '../../runtime/digest';
import { log } from '../../runtime/log';
import { fingerprintOf, type SealedSecret } from './secret';

/** Seals a secret of one owner, e.g. purpose `source` and the source's id. */
export async function sealFor(
  secretsKey: string,
  purpose: string,
  owner: string,
  secret: string,
): Promise<SealedSecret> {
  const sealed = await sealSecret(secretsKey, `${purpose}:${owner}`, secret);
  return { fingerprint: fingerprintOf(owner, secret), sealed };
}

/** Whether it was sealed under this SECRETS_KEY; says nothing more of it. */
export const opensUnder = async (
  secretsKey: string,
  purpose: string,
  owner: string,
  { sealed }: SealedSecret,
): Promise<boolean> => (await openSecret(secretsKey, `${purpose}:${owner}`, sealed)) !== null;

/** The secret in the open. Throws under another SECRETS_KEY. */
export async function openSealed(
  secretsKey: string,
  purpose: string,
  owner: string,
  secret: SealedSecret,
): Promise<string> {
  const opened = await openSecret(secretsKey, `${purpose}:${owner}`, secret.sealed);
  if (opened !== null) return opened;
  log('error', 'secret.sealed-under-another-key', { purpose, owner });
  throw new Error('what is sealed does not open under this key');
}
