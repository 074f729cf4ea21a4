/**
 * One group on its way to D1: what is written under its seal, and what a failure of the write
 * means. Decides which faults are about data and which are weather. Refuses nothing itself.
 */
import type { CommitAnswer, Scalar } from '../../kernel/change-set';
import { civilDay, DAY_MS } from '../../kernel/instant';
import { balanceKey } from '../account';
import type { RejectedKeeping } from '../health/health';
import type { Ask, ColumnTypes, Facts, JournalTable, Plan, Prepared } from '../journal';
import { type Head, type Listed, rowHash, sealedAt, sealHash } from '../seals/seal';

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
  /** UTC ms: the time given, or that of the seal before where that is a little later. */
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
    at: sealedAt(now, head),
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

/** Tables of raw bodies, by the month of their seal: the sixth month takes the first again. */
export const BODY_TABLES: readonly string[] = Array.from({ length: 5 }, (_, n) => `bodies_${n}`);

/** Which of the five tables of raw bodies takes a group sealed at an instant. */
export function bodiesTable(at: number): string {
  const [year, month] = civilDay(Math.floor(at / DAY_MS)).split('-');
  return `bodies_${(Number(year) * 12 + Number(month) - 1) % BODY_TABLES.length}`;
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

export interface JournalPort extends RejectedKeeping {
  look(ask: Ask): Promise<Look>;
  /** Writes all of it in one transaction or throws; after a throw nothing is known. */
  write(group: SealedGroup): Promise<void>;
  loadAnchor(): Anchor | null;
  saveAnchor(anchor: Anchor): void;
  salt(): string;
  /** Lets others have their turn, for about a millisecond. */
  linger(): Promise<void>;
  /** The words of anything thrown. */
  reasonOf(thrown: unknown): string;
  log(event: string, fields: Readonly<Record<string, string | number>>): void;
}

/** A caller of the journal and how it is told. */
export interface Waiting {
  readonly prepared: Prepared;
  readonly now: number;
  readonly tell: (answer: CommitAnswer) => void;
}

/** A caller and the answer that becomes true with the write. */
export interface Promised {
  readonly waiting: Waiting;
  readonly answer: CommitAnswer;
}

export function tellAll(group: readonly Waiting[], answer: CommitAnswer): void {
  for (const { tell } of group) tell(answer);
}

/** Guards, and sets that were sent before, need the look; the rest is written as if it were new. */
export const needsLook = (group: readonly Waiting[]): boolean =>
  group.some(({ prepared: { set } }) => set.resent === true || (set.guards?.length ?? 0) > 0);
