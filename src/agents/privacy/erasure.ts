/**
 * The erasure of one person: a request row that says only who, a walk along all seals behind a
 * mark, and a day of watching for what was still on its way. Decides which columns of which rows
 * are emptied, what is recorded and when it is over. Refuses nothing; what it leaves (a rule that
 * names the person cannot be emptied without changing what it decides) it counts.
 */
import type { Row } from '../../kernel/change-set';
import { DAY_MS } from '../../kernel/instant';
import { auditRow } from '../../ledger/audit';
import { type ConfigVersion, configRow } from '../../ledger/config';
import type { Emptying, Erasure } from '../../ledger/erase';
import type { JournalTable } from '../../ledger/journal';
import { AGENT_KIND, agentSubject } from '../agent';
import { namesPerson, type Person } from './person';

export const ERASURE_KIND = 'erasure';
export const MARK_KIND = 'erasure-mark';

/** Audit actions of this noun. */
const PRIVACY_ACTIONS = ['AGENT_PSEUDONYMISED', 'PERSONAL_DATA_EMPTIED', 'ERASURE_ENDED'] as const;

/** The request: the person's words, sealed under SECRETS_KEY, until nothing more can come. */
export interface ErasureRequest {
  readonly sealed: string;
}

/** How far a run has come. */
export interface ErasureMark {
  /** Last seal that was looked through. */
  readonly seal: number;
  /** When the end of the books was first reached, UTC ms; null: not yet. */
  readonly caughtUpAt: number | null;
  /** When it last looked. */
  readonly at: number;
  /** Rows emptied so far, and rows that name the person and were left. */
  readonly emptied: number;
  readonly left: number;
  readonly done: boolean;
}

export const BEGINNING: ErasureMark = {
  seal: 0,
  caughtUpAt: null,
  at: 0,
  emptied: 0,
  left: 0,
  done: false,
};

/** Longer than any cache, lock window or outbox keeps what it was given before. */
const WATCH_MS = DAY_MS;
/** While it watches it looks again after this. */
const LOOK_AGAIN_MS = 3_600_000;

/** False while it watches and has looked a short time ago. */
export const isDue = (mark: ErasureMark, now: number): boolean =>
  mark.caughtUpAt === null || now < mark.at || now - mark.at >= LOOK_AGAIN_MS;

/** True when a look that found nothing came a day after the end was first reached. */
export const isOver = (mark: ErasureMark, foundNow: number, now: number): boolean =>
  foundNow === 0 && mark.caughtUpAt !== null && now - mark.caughtUpAt >= WATCH_MS;

/** A row as it is looked through: its id, what may be emptied, and what else was asked for. */
export type TextRow = Readonly<Record<string, string | number | null>>;

/** How one table is looked through. */
export interface PersonalTable {
  readonly table: JournalTable;
  /** Chained columns read besides what may be emptied. */
  readonly also: readonly string[];
  /** Columns to empty; `LEFT` where the row names the person and must stay. */
  judge(row: TextRow, person: Person): readonly string[];
  /** The object that holds the same, where one does. */
  subject?(row: TextRow): string | null;
}

const LEFT: readonly string[] = ['left'];
const NOTHING: readonly string[] = [];

export const textOf = (row: TextRow, column: string): string | null => {
  const value = row[column] ?? null;
  return value === null ? null : String(value);
};

const names = (row: TextRow, columns: readonly string[], person: Person): boolean =>
  columns.some((column) => namesPerson(person, textOf(row, column)));

export interface PlainOptions {
  /** Chained columns that are read as well. */
  readonly also?: readonly string[];
  /** A chained column that holds the agent key of whom the row is about. */
  readonly of?: string;
  /** What is looked through; the columns that may be emptied, when absent. */
  texts?(row: TextRow): readonly (string | null)[];
  /** True: a text that holds the agent key says something about the person. */
  readonly byKey?: boolean;
  subject?(row: TextRow): string | null;
}

/** Emptied whole where the row is about the person or any of it names the person. */
export const plainTable = (table: JournalTable, options: PlainOptions = {}): PersonalTable => ({
  table,
  also: [...(options.also ?? []), ...(options.of === undefined ? [] : [options.of])],
  judge(row, person) {
    const { of, byKey = false } = options;
    if (of !== undefined && row[of] === person.agentKey) return table.side;
    const texts = options.texts?.(row) ?? table.side.map((column) => textOf(row, column));
    const isNamed = texts.some(
      (text) =>
        namesPerson(person, text) || (byKey && text?.includes(`"${person.agentKey}"`) === true),
    );
    return isNamed ? table.side : NOTHING;
  },
  ...(options.subject && { subject: options.subject }),
});

/** Kinds of configuration that are about one person, or whose text decides nothing. */
const OF_A_PERSON: ReadonlySet<string> = new Set(['key', 'member', 'quarantine-act']);

/**
 * Versions of the agent are emptied whole, and so are keys and memberships of the person. Of what
 * others use (rules, programmes) only the author goes.
 */
export const configTable = (table: JournalTable): PersonalTable => ({
  table,
  also: ['kind', 'name'],
  judge(row, person) {
    if (row.kind === ERASURE_KIND) return NOTHING;
    if (row.kind === AGENT_KIND && row.name === person.agentKey) return table.side;
    const named = names(row, ['content'], person);
    if (named && OF_A_PERSON.has(String(row.kind))) return table.side;
    if (named) return LEFT;
    return names(row, ['author'], person) ? ['author'] : NOTHING;
  },
});

/** Rows found in one page of the walk. */
export interface Found {
  readonly rows: readonly Emptying[];
  readonly bodies: Erasure['bodies'];
  readonly subjects: readonly string[];
  readonly emptied: number;
  readonly left: number;
}

/** Sorts judged rows by table and columns. */
export class Findings {
  readonly #ids = new Map<string, string[]>();
  readonly #subjects = new Set<string>();
  readonly #events = new Set<string>();
  readonly #seals = new Set<number>();
  #left = 0;

  add(personal: PersonalTable, row: TextRow, columns: readonly string[]): void {
    const subject = personal.subject?.(row) ?? null;
    if (subject !== null) this.#subjects.add(subject);
    if (columns === LEFT) {
      this.#left += 1;
      return;
    }
    const key = `${personal.table.name} ${columns.join(' ')}`;
    this.#ids.set(key, [...(this.#ids.get(key) ?? []), String(row.id)]);
  }

  addBody(event: string, seal: number): void {
    this.#events.add(event);
    this.#seals.add(seal);
  }

  get found(): Found {
    const rows = [...this.#ids].map(([key, ids]): Emptying => {
      const [table = '', ...columns] = key.split(' ');
      return { table, columns, ids };
    });
    return {
      rows,
      bodies: { events: [...this.#events], seals: [...this.#seals] },
      subjects: [...this.#subjects],
      emptied: rows.reduce((sum, { ids }) => sum + ids.length, 0),
      left: this.#left,
    };
  }
}

/** What is emptied already need not be emptied again. */
export const isEmpty = (row: TextRow, columns: readonly string[]): boolean =>
  columns !== LEFT && columns.every((column) => (row[column] ?? null) === null);

interface Recorded {
  readonly action: (typeof PRIVACY_ACTIONS)[number];
  readonly agentKey: string;
  readonly cause: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly salt: string;
}

export const recordRow = ({ action, agentKey, cause, detail, now, salt }: Recorded): Row =>
  auditRow({
    action,
    subject: agentSubject(agentKey),
    at: now,
    actor: 'privacy',
    detail,
    cause,
    salt,
  });

/** The next version of a mark; there is nothing in it to hide. */
export const markRow = (
  agentKey: string,
  before: ConfigVersion<ErasureMark> | null,
  mark: ErasureMark,
): Row =>
  configRow<ErasureMark>(
    {
      kind: MARK_KIND,
      name: agentKey,
      version: (before?.version ?? 0) + 1,
      effectiveFrom: null,
      writtenAt: mark.at,
      author: 'cron',
      content: mark,
    },
    'mark',
  );
