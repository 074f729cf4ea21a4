/**
 * Named reads of boards: what changed since a seal, what buckets hold as of a seal, and since when
 * who may stand on one. An agent's entries of a day are one range of the primary
 * key, so no board keeps a table of its own. Writes nothing.
 */
import {
  DEFAULT_ORGANISATION,
  ORGANISATION_KIND,
  ORGANISATION_NAME,
  type Organisation,
} from '../access/organisation';
import { AGENT_KIND, type Agent } from '../agents/agent';
import { ERASURE_KIND } from '../agents/privacy/erasure';
import { pointsUnit } from '../kernel/units';
import { readAllVersions, readInForce } from '../ledger/store';
import type { SealName } from '../ledger/walk/store';
import { BOARD_KIND, type BoardVersion, type Leaderboard } from './board';
import { type Bucket, type Shape, type Timeline, timelineOf } from './book';

/** The newest versions of all boards, by id. Boards are few. */
export async function readBoards(db: D1Database): Promise<BoardVersion[]> {
  const versions = await readAllVersions<Leaderboard>(db, BOARD_KIND);
  return [...new Map(versions.map((version) => [version.name, version])).values()];
}

/** The organisation in force at an instant, as it was recorded by a seal. */
export async function readOrganisationBy(
  db: D1Database,
  seal: number,
  instant: number,
): Promise<Organisation> {
  const thing = { kind: ORGANISATION_KIND, name: ORGANISATION_NAME };
  return (await readInForce<Organisation>(db, thing, seal, instant)) ?? DEFAULT_ORGANISATION;
}

/** What came into the books after a seal, up to a bounded number of sealed rows. */
export interface Arrivals {
  readonly to: SealName | null;
  /** Rows that the seals of this page list. */
  readonly size: number;
  /** `<agent key>.<YYYYMMDD>` of every bucket in which an entry came. */
  readonly buckets: readonly string[];
  /** Agents of whom the directory has a new version, or whom it was asked to forget. */
  readonly agents: readonly string[];
}

/** Seals of one page of a walk, whatever they hold. */
export const MOST_SEALS = 500;

export async function readArrivals(db: D1Database, after: number, rows: number): Promise<Arrivals> {
  const page = `WITH some AS (SELECT id, size, sum(size) OVER (ORDER BY id) AS run
      FROM (SELECT id, size FROM seals WHERE id > ?1 ORDER BY id LIMIT ${MOST_SEALS}))`;
  const [tos, named] = await db.batch<Record<string, unknown>>([
    db
      .prepare(
        `${page} SELECT s.id AS seal, s.hash AS sealHash, s.at, last.size FROM
           (SELECT max(id) AS id, sum(size) AS size FROM some WHERE run - size < ?2) AS last
           CROSS JOIN seals AS s ON s.id = last.id`,
      )
      .bind(after, rows),
    db
      .prepare(
        `${page} SELECT DISTINCT j.value->>0 AS kind,
           CASE j.value->>0 WHEN 'entries'
             THEN substr(j.value->>1, 1, instr(j.value->>1, '.') + 8)
             ELSE substr(j.value->>1, instr(j.value->>1, '/') + 1,
                    length(j.value->>1) - instr(j.value->>1, '/') - 7) END AS name
         FROM some CROSS JOIN seals AS s ON s.id = some.id, json_each(s.contents) AS j
         WHERE some.run - some.size < ?2
           AND (j.value->>0 = 'entries' AND substr(j.value->>1, 1, 1) <> '_'
             OR j.value->>0 = 'config' AND substr(j.value->>1, 1, instr(j.value->>1, '/') - 1)
                  IN ('${AGENT_KIND}', '${ERASURE_KIND}'))`,
      )
      .bind(after, rows),
  ]);
  const [to] = (tos?.results ?? []) as unknown as (SealName & { readonly size: number })[];
  const names = (named?.results ?? []) as unknown as { kind: string; name: string }[];
  return {
    to: to ?? null,
    size: to?.size ?? 0,
    buckets: names.filter(({ kind }) => kind === 'entries').map(({ name }) => name),
    agents: names.filter(({ kind }) => kind === 'config').map(({ name }) => name),
  };
}

/** Holders of entries after one (null: from the first), by jumping from agent to agent. */
export async function readHolders(
  db: D1Database,
  after: string | null,
  count: number,
): Promise<string[]> {
  const next = (from: string): string =>
    `(SELECT substr(id, 1, instr(id, '.') - 1) FROM entries WHERE id > ${from} ORDER BY id LIMIT 1)`;
  const { results } = await db
    .prepare(
      `WITH RECURSIVE holders (name, place) AS (
         SELECT ${next('?1')}, 1
         UNION ALL
         SELECT ${next("holders.name || '/'")}, place + 1 FROM holders
          WHERE holders.name IS NOT NULL AND place < ?2)
       SELECT name FROM holders WHERE name IS NOT NULL`,
    )
    .bind(after === null ? '' : `${after}/`, count)
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}

/** A range of entries' ids: above `low`, below `high`. */
export type Range = readonly [low: string, high: string];

/** All entries of a bucket `<agent key>.<YYYYMMDD>`. */
export const bucketRange = (name: string): Range => [`${name}.`, `${name}/`];

/** All entries of an agent from a day `YYYYMMDD` on. */
export const agentRange = (agentKey: string, day: string): Range => [
  `${agentKey}.${day}`,
  `${agentKey}/`,
];

/**
 * What ranges of entries come to as of a seal. Entries of one cause (the part before the first
 * point of `cause`, a coaching session) are netted before they are summed, so what was taken back
 * whole leaves no trace, not even the instant of its award. Decay of seasons is no movement of a board.
 */
export async function readBuckets(
  db: D1Database,
  shape: Shape,
  ranges: readonly Range[],
  seal: number,
): Promise<Bucket[]> {
  const each = shape.perAward ? ', net' : '';
  const { results } = await db
    .prepare(
      `SELECT agentKey, day, ${shape.perAward ? 'net' : 'sum(net)'} AS amount,
              ${shape.perAward ? 'count(*)' : '1'} AS count,
              coalesce(max(CASE WHEN net > 0 THEN at END), 0) AS at
       FROM (
         SELECT substr(e.id, 1, instr(e.id, '.') - 1) AS agentKey,
                substr(e.id, instr(e.id, '.') + 1, 8) AS day,
                CASE instr(e.cause, '.') WHEN 0 THEN e.cause
                  ELSE substr(e.cause, 1, instr(e.cause, '.') - 1) END AS about,
                sum(CASE WHEN substr(e.to_account, 1, 6) = 'agent:' THEN e.amount
                  ELSE -e.amount END) AS net,
                max(CASE WHEN substr(e.to_account, 1, 6) = 'agent:' THEN e.occurred_at END) AS at
         FROM json_each(?1) AS r
           CROSS JOIN entries AS e ON e.id > r.value->>0 AND e.id < r.value->>1
         WHERE e.unit = ?2 AND e.seal <= ?3 AND substr(e.to_account, 1, 6) <> 'decay:'
           AND substr(e.from_account, 1, 6) <> 'decay:'
         GROUP BY agentKey, day, about)
       WHERE net <> 0 GROUP BY agentKey, day${each} HAVING amount <> 0`,
    )
    .bind(JSON.stringify(ranges), pointsUnit(shape.category), seal)
    .all<Bucket>();
  return results;
}

/**
 * Since when agents may stand on a board, as of a seal. Who is not in the directory may not, nor
 * who was forgotten: the request to forget counts as the last version, whatever is emptied when.
 */
export async function readTimelines(
  db: D1Database,
  shape: Shape,
  agentKeys: readonly string[],
  seal: number,
): Promise<Map<string, Timeline>> {
  if (agentKeys.length === 0) return new Map();
  const { results } = await db
    .prepare(
      `SELECT c.name, c.effective_from, c.content, c.version AS place FROM json_each(?1) AS k
         CROSS JOIN config AS c ON c.id >= '${AGENT_KIND}/' || k.value || '/'
           AND c.id < '${AGENT_KIND}/' || k.value || '0'
       WHERE c.seal <= ?2
       UNION ALL SELECT c.name, NULL, NULL, 1000000 FROM json_each(?1) AS k
         CROSS JOIN config AS c ON c.id = '${ERASURE_KIND}/' || k.value || '/000001'
       WHERE c.seal <= ?2 ORDER BY 1, 4`,
    )
    .bind(JSON.stringify(agentKeys), seal)
    .all<{ name: string; effective_from: number | null; content: string | null }>();
  const versions = Map.groupBy(results, ({ name }) => name);
  return new Map(
    agentKeys.map((agentKey) => {
      const own = (versions.get(agentKey) ?? []).map((row) => ({
        effectiveFrom: row.effective_from,
        content: JSON.parse(row.content ?? 'null') as Agent | null,
      }));
      return [agentKey, timelineOf(own, shape)];
    }),
  );
}
