/**
 * What a version of a plan would change in a past period: each agent's pay under it beside what the
 * latest run of the period came to, or where there was none what the plan in force would have come
 * to. Reads only, page by page; writes nothing.
 */
import { type DirectoryRow, readAgentIds, readDirectoryPage } from '../../agents/store';
import type { Period } from '../../kernel/period';
import { printAmount } from '../../kernel/units';
import { readyPlan } from '../calculation/formula';
import type { PlanVersion } from '../plans/plan';
import { AGENTS_A_PAGE, linesOf } from '../runs/calculate/client';
import type { Line } from '../runs/lines/line';
import { pinnedRun } from '../runs/pinning/store';
import { placeOf, runName } from '../runs/run';
import type { RunSetting } from '../runs/setting';
import { type RunPhase, readLines, readRunsOfPeriod, readSealNames } from '../runs/store';

/** Pages of agents looked at for one answer. */
const PAGES = 10;

export interface Change {
  readonly agentId: string | null;
  /** What would be paid, each in its own currency; null: nothing, or nothing while it is blocked. */
  readonly before: string | null;
  readonly after: string | null;
  readonly currencyBefore: string | null;
  readonly currency: string;
  readonly obstacleBefore: string | null;
  readonly obstacle: string | null;
  readonly reason: string | null;
  readonly steps: readonly string[];
}

export interface PreviewAsked {
  readonly period: Period;
  readonly timeZone: string;
  readonly version: PlanVersion;
  /** The version in force, for periods without a run; null: nobody was paid by any. */
  readonly inForce: PlanVersion | null;
  /** Agents after this key. */
  readonly after: string;
  readonly limit: number;
}

export interface Preview {
  readonly changes: readonly Change[];
  /** Key of the agent looked at last; null after the last one. */
  readonly next: string | null;
  /** The run or version that it is compared with. */
  readonly against: string | null;
}

interface Pair {
  readonly agentKey: string;
  readonly before: Line | null;
  readonly after: Line | null;
}

export async function previewPlan(db: D1Database, asked: PreviewAsked): Promise<Preview> {
  const { period, timeZone, version, inForce, limit } = asked;
  const seal = (await readSealNames(db, 0)).head?.seal ?? 0;
  const runs = await readRunsOfPeriod(db, { planId: version.name, period: period.label });
  const run = runs.findLast(({ content }) => content.result !== undefined) ?? null;
  const draft = await settingOf(db, period, version, timeZone, seal);
  const present =
    run === null && inForce !== null ? await settingOf(db, period, inForce, timeZone, seal) : null;
  const pairs: Pair[] = [];
  let cursor = asked.after;
  let next: string | null = null;
  for (let page = 0; page < PAGES && pairs.length < limit; page += 1) {
    const { instant } = placeOf(draft.run);
    const agents = await readDirectoryPage(db, cursor, { instant, seal }, AGENTS_A_PAGE);
    const after = byKey(await linesOf(db, draft, agents, seal));
    const before = await linesBefore(db, run, present, agents, seal);
    pairs.push(...agents.flatMap(({ agentKey }) => changed(agentKey, before, after)));
    cursor = agents.at(-1)?.agentKey ?? cursor;
    next = agents.length < AGENTS_A_PAGE ? null : cursor;
    if (next === null) break;
  }
  const shown = pairs.slice(0, limit);
  const cut = pairs.length > limit ? (shown.at(-1)?.agentKey ?? next) : next;
  const names = await readAgentIds(
    db,
    shown.map(({ agentKey }) => agentKey),
  );
  const changes = shown.map((pair) => changeOf(pair, names.get(pair.agentKey) ?? null, draft));
  return { changes, next: cut, against: againstOf(run, inForce) };
}

const againstOf = (run: RunPhase | null, inForce: PlanVersion | null): string | null =>
  run?.name ?? (inForce === null ? null : `${inForce.name} version ${inForce.version}`);

/** The setting of a run that is never written. */
async function settingOf(
  db: D1Database,
  period: Period,
  version: PlanVersion,
  timeZone: string,
  seal: number,
): Promise<RunSetting> {
  const run = await pinnedRun(db, period, version, { number: 1, timeZone });
  return {
    name: runName(run),
    run,
    seal,
    at: 0,
    plan: version.content,
    ready: readyPlan(version.content),
    pinned: new Set(run.scorecardVersions),
    rates: run.rates,
  };
}

const byKey = (lines: readonly Line[]): Map<string, Line> =>
  new Map(lines.map((line) => [line.agentKey, line]));

async function linesBefore(
  db: D1Database,
  run: RunPhase | null,
  present: RunSetting | null,
  agents: readonly DirectoryRow[],
  seal: number,
): Promise<Map<string, Line>> {
  const keys = agents.map(({ agentKey }) => agentKey);
  if (run !== null) return readLines(db, run.name, keys);
  return present === null ? new Map() : byKey(await linesOf(db, present, agents, seal));
}

function changed(
  agentKey: string,
  before: ReadonlyMap<string, Line>,
  after: ReadonlyMap<string, Line>,
): Pair[] {
  const [one, other] = [before.get(agentKey) ?? null, after.get(agentKey) ?? null];
  return paidBy(one) === paidBy(other) ? [] : [{ agentKey, before: one, after: other }];
}

/** What a line pays, as text to compare: another currency or an obstacle changes it like an amount. */
function paidBy(line: Line | null): string {
  if (line === null) return '0';
  const { amount, payAmount, payUnit, blocked } = line;
  if (blocked !== null) return `${blocked} ${amount}`;
  return payAmount === '0' ? '0' : `${payAmount} ${payUnit}`;
}

function changeOf({ before, after }: Pair, agentId: string | null, { plan }: RunSetting): Change {
  const print = (line: Line | null): string | null =>
    line === null || line.blocked !== null
      ? null
      : printAmount(BigInt(line.payAmount), line.payUnit);
  return {
    agentId,
    before: print(before),
    after: print(after),
    currencyBefore: before?.payUnit ?? null,
    currency: (after ?? before)?.payUnit ?? plan.currency,
    obstacleBefore: before?.blocked ?? null,
    obstacle: after?.blocked ?? null,
    reason: after?.reason ?? null,
    steps: after?.steps ?? [],
  };
}
