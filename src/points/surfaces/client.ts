/**
 * How whatever shows something on a platform's scorecards goes through the books: page by page
 * behind a mark that moves in the same set as the deliveries, so nothing is shown twice or left out;
 * whoever comes second meets the mark. Refuses to pass entries it did not show.
 */
import { type DeliveryEnv, orderDeliveries } from '../../delivery/client';
import type { Row } from '../../kernel/change-set';
import { commit } from '../../ledger/client';
import { MARK_KIND, markRow } from '../../ledger/config';
import { readLatest, walkAfter } from '../../ledger/store';
import type { Mark } from '../sweep/sweep';

const MAX_PAGES = 20;
/** Seals without anything to show after which the mark moves all the same. */
const FAR_BEHIND = 400;

/**
 * Deliveries of what some entries changed; null where they cannot be shown as things stand. `upTo`:
 * the seal up to which the books were read.
 */
export type Shower = (entryIds: readonly string[], upTo: number) => Promise<readonly Row[] | null>;

/** Shows what came into the books since a mark of this name, at one destination. */
export async function showBehind(
  env: DeliveryEnv,
  { name, destinationId }: { readonly name: string; readonly destinationId: string },
  rowsOf: Shower,
  now: number,
): Promise<void> {
  let looked = 0;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const before = await readLatest<Mark>(env.DB, MARK_KIND, name);
    const mark = before?.content.seal ?? 0;
    const from = Math.max(mark, looked);
    const { ids, reached } = await walkAfter(env.DB, ['entries'], from);
    if (reached === from) return;
    const entryIds = ids.map(({ id }) => id);
    const rows = await rowsOf(entryIds, reached);
    if (rows === null) return;
    looked = reached;
    const isFar = reached - mark >= FAR_BEHIND || page === MAX_PAGES;
    if (rows.length === 0 && !isFar) continue;
    const next = markRow(name, before, { seal: reached }, now);
    const answer = await commit(env, { rows: [...rows, next] }, now);
    if (answer.verdict !== 'committed') return;
    const ordered = rows.map(({ id }) => id);
    await orderDeliveries(env, destinationId, ordered, now);
  }
}
