/** Named reads of disputes; the review of each says whether it is open. Writes nothing. */
/** `<agent key>.<plan>.<period>.v<n>.<ordinal>` */
const PERIOD = /^[a-z2-7]+\.[A-Za-z0-9_-]+\.([^.]+)\.v/;

interface AgentDisputes {
  readonly agent: string;
  /** JSON. */
  readonly ids: string;
}

const periodsOf = (ids: string): ReadonlySet<string> =>
  new Set((JSON.parse(ids) as string[]).map((id) => PERIOD.exec(id)?.[1] ?? ''));

/** Periods of a plan in which some agents have an open dispute; who has none is left out. */
export async function readOpenDisputes(
  db: D1Database,
  plan: string,
  agentKeys: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const { results } = await db
    .prepare(
      `SELECT a.value AS agent, json_group_array(d.id) AS ids
       FROM json_each(?1) AS a CROSS JOIN pay_disputes AS d
         ON d.id > a.value || '.' || ?2 || '.' AND d.id < a.value || '.' || ?2 || '/'
       WHERE NOT EXISTS (SELECT 1 FROM review_acts AS r WHERE r.id = d.review || '/decided')
       GROUP BY a.value`,
    )
    .bind(JSON.stringify(agentKeys), plan)
    .all<AgentDisputes>();
  return new Map(results.map(({ agent, ids }) => [agent, periodsOf(ids)]));
}

/** As many agents as a read may return. */
const AGENTS_A_READ = 500;

/** The same of everybody in a plan, in pages of agents; a scan of the table, for reports. */
export async function readAllOpenDisputes(
  db: D1Database,
  plan: string,
): Promise<Map<string, ReadonlySet<string>>> {
  const all = new Map<string, ReadonlySet<string>>();
  for (let after = ''; ; ) {
    const { results } = await db
      .prepare(
        `SELECT substr(d.id, 1, instr(d.id, '.') - 1) AS agent, json_group_array(d.id) AS ids
         FROM pay_disputes AS d
         WHERE d.id > ?1 || '/' AND substr(d.id, instr(d.id, '.') + 1, length(?2) + 1) = ?2 || '.'
           AND NOT EXISTS (SELECT 1 FROM review_acts AS r WHERE r.id = d.review || '/decided')
         GROUP BY agent ORDER BY agent LIMIT ?3`,
      )
      .bind(after, plan, AGENTS_A_READ)
      .all<AgentDisputes>();
    for (const { agent, ids } of results) all.set(agent, periodsOf(ids));
    const last = results.at(-1);
    if (last === undefined || results.length < AGENTS_A_READ) return all;
    after = last.agent;
  }
}

export interface StoredDispute {
  readonly id: string;
  readonly review: string;
  readonly at: number;
  /** APPROVED, REJECTED or null while it is open. */
  readonly outcome: string | null;
}

/** The disputes of one agent in a period of a plan, `<plan>.<period>`, in the order of their runs. */
export async function readDisputes(
  db: D1Database,
  agentKey: string,
  period: string,
): Promise<StoredDispute[]> {
  const { results } = await db
    .prepare(
      `SELECT d.id, d.review, d.at, (SELECT r.act FROM review_acts AS r
         WHERE r.id = d.review || '/decided') AS outcome
       FROM pay_disputes AS d WHERE d.id > ?1 || '.' AND d.id < ?1 || '/' ORDER BY d.id`,
    )
    .bind(`${agentKey}.${period}`)
    .all<StoredDispute>();
  return results;
}
