/**
 * Named reads of a back-test: coaching sessions in the order in which they were first settled, page
 * by page along the seals, with everything that their settlement needs. Bounded in seals, rows and
 * coaching sessions a page. Writes nothing.
 */
import { readEvents } from '../../events/store';
import { readDecisionsOf } from '../coaching/store';
import type { Claim } from '../guards/claim';
import { anyCaps, type Reach, reachOf } from '../guards/reach';
import { readMentored } from '../mentoring/store';
import { readSealedIds } from '../sweep/store';
import { coachedAt, type Settings, type Stored, settled } from './backtest';

/** Pages of at most 500 seals and 1,000 decisions that one call looks through. */
const MAX_WALKS = 10;
/** Coaching sessions of one mentor that bear on the caps of a page. */
const MOST_NEIGHBOURS = 1000;
const FIRST = '.000001';

/** The last seal written before an instant, found by halving; 0 when there is none. */
export async function lastSealBefore(db: D1Database, instant: number): Promise<number> {
  const row = await db
    .prepare(
      `WITH RECURSIVE halves (low, high) AS (
         SELECT 0, coalesce(max(id), 0) + 1 FROM seals
         UNION ALL
         SELECT CASE WHEN (SELECT at FROM seals WHERE id = (low + high) / 2) < ?1
                  THEN (low + high) / 2 ELSE low END,
                CASE WHEN (SELECT at FROM seals WHERE id = (low + high) / 2) < ?1
                  THEN high ELSE (low + high) / 2 END
         FROM halves WHERE high - low > 1)
       SELECT max(low) AS seal FROM halves`,
    )
    .bind(instant)
    .first<{ seal: number }>();
  return row?.seal ?? 0;
}

export interface StoredPage {
  readonly stored: readonly Stored[];
  /** The seal after which the next page begins; null at the end. */
  readonly next: number | null;
}

/** Coaching sessions that took place in a stretch of time and were first settled after a seal. */
export async function readStored(
  db: D1Database,
  after: number,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): Promise<StoredPage> {
  let reached = after;
  const found: Stored[] = [];
  for (let walk = 0; walk < MAX_WALKS; walk += 1) {
    const page = await readSealedIds(db, 'decisions', reached, Number.MAX_SAFE_INTEGER);
    if (page.reached === reached) return { stored: found, next: null };
    const first = page.ids.filter(({ id }) => id.endsWith(FIRST));
    const seals = new Map(first.map(({ id, seal }) => [id.slice(0, -FIRST.length), seal]));
    const stored = (await readSessions(db, [...seals.keys()])).filter((one) => {
      const at = coachedAt(one);
      return at !== null && at >= from && at < to;
    });
    const room = count - found.length;
    if (stored.length > room) {
      const cut = cutAt(stored, seals, room, found.length === 0);
      found.push(...stored.filter(({ session }) => (seals.get(session) ?? 0) <= cut));
      return { stored: found, next: cut };
    }
    found.push(...stored);
    reached = page.reached;
  }
  return { stored: found, next: reached };
}

/** The last seal whose coaching sessions fit; a seal that alone is too much is taken whole. */
function cutAt(
  stored: readonly Stored[],
  seals: ReadonlyMap<string, number>,
  room: number,
  alone: boolean,
): number {
  const inOrder = stored.map(({ session }) => seals.get(session) ?? 0).toSorted((a, b) => a - b);
  const beyond = inOrder[room] ?? 0;
  const [first = 0] = inOrder;
  return alone && beyond === first ? first : beyond - 1;
}

/** Coaching sessions with all their decisions and events. */
async function readSessions(db: D1Database, sessions: readonly string[]): Promise<Stored[]> {
  const known = (await readDecisionsOf(db, sessions)).map(({ decision }) => decision);
  const events = await readEvents(
    db,
    known.flatMap((decision) => decision.events),
  );
  const kept = Map.groupBy(
    events.flatMap((event) => event.kept ?? []),
    ({ subject }) => subject ?? '',
  );
  return [...Map.groupBy(known, ({ session }) => session)].map(([session, decisions]) => ({
    session,
    decisions,
    events: kept.get(session) ?? [],
  }));
}

/**
 * What everybody who competes with these coaching sessions under caps would claim under other
 * rules. Without caps nothing is read.
 */
export async function readCompeting(
  db: D1Database,
  page: readonly Stored[],
  settings: Settings,
  now: number,
): Promise<Claim[]> {
  if (!anyCaps(settings.programmes)) return [];
  const claimsOf = (stored: readonly Stored[]): Claim[] =>
    stored.flatMap((one) => settled(one, settings, [], now).decision.claims ?? []);
  const own = claimsOf(page);
  const inPage = new Set(page.map(({ session }) => session));
  const neighbours = new Set<string>();
  for (const [category, claims] of Map.groupBy(own, (claim) => claim.category)) {
    const reaches = reachesOf(claims, settings, category);
    // Of each mentor the latest are read, so nobody's days may be widened by another's.
    const daysOf = (mentorKey: string): Reach => reaches.get(mentorKey) ?? NO_DAYS;
    const near = await readMentored(db, [...reaches.keys()], daysOf, MOST_NEIGHBOURS);
    for (const { session } of near) if (!inPage.has(session)) neighbours.add(session);
  }
  return [...own, ...claimsOf(await readSessions(db, [...neighbours]))];
}

/** The days that bear on the claims of each mentor in a category. */
const reachesOf = (
  claims: readonly Claim[],
  { programmes }: Settings,
  category: string,
): Map<string, Reach> =>
  new Map(
    [...Map.groupBy(claims, ({ mentorKey }) => mentorKey)].map(([mentorKey, own]) => {
      const days = own.map(({ day }) => day).toSorted();
      return [mentorKey, reachOf(programmes, category, days[0] ?? '', days.at(-1))];
    }),
  );

const NO_DAYS: Reach = { first: '', last: '' };
