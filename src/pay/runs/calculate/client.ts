/**
 * Calculates a run page by page. A page is a function of the books as of the run's seal and of what
 * the run pinned, so a page that is played again writes the same bytes. Decides nothing about
 * amounts; refuses to go on while the journal does not answer.
 */
import { type DirectoryRow, readDirectoryPage } from '../../../agents/store';
import type { Row } from '../../../kernel/change-set';
import { invariant } from '../../../kernel/result';
import { commit, type LedgerEnv } from '../../../ledger/client';
import { NO_FACTS } from '../../calculation/facts';
import { readyPlan } from '../../calculation/formula';
import { actualsName, type PeriodFacts, readFacts } from '../../calculation/store';
import { readDeltas } from '../../deltas/store';
import { hashOfPlan } from '../../plans/plan';
import { readPlanVersions } from '../../plans/store';
import { ofPeriod } from '../history/history';
import { wasDispatched } from '../history/store';
import { chained, LINES_A_SHEET, type Line, lineOf, lineOfNobody, sheetRow } from '../lines/line';
import { currencyOf, hasLine, isMember } from '../members';
import { placeOf, spanOf, tallied } from '../run';
import type { RunSetting } from '../setting';
import {
  readLines,
  readRun,
  readRunsOfPeriod,
  readSealNames,
  readSheets,
  type Sheet,
} from '../store';
import type { Progress } from './progress';

/** A run with its plan, or null where nobody wrote it. */
export async function loadRun(db: D1Database, name: string): Promise<RunSetting | null> {
  const found = await readRun(db, name);
  if (found === null) return null;
  const { content: run, firstSeal: seal } = found;
  const [{ asked }, versions] = await Promise.all([
    readSealNames(db, seal),
    readPlanVersions(db, run.planId),
  ]);
  const plan = versions.find(({ version }) => version === run.planVersion)?.content;
  invariant(plan !== undefined && hashOfPlan(plan) === run.planHash, 'the plan that was pinned');
  return {
    name,
    run,
    seal,
    at: asked?.at ?? found.writtenAt,
    plan,
    ready: readyPlan(plan),
    pinned: new Set(run.scorecardVersions),
    rates: run.rates,
  };
}

export const AGENTS_A_PAGE = 500;
/** A sheet set stays far below the bound of a change set. */
const BYTES_A_SET = 300_000;

/** One page; null when the journal must be asked again. `done` after the last agent. */
export async function calculatePage(
  env: LedgerEnv,
  setting: RunSetting,
  before: Progress,
  now: number,
): Promise<{ readonly progress: Progress; readonly done: boolean } | null> {
  const { run, seal, name } = setting;
  const { instant } = placeOf(run);
  const agents = await readDirectoryPage(env.DB, before.cursor, { instant, seal }, AGENTS_A_PAGE);
  const lines = withLeft(
    await linesOf(env.DB, setting, agents, seal),
    await leftLines(env.DB, setting, agents),
  );
  const sheets: Row[] = [];
  for (let from = 0; from < lines.length; from += LINES_A_SHEET) {
    sheets.push(sheetRow(name, lines.slice(from, from + LINES_A_SHEET)));
  }
  const cursor = agents.at(-1)?.agentKey ?? before.cursor;
  const done = agents.length < AGENTS_A_PAGE;
  for (const rows of chunksOf(sheets)) {
    const answer = await commit(env, { rows }, now);
    if (answer.verdict === 'committed') continue;
    invariant(answer.verdict !== 'rejected', 'sheets that the books can hold');
    if (answer.verdict !== 'conflict') return null;
    // Somebody was forgotten since this page was written first: what is written stands.
    const stored = await readSheets(env.DB, name, before.cursor, SHEETS_A_PAGE);
    const own = stored.filter(({ lines: [first] }) => (first?.agentKey ?? '') <= cursor);
    return { progress: after(before, cursor, own), done };
  }
  const written = sheets.map(({ id, values }, index) => ({
    id,
    content: String(values.content),
    lines: lines.slice(index * LINES_A_SHEET, (index + 1) * LINES_A_SHEET),
  }));
  return { progress: after(before, cursor, written), done };
}

const SHEETS_A_PAGE = AGENTS_A_PAGE / LINES_A_SHEET;

const after = (before: Progress, cursor: string, sheets: readonly Sheet[]): Progress => ({
  cursor,
  tally: sheets.flatMap(({ lines }) => lines).reduce(tallied, before.tally),
  hash: sheets.reduce(chained, before.hash),
});

/** Sheets in sets that stay below a number of bytes: they are ASCII, a byte each character. */
function chunksOf(rows: readonly Row[]): Row[][] {
  const chunks: Row[][] = [];
  let size = 0;
  for (const row of rows) {
    const bytes = JSON.stringify(row).length;
    const last = chunks.at(-1);
    if (last === undefined || size + bytes > BYTES_A_SET) {
      chunks.push([row]);
      size = bytes;
    } else {
      last.push(row);
      size += bytes;
    }
  }
  return chunks;
}

/**
 * The lines of those among some agents who belong to the plan, by the facts as of a seal; `isOwed`:
 * who has one, by whether there are facts of them.
 */
export async function linesOf(
  db: D1Database,
  setting: RunSetting,
  agents: readonly DirectoryRow[],
  seal: number,
  isOwed: typeof hasLine = hasLine,
): Promise<Line[]> {
  const { plan, run } = setting;
  const members = agents.filter(({ agent }) => agent !== null && isMember(plan, agent));
  if (members.length === 0) return [];
  const facts = await readFacts(db, {
    agentKeys: members.map(({ agentKey }) => agentKey),
    period: run,
    span: spanOf(run),
    metric: plan.interaction_metric ?? null,
    seal,
  });
  return members.flatMap(({ agentKey, agent }) => {
    const known = facts.get(agentKey);
    if (agent === null || !isOwed(agent, known !== undefined)) return [];
    const currency = currencyOf(agent, plan.currency_attribute);
    return [lineOf(agentKey, currency, known ?? NONE, setting)];
  });
}

/**
 * Lines of nothing for those whom an earlier version had a line for. Which of them were sent out is
 * fixed before a later one begins, so it is the same whenever the page is played. Who was erased
 * has none: nobody can be asked for what they were paid.
 */
async function leftLines(
  db: D1Database,
  setting: RunSetting,
  agents: readonly DirectoryRow[],
): Promise<Line[]> {
  const { run, plan } = setting;
  if (run.number === 1 || agents.length === 0) return [];
  const keys = agents.map(({ agentKey }) => agentKey);
  const had = new Set<string>();
  for (const earlier of await readRunsOfPeriod(db, run)) {
    if (earlier.content.number >= run.number || !wasDispatched(earlier)) continue;
    for (const agentKey of (await readLines(db, earlier.name, keys)).keys()) had.add(agentKey);
  }
  // Whoever had no line and was found to be due something has been paid by a delta.
  for (const [agentKey, deltas] of await readDeltas(db, run.planId, keys)) {
    const isPaid = ofPeriod(deltas, run.period).some(({ kind }) => kind !== 'DISPUTE');
    if (isPaid) had.add(agentKey);
  }
  return agents.flatMap(({ agentKey, agent }) => {
    if (agent === null || !had.has(agentKey)) return [];
    const currency = currencyOf(agent, plan.currency_attribute);
    const reason = isMember(plan, agent) ? 'NO_FACTS' : 'NOT_A_MEMBER';
    return [lineOfNobody({ agentKey, currency, reason }, NONE, setting)];
  });
}

/** Lines in the order of their agents; one of nothing only where there is no other. */
function withLeft(lines: readonly Line[], left: readonly Line[]): Line[] {
  const known = new Set(lines.map(({ agentKey }) => agentKey));
  const more = left.filter(({ agentKey }) => !known.has(agentKey));
  return [...lines, ...more].toSorted((a, b) => (a.agentKey < b.agentKey ? -1 : 1));
}

const NONE: PeriodFacts = { ...NO_FACTS, actuals: actualsName([]), overlapsAt: [] };
