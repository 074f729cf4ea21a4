/**
 * The audit log as it is read: the entries of one subject, or all of them, newest first. Refuses
 * nothing but cursors of other lists. Writes nothing: every room records its own decisions.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { type Column, listAnswer } from '../../http/media';
import { encodeCursor, type Page, pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import type { LedgerEnv } from '../../ledger/client';
import { walkTables } from '../../ledger/store';
import {
  type AuditNames,
  type AuditPosition,
  type AuditRecord,
  type AuditSource,
  readAuditByIds,
  readAuditOf,
} from '../store';

const auditEntry = z
  .object({
    id: z.string(),
    at: z.string(),
    action: z.string(),
    subject: z.string(),
    actor: z.string().nullable().meta({ description: 'Null once it was erased.' }),
    detail: z.record(z.string(), z.unknown()).nullable(),
    seal: z.int(),
  })
  .meta({ id: 'AuditEntry' });

type AuditEntry = z.output<typeof auditEntry>;

const columns: readonly Column<AuditEntry>[] = [
  { name: 'id', cell: ({ id }) => id },
  { name: 'at', cell: ({ at }) => at },
  { name: 'action', cell: ({ action }) => action },
  { name: 'subject', cell: ({ subject }) => subject },
  { name: 'actor', cell: ({ actor }) => actor },
  { name: 'detail', cell: ({ detail }) => (detail === null ? null : JSON.stringify(detail)) },
  { name: 'seal', cell: ({ seal }) => seal },
];

const SUBJECTS =
  'What the entries are about, as they name it: `config:{kind}/{id}` for what is configured (kinds: ' +
  'organisation, key, member, agent, source, program, rule, goal, team, reward-pool, leaderboard, ' +
  'plan, pay-run, season, tiers, destination, subscription and others), `event:{id}`, ' +
  '`quarantine:{id}`, `review:{id}`, `delivery:{id}`, `goal:{id}`, `board:{id}`, `season:{id}`, ' +
  '`journal`. By your own ids also `agent:{agentId}`, `coaching-session:{coachingSessionId}` and, ' +
  'outside the namespace `default`, `coaching-session:{namespace}/{coachingSessionId}`.';

const listAudit = <E extends LedgerEnv>(
  sources: readonly AuditSource[],
  names: readonly AuditNames<E>[],
): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/audit',
    tag: 'Operation',
    summary: 'List audit entries, newest first',
    description:
      'Refusals, duplicates, overrides and every decision, failed gates with expected and actual among them. ' +
      'CSV and NDJSON by `Accept`; then the next cursor is the header `Next-Cursor`.',
    permission: 'read',
    query: z.strictObject({
      ...pageFields,
      subject: plainText(300)
        .optional()
        .meta({ description: SUBJECTS, examples: ['config:organisation/settings'] }),
    }),
    answers: { 200: { description: 'A page of entries.', schema: pageOf(auditEntry) } },
    async handle({ env, query, headers }) {
      const { subject, cursor = null, limit } = query;
      const page =
        subject === undefined
          ? await newest(env.DB, sources, cursor, limit)
          : await ofSubjects(env.DB, sources, {
              subjects: await subjectsOf(env, names, subject),
              cursor,
              limit,
            });
      return page.ok ? listAnswer(headers, page.value, columns) : page;
    },
  });

async function newest(
  db: D1Database,
  sources: readonly AuditSource[],
  cursor: string | null,
  limit: number,
): Promise<Result<Page<AuditEntry>>> {
  const tables = ['audit', ...sources.map(({ table }) => table)];
  const { ids, nextCursor } = await walkTables(db, tables, cursor, limit);
  const idsOf = (wanted: string): string[] =>
    ids.flatMap(({ table, id }) => (table === wanted ? [id] : []));
  const read = await Promise.all([
    readAuditByIds(db, idsOf('audit')),
    ...sources.map((source) => source.byIds(db, idsOf(source.table))),
  ]);
  const byId = new Map(read.flat().map((record) => [record.id, record]));
  return ok({
    items: ids.flatMap(({ id }) => byId.get(id) ?? []).map(shown),
    nextCursor: nextCursor === null ? null : encodeCursor(nextCursor),
  });
}

/** The subject itself, and those under which its entries know what it names by its own id. */
async function subjectsOf<E>(
  env: E,
  names: readonly AuditNames<E>[],
  subject: string,
): Promise<readonly string[]> {
  const named = names.filter(({ begins }) => subject.startsWith(begins));
  const known = await Promise.all(
    named.map(({ begins, subjectsOf: of }) => of(env, subject.slice(begins.length))),
  );
  return [...new Set([subject, ...known.flat()])];
}

async function ofSubjects(
  db: D1Database,
  sources: readonly AuditSource[],
  asked: {
    readonly subjects: readonly string[];
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<Result<Page<AuditEntry>>> {
  const after = asked.cursor === null ? null : readPosition(asked.cursor);
  if (asked.cursor !== null && after === null) {
    return fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));
  }
  const recordsOf = (subject: string): Promise<AuditRecord[]> =>
    sources.find(({ subjects }) => subject.startsWith(subjects))?.ofSubject(db, subject) ??
    readAuditOf(db, subject, after, asked.limit + 1);
  const records = (await Promise.all(asked.subjects.map(recordsOf))).flat();
  const page = pageFrom(newestAfter(records, after), asked.limit, ({ at, id }) => `${at} ${id}`);
  return ok({ ...page, items: page.items.map(shown) });
}

/** In the order of `readAuditOf`: newest first, then by id. */
const newestAfter = (records: readonly AuditRecord[], after: AuditPosition | null): AuditRecord[] =>
  records
    .toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1))
    .filter(({ at, id }) => after === null || at < after.at || (at === after.at && id > after.id));

function readPosition(text: string): AuditPosition | null {
  const [, at, id] = /^([0-9]{1,15}) (.+)$/s.exec(text) ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
}

const shown = (record: AuditRecord): AuditEntry => ({
  id: record.id,
  at: printInstant(record.at),
  action: record.action,
  subject: record.subject,
  actor: record.actor,
  detail: record.detail === null ? null : JSON.parse(record.detail),
  seal: record.seal,
});

export const auditRoutes = <E extends LedgerEnv>(
  sources: readonly AuditSource[],
  names: readonly AuditNames<E>[],
): readonly Route<E>[] => [listAudit(sources, names)];
