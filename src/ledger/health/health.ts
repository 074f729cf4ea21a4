/**
 * How the journal is: how long it keeps still after D1 failed, which sets were not acceptable, and
 * what it says when it is asked. Reads no clock: time is what callers give. Refuses nothing.
 */
import type { ChangeSet } from '../../kernel/change-set';
import { hashFields } from '../../kernel/hash';
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
const MAX_NAMED_ROWS = 20;
const MAX_REASON = 300;
/** Text that can be hashed and stored, whatever the rejected set held. */
const storable = (text: string): string =>
  text.toWellFormed().replaceAll('\u0000', '').slice(0, MAX_REASON);

/** The rejected sets of this object's life, newest last, each once. */
export class Rejections {
  readonly #sets = new Map<string, RejectedSet>();

  list(): RejectedSet[] {
    return [...this.#sets.values()];
  }

  /** Remembers a set; false when it is remembered already. */
  add(set: ChangeSet, reason: string, at: number): boolean {
    const name = nameOf(set);
    const known = this.#sets.has(name);
    const [first] = set.rows;
    this.#sets.delete(name);
    this.#sets.set(name, {
      at,
      reason: storable(reason),
      table: storable(first?.table ?? ''),
      id: storable(first?.id ?? ''),
    });
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > MAX_REJECTED && oldest !== undefined) this.#sets.delete(oldest);
    return !known;
  }

  /** A set that was mended and committed is rejected no longer. */
  forget(set: ChangeSet): void {
    if (this.#sets.size > 0) this.#sets.delete(nameOf(set));
  }
}

const nameOf = ({ rows: [first] }: ChangeSet): string => `${first?.table} ${first?.id}`;

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
  rejections: Rejections,
): JournalHealth {
  const rejected = rejections.list();
  const failures = pause.failures;
  const rest = { ...counts, failures, rejected };
  if (counts.rolledBack !== null) return { status: 'stuck', reason: 'ROLLED_BACK', ...rest };
  if (failures > 0) return { status: 'late', reason: 'D1_AWAY', ...rest };
  if (rejected.length > 0) return { status: 'parked', reason: 'REJECTED', ...rest };
  return { status: 'ok', reason: null, ...rest };
}
