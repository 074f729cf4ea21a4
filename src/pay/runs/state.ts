/**
 * What the object of a plan and period remembers: the calculation it is in and the pass over the
 * lines that were sent out. Decides when it works next; refuses nothing. All of it can be lost: the
 * books say which phase a run is in, and a page that is played again writes the same bytes.
 */
import type { State } from '../../durable/due';
import type { Progress } from './calculate/progress';
import { type LineState, NO_TALLY, OPEN_STATES, type PassTally } from './run';

export interface Calculating {
  readonly name: string;
  readonly progress: Progress;
}

/**
 * A pass over the lines of a run, page by page; a page is named by the key before its first line.
 * The first pass walks all pages. Later ones look only at those that the pass before left with
 * something open: what a line has come to for good is not read again.
 */
export interface Passing {
  readonly name: string;
  /** The page before which the first pass stands. */
  readonly cursor: string;
  /** Pages of a later pass that are still to be looked at; null: all from `cursor` on. */
  readonly left: readonly string[] | null;
  /** Pages that this pass leaves with something open, and what all others have come to. */
  readonly open: readonly string[];
  readonly closed: PassTally;
  /** States of all lines, as far as this pass has come. */
  readonly states: PassTally;
  /** What the pass before found; null before the first has ended. */
  readonly last: PassTally | null;
  /** Passes that left something open, since somebody asked or a line was sent that had waited. */
  readonly rounds: number;
  /** UTC ms: nothing to do before. */
  readonly at: number;
}

export interface RunState extends State {
  readonly calculating: Calculating | null;
  /** The pass whose turn is next, and those of other versions that were sent out too. */
  readonly passing: Passing | null;
  readonly others?: readonly Passing[];
}

/** Every run that is passed over: versions of one period wait side by side for their own lines. */
export const passesOf = ({ passing, others = [] }: RunState): Passing[] =>
  passing === null ? [...others] : [passing, ...others];

function inTurn(state: RunState, passes: readonly Passing[]): RunState {
  const [passing = null, ...others] = passes.toSorted(
    (a, b) => a.at - b.at || (a.name < b.name ? -1 : 1),
  );
  return { ...state, passing, others };
}

const besides = (state: RunState, name: string): Passing[] =>
  passesOf(state).filter((pass) => pass.name !== name);

/** A run that is settled is passed over no more. */
export const settled = (state: RunState, name: string, now: number): RunState =>
  dueState(inTurn(state, besides(state, name)), now);

export const NO_STATE: RunState = { due: {}, calculating: null, passing: null };

const FIRST_LOOK_MS = 30_000;
const LAST_LOOK_MS = 3_600_000;

/** While a turn goes on the alarm stays where it is, a little ahead: it costs a row to move it. */
const TURN_MS = 30_000;

/** Whether there is something to do now; else only a pass that comes later. */
export const isActive = ({ calculating, passing }: RunState, now: number): boolean =>
  calculating !== null || (passing !== null && passing.at <= now);

/** With the time at which it works next: of a turn that is cut off, or of the next pass. */
export function dueState(state: RunState, now: number): RunState {
  const { passing, due } = state;
  if (!isActive(state, now)) return { ...state, due: passing === null ? {} : { work: passing.at } };
  const { work = 0 } = due;
  const isAhead = work > now && work <= now + TURN_MS;
  return { ...state, due: { work: isAhead ? work : now + TURN_MS } };
}

export const begun = (state: RunState | null, name: string, now: number): RunState => {
  const before = state ?? NO_STATE;
  if (before.calculating?.name === name) return before;
  const progress: Progress = { cursor: '', tally: NO_TALLY, hash: name };
  return dueState({ ...before, calculating: { name, progress } }, now);
};

const ALL_PAGES = { cursor: '', left: null, open: [], closed: {}, states: {} } as const;

/** The page that a pass looks at next. */
export const pageOfPass = ({ left, cursor }: Passing): string => left?.[0] ?? cursor;

/** What all lines have come to, where a pass went through just now and left nothing open; else null. */
export const comeTo = ({ cursor, left, last }: Passing): PassTally | null =>
  cursor === '' && left === null ? last : null;

/** Sent out, or looked at again from the first page on because somebody asked. */
export function sentOut(state: RunState | null, name: string, now: number): RunState {
  const before = state ?? NO_STATE;
  const known = passesOf(before).find((pass) => pass.name === name);
  if (known !== undefined && known.cursor !== '') return before;
  const last = known?.last ?? null;
  const fresh: Passing = { name, ...ALL_PAGES, last, rounds: 0, at: now };
  return dueState(inTurn(before, [fresh, ...besides(before, name)]), now);
}

/** After a page of a pass. */
export function passed(
  state: RunState,
  page: { readonly cursor: string; readonly done: boolean; readonly states: PassTally },
  now: number,
): RunState {
  const { passing } = state;
  if (passing === null) return state;
  const isOpen = openIn(page.states) > 0;
  const open = isOpen ? [...passing.open, pageOfPass(passing)] : passing.open;
  const closed = isOpen ? passing.closed : summed(passing.closed, page.states);
  const states = summed(passing.states, page.states);
  const left = passing.left?.slice(1) ?? null;
  const isDone = left === null ? page.done : left.length === 0;
  if (!isDone) {
    const cursor = left === null ? page.cursor : '';
    const next = { ...passing, cursor, left, open, closed, states, at: now };
    return dueState({ ...state, passing: next }, now);
  }
  // What was sent only now is answered soon: nobody waits an hour to see what became of it.
  const rounds = heldIn(states) < heldIn(passing.last ?? {}) ? 0 : passing.rounds;
  const wait = Math.min(LAST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(rounds, 10));
  const next: Passing = {
    name: passing.name,
    // Where nothing is open the run is settled; should that be cut off, all is counted anew.
    ...(open.length === 0 ? ALL_PAGES : { ...ALL_PAGES, left: open, closed, states: closed }),
    last: states,
    rounds: rounds + 1,
    at: now + wait,
  };
  return dueState(inTurn(state, [next, ...besides(state, passing.name)]), now);
}

function summed(a: PassTally, b: PassTally): PassTally {
  const sum: Partial<Record<LineState, number>> = { ...a };
  for (const [state, count] of Object.entries(b) as [LineState, number][]) {
    sum[state] = (sum[state] ?? 0) + count;
  }
  return sum;
}

/** Lines that wait for something. */
const openIn = (states: PassTally): number =>
  OPEN_STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0);

const HELD_STATES: readonly LineState[] = ['BLOCKED', 'HELD', 'DISPUTED'];

/** Lines that were not sent. */
const heldIn = (states: PassTally): number =>
  HELD_STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0);
