/**
 * Who may do what, in one table: permission → roles. The matrix test holds the routes against a
 * table of its own. Refuses nothing itself. Two acts on one thing need two persons: that is checked
 * where the second act happens, against the person a key was made for.
 */

export const ROLES = [
  'viewer',
  'author',
  'approver',
  'payroll',
  'compliance',
  'admin',
  'platform',
] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  'read',
  'draft',
  'approve',
  'payroll',
  'compliance',
  'admin',
  'keys',
  'sandbox',
  'route',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const PEOPLE: readonly Role[] = ROLES.filter((role) => role !== 'platform');

/**
 * viewer reads; author drafts; approver approves what another drafted; payroll previews and
 * dispatches; compliance decides reviews; admin manages keys, people and sources, and no money;
 * platform is a machine that routes interactions: its key asks and reports, and reads no books.
 */
export const ROLES_OF: Readonly<Record<Permission, readonly Role[]>> = {
  read: PEOPLE,
  draft: ['author'],
  approve: ['approver'],
  payroll: ['payroll'],
  compliance: ['compliance'],
  admin: ['admin'],
  keys: ['admin'],
  sandbox: ['admin'],
  route: ['admin', 'platform'],
};

/** What a set of roles may do, narrowed to the scopes of a key where it has some. */
export function permissionsOf(
  roles: readonly Role[],
  scopes?: readonly Permission[],
): ReadonlySet<Permission> {
  const granted = PERMISSIONS.filter((permission) =>
    ROLES_OF[permission].some((role) => roles.includes(role)),
  );
  return new Set(scopes === undefined ? granted : granted.filter((one) => scopes.includes(one)));
}

/** The name of a person in one form: equal for one human, however it is written. */
export const personOf = (text: string): string => text.normalize('NFC').trim().toLowerCase();
