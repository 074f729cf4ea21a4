/**
 * What a season's end leaves behind, in words that are the same for every history: archive, history
 * of tiers, notices, reports, deliveries, the export, and what the platform holds. Names of agents,
 * seasons and destinations give way to their place, and what is only about time or about trouble
 * (seals, salts, windows, retries) is left out. Two ends that are the same did each thing once.
 */
import { canonicalJson } from '../../../src/kernel/hash';
import type { Network } from '../../delivery/network';
import { attributesOf, type Quarter } from '../../seasons/theatre';
import { database } from '../../worker/database';

type Row = Readonly<Record<string, unknown>>;

async function rowsOf(sql: string, ...binds: readonly string[]): Promise<Row[]> {
  const { results } = await database()
    .prepare(sql)
    .bind(...binds)
    .all<Row>();
  return results;
}

/** The rows of a season: ids that begin with its name, or that hold one of its agents. */
const own = (column: string): string =>
  `(${column} IN (SELECT value FROM json_each(?1)) OR EXISTS (
     SELECT 1 FROM json_each(?2) AS k WHERE instr(${column}, k.value) > 0))`;

const without = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));

const only = (row: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.flatMap((name) => (name in row ? [[name, row[name]]] : [])));

/** Of a run's report: what does not depend on how often something had to be done again. */
const FIGURES = [
  ...['agents', 'batches', 'up', 'down', 'same', 'requests', 'reads', 'expected', 'applied'],
  ...['differing', 'uncertain', 'missingThere', 'missingHere', 'exported', 'differences'],
  ...['missing', 'unsayable', 'passed'],
];
/** Of a notice: of whom and of what it is. */
const TOLD = [
  ...['agentKey', 'season', 'number', 'previousTier', 'previousHonoured', 'tier', 'honoured'],
  ...['graceUntil', 'points', 'reason', 'seasonId', 'nextSeasonId', 'batch', 'up'],
  ...['down', 'same', 'expected', 'applied', 'differing', 'exported'],
];

interface Told {
  readonly kind: string;
  readonly content: string;
}

async function booksOf({ id, next, agents }: Quarter): Promise<Record<string, readonly Row[]>> {
  const keys = JSON.stringify(agents.map(({ key }) => key));
  const seasons = JSON.stringify([`season:${id}`, `season:${next}`]);
  const runs = JSON.stringify([`${id}.`, `${next}.`]);
  const [archive, changes, notices, reports, decay, audits, deliveries] = await Promise.all([
    rowsOf('SELECT * FROM season_archive WHERE id >= ?1 AND id < ?2', `${id}.`, `${id}/`),
    rowsOf(`SELECT * FROM tier_changes WHERE ${own('tier_changes.id')}`, '[]', keys),
    rowsOf(`SELECT kind, content FROM notices WHERE ${own('subject')}`, seasons, keys),
    rowsOf(
      `SELECT name, version, content FROM config WHERE kind = 'season-run' AND ${own('name')}`,
      '[]',
      runs,
    ),
    rowsOf(
      "SELECT kind, sum(amount) AS amount, count(*) AS n FROM entries WHERE kind = 'DECAY' AND to_account = ?1 GROUP BY kind",
      `decay:${id}`,
    ),
    rowsOf(
      `SELECT action, subject, count(*) AS n FROM audit
        WHERE action IN ('SEASON_RESET', 'SEASON_GRACE_ENDED') AND ${own('subject')} GROUP BY 1, 2`,
      '[]',
      JSON.stringify([`season-run/${id}.`, `season-run/${next}.`]),
    ),
    // What was told again after a reading is trouble; what a run or a change ordered is not.
    rowsOf(
      `SELECT d.destination, d.operation, count(DISTINCT d.id) AS n, count(DISTINCT o.delivery) AS answered
         FROM deliveries AS d LEFT JOIN delivery_outcomes AS o ON o.id = d.id || '.CONFIRMED'
        WHERE instr(json_extract(d.content, '$.cause'), '.again.') = 0 AND ${own('d.subject')}
        GROUP BY 1, 2`,
      seasons,
      '[]',
    ),
  ]);
  return {
    archive: archive.map((row) => without(row, ['at', 'seal'])),
    changes: changes.map((row) => without(row, ['at', 'seal'])),
    notices: (notices as unknown as Told[]).map(({ kind, content }) => {
      const { agents: told, ...about } = JSON.parse(content) as Row;
      // A number in what ends a run, and a list in what tells of a batch.
      const agents = Array.isArray(told) ? (told as Row[]).toSorted(byAgent) : told;
      return { kind, ...only(about, TOLD), agents };
    }),
    reports: reports.map(({ content, ...row }) => {
      const { report, wave } = JSON.parse(String(content)) as { report?: Row; wave: string };
      return { ...row, wave, ...(report && only(report, FIGURES)) };
    }),
    decay,
    audits,
    deliveries,
  };
}

/** Agents stand in the order of their keys, which differ from history to history. */
const byAgent = (one: Row, other: Row): number =>
  String(one.agentId ?? one.agent_id).localeCompare(String(other.agentId ?? other.agent_id));

/** What cold storage took, each request once. */
function exported(network: Network): Row[] {
  const taken = new Map<string, string>();
  const exports = network.seen.filter(
    ({ name, method, committed }) => name === 'webhook' && method === 'POST' && committed,
  );
  for (const { key, body } of exports) taken.set(String(key), body);
  return [...taken.values()].map((body) => {
    const { items, digest: _, ...page } = JSON.parse(body) as Row & { items: Row[] };
    return { ...page, items: items.toSorted(byAgent) };
  });
}

function heldBy(network: Network, { agents }: Quarter): Row[] {
  return agents.map(({ user }) => ({
    ...attributesOf(network, user),
    skills: Object.keys((network.shelf('genesys').get('skills', user) ?? {}) as object).toSorted(),
  }));
}

/** Places in the place of names. */
function placed(text: string, { id, agents, destination }: Quarter, cold: string): string {
  const names: [string, string][] = [
    ...agents.flatMap(({ id: name, key, user }, nth): [string, string][] => [
      [key, `key ${nth}`],
      [user, `user ${nth}`],
      [name, `agent ${nth}`],
    ]),
    [destination, 'platform'],
    [cold, 'cold'],
  ];
  const plain = names.reduce((all, [name, place]) => all.replaceAll(name, place), text);
  return plain.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), 'S');
}

/** Everything that is compared, one line each, in an order that is the same for all. */
export async function endOf(network: Network, stage: Quarter, cold: string): Promise<string[]> {
  const parts: Record<string, readonly Row[]> = {
    ...(await booksOf(stage)),
    platform: heldBy(network, stage),
    export: exported(network),
  };
  return Object.entries(parts)
    .flatMap(([part, rows]) => rows.map((row) => `${part} ${canonicalJson(row)}`))
    .map((line) => placed(line, stage, cold))
    .toSorted();
}

/** Lines of one end that the other has not, each way; lines that are there twice count twice. */
export function differenceBetween(one: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  const gone = one.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...gone.map((line) => `- ${line}`), ...left.map((line) => `+ ${line}`)];
}
