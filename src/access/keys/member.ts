/**
 * Members: persons whom Cloudflare Access lets in, by verified mail address, and the roles they
 * have here. A person without an entry has none. The name of an entry is a keyed hash: the chained
 * columns hold no address.
 */
import * as z from 'zod';
import { keyedHash } from '../../kernel/hash';
import { PERMISSIONS, type Permission, permissionsOf, personOf, ROLES, type Role } from '../role';

export const MEMBER_KIND = 'member';

export interface Member {
  readonly email: string;
  readonly roles: readonly Role[];
  readonly scopes: readonly Permission[] | null;
}

/** The name of a member's configuration. */
export const memberName = (secretsKey: string, email: string): string =>
  keyedHash(secretsKey, `member:${personOf(email)}`).slice(0, 32);

export const memberAnswer = z
  .object({
    email: z.string(),
    roles: z.array(z.enum(ROLES)),
    scopes: z.array(z.enum(PERMISSIONS)).nullable(),
    permissions: z.array(z.enum(PERMISSIONS)),
  })
  .meta({ id: 'Member' });

export const shownMember = (member: Member): z.output<typeof memberAnswer> => ({
  email: member.email,
  roles: [...member.roles],
  scopes: member.scopes === null ? null : [...member.scopes],
  permissions: [...permissionsOf(member.roles, member.scopes ?? undefined)],
});
