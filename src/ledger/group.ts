/**
 * One group on its way to D1: what is written under its seal, what a failure of the write means,
 * how long the journal then keeps still and how it reports. Decides which
 * faults are about data and which are weather. Refuses nothing itself.
 */
import type { ChangeSet, Scalar } from '../kernel/change-set';
import { hashFields } from '../kernel/hash';
import { civilDay, DAY_MS } from '../kernel/instant';
import { balanceKey } from './account';
import { auditRow } from './audit';
import type { Ask, ColumnTypes, Facts, JournalTable, Plan, Prepared } from './journal';
import { type Head, type Listed, rowHash, sealHash } from './seal';

export interface GroupLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** How many of those that wait go into the next group: at least one, the bounds permitting more. */
export function countOf(
  queue: readonly { readonly prepared: Prepared }[],
  limits: GroupLimits,
): number {
  let rows = 0;
  let bytes = 0;
  const full = queue.findIndex(({ prepared }) => {
    rows += prepared.rows.length;
    bytes += prepared.bytes;
    return rows > limits.rows || bytes > limits.bytes;
  });
  return full < 0 ? queue.length : Math.max(1, full);
}

/** A group as it is written: JSON texts, one per statement. */
export interface SealedGroup {
  readonly number: number;
  /** The seal before it, which must be in D1 when this one is written. */
  readonly after: Head;
  readonly hash: string;
  /** UTC ms: the time given, never before the seal before it. */
  readonly at: number;
  readonly contents: string;
  readonly size: number;
  /** Rows `[id, ...values, ...side]` by table. */
  readonly inserts: readonly { readonly table: JournalTable; readonly rows: string }[];
  /** Rows `[id, account, unit, amount]`, null when no running account moves. */
  readonly balances: string | null;
  /** Object of event row id to raw body, null when there is none. */
  readonly bodies: string | null;
}

/** Seals a plan as the group after `head`. The plan has rows. */
export function sealedOf(plan: Plan, head: Head, now: number): SealedGroup {
  const contents: Listed[] = [];
  const cells = new Map<JournalTable, Scalar[][]>();
  for (const { table, row, content } of plan.rows) {
    contents.push([row.table, row.id, rowHash(row.table, row.id, content)]);
    const line = [
      row.id,
      ...table.values.map((column) => row.values[column] ?? null),
      ...table.side.map((column) => row.side?.[column] ?? null),
    ];
    const lines = cells.get(table);
    if (lines === undefined) cells.set(table, [line]);
    else lines.push(line);
  }
  const seal = {
    number: head.number + 1,
    previous: head.hash,
    at: Math.max(now, head.at),
    contents,
  };
  return {
    number: seal.number,
    after: head,
    hash: sealHash(seal),
    at: seal.at,
    contents: JSON.stringify(contents),
    size: contents.length,
    inserts: [...cells].map(([table, lines]) => ({ table, rows: JSON.stringify(lines) })),
    balances: plan.deltas.length === 0 ? null : `[${plan.deltas.map(balanceLine).join(',')}]`,
    bodies: Object.keys(plan.bodies).length === 0 ? null : JSON.stringify(plan.bodies),
  };
}

/** Written by hand because a sum of many amounts may pass what a JS number holds exactly. */
const balanceLine = ({ account, unit, amount }: Plan['deltas'][number]): string =>
  `[${JSON.stringify(balanceKey(unit, account))},${JSON.stringify(account)},${JSON.stringify(unit)},${amount}]`;

/** Which of the five tables of raw bodies takes a group sealed at an instant. */
export function bodiesTable(at: number): string {
  const [year, month] = civilDay(Math.floor(at / DAY_MS)).split('-');
  return `bodies_${(Number(year) * 12 + Number(month) - 1) % 5}`;
}

/**
 * data: some set of the group is not acceptable. unique: an id or the seal was there already.
 * chain: the seal before is not in D1. unknown: no telling whether it was written.
 */
export type FaultKind = 'data' | 'unique' | 'chain' | 'unknown';

export interface WriteFault {
  readonly kind: FaultKind;
  readonly reason: string;
  /** Number of the head on which the write stood. */
  readonly after: number;
}

const CHAIN = /NOT NULL constraint failed: seals\.previous/;
const UNIQUE = /UNIQUE|PRIMARY ?KEY/i;
const DATA =
  /constraint|SQLITE_MISMATCH|cannot store|datatype|too big|TOOBIG|append-only|malformed JSON|no such (table|column)|has no column|too many SQL|integer overflow/i;

export function faultOf(reason: string): FaultKind {
  if (CHAIN.test(reason)) return 'chain';
  if (UNIQUE.test(reason)) return 'unique';
  return DATA.test(reason) ? 'data' : 'unknown';
}

/** True when the fault must come from the group's own data, as far as a look after it can tell. */
export function isGuilty(
  fault: WriteFault,
  head: Head,
  facts: Facts,
  group: readonly Prepared[],
): boolean {
  if (fault.kind === 'data') return true;
  if (fault.kind !== 'unique' || head.number !== fault.after) return false;
  return !group.some(({ rows }) => rows.some(({ key }) => facts.rows.has(key)));
}

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

/** What a look answers: one snapshot of D1. */
export interface Look {
  readonly head: Head;
  /** Hash of the seal asked for as the anchor, null when D1 has none of that number. */
  readonly anchorHash: string | null;
  readonly facts: Facts;
  /** Null when the types were not asked for. */
  readonly types: ColumnTypes | null;
}

/** The last seal known to be committed, as the object's own storage keeps it. */
export type Anchor = Head;

export interface JournalPort {
  look(ask: Ask): Promise<Look>;
  /** Writes all of it in one transaction or throws; after a throw nothing is known. */
  write(group: SealedGroup): Promise<void>;
  loadAnchor(): Anchor | null;
  saveAnchor(anchor: Anchor): void;
  salt(): string;
  /** The words of anything thrown. */
  reasonOf(thrown: unknown): string;
  log(event: string, fields: Readonly<Record<string, string | number>>): void;
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
