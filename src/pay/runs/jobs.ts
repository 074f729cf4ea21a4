/**
 * The net under pay runs: cron calls every run that is not where its rows say and has what was paid
 * re-read where facts changed. Firing twice or missing a firing changes nothing in the end.
 */
import type { HealthCheck } from '../../http/health';
import { DAY_MS } from '../../kernel/instant';
import { calculateRun, dispatchRun, type PayEnv, pokeRun, progressOf } from './client';
import { wasDispatched } from './history/store';
import { type RunPhase, readAllRuns, readRun, readRunsOfPeriod } from './store';
import { readPayMark, rereadAtOnce, rereadPaid } from './sweep/client';

/** What is not where it ends. Nobody waits for the lines of a run that another took the place of. */
async function openRuns(db: D1Database): Promise<RunPhase[]> {
  const open: RunPhase[] = [];
  for (const run of await readAllRuns(db, ['CREATED', 'DISPATCHED'])) {
    if (wasDispatched(run) || (await readRunsOfPeriod(db, run.content)).at(-1)?.name === run.name)
      open.push(run);
  }
  return open;
}

/** Every five minutes: what is begun and not calculated, sent out and not settled. */
export async function pokePayRuns(env: PayEnv, now: number): Promise<void> {
  for (const { name, content } of await openRuns(env.DB)) {
    if (content.phase === 'CREATED') await calculateRun(env, name, now);
    if (content.phase !== 'DISPATCHED') continue;
    // One that knows what it waits for does what is due by its own time, though its alarm was lost.
    const known = await progressOf(env, name);
    if (known === null) await dispatchRun(env, name, now);
    else await pokeRun(env, name, now);
  }
}

/** What cron runs every five minutes. */
export const payJobs = [
  { name: 'pay-runs', run: pokePayRuns },
  { name: 'pay-reread', run: (env: PayEnv, now: number) => rereadPaid(env, now) },
];

/** Who looks at once at facts that were heard. */
export const payHears = rereadAtOnce;

/** Runs that stand still longer than this are stuck. */
const STUCK_MS = DAY_MS;
const LATE_MS = 2 * 3_600_000;

/**
 * Runs that are not calculated after two hours, or not settled after a day; people to whom something
 * is due of a period that was paid and whom something keeps from being paid, without a line or with a
 * delta that the books refuse; runs that were sent out and are still looked after a day later; and a
 * page of new facts that is not gone on with.
 */
export const payHealth: HealthCheck<PayEnv> = {
  name: 'pay-runs',
  async check(env, now) {
    const [runs, mark] = await Promise.all([openRuns(env.DB), readPayMark(env.DB)]);
    const since = (run: RunPhase): number => now - run.writtenAt;
    const calculating = runs.filter(
      (run) => run.content.phase === 'CREATED' && since(run) > LATE_MS,
    );
    const open = runs.filter((run) => run.content.phase === 'DISPATCHED' && since(run) > STUCK_MS);
    const unpaid = mark?.unpaid.length ?? 0;
    const after = mark?.after ?? [];
    const names = [...new Set(after.map(({ run }) => run))];
    const lookedAfter = await Promise.all(names.map((name) => readRun(env.DB, name)));
    const isBehind = lookedAfter.some((run) => run !== null && since(run) > STUCK_MS);
    // A page that is begun moves the walk with each firing, unless a period of it fails each time.
    const isHeldUp = mark?.part !== undefined && now - mark.movedAt > LATE_MS;
    const isLate = open.length + unpaid > 0 || isBehind || isHeldUp;
    return {
      status: calculating.length > 0 ? 'stuck' : isLate ? 'late' : 'ok',
      detail: {
        notCalculated: calculating.length,
        notSettled: open.length,
        notPaid: unpaid,
        lookedAfter: after.length,
        pagesHeldUp: isHeldUp ? 1 : 0,
      },
    };
  },
};
