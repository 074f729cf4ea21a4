/**
 * What a history is made of, as data: what each system drew for itself, the events that senders
 * will say and the operations in order of time. A plan holds no time of the machine and no chance;
 * two runs of one plan differ only in how the runtime orders what is concurrent.
 */
import type { Backing } from '../worker/database';
import type { Mode, Phase, Place } from '../worker/io';

export type SourceId = 'platform' | 'quality' | 'lms';

export interface PlannedPerson {
  readonly agentId: string;
  /** Under which the HRIS knows the person; absent: under the agent id. */
  readonly employeeId?: string;
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Queues an agent serves, for what is decided by routing weight. */
  readonly queues?: readonly { queueId: string; weight: number; primary: boolean }[];
}

/** Something that a sender will say, in the words of its source. */
export interface PlannedEvent {
  /** Unique within the plan. */
  readonly key: string;
  readonly source: SourceId;
  readonly eventId: string;
  readonly type: string;
  /** What it is about: events of one subject can be out of order, late or tied. */
  readonly subject: string;
  /** UTC ms. */
  readonly occurredAt: number;
  readonly text: string;
  /** Another body under the same id, for a sender that contradicts itself; null: never sent. */
  readonly contradiction: string | null;
  /** False where somebody in it is unknown to the directory. */
  readonly usable: boolean;
}

/** What is done; `system` says who can do it. As JSON it is what a shrunk history prints. */
export interface Operation {
  readonly system: string;
  readonly kind: string;
}

export interface Timed {
  /** UTC ms; the virtual clock stands here when the operation begins. */
  readonly at: number;
  readonly operation: Operation;
  /** True: alarms that came due before it run only after it. */
  readonly isAhead?: boolean;
}

/** A way in which an I/O point fails on which a history leans: it comes more often than others. */
export interface Focus {
  readonly place: Place;
  readonly call: string;
  readonly phase: Phase;
  readonly mode: Mode;
  /** How often it strikes, of the first few times that somebody comes by. */
  readonly chance: number;
}

export interface FaultTable {
  /** Chance of each mode at each I/O point of a place; what is absent is 0. */
  readonly places: Readonly<Partial<Record<Place, Readonly<Partial<Record<Mode, number>>>>>>;
  readonly foci: readonly Focus[];
  /** Chance that alarms that have come due before an operation run only later. */
  readonly lateAlarms: number;
}

export interface Plan {
  readonly seed: number;
  /** The organisation's IANA zone; absent: UTC. */
  readonly zone?: string;
  /** What stands for D1; absent: what is quicker. */
  readonly backing?: Backing;
  readonly startAt: number;
  readonly people: readonly PlannedPerson[];
  /** By the name of a system: what it drew, which it alone understands. Absent: not in it. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly events: readonly PlannedEvent[];
  readonly operations: readonly Timed[];
  readonly faults: FaultTable;
}
