/**
 * One firing of the walk: what it may still ask D1 for, what it remembers so far, and the work it does
 * in its order. Decides when a firing has asked enough, and keeps what was done where the rest fails.
 * Refuses nothing: what the journal or D1 does not take is asked again by the next firing.
 */
import { log, messageOf } from '../../../../runtime/log';
import { readPlanVersions } from '../../../plans/store';
import type { PayEnv } from '../../client';
import { wasDispatched } from '../../history/store';
import { reread } from '../../reread/client';
import { type Run, runName } from '../../run';
import { readAllRuns } from '../../store';
import {
  type After,
  MOST_UNPAID,
  type Part,
  type PayMark,
  unpaidAfter,
  type Work,
  withWaiting,
} from '../mark';

/** How much one firing does, and remembers. */
export interface Bounds {
  readonly pages: number;
  /** Of D1, which answers 1,000 of one invocation; other jobs share it, and what conflicts is asked again. */
  readonly queries: number;
  readonly unpaid: number;
  readonly deltasAPage: number;
}
export const FIRING: Bounds = { pages: 20, queries: 300, unpaid: MOST_UNPAID, deltasAPage: 500 };

const AGENTS_A_CALL = 500;
/** What 500 agents of one period ask: runs, plan, seals, facts, directory, deltas; and two a version. */
const ASKED_BY_PERIOD = 12;
const ASKED_BY_VERSION = 2;
/** Where something is found: it is written and told, or overtaken, and all is looked at once more. */
const ASKED_BY_FOUND = 23;
export const ASKED_BY_PAGE = 4;

/** Where a firing stands. */
export interface Walk extends PayMark {
  readonly bounds: Bounds;
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

export const begun = (
  mark: PayMark | null,
  unpaid: readonly string[],
  bounds: Partial<Bounds> = {},
): Walk => {
  const all = { ...FIRING, ...bounds };
  return {
    bounds: all,
    seal: mark?.seal ?? 0,
    part: mark?.part ?? null,
    after: mark?.after ?? [],
    unpaid,
    paid: null,
    seen: false,
    pages: all.pages,
    queries: all.queries,
  };
};

interface Did {
  readonly did: 'ALL' | 'PART' | 'RETRY';
  /** The last period that is done. */
  readonly done: string | null;
}

/** Work in its order, as far as the firing goes; at least one period of it. Never throws. */
export async function doWork(
  env: PayEnv,
  walk: Walk,
  work: readonly Work[],
  now: number,
): Promise<Did> {
  let done: string | null = null;
  for (const one of work) {
    if (done !== null && walk.queries <= 0) return { did: 'PART', done };
    if (!(await doPeriod(env, walk, one, now))) return { did: 'RETRY', done };
    done = one.name;
  }
  return { did: 'ALL', done };
}

/** The work of one period; false where it must be done again. Never throws. */
export async function doPeriod(
  env: PayEnv,
  walk: Walk,
  { name, of, agentKeys }: Work,
  now: number,
): Promise<boolean> {
  try {
    for (let at = 0; at < agentKeys.length; at += AGENTS_A_CALL) {
      const some = agentKeys.slice(at, at + AGENTS_A_CALL);
      walk.queries -= ASKED_BY_PERIOD + ASKED_BY_VERSION * of.number;
      const found = await reread(env, of, some, now, () => {
        walk.queries -= ASKED_BY_FOUND;
      });
      if (found === null) return false;
      const looked = { name, agentKeys: some };
      const { unpaid, isFull } = unpaidAfter(walk.unpaid, looked, found, walk.bounds.unpaid);
      walk.unpaid = unpaid;
      if (isFull) walk.after = withWaiting(walk.after, runName(of));
    }
    return true;
  } catch (thrown) {
    log('error', 'pay.not-reread', { period: name, message: messageOf(thrown) });
    return false;
  }
}

export async function paidIn(env: PayEnv, walk: Walk): Promise<readonly Run[]> {
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
export async function paidPeriods(env: PayEnv): Promise<Run[]> {
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
