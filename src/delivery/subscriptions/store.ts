/** Named reads of subscriptions and of the notices they ask for. Writes nothing. */
import type { Json } from '../../events/event';
import { configId } from '../../kernel/ids';
import type { ConfigVersion } from '../../ledger/config';
import { readLatest, readLatestPage, walkAfter } from '../../ledger/store';
import { NOTICES_TABLE } from '../notice';
import { type StoredNotice, SUBSCRIPTION_KIND, type Subscription, wants } from './subscription';

export const readSubscription = (
  db: D1Database,
  id: string,
): Promise<ConfigVersion<Subscription> | null> =>
  readLatest<Subscription>(db, SUBSCRIPTION_KIND, id);

export const readSubscriptions = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<Subscription>[]> =>
  readLatestPage<Subscription>(db, SUBSCRIPTION_KIND, after, count);

/** The seal under which a subscription was written first: it hears what came after. */
export async function readBirth(db: D1Database, id: string): Promise<number> {
  const row = await db
    .prepare('SELECT seal FROM config WHERE id = ?1')
    .bind(configId(SUBSCRIPTION_KIND, id, 1))
    .first<{ seal: number }>();
  return row?.seal ?? 0;
}

interface NoticeRow {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly content: string | null;
}

/** Rounds of some thousand rows that one look reads. */
const ROUNDS = 5;

/**
 * Notices of the kinds that are asked for in the seals after a number, in their order, and the last
 * seal that was read. Ends with the first round that brings any.
 */
export async function readNotices(
  db: D1Database,
  subscription: Pick<Subscription, 'kinds'>,
  after: number,
): Promise<{ readonly notices: readonly StoredNotice[]; readonly reached: number }> {
  let reached = after;
  for (let round = 0; round < ROUNDS; round += 1) {
    const walked = await walkAfter(db, [NOTICES_TABLE.name], reached);
    const isEnd = walked.reached === reached;
    reached = walked.reached;
    const ids = walked.ids.map(({ id }) => id);
    const notices = ids.length === 0 ? [] : await readById(db, ids);
    const wanted = notices.filter(({ kind }) => wants(subscription, kind));
    if (wanted.length > 0 || isEnd) return { notices: wanted, reached };
  }
  return { notices: [], reached };
}

async function readById(db: D1Database, ids: readonly string[]): Promise<StoredNotice[]> {
  const { results } = await db
    .prepare(
      `SELECT n.id, n.kind, n.at, n.content FROM json_each(?1) w JOIN notices n ON n.id = w.value
       ORDER BY w.key`,
    )
    .bind(JSON.stringify(ids))
    .all<NoticeRow>();
  return results.map(({ content, ...row }) => ({
    ...row,
    content: content === null ? null : (JSON.parse(content) as Json),
  }));
}
