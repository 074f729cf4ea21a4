/**
 * Walks the facts that were sealed since it last looked and has what was paid by them re-read: every
 * five minutes, and whenever a run begins (P11). Decides how much one firing asks D1 for; what is left
 * then is remembered and gone on with. Refuses to pass facts whose deltas the journal did not take.
 * Two walks at once find the same.
 */
import type { Row } from '../../../kernel/change-set';
import { compactDay } from '../../../kernel/period';
import { commit } from '../../../ledger/client';
import { readLatest } from '../../../ledger/store';
import { MARK_KIND, markRow } from '../../../points/sweep/sweep';
import { REVISION_DAYS } from '../../../quality/store';
import { log, messageOf } from '../../../runtime/log';
import { tellWaiting } from '../../deltas/waiting/client';
import { readPlanVersions } from '../../plans/store';
import { loadRun } from '../calculate/client';
import type { PayEnv } from '../client';
import { wasDispatched } from '../history/store';
import { parseLineSubject } from '../lines/line';
import { reread } from '../reread/client';
import { changedFact, readChangedFacts, withOtherHolders } from '../reread/store';
import { parseRunName, type Run } from '../run';
import { readAllRuns } from '../store';
import {
  type After,
  isNews,
  type Part,
  type PayMark,
  remembered,
  touched,
  unpaidAfter,
  unpaidWork,
  type Work,
  workOf,
} from './mark';

const MARK = 'pay-facts';
const AGENTS_A_CALL = 500;

/** How much one firing does. */
export interface Bounds {
  readonly pages: number;
  /** Of D1, which answers 1,000 of one invocation; what one call asks beyond its estimate has room. */
  readonly queries: number;
}
const FIRING: Bounds = { pages: 20, queries: 600 };

/** What 500 agents of one period ask: runs, plan, seals, facts, directory, deltas, notices, and two a version. */
const ASKED_BY_REREAD = 25;
const ASKED_BY_PAGE = 4;

/** Where a firing stands. */
interface Walk extends PayMark {
  seal: number;
  part: Part | null;
  after: readonly After[];
  unpaid: readonly string[];
  /** Read where something changed: most walks find nothing. */
  paid: readonly Run[] | null;
  seen: boolean;
  pages: number;
  queries: number;
}

const begun = (mark: PayMark | null, { pages, queries }: Bounds): Walk => ({
  seal: mark?.seal ?? 0,
  part: mark?.part ?? null,
  after: mark?.after ?? [],
  unpaid: mark?.unpaid ?? [],
  ...{ paid: null, seen: false, pages, queries },
});

export const readPayMark = async (db: D1Database): Promise<PayMark | null> =>
  (await readLatest<PayMark>(db, MARK_KIND, MARK))?.content ?? null;

/**
 * Facts sealed since the last walk, against what was paid by them. What it has walked over is kept
 * also where a later page fails, so that the next walk goes on from there. `atOnce`: facts alone, for
 * who waits for an answer; the next firing does the rest.
 */
export async function rereadPaid(
  env: PayEnv,
  now: number,
  bounds: Partial<Bounds> = {},
  atOnce = false,
): Promise<void> {
  const before = await readLatest<PayMark>(env.DB, MARK_KIND, MARK);
  const from = before?.content ?? { seal: 0 };
  const walk = begun(from, { ...FIRING, ...bounds });
  try {
    // The mark keeps an order, so whoever is not paid is looked at before what may use up the firing.
    if (!atOnce) await lookAtUnpaid(env, walk, now);
    while (await walkPage(env, walk, now));
    // A page of it at least: new facts do not keep it waiting for good.
    while (!atOnce && (await lookAfter(env, walk, now)) && walk.pages > 0 && walk.queries > 0);
  } finally {
    if (isNews(from, walk, walk.seen)) {
      const content: PayMark = { seal: walk.seal, ...remembered(walk) };
      await commit(env, { rows: [markRow(MARK, before, content, now)] }, now);
    }
  }
}

type Did = 'ALL' | 'PART' | 'RETRY';

/** Work in its order, as far as the firing goes; at least one call of it. */
async function doWork(
  env: PayEnv,
  walk: Walk,
  work: readonly Work[],
  now: number,
): Promise<{ readonly did: Did; readonly done: string | null }> {
  let done: string | null = null;
  for (const { name, of, agentKeys } of work) {
    if (done !== null && walk.queries <= 0) return { did: 'PART', done };
    for (let at = 0; at < agentKeys.length; at += AGENTS_A_CALL) {
      const some = agentKeys.slice(at, at + AGENTS_A_CALL);
      walk.queries -= ASKED_BY_REREAD;
      const unpaid = await reread(env, of, some, now);
      if (unpaid === null) return { did: 'RETRY', done };
      walk.unpaid = unpaidAfter(walk.unpaid, { name, agentKeys: some }, unpaid);
    }
    done = name;
  }
  return { did: 'ALL', done };
}

/** False where nothing is left to walk over now, the firing is full, or the journal must be asked again. */
async function walkPage(env: PayEnv, walk: Walk, now: number): Promise<boolean> {
  if (walk.pages <= 0 || walk.queries <= 0) return false;
  const { part } = walk;
  const found = await readChangedFacts(env.DB, walk.seal, part?.until ?? null);
  if (found.reached === walk.seal) return false;
  walk.pages -= 1;
  walk.queries -= ASKED_BY_PAGE;
  const named =
    found.facts.length === 0 ? [] : touched(await paidIn(env, walk), found.facts, REVISION_DAYS);
  const work = workOf([...named, ...lateOf(found.late)]);
  const left = work.filter(({ name }) => name > (part?.done ?? ''));
  const { did, done } = await doWork(env, walk, left, now);
  if (did !== 'ALL') {
    if (done !== null) walk.part = { until: found.reached, done };
    return false;
  }
  const sentOut = found.sentOut.map((run): After => ({ run, seal: null, until: found.reached }));
  walk.after = [...walk.after, ...sentOut];
  // Their periods are paid from here on: facts of the next page are compared with them too.
  if (sentOut.length > 0) walk.paid = null;
  walk.seen ||= found.facts.length + found.late.length + sentOut.length > 0;
  walk.part = null;
  walk.seal = found.reached;
  return true;
}

/** Whoever was given up and paid after all may have been paid again by then: what is too much is a delta. */
const lateOf = (subjects: readonly string[]) =>
  subjects.flatMap((subject) => {
    const line = parseLineSubject(subject);
    const of = line === null ? null : parseRunName(line.run);
    return line === null || of === null ? [] : [{ of, agentKey: line.agentKey }];
  });

/** Periods whose unpaid are looked at in one firing; where there are more they take turns. */
const UNPAID_A_FIRING = 5;

/** Those whom something kept from being paid: once it is mended they are, by a delta. */
async function lookAtUnpaid(env: PayEnv, walk: Walk, now: number): Promise<void> {
  if (walk.unpaid.length === 0) return;
  const work = unpaidWork(walk.unpaid, await paidIn(env, walk));
  const turn = Math.floor(now / TURN_MS) * UNPAID_A_FIRING;
  const some =
    work.length <= UNPAID_A_FIRING
      ? work
      : Array.from({ length: UNPAID_A_FIRING }, (_, nth) => work[(turn + nth) % work.length]);
  // Nobody is re-read for a period beyond the look-back, nor told of it any longer.
  const kept = new Set(
    work.flatMap(({ name, agentKeys }) => agentKeys.map((key) => `${name}/${key}`)),
  );
  walk.unpaid = walk.unpaid.filter((place) => kept.has(place));
  await doWork(
    env,
    walk,
    some.flatMap((one) => one ?? []),
    now,
  );
}

const TURN_MS = 5 * 60_000;

/**
 * Once runs were sent out: facts that came since their calculation are re-read, for nobody looks at
 * people without a line before, and deltas that none of their lines can take are told. A page a call;
 * false where nothing is left of it for now.
 */
async function lookAfter(env: PayEnv, walk: Walk, now: number): Promise<boolean> {
  const [first, ...others] = walk.after;
  if (first === undefined) return false;
  walk.pages -= 1;
  walk.queries -= ASKED_BY_PAGE;
  const setting = await loadRun(env.DB, first.run);
  const seal = first.seal ?? setting?.seal ?? first.until;
  if (setting !== null && seal < first.until) {
    const found = await readChangedFacts(env.DB, seal, first.until);
    const work = workOf(touched([setting.run], found.facts, REVISION_DAYS));
    if ((await doWork(env, walk, work, now)).did !== 'ALL') return false;
    const reached = found.reached === seal ? first.until : found.reached;
    walk.after = [{ ...first, seal: reached }, ...others];
    return true;
  }
  if (setting !== null && !(await tellWaiting(env, setting, now))) return false;
  walk.after = others;
  return true;
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
      ({ firstDay, lastDay }) => compactDay(firstDay) <= last && compactDay(lastDay) >= first,
    );
    if (paid.length === 0) return;
    const work = workOf(touched(paid, await withOtherHolders(env.DB, facts), REVISION_DAYS));
    await doWork(env, begun(null, FIRING), work, now);
  } catch (thrown) {
    log('warn', 'pay.not-reread', { message: messageOf(thrown) });
  }
}

async function paidIn(env: PayEnv, walk: Walk): Promise<readonly Run[]> {
  if (walk.paid === null) {
    walk.paid = await paidPeriods(env);
    walk.queries -= new Set(walk.paid.map(({ planId }) => planId)).size;
  }
  return walk.paid;
}

/**
 * The periods of each plan that are still re-read: the last ones of the look-back of the version
 * that paid last. A draft that nobody approved ends nothing.
 */
async function paidPeriods(env: PayEnv): Promise<Run[]> {
  const byPlan = Map.groupBy(
    (await readAllRuns(env.DB)).filter(wasDispatched).map(({ content }) => content),
    ({ planId }) => planId,
  );
  const periods: Run[] = [];
  for (const [planId, runs] of byPlan) {
    const latest = new Map(runs.map((run) => [run.period, run]));
    const order = [...latest.values()].toSorted((a, b) => (a.firstDay < b.firstDay ? 1 : -1));
    const versions = await readPlanVersions(env.DB, planId);
    const paidBy = versions.find(({ version }) => version === order[0]?.planVersion);
    periods.push(...order.slice(0, (paidBy?.content.clawback.lookbackPeriods ?? 12) + 1));
  }
  return periods;
}
