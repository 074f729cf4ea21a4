/**
 * Names for what must not be guessed: a plain hash of a mail address or an employee number is
 * found by trying them all, one under a secret key is not. Synchronous, as every id is.
 */
import { createHmac } from 'node:crypto';

/** Lower-case hex HMAC-SHA256 of a text under SECRETS_KEY. */
export const keyedHash = (secretsKey: string, text: string): string =>
  createHmac('sha256', secretsKey).update(text, 'utf8').digest('hex');
