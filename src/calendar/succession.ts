/**
 * Which season follows another, and the copy that is made where nobody has written one. Decides it
 * from the versions alone, so that cron, a settlement and a seat all come to the same copy, whoever
 * needs it first: points of the first day find their account though cron has not fired for days (S1).
 * Refuses to copy seasons that had ended when they were first written: they are history.
 */
import type { Row } from '../kernel/change-set';
import { causeId } from '../kernel/ids';
import { civilDay, DAY_MS } from '../kernel/instant';
import { CADENCES, dayAfter, dayNumber, periodOf } from '../kernel/period';
import { auditRow } from '../ledger/audit';
import { type ConfigVersion, configRow, inForce } from '../ledger/config';
import { SEASON_KIND, type SeasonDates, type Span, spanOf } from './season';

/** Before a season ends its successor is made, so that its first points find their account. */
export const AHEAD_MS = DAY_MS;
/** Bounds a clock that jumps for years over seasons of a day. */
const MOST_COPIES = 1000;

interface Spanned {
  readonly id: string;
  readonly categories: readonly string[];
  readonly span: Span;
}

/** The season that follows another in its categories: the first that begins after its last day. */
export function followerOf<T extends Spanned>(season: Spanned, seasons: readonly T[]): T | null {
  const follows = ({ id, categories, span }: T): boolean =>
    id !== season.id &&
    span.from >= season.span.until &&
    categories.some((one) => season.categories.includes(one));
  return (
    seasons
      .filter(follows)
      .toSorted((a, b) => a.span.from - b.span.from || (a.id < b.id ? -1 : 1))[0] ?? null
  );
}

/**
 * The next season where nobody has written one: the same for the next quarter, month or days, under
 * the first name that is not taken: a season of that name is somebody else's.
 */
export function copyOf<T extends SeasonDates>(
  id: string,
  content: T,
  taken: ReadonlySet<string>,
): { readonly id: string; readonly content: T } {
  const free = (name: string): string => (taken.has(name) ? free(nextName(name)) : name);
  const startDay = dayAfter({ lastDay: content.endDay });
  for (const cadence of CADENCES) {
    const own = periodOf(cadence, content.startDay);
    if (own.firstDay !== content.startDay || own.lastDay !== content.endDay) continue;
    const next = periodOf(cadence, startDay);
    const named = cadence !== 'WEEKLY' && id === own.label;
    return {
      id: free(named ? next.label : nextName(id)),
      content: { ...content, startDay, endDay: next.lastDay },
    };
  }
  const days = dayNumber(content.endDay) - dayNumber(content.startDay);
  const endDay = civilDay(dayNumber(startDay) + days);
  return { id: free(nextName(id)), content: { ...content, startDay, endDay } };
}

/** `Summer` → `Summer-2` → `Summer-3`. */
function nextName(id: string): string {
  const [, stem = id, count] = /^(.*)-([0-9]{1,4})$/.exec(id) ?? [];
  return count === undefined ? `${id.slice(0, 55)}-2` : `${stem}-${Number(count) + 1}`;
}

/** True of a season that had ended when it was first written: nobody resets it. */
export const isHistory = (
  versions: readonly ConfigVersion<SeasonDates>[],
  { id, span }: Pick<Spanned, 'id' | 'span'>,
): boolean => (versions.find(({ name }) => name === id)?.writtenAt ?? 0) >= span.until;

/** The first version of a copy. It is named by its season: whoever makes it writes the same bytes. */
export function copyVersion<T extends SeasonDates>(
  of: { readonly id: string; readonly content: T },
  taken: ReadonlySet<string>,
): ConfigVersion<T> {
  const { id, content } = copyOf(of.id, of.content, taken);
  return {
    kind: SEASON_KIND,
    name: id,
    version: 1,
    effectiveFrom: null,
    writtenAt: spanOf(of.content).until,
    author: 'seasons',
    content,
  };
}

export interface Copy<T extends SeasonDates> {
  /** The season that is copied. */
  readonly of: string;
  readonly version: ConfigVersion<T>;
}

const spanned = <T extends SeasonDates>(version: ConfigVersion<T>) => ({
  id: version.name,
  categories: version.content.categories,
  span: spanOf(version.content),
  version,
});

/**
 * The copies that are due and not written, each after the one it is made from: of every season in
 * force that ends within `ahead` of now and that nothing follows, and of these copies again.
 */
export function copiesDue<T extends SeasonDates>(
  versions: readonly ConfigVersion<T>[],
  now: number,
  ahead: number,
): Copy<T>[] {
  const seasons = [...Map.groupBy(versions, ({ name }) => name).values()].flatMap((own) => {
    const version = inForce(own, now);
    return version === null ? [] : [spanned(version)];
  });
  const copies: Copy<T>[] = [];
  const written = [...versions];
  for (const season of seasons) {
    if (copies.length >= MOST_COPIES) break;
    const { id, span, version: kept } = season;
    const isDue = now >= span.until - ahead;
    if (!isDue || isHistory(written, season) || followerOf(season, seasons) !== null) continue;
    const taken = new Set(written.map(({ name }) => name));
    const version = copyVersion({ id, content: kept.content }, taken);
    copies.push({ of: id, version });
    written.push(version);
    // The copy may have ended as well: it is looked at in its turn.
    seasons.push(spanned(version));
  }
  return copies;
}

/** All versions, and the copies that cron would have made by now. */
export const withCopies = <T extends SeasonDates>(
  versions: readonly ConfigVersion<T>[],
  now: number,
  ahead: number = AHEAD_MS,
): ConfigVersion<T>[] => [
  ...versions,
  ...copiesDue(versions, now, ahead).map(({ version }) => version),
];

/** The rows of a copy. */
export function copyRows<T extends SeasonDates>({ of, version }: Copy<T>): Row[] {
  const { name, content, writtenAt } = version;
  // Nothing in it is of a person.
  const salt = causeId('season-copy-salt', of, name);
  const audit = auditRow({
    action: 'SEASON_COPIED',
    subject: `config:${SEASON_KIND}/${name}`,
    at: writtenAt,
    actor: 'seasons',
    detail: { of, startDay: content.startDay, endDay: content.endDay },
    cause: of,
    salt,
  });
  return [configRow(version, salt), audit];
}
