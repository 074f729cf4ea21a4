/**
 * What a part of the engine brings to the simulation, so that it can be played together with the
 * others in one world: what it draws, how it is set up, what is done to it, what must be true of
 * the books in the end. To join, a system is written in a folder of its own and named in
 * `systems.ts`; its truth comes from an oracle that shares no code with the engine.
 */
import type { Mode, Place } from '../worker/io';
import type { Books } from './books';
import type { Chance } from './chance';
import type { History } from './history';
import type { Operation, PlannedEvent, PlannedPerson, Timed } from './plan';

/** What is known when a system draws. */
export interface Frame {
  readonly seed: number;
  /** A stream of its own: what one system draws moves nothing of another. */
  readonly chance: Chance;
  readonly startAt: number;
  /** Of the organisation. */
  readonly zone: string;
  /** Events and operations end by then; what is later is measured after the history has healed. */
  readonly endAt: number;
  /** Those whom the systems before it brought; it may use them. */
  readonly people: readonly PlannedPerson[];
  /** True of a call on which the history leans: it should come to it, and best within `endAt`. */
  readonly leansOn: (place: Place, call: string) => boolean;
}

export interface Drawn<Part> {
  readonly part: Part;
  readonly people: readonly PlannedPerson[];
  readonly events: readonly PlannedEvent[];
  readonly operations: readonly Timed[];
  /** What brings about the calls on which the history leans; none of it is left out for length. */
  readonly causes?: readonly Timed[];
}

/** A system within one history. */
export interface Player {
  perform(operation: Operation): Promise<void>;
  /** Names of the troubles that an event brings after those that were sent before it. */
  troublesOf?(event: PlannedEvent, sent: readonly PlannedEvent[]): readonly string[];
  /** In the liveness phase, at the beginning of each round. */
  heal?(round: number): Promise<void>;
  /** A person comes by, before each of the waits of days: what waits for one is seen to. */
  attend?(day: number): Promise<void>;
  /** After the long wait, before everything is said once more. */
  settle?(): Promise<void>;
  /** After it was said once more; answers what is odd about the answers. */
  repeat?(): Promise<readonly string[]>;
  /** Before the books are looked at: what the API alone can say. */
  look?(): Promise<void>;
  /** Everything that is broken in the books; empty when all holds. */
  broken(books: Books): readonly string[];
  /** What two runs of one plan agree on, and what no repetition may change. */
  state(books: Books): readonly string[];
  /** `FROM > TO` for each change of state that the books tell of. */
  transitions(books: Books): readonly string[];
  /** What a long run sums up of it. */
  counts?(books: Books): Readonly<Record<string, number>>;
}

export interface System {
  readonly name: string;
  /** Share of the histories it takes part in, by seed. */
  readonly partakes: (seed: number) => boolean;
  /** Kinds of its own objects, and which faults their I/O is drawn from. */
  readonly places: Readonly<Partial<Record<Place, readonly Mode[]>>>;
  /** Every trouble of its own; one that never comes over a long run fails the run. */
  readonly troubles: readonly string[];
  readonly transitions: readonly string[];
  readonly draw: (frame: Frame) => Drawn<unknown>;
  /** Sets it up through the API, before the first operation. `part` is what `draw` answered. */
  readonly open: (history: History, part: unknown) => Promise<Player>;
}

/** A system whose part has a type; only its own `draw` makes what its `open` is given. */
export function system<Part>(
  own: Omit<System, 'draw' | 'open'> & {
    readonly draw: (frame: Frame) => Drawn<Part>;
    readonly open: (history: History, part: Part) => Promise<Player>;
  },
): System {
  return { ...own, open: (history, part) => own.open(history, part as Part) };
}
