/**
 * How the journal is: how long it keeps still after D1 failed, which sets were not acceptable, and
 * what it says when it is asked. Reads no clock: time is what callers give. Refuses nothing.
 */
import type { ChangeSet } from '../../kernel/change-set';
import { hashFields } from '../../kernel/hash';
import { DAY_MS } from '../../kernel/instant';
import { auditRow } from '../audit';

const MAX_PAUSE_MS = 30_000;
/** A call whose clock lies this far before a pause began comes from another time: it tries. */
const CLOCK_SLACK_MS = 60_000;

/** How long the journal keeps still after D1 failed: 1, 2, 4 … 30 s by the callers' clock. */
export class Pause {
  #failures = 0;
  #from = 0;
  #until = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds until the next try, 0 when one may be made at `now`. */
  leftMs(now: number): number {
    if (this.#failures === 0 || now < this.#from - CLOCK_SLACK_MS) return 0;
    return Math.max(0, this.#until - now);
  }

  begin(now: number): void {
    this.#failures += 1;
    this.#from = now;
    this.#until = now + Math.min(MAX_PAUSE_MS, 1_000 * 2 ** Math.min(this.#failures - 1, 10));
  }

  end(): void {
    this.#failures = 0;
  }
}

/** A set that was not acceptable, as health lists it. */
export interface RejectedSet {
  /** UTC ms. */
  readonly at: number;
  readonly reason: string;
  /** Its first row. */
  readonly table: string;
  readonly id: string;
}

const MAX_REJECTED = 100;
/** A set of which nobody has heard for so long is not told of any more. */
const TOLD_FOR_MS = 7 * DAY_MS;
const MAX_NAMED_ROWS = 20;
const MAX_REASON = 300;
/** Text that can be hashed and stored, whatever the rejected set held. */
const storable = (text: string): string =>
  text.toWellFormed().replaceAll('\u0000', '').slice(0, MAX_REASON);

/** Where rejected sets are kept beyond a restart. */
export interface RejectedKeeping {
  loadRejected(): readonly RejectedSet[];
  saveRejected(sets: readonly RejectedSet[]): void;
}

/**
 * The rejected sets, newest last, each once. The storage learns of each that comes or goes, and
 * once a day that one is still refused.
 */
export class Rejections {
  readonly #keeping: RejectedKeeping;
  #known: Map<string, RejectedSet> | null = null;
  /** Names of those that this life of the journal has heard of; their audit entries are written. */
  readonly #heard = new Set<string>();
  /** As of when the storage has them, by name. */
  readonly #savedAt = new Map<string, number>();

  constructor(keeping: RejectedKeeping) {
    this.#keeping = keeping;
  }

  get #sets(): Map<string, RejectedSet> {
    if (this.#known === null) {
      const kept = this.#keeping.loadRejected();
      this.#known = new Map(kept.map((one) => [nameOf(one), one]));
      for (const one of kept) this.#savedAt.set(nameOf(one), one.at);
    }
    return this.#known;
  }

  list(now: number): RejectedSet[] {
    return [...this.#sets.values()].filter(({ at }) => at > now - TOLD_FOR_MS);
  }

  /** Remembers a set; false when this life of the journal has heard of it. */
  add(set: ChangeSet, reason: string, at: number): boolean {
    const told = { ...firstOf(set), at, reason: storable(reason) };
    const name = nameOf(told);
    const isHeard = this.#heard.has(name);
    const sets = this.#sets;
    const savedAt = this.#savedAt.get(name) ?? Number.NEGATIVE_INFINITY;
    sets.delete(name);
    sets.set(name, told);
    this.#heard.add(name);
    const [oldest] = sets.keys();
    if (sets.size > MAX_REJECTED && oldest !== undefined) this.#drop(oldest);
    if (at >= savedAt + DAY_MS) this.#save();
    return !isHeard;
  }

  /** A set that was mended and committed is rejected no longer. */
  forget(set: ChangeSet): void {
    if (this.#sets.size > 0 && this.#drop(nameOf(firstOf(set)))) this.#save();
  }

  #drop(name: string): boolean {
    this.#heard.delete(name);
    this.#savedAt.delete(name);
    return this.#sets.delete(name);
  }

  #save(): void {
    this.#keeping.saveRejected([...this.#sets.values()]);
    for (const [name, { at }] of this.#sets) this.#savedAt.set(name, at);
  }
}

type First = Pick<RejectedSet, 'table' | 'id'>;

const firstOf = ({ rows: [first] }: ChangeSet): First => ({
  table: storable(first?.table ?? ''),
  id: storable(first?.id ?? ''),
});

const nameOf = ({ table, id }: First): string => `${table} ${id}`;

/** The audit entry of a rejection; the same set makes the same id again. */
export function rejectionSet(set: ChangeSet, reason: string, at: number, salt: string): ChangeSet {
  const rows = set.rows.slice(0, MAX_NAMED_ROWS);
  const row = auditRow({
    action: 'JOURNAL_REJECTED',
    subject: 'journal',
    at,
    actor: 'journal',
    detail: {
      reason: storable(reason),
      rows: rows.map(({ table, id }) => `${storable(table)}/${storable(id)}`),
    },
    cause: hashFields(JSON.stringify(set.rows)),
    salt,
  });
  return { rows: [row] };
}

export interface JournalHealth {
  /** late: D1 is away. parked: sets were rejected. stuck: D1 stands behind the journal. */
  readonly status: 'ok' | 'late' | 'parked' | 'stuck';
  readonly reason: 'ROLLED_BACK' | 'D1_AWAY' | 'REJECTED' | null;
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Number of the last seal known to be committed. */
  readonly seal: number | null;
  /** Times in a row that D1 did not answer. */
  readonly failures: number;
  readonly rolledBack: { readonly expected: number; readonly found: number } | null;
  readonly rejected: readonly RejectedSet[];
}

/** What is wrong with the journal, the worst first. */
export function healthOf(
  counts: Pick<JournalHealth, 'waiting' | 'waitingBytes' | 'seal' | 'rolledBack'>,
  pause: Pause,
  rejected: readonly RejectedSet[],
): JournalHealth {
  const failures = pause.failures;
  const rest = { ...counts, failures, rejected };
  if (counts.rolledBack !== null) return { status: 'stuck', reason: 'ROLLED_BACK', ...rest };
  if (failures > 0) return { status: 'late', reason: 'D1_AWAY', ...rest };
  if (rejected.length > 0) return { status: 'parked', reason: 'REJECTED', ...rest };
  return { status: 'ok', reason: null, ...rest };
}
