/**
 * Named reads of destinations, deliveries, outcomes and notices. What was emptied because a person was
 * forgotten comes as null. Writes nothing.
 */
import type { Row } from '../kernel/change-set';
import type { ConfigVersion } from '../ledger/config';
import { readLatest, readLatestPage } from '../ledger/store';
import { DESTINATION_KIND, type Destination, shareOf } from './destination';
import type { Intent, Outcome } from './intent';
import type { OutcomeContent } from './outcome';

export const readDestination = (
  db: D1Database,
  id: string,
): Promise<ConfigVersion<Destination> | null> => readLatest<Destination>(db, DESTINATION_KIND, id);

/** At most `count` destinations after a name. */
export const readDestinations = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<Destination>[]> =>
  readLatestPage<Destination>(db, DESTINATION_KIND, after, count);

/** Most destinations that are looked through for those who share a token. */
const MOST_DESTINATIONS = 500;

/**
 * Destinations with their shares of the requests a minute where others have the same token (S3).
 * However many are given, all others are read once, and not at all where none shares a token.
 */
export async function withShares(
  db: D1Database,
  given: ReadonlyMap<string, Destination>,
): Promise<ReadonlyMap<string, Destination>> {
  const isShared = [...given.values()].some(({ rateGroup }) => rateGroup !== undefined);
  if (!isShared) return given;
  const all = await readDestinations(db, null, MOST_DESTINATIONS);
  const shareIn = (id: string, destination: Destination): Destination => {
    const { rateGroup } = destination;
    if (rateGroup === undefined) return destination;
    const others = all.filter(
      ({ name, content }) => name !== id && content.enabled && content.rateGroup === rateGroup,
    );
    const ratePerMinute = shareOf([destination, ...others.map(({ content }) => content)]);
    return { ...destination, ratePerMinute };
  };
  return new Map([...given].map(([id, destination]) => [id, shareIn(id, destination)]));
}

export interface StoredDelivery {
  readonly id: string;
  readonly destination: string;
  readonly operation: string;
  readonly subject: string;
  /** UTC ms. */
  readonly at: number;
  readonly intent: Intent | null;
}

/** Deliveries by id; unknown ids are left out. */
export async function readDeliveries(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, StoredDelivery>> {
  if (ids.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT d.id, d.destination, d.operation, d.subject, d.at, d.content
       FROM json_each(?1) w JOIN deliveries d ON d.id = w.value`,
    )
    .bind(JSON.stringify(ids))
    .all<Omit<StoredDelivery, 'intent'> & { readonly content: string | null }>();
  return new Map(
    results.map(({ content, ...row }) => [
      row.id,
      { ...row, intent: content === null ? null : (JSON.parse(content) as Intent) },
    ]),
  );
}

const REFERENCE = /^([a-z_]{1,40})\/(.+)$/;

/** Which rows that replace requests of some deliveries are in the books, as `<table>/<id>`. */
export async function readReplaced(
  db: D1Database,
  deliveries: Iterable<StoredDelivery>,
): Promise<Set<string>> {
  const named = new Set(
    [...deliveries].flatMap(({ intent }) =>
      intent === null
        ? []
        : [intent.request, ...(intent.further ?? [])].flatMap(({ unless = [] }) => unless),
    ),
  );
  const byTable = Map.groupBy(
    [...named].flatMap((name) => {
      const [, table, id] = REFERENCE.exec(name) ?? [];
      return table === undefined || id === undefined ? [] : [{ table, id }];
    }),
    ({ table }) => table,
  );
  const found = new Set<string>();
  for (const [table, own] of byTable) {
    const { results } = await db
      .prepare(`SELECT r.id FROM json_each(?1) w JOIN ${table} r ON r.id = w.value`)
      .bind(JSON.stringify(own.map(({ id }) => id)))
      .all<{ id: string }>();
    for (const { id } of results) found.add(`${table}/${id}`);
  }
  return found;
}

/**
 * Those of some deliveries that have no outcome, with where they go. One with hours of its own is left
 * out: whoever wrote it orders it when its time has come, and again until it has an outcome.
 */
export async function readOpen(
  db: D1Database,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly destination: string }[]> {
  if (ids.length === 0) return [];
  const { results } = await db
    .prepare(
      `SELECT d.id, d.destination FROM json_each(?1) w JOIN deliveries d ON d.id = w.value
       WHERE json_extract(d.content, '$.hours') IS NULL AND NOT EXISTS (SELECT 1 FROM delivery_outcomes o WHERE o.id IN
         (d.id || '.ABANDONED', d.id || '.CONFIRMED', d.id || '.REJECTED'))`,
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string; destination: string }>();
  return results;
}

export interface StoredOutcome {
  readonly delivery: string;
  readonly outcome: Outcome;
  /** UTC ms at which it was known. */
  readonly at: number;
  readonly content: OutcomeContent | null;
}

interface OutcomeRow {
  readonly delivery: string;
  readonly outcome: Outcome;
  readonly at: number;
  readonly content: string | null;
}

/**
 * The outcome of each delivery that has one. CONFIRMED stands where it was learnt after an abandon:
 * what the target did is what counts.
 */
export async function readOutcomes(
  db: D1Database,
  deliveryIds: readonly string[],
): Promise<Map<string, StoredOutcome>> {
  if (deliveryIds.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT o.delivery, o.outcome, o.at, o.content FROM json_each(?1) w
       JOIN delivery_outcomes o ON o.id IN
         (w.value || '.ABANDONED', w.value || '.CONFIRMED', w.value || '.REJECTED')
       ORDER BY o.id`,
    )
    .bind(JSON.stringify(deliveryIds))
    .all<OutcomeRow>();
  const outcomes = new Map<string, StoredOutcome>();
  for (const { content, ...row } of results) {
    const parsed = content === null ? null : (JSON.parse(content) as OutcomeContent);
    if (outcomes.get(row.delivery)?.outcome === 'CONFIRMED') continue;
    outcomes.set(row.delivery, { ...row, content: parsed });
  }
  return outcomes;
}

/** Which of some deliveries an operator gave up, whatever became of them later; at most 500 a call. */
export async function readGivenUp(
  db: D1Database,
  deliveryIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { results } = await db
    .prepare(
      `SELECT o.delivery FROM json_each(?1) w
       JOIN delivery_outcomes o ON o.id = w.value || '.ABANDONED'`,
    )
    .bind(JSON.stringify(deliveryIds))
    .all<{ delivery: string }>();
  return new Set(results.map(({ delivery }) => delivery));
}

/** Rows of notices that are not in the books yet: who tells the same again tells it once. */
export async function untold(db: D1Database, rows: readonly Row[]): Promise<Row[]> {
  if (rows.length === 0) return [];
  const { results } = await db
    .prepare('SELECT n.id FROM json_each(?) AS w JOIN notices AS n ON n.id = w.value')
    .bind(JSON.stringify(rows.map(({ id }) => id)))
    .all<{ id: string }>();
  const told = new Set(results.map(({ id }) => id));
  return rows.filter(({ id }) => !told.has(id));
}
