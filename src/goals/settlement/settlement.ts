/**
 * What the closing of a period brings beside the snapshot, and what follows from it later (G8).
 * Both are pure: everything awaited is read first and handed in as `facts`. Decides the next change
 * set of a period: open, promise, judge, pay or give back, look again after a correction. Refuses
 * to go on where a person must decide, or where nobody can be told.
 */
import type { Outcome } from '../../delivery/intent';
import type { Guard, Row } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import type { PoolVersion } from '../../rewards/pool';
import { type Goal, isRewardBearing, type Restated, type Snapshot } from '../goal';
import type { Calendar } from '../period';
import type { TeamVersion } from '../teams/team';
import { lateLook } from './held/late';
import { type Resting, restingLook } from './held/resting';
import { judgingOf, verdictOn } from './judging';
import { openingOf, rowsAtLock } from './opening';
import { nextPage, type Page } from './pages';
import type { CohortFacts } from './parts';
import { type Known, takesRewards } from './paying';
import { lastEpochOf, PAID_STATUS, type Step, stepOf } from './step';

/** Persons of whom none may decide. */
export interface Causers {
  /** Who wrote the version of the goal that governs, and the pool as it is. */
  readonly writers: readonly string[];
  /** Who mended events by hand since the period was locked: corrections may be theirs. */
  readonly menders: readonly string[];
}

/** What is read before a settlement is decided; plain data. */
export interface SettlementFacts extends Known {
  readonly calendar: Calendar;
  /** The lock as the books have it; null: they hold none. */
  readonly locked: Snapshot | null;
  /** What was decided about the period so far, in order. */
  readonly steps: readonly Step[];
  /** The pool of the goal, or of the first step; null where there is none. */
  readonly pool: PoolVersion | null;
  /** What it can still promise, smallest part. */
  readonly held: bigint;
  /** When the goal was first written, or in force if that is later, UTC ms. */
  readonly bornAt: number;
  /** Who keeps whom; null while no row fixes the seal as of which that counts. */
  readonly cohort: CohortFacts | null;
  /** What became of the deliveries that were ordered, by id; OPEN: nothing yet. */
  readonly delivered: ReadonlyMap<string, Outcome | 'OPEN'>;
  /** Persons without whom there would be nothing to review: none of them decides. */
  readonly causers: Causers;
  /** Parts of erased members that are neither paid nor given back. */
  readonly resting: readonly Resting[];
}

/** What one goal's object knows when it decides. */
export interface Case {
  readonly goal: Goal;
  readonly team: TeamVersion | null;
  readonly snapshot: Snapshot;
  readonly restated: Restated;
  /** False: a ratio below its volume floor, so that the restated value meets no threshold. */
  readonly floorMet: boolean;
  /** A platform told of a fall: what is beyond the tolerance need not wait for the window's end. */
  readonly isForward?: boolean;
  /** Nobody says what the figures are now: nothing is concluded from them. */
  readonly isSilent?: boolean;
}

export interface Effects {
  readonly rows: readonly Row[];
  readonly guards?: readonly Guard[];
  /** UTC ms at which `settlingSet` is asked next; null: nothing more is due for the period. */
  readonly dueAt: number | null;
  /** True: nothing is left to be said; it is only looked at once more then. */
  readonly isIdle?: boolean;
  /** Deliveries by destination that are to be ordered once the set is committed. */
  readonly orders?: readonly { readonly destination: string; readonly ids: readonly string[] }[];
}

const NOTHING: Effects = { rows: [], dueAt: null };
/** A decision of a person is told at once; this is for the message that was lost. */
const ASK_AGAIN_MS = DAY_MS;
/** A pool or a destination that is not written yet, or cannot pay, is looked for again. */
const LOOK_AGAIN_MS = 3_600_000;
/** Rows of a set that leave room for the first page of what follows. */
const MOST_ROWS = 480;

/** Rows written in the same set as the lock. */
export function closingSet(about: Case): Effects {
  const { goal, snapshot } = about;
  const isPaid = isRewardBearing(goal) && snapshot.status === PAID_STATUS;
  return { rows: rowsAtLock(about), dueAt: isPaid ? snapshot.evaluatedAt : null };
}

/** Asked at `dueAt` and after a correction of a locked period; no rows: nothing is said. */
export function settlingSet(about: Case, facts: SettlementFacts): Effects {
  const epoch = lastEpochOf(facts.steps);
  const opened = stepOf(facts.steps, epoch, 'OPENED');
  if (opened === null) return opening(about, facts);
  const page = nextPage(facts.steps, epoch);
  if (page !== null) return pageOf(page, facts);
  const { outcome, stabilisesAt } = opened.content;
  if (outcome === 'NOTHING') return NOTHING;
  const admitted = stepOf(facts.steps, epoch, 'ADMITTED');
  if (outcome === 'REVIEW' && admitted === null) return waiting(facts);
  if (admitted?.content.decision === 'GIVE_BACK') return NOTHING;
  const judged = stepOf(facts.steps, epoch, 'JUDGED');
  if (epoch === 1 && judged === null) {
    const isEarly = facts.now < stabilisesAt;
    if (isEarly && !isBeyond(about)) return { rows: [], dueAt: stabilisesAt };
    return judging(about, opened, facts);
  }
  const isHeld = judged?.content.verdict === 'REVIEW';
  if (isHeld && stepOf(facts.steps, epoch, 'DECIDED') === null) return waiting(facts);
  return restingLook(facts) ?? again(lateLook(about, opened, facts), facts);
}

/** While something is on its way somebody may be erased: it is looked at once more. */
function again(effects: Effects, { delivered, now }: SettlementFacts): Effects {
  const isUnderWay = [...delivered.values()].includes('OPEN');
  if (!isUnderWay || effects.dueAt !== null) return effects;
  return { ...effects, dueAt: now + ASK_AGAIN_MS, isIdle: true };
}

/** Nothing is ever confirmed before the window has ended. */
function isBeyond(about: Case): boolean {
  if (about.isForward !== true || !about.floorMet) return false;
  const { verdict } = verdictOn(about);
  return verdict === 'REVIEW' || verdict === 'REVERSE';
}

const waiting = ({ now }: SettlementFacts): Effects => ({ rows: [], dueAt: now + ASK_AGAIN_MS });

function opening(about: Case, facts: SettlementFacts): Effects {
  const { goal, snapshot } = about;
  if (!isRewardBearing(goal) || snapshot.status !== PAID_STATUS) return NOTHING;
  const { rows, guards, opened, waits = false } = openingOf(about, facts);
  if (waits) return { rows, dueAt: facts.now + LOOK_AGAIN_MS };
  return withFirstPage({ rows, guards, dueAt: facts.now }, opened, facts);
}

function judging(about: Case, opened: Step<'OPENED'>, facts: SettlementFacts): Effects {
  const { rows, judged } = judgingOf(about, opened, facts);
  return withFirstPage({ rows, dueAt: facts.now }, judged, facts);
}

/** The set with the first page that follows from its step, where both fit into one. */
function withFirstPage(effects: Effects, step: Step | null, facts: SettlementFacts): Effects {
  if (step === null) return effects;
  const page = nextPage([...facts.steps, step], step.epoch);
  if (page === null || !canBeTold(page, facts)) return effects;
  const rows = [...effects.rows, ...page.rows(facts)];
  return rows.length > MOST_ROWS ? effects : { ...effects, rows, orders: ordersOf(rows) };
}

function pageOf(page: Page, facts: SettlementFacts): Effects {
  if (!canBeTold(page, facts)) return { rows: [], dueAt: facts.now + LOOK_AGAIN_MS };
  const rows = page.rows(facts);
  return { rows, dueAt: facts.now, orders: ordersOf(rows) };
}

function canBeTold({ destination }: Page, { destinations }: SettlementFacts): boolean {
  if (destination === null) return true;
  const found = destinations.get(destination);
  return found !== undefined && takesRewards(found);
}

/** Every delivery among some rows, by where it goes. */
function ordersOf(rows: readonly Row[]): NonNullable<Effects['orders']> {
  const deliveries = rows.filter(({ table }) => table === 'deliveries');
  const groups = Map.groupBy(deliveries, ({ values }) => String(values.destination));
  return [...groups].map(([destination, some]) => ({ destination, ids: some.map(({ id }) => id) }));
}
