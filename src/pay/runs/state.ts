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

export interface Passing {
  readonly name: string;
  readonly cursor: string;
  /** States of the lines looked at in this pass. */
  readonly states: PassTally;
  /** What the pass before found; null before the first has ended. */
  readonly last: PassTally | null;
  /** Passes that left something open, since somebody asked. */
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

/** Sent out, or looked at again because somebody asked. */
export function sentOut(state: RunState | null, name: string, now: number): RunState {
  const before = state ?? NO_STATE;
  const known = passesOf(before).find((pass) => pass.name === name);
  if (known !== undefined && known.cursor !== '') return before;
  const last = known?.last ?? null;
  const fresh: Passing = { name, cursor: '', states: {}, last, rounds: 0, at: now };
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
  const states = summed(passing.states, page.states);
  if (!page.done) {
    return dueState(
      { ...state, passing: { ...passing, cursor: page.cursor, states, at: now } },
      now,
    );
  }
  const wait = Math.min(LAST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(passing.rounds, 10));
  const next: Passing = {
    ...passing,
    cursor: '',
    states: {},
    last: states,
    rounds: passing.rounds + 1,
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
export const openIn = (states: PassTally): number =>
  OPEN_STATES.reduce((sum, state) => sum + (states[state] ?? 0), 0);
