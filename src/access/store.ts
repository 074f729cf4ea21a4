/**
 * Named reads of keys, members, settings and the audit log. Writes nothing.
 * Keys are read at every request and never remembered: a revoked one fails at the next.
 */
import { and, desc, eq, gt, gte, inArray, lt, lte, or } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { ConfigVersion } from '../ledger/config';
import { audit } from '../ledger/schema';
import { readLatest, readLatestPage } from '../ledger/store';
import { KEY_KIND, type StoredKey } from './keys/key';
import { MEMBER_KIND, type Member } from './keys/member';
import {
  DEFAULT_ORGANISATION,
  ORGANISATION_KIND,
  ORGANISATION_NAME,
  type Organisation,
} from './organisation';

/** The newest version of a key; null for one that does not exist or was erased. */
export async function readKey(
  db: D1Database,
  id: string,
): Promise<ConfigVersion<StoredKey> | null> {
  const version = await readLatest<StoredKey | null>(db, KEY_KIND, id);
  return version === null || version.content === null
    ? null
    : { ...version, content: version.content };
}

/** Keys by id after a position, at most `count`. */
export async function readKeys(
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<StoredKey>[]> {
  return readLatestPage<StoredKey>(db, KEY_KIND, after, count);
}

/** The newest version of a member by the name of its entry, or null. */
export const readMember = (db: D1Database, name: string): Promise<ConfigVersion<Member> | null> =>
  readLatest<Member>(db, MEMBER_KIND, name);

/** Members after a position, at most `count`. */
export const readMembers = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<Member>[]> => readLatestPage<Member>(db, MEMBER_KIND, after, count);

/** The settings in force and their version; null when none were written. */
export const readOrganisationVersion = (
  db: D1Database,
): Promise<ConfigVersion<Organisation> | null> =>
  readLatest<Organisation>(db, ORGANISATION_KIND, ORGANISATION_NAME);

/** The settings in force: Etc/UTC, USD and MONDAY until some are written. */
export async function readOrganisation(db: D1Database): Promise<Organisation> {
  const version = await readOrganisationVersion(db);
  return version?.content ?? DEFAULT_ORGANISATION;
}

export type AuditRecord = typeof audit.$inferSelect;

/**
 * Another table whose rows are audit entries by themselves: a decision that failed a gate is its
 * own record, and writing it twice would only double the bill.
 */
export interface AuditSource {
  readonly table: string;
  /** Beginning of the subjects whose entries it keeps, e.g. `coaching-session:`. */
  readonly subjects: string;
  /** Who stands in each of its entries as the one who acted. */
  readonly actor: string;
  /** The entries with these ids, in any order. */
  byIds(db: D1Database, ids: readonly string[]): Promise<AuditRecord[]>;
  /** Every entry of one subject. */
  ofSubject(db: D1Database, subject: string): Promise<AuditRecord[]>;
}

/** Things of the organisation that entries know by a key or hash only. */
export interface AuditNames<E> {
  /** Beginning of subjects that end in the organisation's own id, e.g. `agent:`. */
  readonly begins: string;
  /** The subjects of the entries about what has this id; none where nothing has. */
  subjectsOf(env: E, id: string): Promise<readonly string[]>;
}

/** Position in the entries of one subject, newest first. */
export interface AuditPosition {
  readonly at: number;
  readonly id: string;
}

/** Which entries are asked for: those under the seals after one up to another, and of one actor. */
export interface AuditFilter {
  /** 0: from the first seal on. */
  readonly afterSeal: number;
  /** Null: up to the newest. */
  readonly untilSeal: number | null;
  /** Null: whoever acted. */
  readonly actor: string | null;
}

const EVERY_ENTRY: AuditFilter = { afterSeal: 0, untilSeal: null, actor: null };

export const passes = (
  { afterSeal, untilSeal, actor }: AuditFilter,
  record: Pick<AuditRecord, 'seal' | 'actor'>,
): boolean =>
  record.seal > afterSeal &&
  (untilSeal === null || record.seal <= untilSeal) &&
  (actor === null || record.actor === actor);

/**
 * Entries of one subject that pass a filter, newest first, after a position. The primary key begins
 * with the subject, so nobody else's entries are read.
 */
export async function readAuditOf(
  db: D1Database,
  subject: string,
  after: AuditPosition | null,
  count: number,
  filter: AuditFilter = EVERY_ENTRY,
): Promise<AuditRecord[]> {
  const older =
    after === null
      ? undefined
      : or(lt(audit.at, after.at), and(eq(audit.at, after.at), gt(audit.id, after.id)));
  return drizzle(db)
    .select()
    .from(audit)
    .where(
      and(
        gte(audit.id, `${subject}.`),
        lt(audit.id, `${subject}/`),
        eq(audit.subject, subject),
        gt(audit.seal, filter.afterSeal),
        filter.untilSeal === null ? undefined : lte(audit.seal, filter.untilSeal),
        filter.actor === null ? undefined : eq(audit.actor, filter.actor),
        older,
      ),
    )
    .orderBy(desc(audit.at), audit.id)
    .limit(count);
}

/**
 * The newest entries of one subject, at most `count`, among the first `looked` by id. Ids are
 * hashes: of a subject with more, nothing but a read of all would tell which are the newest.
 */
export async function readNewestAuditOf(
  db: D1Database,
  subject: string,
  { count, looked }: { readonly count: number; readonly looked: number },
): Promise<Pick<AuditRecord, 'at' | 'action' | 'detail'>[]> {
  const some = drizzle(db)
    .select()
    .from(audit)
    .where(and(gte(audit.id, `${subject}.`), lt(audit.id, `${subject}/`)))
    .orderBy(audit.id)
    .limit(looked)
    .as('some');
  return drizzle(db)
    .select({ at: some.at, action: some.action, detail: some.detail })
    .from(some)
    .orderBy(desc(some.at), some.id)
    .limit(count);
}

/** The audit entries with these ids, in their order. */
export async function readAuditByIds(
  db: D1Database,
  ids: readonly string[],
): Promise<AuditRecord[]> {
  const found = new Map<string, AuditRecord>();
  for (let at = 0; at < ids.length; at += 50) {
    const some = ids.slice(at, at + 50);
    const rows = await drizzle(db).select().from(audit).where(inArray(audit.id, some));
    for (const row of rows) found.set(row.id, row);
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}
