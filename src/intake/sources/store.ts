/** Named reads of sources and of the row that says that one has had an event. Writes nothing. */
import type { Row } from '../../kernel/change-set';
import { causeId, configId } from '../../kernel/ids';
import { type ConfigVersion, configRow } from '../../ledger/config';
import { readLatest, readLatestPage } from '../../ledger/store';
import { SOURCE_KIND, SOURCE_USED_KIND, type Source } from './source';

export const readSource = (db: D1Database, id: string): Promise<ConfigVersion<Source> | null> =>
  readLatest<Source>(db, SOURCE_KIND, id);

/** At most `count` sources after a name. */
export const readSources = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<ConfigVersion<Source>[]> => readLatestPage<Source>(db, SOURCE_KIND, after, count);

/** True when the source has had an event: then its namespace stays. */
export async function readUsed(db: D1Database, id: string): Promise<boolean> {
  return (await readLatest(db, SOURCE_USED_KIND, id)) !== null;
}

/**
 * The row that says that a source has had an event. It holds nothing but that, so that whoever
 * writes it first or again writes the same bytes.
 */
export const usedRow = (id: string): Row =>
  configRow(
    {
      kind: SOURCE_USED_KIND,
      name: id,
      version: 1,
      effectiveFrom: null,
      writtenAt: 0,
      author: 'intake',
      content: {},
    },
    causeId('source-used', id),
  );

export const usedRowId = (id: string): string => configId(SOURCE_USED_KIND, id, 1);
