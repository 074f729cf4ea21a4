/**
 * The run of a reset or of an end of grace: its rows, how it goes through its phases, and which
 * trigger it answers. The first row fixes the seal as of which everything is decided; the second
 * holds the report. Decides whether a trigger is new or a duplicate: a season and agent are reset at
 * most once, whatever the key (S2, S4, DEC-18).
 */
import type { State } from '../../durable/due';
import type { Row } from '../../kernel/change-set';
import { configId } from '../../kernel/ids';
import { configRow } from '../../ledger/config';
import type { SaltOf } from '../salt';
import { type Expected, nameOf } from '../telling/batch';
import type { Unread } from './reading/unread';
import { EMPTY_REPORT, type Report } from './report';
import type { Left, Spent, Volume } from './window';

export const RUN_KIND = 'season-run';
export const WAVES = ['RESET', 'GRACE'] as const;
export type Wave = (typeof WAVES)[number];

/** What the first row of a run says. */
export interface RunStart {
  /** The season that is reset, or whose grace ends. */
  readonly season: string;
  readonly wave: Wave;
  /** Runs of a season count from 1. */
  readonly number: number;
  /** The season that opens; of a GRACE run the season itself. */
  readonly next: string;
  /** Idempotency key of what triggered it. */
  readonly key: string;
  /** `cron`, `api` or `trigger`. */
  readonly by: string;
  /** Groups whose agents it is for; none: everybody the season is for. */
  readonly groups: readonly string[];
  /** UTC ms: of the season's end, or of the end of grace. */
  readonly instant: number;
}

export const runName = ({ season, number }: Pick<RunStart, 'season' | 'number'>): string =>
  `${season}.${String(number).padStart(4, '0')}`;

export const runId = (run: Pick<RunStart, 'season' | 'number'>): string =>
  configId(RUN_KIND, runName(run), 1);

/**
 * Rows that end a run, as requests name them: what one of its waves has not sent by then is not sent
 * any more.
 */
export const runEnds = (run: Pick<RunStart, 'season' | 'number'>): string[] => [
  `config/${configId(RUN_KIND, runName(run), 2)}`,
];

export const runSubject = (run: Pick<RunStart, 'season' | 'number'>): string =>
  `config:${RUN_KIND}/${runName(run)}`;

/** The second version of the row. */
export interface Run extends RunStart {
  readonly report?: Report;
}

/** `at`: UTC ms, of the trigger for the first row and of the end for the second. */
export function runRow(run: Run, at: number, saltOf: SaltOf): Row {
  const version = run.report === undefined ? 1 : 2;
  return configRow<Run>(
    {
      kind: RUN_KIND,
      name: runName(run),
      version,
      effectiveFrom: null,
      writtenAt: run.report === undefined ? run.instant : at,
      author: 'seasons',
      content: run,
    },
    saltOf('run', runName(run), String(version)),
  );
}

export const PHASES = ['ARCHIVE', 'CALCULATE', 'STAGE', 'APPLY', 'RECONCILE', 'DONE'] as const;
export type Phase = (typeof PHASES)[number];

/** Somebody of a batch whom a platform does not know (`fields` null), or has otherwise. */
export interface Unmet {
  /** Destination and agent. */
  readonly name: string;
  readonly fields: readonly string[] | null;
}

/** Fifty agents on their way. */
export interface Batch {
  readonly number: number;
  readonly agents: readonly { readonly agentKey: string; readonly agentId: string }[];
  readonly deliveries: readonly { readonly destination: string; readonly id: string }[];
  readonly expected: readonly Expected[];
  readonly requests: number;
  /** Times that differences were sent again. */
  readonly retries: number;
  /** Of a reading that came to no end: what was found as it must be, by destination and agent. */
  readonly met?: readonly string[];
  /** Of the same reading: what was found otherwise. */
  readonly unmet?: readonly Unmet[];
  /** Destinations that were asked in vain since their last answer. */
  readonly unread?: readonly Unread[];
  /** UTC ms until which it rests: what differs after some retries waits for the next window. */
  readonly restsUntil?: number;
}

/** A batch without an agent; the same where the agent is not in it. */
export function withoutAgent(batch: Batch, agentKey: string): Batch {
  const isOther = (one: { readonly agentKey: string }): boolean => one.agentKey !== agentKey;
  const agents = batch.agents.filter(isOther);
  if (agents.length === batch.agents.length) return batch;
  const { expected, met, unmet } = batch;
  const gone = new Set(expected.filter((one) => !isOther(one)).map(nameOf));
  return {
    ...batch,
    agents,
    expected: expected.filter(isOther),
    ...(met !== undefined && { met: met.filter((name) => !gone.has(name)) }),
    ...(unmet !== undefined && { unmet: unmet.filter(({ name }) => !gone.has(name)) }),
  };
}

/** A run under way. Everything but how far it has come follows from its seal. */
export interface Saga {
  readonly run: RunStart;
  readonly seal: number;
  /** Time of the seal. */
  readonly at: number;
  readonly phase: Phase;
  /** Last agent key that was looked at in the phase; null: none yet. */
  readonly cursor: string | null;
  /** Deliveries of the export, and whether all of them are ordered. */
  readonly exports: readonly string[];
  readonly exported: boolean;
  readonly skipped: boolean;
  /** Batches staged, and the next to be ordered. */
  readonly staged: number;
  readonly next: number;
  /** Numbers of batches ordered and not reconciled. */
  readonly open: readonly number[];
  /** Beginning of the last window in which something was ordered. */
  readonly lastWindow: number | null;
  /** What was begun in that window; null: nothing in any. */
  readonly spent: Spent | null;
  /** Beginning of the last window that the report counts; absent: that is the last window. */
  readonly counted?: number;
  readonly heldBack: boolean;
  /** The survey was asked of it in vain since its last answer. */
  readonly unread?: Unread;
  /** Destinations that the run went on without as they were silent, and that are silent since. */
  readonly givenUp?: readonly string[];
  readonly report: Report;
}

export const beginning = (run: RunStart, seal: number, at: number): Saga => ({
  run,
  seal,
  at,
  phase: 'ARCHIVE',
  cursor: null,
  exports: [],
  exported: false,
  skipped: false,
  staged: 0,
  next: 0,
  open: [],
  lastWindow: null,
  spent: null,
  heldBack: false,
  report: EMPTY_REPORT,
});

/** The saga after some destinations have answered: patience with them is as before. */
export function withAnswers(saga: Saga, answered: readonly string[]): Saga {
  const { givenUp = [] } = saga;
  const left = givenUp.filter((destination) => !answered.includes(destination));
  return left.length === givenUp.length ? saga : { ...saga, givenUp: left };
}

/** The saga in a window in which something is applied: each counts once. */
export function countedIn(saga: Saga, from: number): Saga {
  if ((saga.counted ?? saga.lastWindow) === from) return saga;
  return { ...saga, counted: from, report: { ...saga.report, windows: saga.report.windows + 1 } };
}

/** What somebody asks for. */
export type Ask = Pick<RunStart, 'season' | 'wave' | 'key' | 'by' | 'groups' | 'instant'>;

/**
 * What holds back what was asked for: an earlier run of the season, the end of the season or of grace,
 * the last night of the season, the reset of the season before.
 */
export const HELD_BY = [
  'RUN_BEFORE',
  'SEASON_END',
  'GRACE_END',
  'LAST_NIGHT',
  'SEASON_BEFORE',
] as const;
export type Held = (typeof HELD_BY)[number];

export interface SeasonState extends State {
  readonly season: string;
  /** Runs that are over, and the one under way last. */
  readonly past: readonly RunStart[];
  readonly saga: Saga | null;
  readonly asked: readonly Ask[];
  readonly volume: Volume;
}

/** How far the runs of a season have come. */
export interface SeasonProgress {
  readonly saga: Saga | null;
  readonly asked: readonly Ask[];
  readonly openBatches: readonly Batch[];
  /** Of the batches that are still to be ordered. */
  readonly left: Left;
}

/** What a trigger is told: a new run, or the first that covers it. */
export interface Triggered {
  readonly status: 'accepted' | 'duplicate';
  /** Key of the first. */
  readonly key: string;
  readonly run: string | null;
}

/** The run or ask that a new ask repeats, or null. `own`: groups the season is for. */
export function coveredBy(
  state: Pick<SeasonState, 'past' | 'saga' | 'asked'>,
  ask: Ask,
  own: readonly string[],
): { readonly key: string; readonly run: string | null } | null {
  const runs = [...state.past, ...(state.saga === null ? [] : [state.saga.run])];
  const known = [
    ...runs.map((run) => ({ ...run, run: runId(run) })),
    ...state.asked.map((one) => ({ ...one, run: null })),
  ].filter(
    ({ wave, instant }) => wave === ask.wave && (wave === 'RESET' || instant >= ask.instant),
  );
  const groupsOf = (groups: readonly string[]): readonly string[] =>
    groups.length === 0 ? own : groups;
  const wanted = groupsOf(ask.groups);
  const found = known.find(({ key, groups }) => {
    if (key === ask.key) return true;
    const covered = groupsOf(groups);
    if (covered.length === 0) return true;
    return wanted.length > 0 && wanted.every((group) => covered.includes(group));
  });
  return found === undefined ? null : { key: found.key, run: found.run };
}
