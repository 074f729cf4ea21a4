/**
 * The audit log as it is read: the entries of one subject, or all of them, newest first; of some
 * time and actor alone where that is asked. No index serves time or actor, for it would cost a row
 * per entry: the seals are walked, and a page may be short. Refuses cursors of other lists and times
 * that end before they begin. Writes nothing: every room records its own decisions.
 */
import * as z from 'zod';
import { instantText, plainText } from '../../http/fields';
import { type Column, listAnswer } from '../../http/media';
import { encodeCursor, type Page, pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import type { LedgerEnv } from '../../ledger/client';
import { isPosition, positionOf, readSealBefore, walkTables } from '../../ledger/store';
import {
  type AuditFilter,
  type AuditNames,
  type AuditPosition,
  type AuditRecord,
  type AuditSource,
  passes,
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

/** Entries that one page looks at for those of an actor; what it reads stays below 5,000 rows. */
const LOOKED_AT = 400;

const query = z.strictObject({
  ...pageFields,
  subject: plainText(300)
    .optional()
    .meta({ description: SUBJECTS, examples: ['config:organisation/settings'] }),
  from: instantText.optional().meta({
    description: 'Recorded at this instant or later: by the time of the seal they stand under.',
  }),
  to: instantText.optional().meta({ description: 'Recorded before this instant, likewise.' }),
  actor: plainText(300)
    .optional()
    .meta({
      description:
        'Who acted, exactly as the entries name it: a person, `engine`, or another part of the ' +
        'system. Entries of which it was erased are not found.',
      examples: ['admin@example.com'],
    }),
});

type Query = z.output<typeof query>;

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
      'With `actor` a page may be short, or empty, and still have a `nextCursor`: it looks at a ' +
      'bounded number of entries. ' +
      'CSV and NDJSON by `Accept`; then the next cursor is the header `Next-Cursor`.',
    permission: 'read',
    query,
    answers: { 200: { description: 'A page of entries.', schema: pageOf(auditEntry) } },
    async handle({ env, query: asked, headers }) {
      const { subject, cursor = null, limit } = asked;
      const filter = await filterOf(env.DB, asked);
      if (!filter.ok) return filter;
      const place = { filter: filter.value, cursor, limit };
      const page =
        subject === undefined
          ? await newest(env.DB, sources, place)
          : await ofSubjects(env.DB, sources, await subjectsOf(env, names, subject), place);
      return page.ok ? listAnswer(headers, page.value, columns) : page;
    },
  });

/** Times as the seals that were written in them. */
async function filterOf(db: D1Database, { from, to, actor }: Query): Promise<Result<AuditFilter>> {
  if (from !== undefined && to !== undefined && to < from) {
    return fail(invalidField('query:/to', 'before_from', 'a time ends after it begins'));
  }
  const [afterSeal, untilSeal] = await Promise.all([
    from === undefined ? 0 : readSealBefore(db, from),
    to === undefined ? null : readSealBefore(db, to),
  ]);
  return ok({ afterSeal, untilSeal, actor: actor ?? null });
}

interface AskedPage {
  readonly filter: AuditFilter;
  readonly cursor: string | null;
  readonly limit: number;
}

const OTHER_LISTS = fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));

async function newest(
  db: D1Database,
  sources: readonly AuditSource[],
  { filter, cursor, limit }: AskedPage,
): Promise<Result<Page<AuditEntry>>> {
  if (cursor !== null && !isPosition(cursor)) return OTHER_LISTS;
  const { afterSeal, untilSeal, actor } = filter;
  const own = sources.filter((source) => actor === null || source.actor === actor);
  const walked = await walkTables(
    db,
    ['audit', ...own.map(({ table }) => table)],
    cursor ?? (untilSeal === null ? null : positionOf({ seal: untilSeal + 1, place: 0 })),
    actor === null ? limit : LOOKED_AT,
    afterSeal,
  );
  const idsOf = (wanted: string): string[] =>
    walked.ids.flatMap(({ table, id }) => (table === wanted ? [id] : []));
  const read = await Promise.all([
    readAuditByIds(db, idsOf('audit')),
    ...own.map((source) => source.byIds(db, idsOf(source.table))),
  ]);
  const byId = new Map(read.flat().map((record) => [record.id, record]));
  const found = walked.ids.flatMap((place) => {
    const record = byId.get(place.id);
    return record !== undefined && passes(filter, record) ? [{ place, record }] : [];
  });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const next = found.length > limit && last ? positionOf(last.place) : walked.nextCursor;
  return ok({
    items: items.map(({ record }) => shown(record)),
    nextCursor: next === null ? null : encodeCursor(next),
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
  subjects: readonly string[],
  asked: AskedPage,
): Promise<Result<Page<AuditEntry>>> {
  const after = asked.cursor === null ? null : readPosition(asked.cursor);
  if (asked.cursor !== null && after === null) return OTHER_LISTS;
  const recordsOf = (subject: string): Promise<AuditRecord[]> =>
    sources.find(({ subjects }) => subject.startsWith(subjects))?.ofSubject(db, subject) ??
    readAuditOf(db, subject, after, asked.limit + 1, asked.filter);
  const all = (await Promise.all(subjects.map(recordsOf))).flat();
  const records = all.filter((record) => passes(asked.filter, record));
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
