/**
 * `cli tail`: events and audit entries (decisions among them) as they come, oldest first. Asks for
 * the newest pages again and again and prints what was sealed since; goes on until Ctrl-C or
 * until `--count` lines were printed. Says what it leaves out.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../flags.ts';
import { readArguments, SERVER_FLAGS, SERVER_USAGE, type Server, serverOf } from './call.ts';

export const USAGE = `usage: npm run cli -- tail [--every SECONDS] [--last LINES] [--count LINES]
  --every        seconds between two looks; 2 without it
  --last         how many of what is there already are shown first; 10 without it
  --count        ends after so many lines
${SERVER_USAGE}`;

interface Item {
  readonly id: string;
  readonly seal: number;
  readonly receivedAt?: string;
  readonly at?: string;
  readonly type?: string;
  readonly sourceId?: string;
  readonly action?: string;
  readonly subject?: string | null;
  readonly detail?: unknown;
}

interface Page {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const SEALS = '/v1/ledger/seals?limit=1';
const LISTS = { event: '/v1/events', audit: '/v1/audit' } as const;
type Kind = keyof typeof LISTS;

/** Pages without a line, on end, that one look goes back over; each is some 4,000 rows to read. */
const EMPTY_PAGES = 20;

interface Found {
  readonly kind: Kind;
  readonly item: Item;
}

export async function run(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const options = { ...SERVER_FLAGS, every: text, last: text, count: text };
  const { values, file } = readArguments(args, options, USAGE);
  if (file !== undefined) throw new UsageError(`tail takes no file\n${USAGE}`);
  const every = numberOf('every', values.every, 2);
  const last = numberOf('last', values.last, 10);
  const most =
    values.count === undefined ? Number.POSITIVE_INFINITY : numberOf('count', values.count, 0);
  const server = serverOf(values);
  const marks: Record<Kind, number> = { event: 0, audit: 0 };
  let printed = 0;
  const show = (found: readonly Found[]): void => {
    for (const one of found.slice(0, most - printed)) {
      console.log(values.json === true ? JSON.stringify(one) : lineOf(one));
      printed += 1;
    }
  };
  const there = await look(server, marks, 1);
  show(last === 0 ? [] : there.slice(-last));
  while (printed < most) {
    await pause(every * 1000);
    show(await look(server, marks));
  }
  return 0;
}

function numberOf(name: string, given: string | boolean | undefined, otherwise: number): number {
  const number = Number(given ?? otherwise);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new UsageError(`--${name} takes a number, not ${given}\n${USAGE}`);
}

/**
 * What was sealed after the marks, oldest first; moves the marks. Both lists are newest first, and
 * are read until what was there before, unless it is enough to read some pages.
 */
async function look(
  server: Server,
  marks: Record<Kind, number>,
  pages = Number.POSITIVE_INFINITY,
): Promise<Found[]> {
  // Asked before the lists: what stands under it is in them already, in whichever of the two.
  const { items } = (await server.get(SEALS)) as { items: readonly { readonly number: number }[] };
  const head = items[0]?.number ?? 0;
  const found: Found[] = [];
  for (const kind of Object.keys(LISTS) as Kind[]) {
    const mark = marks[kind];
    if (head <= mark) continue;
    const fresh = await readAfter(server, LISTS[kind], { mark, head, pages });
    found.push(...fresh.map((item) => ({ kind, item })));
    marks[kind] = Math.max(head, ...fresh.map(({ seal }) => seal));
  }
  return found.sort((a, b) => a.item.seal - b.item.seal || (timeOf(a) < timeOf(b) ? -1 : 1));
}

/**
 * The items of one list under the seals after a mark. A page may be empty and still have a cursor:
 * then it went back over seals in which nothing of the list stands, over several of them, so that
 * as many such pages as there are seals down to the mark have passed it.
 */
async function readAfter(
  server: Server,
  list: string,
  { mark, head, pages }: { readonly mark: number; readonly head: number; readonly pages: number },
): Promise<Item[]> {
  const found: Item[] = [];
  let low = head;
  let empty = 0;
  let path: string | null = `${list}?limit=100`;
  for (let page = 0; page < pages && path !== null; page += 1) {
    const { items, nextCursor } = (await server.get(path)) as Page;
    const fresh = items.filter(({ seal }) => seal > mark);
    found.push(...fresh);
    low = Math.min(low, ...items.map(({ seal }) => seal));
    empty = items.length === 0 ? empty + 1 : 0;
    const passed = fresh.length < items.length || empty >= low - mark;
    if (passed || nextCursor === null) return found;
    if (empty === EMPTY_PAGES) {
      console.error(`${list}: ${EMPTY_PAGES} pages on end show nothing; what is below is left out`);
      return found;
    }
    path = `${list}?limit=100&cursor=${encodeURIComponent(nextCursor)}`;
  }
  return found;
}

const timeOf = ({ item }: Found): string => item.receivedAt ?? item.at ?? '';

function lineOf(found: Found): string {
  const { kind, item } = found;
  const { type, sourceId, action, subject, detail } = item;
  const what =
    kind === 'event'
      ? `${type} from ${sourceId}, ${subject ?? 'no subject'}`
      : `${action} ${subject ?? ''} ${JSON.stringify(detail)}`;
  return `${timeOf(found)}  ${kind}  ${what}`;
}
