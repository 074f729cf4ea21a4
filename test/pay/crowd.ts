/**
 * Many agents with a month of facts, written into an empty D1 past the journal: benches and bills
 * are about the run, not about how facts came in. The same number makes the same crowd.
 */
import { env } from 'cloudflare:workers';
import { canonicalJson } from '../../src/kernel/hash';
import { causeId } from '../../src/kernel/ids';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Keys spread evenly, as chance would, and the same every time. */
export function crowdKey(index: number): string {
  const hash = causeId('crowd', index);
  return Array.from({ length: 16 }, (_, place) =>
    BASE32.charAt(Number.parseInt(hash.slice(place * 2, place * 2 + 2), 16) % 32),
  ).join('');
}

export const RESULTS_EACH = 4;
const SCORES = ['185/2', '96/1', '81/1', '9001/100', '399/4'];

interface Rows {
  readonly table: string;
  readonly columns: readonly string[];
  rowsOf(index: number): (string | number | null)[][];
}

const MONTH = '2032-10';
const at = (day: number, hour: number): number => Date.UTC(2032, 9, day, hour);

const TABLES: readonly Rows[] = [
  {
    table: 'config',
    columns: [
      ...['id', 'kind', 'name', 'version', 'effective_from', 'written_at', 'author_hash'],
      ...['content_hash', 'seal', 'author', 'content', 'salt'],
    ],
    rowsOf: (index) => {
      const key = crowdKey(index);
      const content = canonicalJson({
        agentId: `agent-${index}`,
        name: null,
        status: 'ACTIVE',
        groups: [],
        attributes: {},
        platformIds: {},
        employeeId: strangers.has(index) ? null : `EMP-${index}`,
      });
      return [
        [`agent/${key}/000001`, 'agent', key, 1, null, 0, 'h', 'h', 1, 'bench', content, 's'],
      ];
    },
  },
  {
    table: 'quality_results',
    columns: [
      ...['id', 'agent_key', 'result_id', 'status', 'score', 'scorecard_version', 'created_at'],
      ...['revised_at', 'content_hash', 'seal'],
    ],
    rowsOf: (index) =>
      Array.from({ length: RESULTS_EACH }, (_, n) => {
        const key = crowdKey(index);
        const id = `${key}.203210${String(n + 10)}.${causeId('result', index, n).slice(0, 24)}`;
        const score = SCORES[(index + n) % SCORES.length] ?? '90/1';
        const created = at(n + 10, 12);
        return [id, key, `r${index}.${n}`, 'COMPLETED', score, 'sc', created, created, 'h', 1];
      }),
  },
  {
    table: 'wfm_actuals',
    columns: ['id', 'agent_key', 'revised_at', 'buckets', 'seal'],
    rowsOf: (index) => {
      const key = crowdKey(index);
      const codes = { talk: 324_900_000 - (index % 97) * 900_000, aux: 53_100_000 };
      const buckets = JSON.stringify([[at(4, 8), at(4, 20), codes]]);
      return [[`${key}.20321004.${causeId('actual', index).slice(0, 24)}`, key, 0, buckets, 1]];
    },
  },
  {
    table: 'interaction_counts',
    columns: ['id', 'agent_key', 'first_day', 'last_day', 'revision', 'count', 'seal'],
    rowsOf: (index) => {
      const key = crowdKey(index);
      const id = `${key}.20321001.${causeId('count', index).slice(0, 24)}`;
      return [[id, key, `${MONTH}-01`, `${MONTH}-31`, 1, 40 + (index % 200), 1]];
    },
  },
];

const ROWS_A_STATEMENT = 2_000;

/** Whom HR does not know, of the crowd that is written now. */
let strangers: ReadonlySet<number> = new Set();

/** Writes the crowd; seal 1 is the first that a real run finds already there. */
export async function fillCrowd(agents: number, unknown: readonly number[] = []): Promise<void> {
  strangers = new Set(unknown);
  for (const { table, columns, rowsOf } of TABLES) {
    let rows: (string | number | null)[][] = [];
    const flush = async (): Promise<void> => {
      const values = columns.map((_, place) => `value ->> ${place}`).join(', ');
      await env.DB.prepare(
        `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values} FROM json_each(?)`,
      )
        .bind(JSON.stringify(rows))
        .run();
      rows = [];
    };
    for (let index = 0; index < agents; index += 1) {
      rows.push(...rowsOf(index));
      if (rows.length >= ROWS_A_STATEMENT) await flush();
    }
    if (rows.length > 0) await flush();
  }
  await env.DB.prepare(
    "INSERT INTO scorecard_days (id, version, seal) VALUES ('20321010.bench', 'sc', 1)",
  ).run();
}
