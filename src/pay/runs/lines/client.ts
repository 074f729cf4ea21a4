/**
 * All lines of a run with what became of them, for whoever walks over every one in one request: a
 * digest, a reconciliation. Decides what is the same for all of them and read once, and how many
 * lines one invocation may ask D1 for. Reads only.
 */
import { readAllOpenDisputes } from '../../disputes/store';
import type { PayEnv } from '../client';
import { type Known, readOutlet } from '../dispatch/client';
import type { Outlet } from '../dispatch/sending';
import { wasDispatched } from '../history/store';
import type { RunSetting } from '../setting';
import { readLinePage, readRunsOfPeriod } from '../store';
import type { Line } from './line';

/** D1 answers 1,000 queries of one invocation; the others are for who asks and for the run. */
export const MOST_QUERIES = 900;

/** As many rows as a read may return. */
export const ROWS_A_PAGE = 500;

/** Sheets hold many lines, so that one read brings several pages of what became of them. */
const PAGES_OF_LINES = 4;
export const LINES_READ = PAGES_OF_LINES * ROWS_A_PAGE;

/** What 500 lines ask: deliveries, deltas and agents, and of each earlier version lines and deliveries. */
const ASKED_BY_LINES = 3;
const ASKED_BY_VERSION = 2;

/** Destination, the one that agents are told by, runs of the period, and a page of open disputes. */
const ASKED_FIRST = 4;

/** What every line of a run is looked at with. */
export interface Ahead {
  /** Null: the run has no destination that can be read. */
  readonly outlet: Outlet | null;
  readonly known: Known;
}

export interface Walk extends Ahead {
  /** Queries of D1 that were asked for it, and that `LINES_READ` lines ask at most. */
  readonly asked: number;
  readonly askedByRead: number;
}

/** Begins a walk; `further` are the queries that 500 lines ask beside what became of them. */
export async function beginWalk(
  env: PayEnv,
  setting: RunSetting,
  now: number,
  further = 0,
): Promise<Walk> {
  const { run } = setting;
  const [outlet, runs, disputes] = await Promise.all([
    readOutlet(env, setting, now),
    readRunsOfPeriod(env.DB, run),
    readAllOpenDisputes(env.DB, run.planId),
  ]);
  const earlier = runs.filter((one) => wasDispatched(one) && one.content.number < run.number);
  const byPage = ASKED_BY_LINES + further + ASKED_BY_VERSION * earlier.length;
  return {
    outlet,
    known: { runs, disputes },
    asked: ASKED_FIRST + Math.floor(disputes.size / ROWS_A_PAGE),
    askedByRead: 1 + PAGES_OF_LINES * byPage,
  };
}

/** The lines after a position in pages of 500; `next` is null after the last. One query. */
export async function readPages(
  db: D1Database,
  run: string,
  position: string,
): Promise<{ readonly pages: readonly (readonly Line[])[]; readonly next: string | null }> {
  const lines = await readLinePage(db, run, position, LINES_READ);
  const pages: Line[][] = [];
  for (let from = 0; from < lines.length; from += ROWS_A_PAGE) {
    pages.push(lines.slice(from, from + ROWS_A_PAGE));
  }
  return { pages, next: lines.length < LINES_READ ? null : (lines.at(-1)?.agentKey ?? null) };
}
