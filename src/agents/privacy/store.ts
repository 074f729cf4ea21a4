/**
 * Named reads of an erasure: requests that are not over, the words of a person, and what some seals
 * hold that names them. No index tells which rows speak of whom, so a run reads every row once: a
 * million rows cost some two million rows read. Writes nothing.
 */
import { configId } from '../../kernel/ids';
import type { ConfigVersion } from '../../ledger/config';
import { bodiesTable } from '../../ledger/group/group';
import { rowKey, type Seal } from '../../ledger/seals/seal';
import { readSealsFrom } from '../../ledger/seals/store';
import { readLatest, readLatestOf, readLatestPage } from '../../ledger/store';
import {
  ERASURE_KIND,
  type ErasureMark,
  type ErasureRequest,
  Findings,
  type Found,
  isEmpty,
  MARK_KIND,
  type PersonalTable,
  type TextRow,
} from './erasure';
import { namesPerson, type Person } from './person';

/** Rows and seals of one page. Groups are at most 512 KB, so a page stays below some 20 MB. */
const PAGE_ROWS = 500;
const PAGE_SEALS = 40;

export const erasureId = (agentKey: string): string => configId(ERASURE_KIND, agentKey, 1);

/** Requests whose words are still kept: those that are not over. One row read per erased person. */
export async function readOpenErasures(
  db: D1Database,
): Promise<readonly { readonly agentKey: string; readonly sealed: string }[]> {
  const { results } = await db
    .prepare(
      `SELECT name, content FROM config
       WHERE id >= '${ERASURE_KIND}/' AND id < '${ERASURE_KIND}0' AND content IS NOT NULL`,
    )
    .all<{ name: string; content: string }>();
  return results.map(({ name, content }) => ({
    agentKey: name,
    sealed: (JSON.parse(content) as ErasureRequest).sealed,
  }));
}

export const readMark = (
  db: D1Database,
  agentKey: string,
): Promise<ConfigVersion<ErasureMark> | null> => readLatest<ErasureMark>(db, MARK_KIND, agentKey);

export interface ListedErasure {
  readonly request: ConfigVersion<ErasureRequest | null>;
  readonly mark: ErasureMark | null;
}

/** Erasures by agent key after a position, at most `count`. */
export async function readErasures(
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ListedErasure[]> {
  const requests = await readLatestPage<ErasureRequest | null>(db, ERASURE_KIND, after, count);
  const marks = await readLatestOf<ErasureMark>(
    db,
    MARK_KIND,
    requests.map(({ name }) => name),
  );
  const byName = new Map(marks.map(({ name, content }) => [name, content]));
  return requests.map((request) => ({ request, mark: byName.get(request.name) ?? null }));
}

/** The request for one agent and how far it has come, or null when there is none. */
export async function readErasure(db: D1Database, agentKey: string): Promise<ListedErasure | null> {
  const request = await readLatest<ErasureRequest | null>(db, ERASURE_KIND, agentKey);
  if (request === null) return null;
  return { request, mark: (await readMark(db, agentKey))?.content ?? null };
}

/** The ids of all versions of an agent's entry in the directory. */
export async function readVersionIds(
  db: D1Database,
  kind: string,
  name: string,
): Promise<string[]> {
  const prefix = `${kind}/${name}`;
  const { results } = await db
    .prepare('SELECT id FROM config WHERE id >= ? AND id < ? ORDER BY id')
    .bind(`${prefix}/`, `${prefix}0`)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

export interface Looked {
  readonly found: Found;
  /** Last seal of the page; null: there is none after the mark. */
  readonly upTo: number | null;
}

/** Looks through the seals after a mark, one page. */
export async function lookThrough(
  db: D1Database,
  tables: readonly PersonalTable[],
  person: Person,
  after: number,
): Promise<Looked> {
  const seals = (await readSealsFrom(db, after + 1, PAGE_ROWS)).slice(0, PAGE_SEALS);
  const findings = new Findings();
  const judged = await judgeRows(db, tables, seals, person, findings);
  await judgeBodies(db, seals, person, judged, findings);
  return { found: findings.found, upTo: seals.at(-1)?.number ?? null };
}

/** Judges the rows that seals list; answers the keys of those that name the person. */
async function judgeRows(
  db: D1Database,
  tables: readonly PersonalTable[],
  seals: readonly Seal[],
  person: Person,
  findings: Findings,
): Promise<Set<string>> {
  const ids = new Map<string, string[]>();
  for (const [table, id] of seals.flatMap(({ contents }) => contents)) {
    ids.set(table, [...(ids.get(table) ?? []), id]);
  }
  const named = new Set<string>();
  const asked = tables.filter(({ table }) => ids.has(table.name));
  if (asked.length === 0) return named;
  const answers = await db.batch<TextRow>(
    asked.map(({ table, also }) => {
      const columns = ['id', ...also, ...table.side].map((column) => `t.${column}`).join(', ');
      return db
        .prepare(
          `SELECT ${columns} FROM json_each(?) AS n CROSS JOIN ${table.name} AS t ON t.id = n.value`,
        )
        .bind(JSON.stringify(ids.get(table.name)));
    }),
  );
  for (const [index, personal] of asked.entries()) {
    for (const row of answers[index]?.results ?? []) {
      const columns = personal.judge(row, person);
      if (columns.length === 0 || isEmpty(row, columns)) continue;
      named.add(rowKey(personal.table.name, String(row.id)));
      findings.add(personal, row, columns);
    }
  }
  return named;
}

/** A body may say more than the event that was made of it, so each is looked through by itself. */
async function judgeBodies(
  db: D1Database,
  seals: readonly Seal[],
  person: Person,
  named: ReadonlySet<string>,
  findings: Findings,
): Promise<void> {
  const byTable = Map.groupBy(seals, ({ at }) => bodiesTable(at));
  for (const [table, some] of byTable) {
    const { results } = await db
      .prepare(
        `SELECT t.id, t.content FROM json_each(?) AS n CROSS JOIN ${table} AS t ON t.id = n.value`,
      )
      .bind(JSON.stringify(some.map(({ number }) => number)))
      .all<{ id: number; content: string }>();
    for (const { id, content } of results) {
      for (const [event, body] of Object.entries(JSON.parse(content) as Record<string, string>)) {
        const isNamed = named.has(rowKey('events', event)) || namesPerson(person, body);
        if (isNamed) findings.addBody(event, id);
      }
    }
  }
}
