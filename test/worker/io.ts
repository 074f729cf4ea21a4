/**
 * The switchboard of the tests' faults. Every I/O of the Worker and of its objects asks here before
 * and after it happens; nobody asks when no board is installed, so ordinary tests run untouched.
 * Test, Worker and objects share one isolate, hence a property of `globalThis`. Decides nothing
 * itself: the history that is played hands in `decide`.
 */

/** The binding of each kind of object: a new class joins here and in `entry.ts`. */
export const BINDINGS = {
  session: 'SESSIONS',
  source: 'SOURCES',
  pull: 'PULLS',
  journal: 'JOURNAL',
  board: 'BOARDS',
  destination: 'DESTINATIONS',
  subscription: 'SUBSCRIPTIONS',
  seat: 'SEATS',
  queue: 'QUEUES',
  goal: 'GOALS',
  'platform-goal': 'PLATFORM_GOALS',
  'pay-run': 'PAY_RUNS',
  season: 'SEASONS',
} as const;

export type Place = 'worker' | keyof typeof BINDINGS;
export type Phase = 'before' | 'after';

/**
 * throw: the caller sees an error. abort: the object is reset, unsynced writes are lost.
 * flush-abort: what was written is made durable first, then the object is reset. delay: the answer
 * comes a few real milliseconds late. ghost: the caller sees an error now and the call is made
 * later. twice: the call is made a second time behind the caller's back.
 */
export const MODES = ['throw', 'abort', 'flush-abort', 'delay', 'ghost', 'twice'] as const;
export type Mode = (typeof MODES)[number];

export interface IoPoint {
  readonly place: Place;
  /** Name of the object, or of the request as the test named it. */
  readonly actor: string;
  /** `DB.read`, `DB.look`, `DB.write`, `DB.exec`, `JOURNAL.commit`, `SESSIONS.accept`, … */
  readonly call: string;
  readonly phase: Phase;
  /** Counts the same call of the same actor from 1. */
  readonly nth: number;
}

export interface Board {
  decide: (point: IoPoint) => Mode | null;
  /** While true every call of D1 fails before it does anything. */
  d1Away: boolean;
  /** Real milliseconds by which every answer of D1 is late. */
  d1DelayMs: number;
  /** How often each `place call phase` was met, and each `place call phase mode` fired. */
  readonly met: Map<string, number>;
  readonly fired: Map<string, number>;
  /** Rows written by what wrote them, as the runtime counts and bills them. */
  readonly rows: Map<string, number>;
  /** Rows read in D1, by whose query it was. */
  readonly read: Map<string, number>;
  /** The most rows that one query of each place has returned. */
  readonly returned: Map<string, number>;
  /** Requests' `waitUntil` work that has not ended. */
  background: number;
  /** When the last ghost has surely been made, on the monotonic clock. */
  hauntedUntil: number;
  readonly calls: Map<string, number>;
  /** What answers instead of the network; null: the network of the tests, which answers 599. */
  outside: ((host: string, request: Request) => Promise<Response>) | null;
  /** State of every object as it was last made, so that a call of it to the outside can end it. */
  readonly states: Map<string, DurableObjectState>;
  /** Objects that were ever made, `place name`, and when each one's alarm was last set for. */
  readonly objects: Set<string>;
  readonly alarms: Map<string, number>;
}

const KEY = '__io_board__';
const holder = globalThis as unknown as Record<string, Board | undefined>;

export const currentBoard = (): Board | undefined => holder[KEY];

/** Installs a fresh board on which nothing fails. */
export function installBoard(): Board {
  const board: Board = {
    decide: () => null,
    d1Away: false,
    d1DelayMs: 0,
    met: new Map(),
    fired: new Map(),
    rows: new Map(),
    read: new Map(),
    returned: new Map(),
    background: 0,
    hauntedUntil: 0,
    calls: new Map(),
    outside: null,
    states: new Map(),
    objects: new Set(),
    alarms: new Map(),
  };
  holder[KEY] = board;
  return board;
}

export function removeBoard(): void {
  holder[KEY] = undefined;
}

const MADE = '__objects_made__';
const registry = globalThis as unknown as Record<string, Map<string, Place> | undefined>;

/** Place by id of every object that was made since the stage was last empty. */
export function objectsMade(): Map<string, Place> {
  registry[MADE] ??= new Map();
  return registry[MADE];
}

export const tally = (counts: Map<string, number>, name: string, by = 1): void => {
  counts.set(name, (counts.get(name) ?? 0) + by);
};

/** Longest wait for work in the background, real milliseconds. */
const PATIENCE_MS = 60_000;

/** Waits until no request has work left in the background, and every ghost has been. */
export async function quiet(board: Board): Promise<void> {
  const began = performance.now();
  while (board.background > 0 || performance.now() < board.hauntedUntil) {
    if (performance.now() - began > PATIENCE_MS) throw new Error('background work does not end');
    await scheduler.wait(0);
  }
}

/** Real milliseconds of a late answer and of a ghost. */
export const LATE_MS = 4;
