/**
 * One pull under way: which page comes next, what the page before held, what is to be taken. Decides
 * how it goes on and what is odd about a page (it is smaller than it must be, there are fewer pages
 * than before, it is the page before once more). What a page brings is frozen before it is taken, so
 * that whoever goes on after a crash takes and counts the same. Pure.
 */
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { hashJson } from '../../kernel/hash';
import { causeId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import type { Days, PullKind, Wish } from './pull';

/** Where a pull is: the query of several, its users (null: to be read after a key), the page from 1. */
export interface Place {
  readonly query: number;
  readonly after: string | null;
  readonly users: readonly string[] | null;
  /** Key of the last agent of these users; null: they are the last. */
  readonly next: string | null;
  readonly page: number;
}

export const BEGINNING: Place = { query: 0, after: null, users: null, next: null, page: 1 };

/** A body to be taken as if it had been sent, and how many things it stands for. */
export interface Missing {
  readonly body: JsonObject;
  readonly units: number;
}

export interface Pending {
  readonly missing: readonly Missing[];
  /** Where it goes on; null: that was the last page. */
  readonly next: Place | null;
}

export interface Counts {
  /** Things the platform named. */
  readonly api: number;
  readonly seen: number;
  readonly fetched: number;
  readonly refused: number;
  readonly pages: number;
}

export interface PullRun extends Wish {
  readonly id: string;
  /** UTC ms: the instant it is named by; what it finds changed was changed by then. */
  readonly asOf: number;
  /** UTC ms, half-open. */
  readonly from: number;
  readonly until: number;
  readonly zone: string;
  readonly place: Place;
  readonly counts: Counts;
  readonly remarks: readonly string[];
  readonly last: { readonly hash: string; readonly pageCount: number } | null;
  readonly pending: Pending | null;
  readonly ended: boolean;
}

const NOTHING: Counts = { api: 0, seen: 0, fetched: 0, refused: 0, pages: 0 };
const MAX_REMARKS = 20;

/** What a run has before its first page. */
const UNBEGUN = {
  place: BEGINNING,
  counts: NOTHING,
  remarks: [],
  last: null,
  pending: null,
  ended: false,
} as const;

export const newRun = (
  source: string,
  { kind, firstDay, lastDay }: Wish,
  at: Pick<PullRun, 'asOf' | 'from' | 'until' | 'zone'>,
): PullRun => ({
  kind,
  firstDay,
  lastDay,
  ...at,
  id: causeId('pull', source, kind, firstDay, lastDay, at.asOf),
  ...UNBEGUN,
});

/** The run from its beginning. */
export const restarted = (run: PullRun): PullRun => ({ ...run, ...UNBEGUN });

export const isSameWish = (run: Wish, wish: Wish): boolean =>
  run.kind === wish.kind && run.firstDay === wish.firstDay && run.lastDay === wish.lastDay;

/** A page as it was read. */
export interface PulledPage {
  readonly items: readonly JsonObject[];
  readonly pageCount: number;
  /** Most items of a page; 0 where nobody says. */
  readonly pageSize: number;
}

/** What is odd about a page, or null. */
export function oddness({ place, last }: PullRun, page: PulledPage): string | null {
  const name = `query ${place.query + 1}, page ${place.page} of ${page.pageCount}`;
  if (place.page > 1 && last?.hash === hashJson(page.items) && page.items.length > 0)
    return `REPEATED: ${name} is the page before`;
  if (place.page > 1 && last !== null && page.pageCount < last.pageCount)
    return `SHRANK: ${name}; there were ${last.pageCount} pages`;
  if (place.page < page.pageCount && page.items.length < page.pageSize)
    return `SHRANK: ${name} holds ${page.items.length} of ${page.pageSize}`;
  return null;
}

export const isRepeated = (oddity: string | null): boolean =>
  oddity?.startsWith('REPEATED') === true;

/** Where it goes on after a page; null after the last one of the last query. */
export function nextPlace(place: Place, pageCount: number, queries: number): Place | null {
  if (place.page < pageCount) return { ...place, page: place.page + 1 };
  if (place.users !== null && place.next !== null)
    return { query: place.query, after: place.next, users: null, next: null, page: 1 };
  return nextQuery(place, queries);
}

/** Where it goes on when nobody is left to ask for; null after the last query. */
export const nextQuery = ({ query }: Place, queries: number): Place | null =>
  query + 1 < queries ? { ...BEGINNING, query: query + 1 } : null;

export const remarked = (run: PullRun, remark: string | null): PullRun =>
  remark === null || run.remarks.length >= MAX_REMARKS
    ? run
    : { ...run, remarks: [...run.remarks, remark] };

/** The run at an end before its last page; whatever else is odd, that is said. */
export const cutOff = (run: PullRun, remark: string): PullRun => ({
  ...run,
  remarks: [...run.remarks.slice(0, MAX_REMARKS - 1), remark],
  ended: true,
});

/** The run with a page read: counted, and what it lacks frozen. */
export function withPage(
  run: PullRun,
  page: PulledPage,
  found: { readonly api: number; readonly seen: number; readonly missing: readonly Missing[] },
  next: Place | null,
): PullRun {
  const { counts } = run;
  return {
    ...run,
    counts: {
      ...counts,
      api: counts.api + found.api,
      seen: counts.seen + found.seen,
      pages: counts.pages + 1,
    },
    last: { hash: hashJson(page.items), pageCount: page.pageCount },
    pending: { missing: found.missing, next },
  };
}

/** The run after what was pending is taken. */
export function withTaken(
  run: PullRun,
  taken: Pick<Counts, 'seen' | 'fetched' | 'refused'>,
): PullRun {
  const { counts, pending } = run;
  const next = pending?.next ?? null;
  const moved = next === null ? { ended: true } : { place: next };
  return {
    ...run,
    counts: {
      ...counts,
      seen: counts.seen + taken.seen,
      fetched: counts.fetched + taken.fetched,
      refused: counts.refused + taken.refused,
    },
    ...moved,
    pending: null,
    last: next !== null && next.page > 1 ? run.last : null,
  };
}

/** What a pull found, as the gap report says it. */
export interface Gap extends Days {
  readonly source: string;
  readonly kind: PullKind;
  /** UTC ms. */
  readonly asOf: number;
  readonly apiCount: number;
  readonly seen: number;
  readonly fetched: number;
  readonly refused: number;
  readonly pages: number;
  readonly remarks: readonly string[];
}

export const gapOf = (source: string, run: PullRun): Gap => ({
  source,
  kind: run.kind,
  firstDay: run.firstDay,
  lastDay: run.lastDay,
  asOf: run.asOf,
  apiCount: run.counts.api,
  seen: run.counts.seen,
  fetched: run.counts.fetched,
  refused: run.counts.refused,
  pages: run.counts.pages,
  remarks: run.remarks,
});

const EARLY = /^(?:GONE|CANNOT_ASK|REFUSED|UNREADABLE):/;

/** True where a pull did not come to its last page: what lies behind was not looked at. */
export const endedEarly = ({ remarks }: Pick<Gap, 'remarks'>): boolean =>
  remarks.some((remark) => EARLY.test(remark));

/** True where a pull found nothing that the one before did not say. */
export const saysNothingNew = (gap: Gap, before: Gap | null): boolean =>
  before !== null &&
  gap.fetched === 0 &&
  gap.apiCount === before.apiCount &&
  gap.refused === before.refused &&
  gap.remarks.join() === before.remarks.join();

export const gapPrefix = (source: string, { kind, firstDay, lastDay }: Wish): string =>
  `${source}/${kind}/${firstDay}/${lastDay}/`;

export const gapRow = (gap: Gap): Row => ({
  table: 'pull_gaps',
  id: `${gapPrefix(gap.source, gap)}${printInstant(gap.asOf)}`,
  values: {
    source: gap.source,
    kind: gap.kind,
    first_day: gap.firstDay,
    last_day: gap.lastDay,
    as_of: gap.asOf,
    api_count: gap.apiCount,
    seen: gap.seen,
    fetched: gap.fetched,
    refused: gap.refused,
    pages: gap.pages,
    remarks: JSON.stringify(gap.remarks),
  },
});
