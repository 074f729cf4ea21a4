/**
 * Secrets of sources: how text becomes a key under a scheme. Refuses what the scheme cannot use.
 */

import { textKey, whsecKey } from '../../access/secrets/secret.ts';
import type { Result } from '../../kernel/result.ts';
import { SCHEME_TABLE, type SchemeName } from './profile.ts';

/** The key of a secret under a scheme; the failure says in words what is wrong, never the secret. */
export const keyOf = (scheme: SchemeName, secret: string): Result<Uint8Array, string> =>
  SCHEME_TABLE[scheme].key === 'text' ? textKey(secret) : whsecKey(secret);
