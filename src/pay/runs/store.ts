/**
 * Named reads of pay runs: their phases, the agents of a page as the directory had them, sheets and
 * lines. No read returns more than 500 rows. Writes nothing.
 */
import { civilDay } from '../../kernel/instant';
import { dayNumber, type Period } from '../../kernel/period';
import { readVersionsBy, versionOf } from '../../ledger/store';
import { LINES_A_SHEET, type Line, linesOfSheet } from './lines/line';
import { PHASES, RUN_KIND, type Run, type RunVersion, type SealedRun } from './run';

/** The phases of a run that were written so far, in order. */
export const readPhases = (db: D1Database, name: string): Promise<SealedRun[]> =>
  readVersionsBy<Run>(db, RUN_KIND, name, Number.MAX_SAFE_INTEGER);

const MOST_RUNS = 500;

/** The newest phase of each run between two names, and the seal of its first row; by name. */
async function readRunsBetween(
  db: D1Database,
  [low, high]: readonly [string, string],
  count: number,
  phases: readonly Run['phase'][] = PHASES,
): Promise<RunPhase[]> {
  const { results } = await db
    .prepare(
      `SELECT c.*, (SELECT f.seal FROM config AS f
           WHERE f.id = '${RUN_KIND}/' || c.name || '/000001') AS first_seal
       FROM config AS c
       WHERE c.id >= ?1 AND c.id < ?2 AND NOT EXISTS (SELECT 1 FROM config AS n
         WHERE n.id = '${RUN_KIND}/' || c.name || '/' || printf('%06d', c.version + 1))
         AND c.content->>'$.phase' IN (SELECT value FROM json_each(?4))
       ORDER BY c.id LIMIT ?3`,
    )
    .bind(`${RUN_KIND}/${low}`, `${RUN_KIND}/${high}`, count, JSON.stringify(phases))
    .all<Record<string, unknown>>();
  return results.map((row) => ({ ...versionOf<Run>(row), firstSeal: Number(row.first_seal) }));
}

const byNumber = (a: RunPhase, b: RunPhase): number => a.content.number - b.content.number;

/** Phases of a run follow its name, so everything of it lies before this. */
const behind = (name: string): string => `${name}0`;

/** A run at its newest phase; everything in it is a function of the books as of `firstSeal`. */
export type RunPhase = RunVersion & { readonly firstSeal: number };

/** All versions of a period, by number. */
export const readRunsOfPeriod = async (
  db: D1Database,
  { planId, period }: Pick<Run, 'planId' | 'period'>,
): Promise<RunPhase[]> => {
  const names = [`${planId}.${period}.v`, `${planId}.${period}.w`] as const;
  return (await readRunsBetween(db, names, MOST_RUNS)).toSorted(byNumber);
};

const DAYS_A_WEEK = 7;

/**
 * A run of the plan over another week that shares days with this one, or null: an organisation may
 * have its weeks begin on another day, and no day is paid twice. Months and quarters share none.
 */
export async function readRunMeeting(
  db: D1Database,
  planId: string,
  { cadence, label, firstDay, lastDay }: Period,
): Promise<RunPhase | null> {
  if (cadence !== 'WEEKLY') return null;
  const first = civilDay(dayNumber(firstDay) - DAYS_A_WEEK + 1);
  const names = [`${planId}.${first}.v`, `${planId}.${lastDay}.w`] as const;
  const runs = await readRunsBetween(db, names, MOST_RUNS);
  return runs.find(({ content }) => content.period !== label) ?? null;
}

/** Runs of a plan (null: of all) after a name, in the order of their names, at most `count`. */
export function readRunPage(
  db: D1Database,
  planId: string | null,
  after: string | null,
  count: number,
): Promise<RunPhase[]> {
  const [first, last] = planId === null ? ['', '~'] : [`${planId}.`, `${planId}/`];
  const next = after === null ? first : behind(after);
  return readRunsBetween(db, [next > first ? next : first, last], count);
}

/** All runs in some phases, page by page; a plan has one a period, seldom more. For sweeps and health. */
export async function readAllRuns(
  db: D1Database,
  phases: readonly Run['phase'][] = PHASES,
): Promise<RunPhase[]> {
  const all: RunPhase[] = [];
  for (let page: RunPhase[]; ; ) {
    const last = all.at(-1);
    const names = [last === undefined ? '' : behind(last.name), '~'] as const;
    page = await readRunsBetween(db, names, MOST_RUNS, phases);
    all.push(...page);
    if (page.length < MOST_RUNS) return all.toSorted(byNumber);
  }
}

export async function readRun(db: D1Database, name: string): Promise<RunPhase | null> {
  const phases = await readPhases(db, name);
  const [first, last] = [phases[0], phases.at(-1)];
  return first === undefined || last === undefined ? null : { ...last, firstSeal: first.seal };
}

export interface Sheet {
  readonly id: string;
  readonly content: string;
  readonly lines: readonly Line[];
}

type SheetRow = Omit<Sheet, 'lines'>;

const sheetOf = ({ id, content }: SheetRow): Sheet => ({
  id,
  content,
  lines: linesOfSheet(content),
});

const SHEET = 'id, content';

/** Sheets of a run that begin after a key (empty: from the first), at most `count`. */
export async function readSheets(
  db: D1Database,
  run: string,
  afterKey: string,
  count: number,
): Promise<Sheet[]> {
  const { results } = await db
    .prepare(`SELECT ${SHEET} FROM pay_sheets WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3`)
    .bind(`${run}.${afterKey}`, `${run}/`, count)
    .all<SheetRow>();
  return results.map(sheetOf);
}

/** Lines of a run after an agent's, at most `count`. */
export async function readLinePage(
  db: D1Database,
  run: string,
  afterKey: string,
  count: number,
): Promise<Line[]> {
  const { results } = await db
    .prepare(
      `SELECT ${SHEET} FROM pay_sheets WHERE id < ?2 || '/' AND id >= coalesce(
         (SELECT max(s.id) FROM pay_sheets AS s WHERE s.id <= ?1 AND s.id > ?2 || '.'), ?2 || '.')
       ORDER BY id LIMIT ?3`,
    )
    .bind(`${run}.${afterKey}`, run, Math.ceil(count / LINES_A_SHEET) + 1)
    .all<SheetRow>();
  return results
    .flatMap((row) => sheetOf(row).lines)
    .filter(({ agentKey }) => agentKey > afterKey)
    .slice(0, count);
}

/** Lines of some agents (in the order of their keys) in a run; who has none is left out. */
export async function readLines(
  db: D1Database,
  run: string,
  agentKeys: readonly string[],
): Promise<Map<string, Line>> {
  const { results } = await db
    .prepare(
      `SELECT ${SHEET} FROM pay_sheets WHERE id IN (SELECT
         (SELECT max(s.id) FROM pay_sheets AS s
           WHERE s.id <= ?2 || '.' || a.value AND s.id > ?2 || '.')
       FROM json_each(?1) AS a)`,
    )
    .bind(JSON.stringify(agentKeys), run)
    .all<SheetRow>();
  const wanted = new Set(agentKeys);
  const lines = new Map<string, Line>();
  for (const row of results) {
    for (const line of sheetOf(row).lines) {
      if (wanted.has(line.agentKey)) lines.set(line.agentKey, line);
    }
  }
  return lines;
}

export { readSealNames } from '../../ledger/store';
