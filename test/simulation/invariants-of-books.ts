/**
 * What must hold of the books whatever the history was: both sides of every entry, the running
 * rows, the chain of seals, and nobody below zero for one coaching session.
 */
import { createHash } from 'node:crypto';
import {
  type Books,
  type EntryRow,
  pointsAccount,
  type Row,
  type SealRow,
  sessionOf,
} from './books';

type Check = (books: Books) => string[];

/**
 * INV-3: an entry names both of its sides in one row, so that no sum can fail; what can is a side
 * that is missing, an amount that is none, an account that pays itself.
 */
const movesSomething: Check = ({ entries }) =>
  entries
    .filter(
      ({ from_account, to_account, amount }) =>
        !(amount > 0) || !from_account || !to_account || from_account === to_account,
    )
    .map(({ id, amount }) => `INV-3 ${id}: moves ${amount} from one account to another`);

/** INV-3 and INV-5: both sides of every entry, and running rows equal to a recomputation. */
export const booksBalance: Check = (books) => {
  const sums = new Map<string, bigint>();
  const add = (unit: string, account: string, amount: bigint): void => {
    const key = `${unit} ${account}`;
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  };
  for (const { unit, from_account, to_account, amount } of books.entries) {
    add(unit, from_account, -BigInt(amount));
    add(unit, to_account, BigInt(amount));
  }
  const running = new Map(books.balances.map((row) => [row.id, BigInt(row.amount)]));
  const wrong = [...sums].filter(
    ([key, amount]) => !key.includes(' agent:') && (running.get(key) ?? 0n) !== amount,
  );
  const idle = [...running].filter(([key]) => !sums.has(key));
  return [
    ...movesSomething(books),
    ...wrong.map(([key, amount]) => `INV-5 ${key}: runs at ${running.get(key)}, sums to ${amount}`),
    ...idle.map(([key, amount]) => `INV-5 ${key}: runs at ${amount} without an entry`),
  ];
};

/** SHA-256 over length-prefixed fields, written apart from the engine's. */
export function hashed(...fields: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const field of fields) {
    const bytes = Buffer.from(String(field), 'utf8');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}

/** Columns that may be emptied, and are therefore bound by a hash among the others; of all tables. */
const EMPTIED: Readonly<Record<string, readonly string[]>> = {
  audit: ['actor', 'detail', 'salt'],
  config: ['author', 'content', 'salt'],
  decisions: ['content', 'salt'],
  deliveries: ['content', 'salt'],
  delivery_outcomes: ['content', 'salt'],
  events: ['content', 'salt'],
  idempotency: ['headers', 'body', 'salt'],
  notices: ['content', 'salt'],
  quality_results: ['content', 'salt'],
  quarantine: ['body', 'detail', 'salt'],
  review_acts: ['actor', 'reason', 'salt'],
  reviews: ['content', 'salt'],
};

/** INV-4: what a seal says of a row, from the row as it stands; written apart from the engine's. */
function rowHashOf(table: string, { id, seal: _, ...columns }: Row): string {
  const left = new Set(EMPTIED[table] ?? []);
  const chained = Object.entries(columns)
    .filter(([name, value]) => value !== null && !left.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return hashed(table, String(id), JSON.stringify(Object.fromEntries(chained)));
}

/** INV-4: every seal follows the one before, and lists exactly the rows that name it, as they are. */
export const chainHolds: Check = (books) => {
  const broken: string[] = [];
  let last: Pick<SealRow, 'id' | 'hash' | 'at'> = { id: 0, hash: '0'.repeat(64), at: 0 };
  const listed = new Map<string, string>();
  for (const seal of books.seals) {
    const contents = JSON.parse(seal.contents) as [string, string, string][];
    if (seal.id !== last.id + 1 || seal.previous !== last.hash || seal.at < last.at) {
      broken.push(`INV-4 seal ${seal.id} does not follow seal ${last.id}`);
    }
    if (hashed(seal.previous, seal.id, seal.at, ...contents.flat()) !== seal.hash) {
      broken.push(`INV-4 seal ${seal.id} is altered`);
    }
    for (const [table, id, hash] of contents) {
      if (listed.has(`${table} ${id}`)) broken.push(`INV-4 ${table} ${id} is sealed twice`);
      listed.set(`${table} ${id}`, hash);
    }
    last = seal;
  }
  const there = new Map<string, string>(
    [...books.all].flatMap(([table, rows]) =>
      rows
        .filter((row) => 'seal' in row)
        .map((row) => [`${table} ${row.id}`, rowHashOf(table, row)] as const),
    ),
  );
  for (const [key, hash] of there) {
    if (!listed.has(key)) broken.push(`INV-4 ${key} is under no seal`);
    else if (listed.get(key) !== hash) broken.push(`INV-4 ${key} is not what was sealed`);
  }
  for (const key of listed.keys()) if (!there.has(key)) broken.push(`INV-4 ${key} is missing`);
  return broken;
};

/** INV-6: no agent ever stood below zero for one coaching session, in the order of the seals. */
export const neverBelowZero: Check = (books) => {
  const stands = new Map<string, bigint>();
  const broken: string[] = [];
  const inOrder = books.entries.toSorted((a, b) => a.seal - b.seal || (a.id < b.id ? -1 : 1));
  const move = (entry: EntryRow, account: string, amount: bigint): void => {
    // A night takes from all that an agent holds, not from one cause.
    if (pointsAccount(account) === null || entry.kind === 'DECAY') return;
    const key = `${sessionOf(entry)} ${account} ${entry.unit}`;
    stands.set(key, (stands.get(key) ?? 0n) + amount);
    if ((stands.get(key) ?? 0n) < 0n) broken.push(`INV-6 ${entry.tx}: takes back too much`);
  };
  for (const entry of inOrder) {
    move(entry, entry.to_account, BigInt(entry.amount));
    move(entry, entry.from_account, -BigInt(entry.amount));
  }
  return broken;
};

/** INV-17: what a person has set was recorded in the same seal, under that person's name. */
export const settingsAreAudited: Check = ({ config, audit }) => {
  const recorded = new Set(audit.map(({ seal, actor }) => `${seal} ${actor}`));
  return config
    .filter(({ author }) => author?.includes('@'))
    .filter(({ seal, author }) => !recorded.has(`${seal} ${author}`))
    .map(({ id, author }) => `INV-17 ${id}: set by ${author}, and no audit entry says so`);
};
