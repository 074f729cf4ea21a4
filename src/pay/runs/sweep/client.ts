/**
 * Walks the facts that were sealed since it last looked and has what was paid by them re-read: every
 * five minutes, and whenever a run begins (P11). Decides which periods a fact may touch; refuses to
 * pass facts whose deltas the journal did not take. Two walks at once find the same.
 */
import type { Row } from '../../../kernel/change-set';
import { parseDay } from '../../../kernel/instant';
import { compactDay } from '../../../kernel/period';
import { commit } from '../../../ledger/client';
import { readLatest } from '../../../ledger/store';
import { isWorthMoving, MARK_KIND, type Mark, markRow } from '../../../points/sweep/sweep';
import { REVISION_DAYS } from '../../../quality/store';
import { log, messageOf } from '../../../runtime/log';
import { tellWaiting } from '../../deltas/waiting/client';
import { readPlanVersions } from '../../plans/store';
import { loadRun } from '../calculate/client';
import type { PayEnv } from '../client';
import { wasDispatched } from '../history/store';
import { parseLineSubject } from '../lines/line';
import { reread } from '../reread/client';
import { type ChangedFact, changedFact, readChangedFacts, withOtherHolders } from '../reread/store';
import { parseRunName } from '../run';
import { type RunPhase, readAllRuns } from '../store';

const MARK = 'pay-facts';
const PAGES = 20;
const AGENTS_A_CALL = 500;

/**
 * Facts sealed since the last walk, against what was paid by them. What it has walked over is kept
 * also where a later page fails, so that the next walk goes on from there.
 */
export async function rereadPaid(env: PayEnv, now: number, pages = PAGES): Promise<void> {
  const before = await readLatest<Mark>(env.DB, MARK_KIND, MARK);
  const from = before?.content.seal ?? 0;
  const walk: Walk = { paid: null, reached: from, seen: false };
  try {
    for (let page = 0; page < pages; page += 1) if (!(await walkPage(env, walk, now))) break;
  } finally {
    const { reached, seen } = walk;
    if (isWorthMoving(from, reached, seen ? [{ seal: reached }] : [])) {
      await commit(env, { rows: [markRow(MARK, before, { seal: reached }, now)] }, now);
    }
  }
}

interface Walk {
  /** Read where something changed: most walks find nothing. */
  paid: readonly RunPhase[] | null;
  reached: number;
  seen: boolean;
}

/** False where nothing is left to walk over now, or the journal must be asked again. */
async function walkPage(env: PayEnv, walk: Walk, now: number): Promise<boolean> {
  const found = await readChangedFacts(env.DB, walk.reached);
  if (found.reached === walk.reached) return false;
  if (found.facts.length > 0) {
    walk.paid ??= await paidPeriods(env);
    if (!(await rereadAll(env, walk.paid, found.facts, now))) return false;
  }
  if (!(await rereadLate(env, found.late, now))) return false;
  if (!(await lookAfter(env, found.sentOut, found.reached, now))) return false;
  walk.seen ||= found.facts.length + found.late.length + found.sentOut.length > 0;
  walk.reached = found.reached;
  // To look after a run that was sent out asks D1 as often as one firing may: the rest is the next one's.
  return found.sentOut.length === 0;
}

/**
 * At once, for facts that were heard just now and lie in a period that was paid: whoever subscribes
 * to deltas is told with the event and not with the next walk (P11). Never throws; the walk finds
 * whatever this one missed, and facts that were dated anew into another period.
 */
export async function rereadAtOnce(env: PayEnv, said: readonly Row[], now: number): Promise<void> {
  const facts = said.map(({ table, id }) => changedFact(table, id));
  if (facts.length === 0) return;
  try {
    const first = facts.reduce((least, { day }) => (day < least ? day : least), '99999999');
    const last = facts.reduce((most, { day }) => (day > most ? day : most), '');
    const paid = (await paidPeriods(env)).filter(
      ({ content: { firstDay, lastDay } }) =>
        compactDay(firstDay) <= last && compactDay(lastDay) >= first,
    );
    if (paid.length === 0) return;
    await rereadAll(env, paid, await withOtherHolders(env.DB, facts), now);
  } catch (thrown) {
    log('warn', 'pay.not-reread', { message: messageOf(thrown) });
  }
}

/**
 * The periods of each plan that are still re-read: the last ones of the look-back of the version
 * that paid last. A draft that nobody approved ends nothing.
 */
async function paidPeriods(env: PayEnv): Promise<RunPhase[]> {
  const byPlan = Map.groupBy(
    (await readAllRuns(env.DB)).filter(wasDispatched),
    ({ content }) => content.planId,
  );
  const periods: RunPhase[] = [];
  for (const [planId, runs] of byPlan) {
    const latest = new Map(runs.map((run) => [run.content.period, run]));
    const order = [...latest.values()].toSorted((a, b) =>
      a.content.firstDay < b.content.firstDay ? 1 : -1,
    );
    const versions = await readPlanVersions(env.DB, planId);
    const paidBy = versions.find(({ version }) => version === order[0]?.content.planVersion);
    periods.push(...order.slice(0, (paidBy?.content.clawback.lookbackPeriods ?? 12) + 1));
  }
  return periods;
}

async function rereadAll(
  env: PayEnv,
  paid: readonly Pick<RunPhase, 'content'>[],
  facts: readonly ChangedFact[],
  now: number,
): Promise<boolean> {
  if (facts.length === 0) return true;
  for (const { content } of paid) {
    const agents = [
      ...new Set(facts.filter((fact) => touches(fact, content)).map(({ agentKey }) => agentKey)),
    ].toSorted();
    for (let at = 0; at < agents.length; at += AGENTS_A_CALL) {
      const some = agents.slice(at, at + AGENTS_A_CALL);
      if (!(await reread(env, content, some, now))) return false;
    }
  }
  return true;
}

/** Whoever was given up and paid after all may have been paid again by then: what is too much is a delta. */
async function rereadLate(env: PayEnv, subjects: readonly string[], now: number): Promise<boolean> {
  for (const subject of subjects) {
    const line = parseLineSubject(subject);
    const run = line === null ? null : parseRunName(line.run);
    if (line === null || run === null) continue;
    if (!(await reread(env, run, [line.agentKey], now))) return false;
  }
  return true;
}

/** Pages of facts from before runs were sent out that one firing looks at again. */
const PAGES_AFTER = 30;

/**
 * Once runs were sent out: facts that came since their calculation are re-read, for nobody looks at
 * people without a line before, and deltas that none of their lines can take are told. What is beyond
 * its bound is logged: a further version of the period finds it.
 */
async function lookAfter(
  env: PayEnv,
  sentOut: readonly string[],
  until: number,
  now: number,
): Promise<boolean> {
  let left = PAGES_AFTER;
  for (const name of sentOut) {
    const setting = await loadRun(env.DB, name);
    if (setting === null) continue;
    let reached = setting.seal;
    for (; reached < until && left > 0; left -= 1) {
      const found = await readChangedFacts(env.DB, reached);
      if (!(await rereadAll(env, [{ content: setting.run }], found.facts, now))) return false;
      if (found.reached === reached) break;
      reached = found.reached;
    }
    if (reached < until && left === 0) log('warn', 'pay.not-looked-after', { run: name, reached });
    if (!(await tellWaiting(env, setting, now))) return false;
  }
  return true;
}

/** A day to each side for the zone; a result may be dated anew by its revisions. */
function touches({ day, isResult }: ChangedFact, { firstDay, lastDay }: RunPhase['content']) {
  const at = dayOf(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`);
  const slack = isResult ? REVISION_DAYS + 1 : 1;
  return at >= dayOf(firstDay) - slack && at <= dayOf(lastDay) + slack;
}

const dayOf = (day: string): number => parseDay(day) ?? 0;
