/**
 * Salts of what seasons write about persons. Decides them from the row's cause and the installation's
 * secret: the same whoever writes the row, and unknown to who reads the books, so that what was
 * emptied for a person who was erased cannot be found again by trying ids. Refuses nothing.
 */
import { keyedSalt } from '../kernel/hash';

/** The salt of a row by its cause. */
export type SaltOf = (...cause: readonly string[]) => string;

export const saltBy =
  ({ SECRETS_KEY }: { readonly SECRETS_KEY: string }): SaltOf =>
  (...cause) =>
    keyedSalt(SECRETS_KEY, 'season', ...cause);
