/**
 * Fills an empty D1 with many awards straight by SQL, in the form in which the journal leaves them,
 * and says exactly how they must rank. Three kinds: random; all equal; and ties of 200 points of
 * one day with 197 of the next, which decay of 1.5 % makes worth exactly the same.
 */
import { env } from 'cloudflare:workers';

export const KINDS = ['random', 'equal', 'ties'] as const;
export type Kind = (typeof KINDS)[number];

/** Noon of the day on which the standings are read; awards lie within the 30 days before. */
export const TODAY = Date.UTC(2032, 5, 30, 12);
const DAYS = 30;
const ROWS_A_SEAL = 500;
const ROWS_AT_ONCE = 20_000;

const AMOUNT: Readonly<Record<Kind, string>> = {
  random: '(n * 7919 % 1000003) + 1',
  equal: '500000',
  ties: 'CASE (n % ?3) % 2 WHEN 0 THEN 1970000 ELSE 2000000 END',
};
/** Age in days of an agent's j-th award. */
const AGE: Readonly<Record<Kind, string>> = {
  random: `(n * 31 + n / 7) % ${DAYS}`,
  equal: `(n / ?3) % ${DAYS}`,
  ties: `(n / ?3) % ${DAYS - 1} + (n % ?3) % 2`,
};

export const agentsFor = (awards: number): number =>
  Math.max(100, Math.min(10_000, Math.floor(awards / 10)));

/** Agents, awards and seals; the books then stand as of the last seal. */
export async function fill(kind: Kind, awards: number): Promise<void> {
  const agents = agentsFor(awards);
  await env.DB.prepare(
    `WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?1)
     INSERT INTO config SELECT 'agent/' || printf('k%015d', n) || '/000001', 'agent',
       printf('k%015d', n), 1, NULL, ?2, 'h', 'h', 1, 'x', json_object('agentId', printf('mentor-%05d', n),
       'name', NULL, 'status', 'ACTIVE', 'groups', json('["Mentors"]'), 'attributes', json('{}'),
       'platformIds', json('{}'), 'employeeId', NULL), 's' FROM c`,
  )
    .bind(agents, TODAY)
    .run();
  for (let from = 0; from < awards; from += ROWS_AT_ONCE) {
    const until = Math.min(awards, from + ROWS_AT_ONCE);
    await env.DB.prepare(entriesSql(kind)).bind(from, until, agents, TODAY).run();
    await env.DB.prepare(SEALS).bind(from, until).run();
  }
}

const entriesSql = (kind: Kind): string =>
  `WITH RECURSIVE c (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?2),
     a AS (SELECT n, printf('k%015d', n % ?3) AS agent, ?4 / 86400000 - (${AGE[kind]}) AS day,
             ${AMOUNT[kind]} AS amount FROM c)
   INSERT INTO entries SELECT agent || '.' || strftime('%Y%m%d', day * 86400, 'unixepoch')
       || '.' || printf('%024d', n),
     agent || printf('.%d', n), 'AWARD', 'POINTS/Mentorship', 'program:Mentorship',
     'agent:' || agent || ':points:Mentorship:none', CAST(amount AS INTEGER),
     printf('%032d.0001', n), 'rule/r/1', NULL, CAST(day * 86400000 + n % 80000000 AS INTEGER),
     ?4, CAST(n / ${ROWS_A_SEAL} + 2 AS INTEGER) FROM a`;

const SEALS = `WITH RECURSIVE s (id) AS (SELECT CAST(?1 / ${ROWS_A_SEAL} + 2 AS INTEGER)
     UNION ALL SELECT id + 1 FROM s WHERE id < (?2 - 1) / ${ROWS_A_SEAL} + 2 - 0.999)
   INSERT INTO seals SELECT id, 'h' || (id - 1), 'h' || id, ${TODAY}, '[]', 1 FROM s`;

/** The first places by BigInts alone, from sums made by SQL: agent id, rank and exact score × 200^29. */
export async function truth(places: number): Promise<{ agentId: string; rank: number }[]> {
  const all: { key: string; sum: bigint; at: number }[] = [];
  for (let digit = 0; digit < 10; digit += 1) {
    const { results } = await env.DB.prepare(
      `SELECT substr(id, 1, 16) AS key, ?2 / 86400000 - unixepoch(substr(id, 18, 4) || '-' ||
           substr(id, 22, 2) || '-' || substr(id, 24, 2)) / 86400 AS age,
         sum(amount) AS amount, max(occurred_at) AS at
       FROM entries WHERE unit = 'POINTS/Mentorship' AND substr(id, 16, 1) = ?1 GROUP BY 1, 2`,
    )
      .bind(String(digit), TODAY)
      .all<{ key: string; age: number; amount: number; at: number }>();
    for (const [key, own] of Map.groupBy(results, (row) => row.key)) {
      const terms = own.map(({ age, amount }) => {
        const whole = Math.floor(age);
        return BigInt(amount) * 197n ** BigInt(whole) * 200n ** BigInt(DAYS - 1 - whole);
      });
      const sum = terms.reduce((total, term) => total + term, 0n);
      all.push({ key, sum, at: Math.max(...own.map(({ at }) => at)) });
    }
  }
  all.sort((a, b) =>
    a.sum === b.sum ? a.at - b.at || (a.key < b.key ? -1 : 1) : a.sum > b.sum ? -1 : 1,
  );
  let rank = 0;
  return all.slice(0, places).map(({ key, sum }, index) => {
    if (index === 0 || all[index - 1]?.sum !== sum) rank = index + 1;
    return { agentId: `mentor-${key.slice(-5)}`, rank };
  });
}

/** What somebody would write first: one scan of the ledger, doubles, no ties told apart. */
export async function naive(): Promise<{ readonly rows: number; readonly ms: number }> {
  const begun = performance.now();
  const { meta } = await env.DB.prepare(
    `SELECT substr(id, 1, 16) AS agent, sum(amount * pow(0.985, ?1 / 86400000 - unixepoch(
         substr(id, 18, 4) || '-' || substr(id, 22, 2) || '-' || substr(id, 24, 2)) / 86400)) AS score
     FROM entries WHERE unit = 'POINTS/Mentorship' GROUP BY 1 ORDER BY 2 DESC LIMIT 100`,
  )
    .bind(TODAY)
    .all();
  return { rows: meta.rows_read, ms: performance.now() - begun };
}
