/**
 * INV-18: no business date comes from the clock of the processing. One history is played as it was
 * drawn, forty days later, and with senders whose clocks are two hours ahead, in a zone that changes
 * its clocks meanwhile; what was said is the same, so every posting must stand under the same day.
 * The day is told by Temporal, which the engine does not use.
 */
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { agentIds, type Books, pointsAccount, readBooks, sessionOf } from './books';
import type { CoachingPart } from './coaching/plan';
import { newCoverage } from './coverage';
import { draw } from './draw';
import type { MailOperation } from './mail';
import type { Operation, Plan } from './plan';
import { simulatePlan } from './simulate';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What happens in a history's coaching lies within so long. */
const SPAN = 36 * HOUR;
const ZONES = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago'];
const SLOW = { timeout: 300_000 };
const FIRST_SEEDS = 500;

const offsetAt = (zone: string, instant: number): number =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).offsetNanoseconds;

const localDay = (zone: string, instant: number): string =>
  Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .toString()
    .replaceAll('-', '');

/** What is left of an operation when only some events are told of; null: nothing. */
function about(own: ReadonlySet<string>, operation: Operation): Operation | null {
  if (operation.system === 'platform') return operation;
  // What an operator says is left out: a rule that changes later is another history.
  if (operation.system !== 'mail') return null;
  const mail = operation as MailOperation;
  if (mail.kind === 'deliver') {
    const keys = mail.keys.filter((key) => own.has(key));
    return keys.length === 0 ? null : ({ ...mail, keys } as Operation);
  }
  return 'key' in mail && !own.has(mail.key) ? null : mail;
}

/** The coaching of a history alone, where nothing in it waits for a measurement or a cap. */
function coachingOf(seed: number): { plan: Plan; part: CoachingPart } | null {
  const plan = draw(seed);
  const part = plan.parts.coaching as CoachingPart | undefined;
  if (part === undefined || part.programme?.caps !== undefined) return null;
  if (part.sessions.length < 2 || part.qualityBefore.length > 0) return null;
  const own = new Set(part.events.map(({ key }) => key));
  const operations = plan.operations.flatMap(({ at, operation }) => {
    const left = about(own, operation);
    return left === null ? [] : [{ at, operation: left }];
  });
  const events = plan.events.filter(({ key }) => own.has(key));
  return { plan: { ...plan, events, operations, parts: { coaching: part } }, part };
}

/** The first history in which the clocks of some zone change. */
function overAChange(): { plan: Plan; part: CoachingPart; zone: string } {
  for (let seed = 1; seed <= FIRST_SEEDS; seed += 1) {
    const { startAt } = draw(seed);
    const zone = ZONES.find((one) => offsetAt(one, startAt) !== offsetAt(one, startAt + SPAN));
    const found = zone === undefined ? null : coachingOf(seed);
    if (zone !== undefined && found !== null) return { ...found, zone };
  }
  throw new Error(`no history of ${FIRST_SEEDS} lies over a change of clocks`);
}

/** The same said so much later by our clock. */
const later = (plan: Plan, ms: number): Plan => ({
  ...plan,
  startAt: plan.startAt + ms,
  operations: plan.operations.map(({ at, operation }) => ({ at: at + ms, operation })),
});

/** What stands for whom under which day; what cancels out is left away. */
function postings(books: Books): string[] {
  const ids = agentIds(books);
  const sums = new Map<string, number>();
  const add = (account: string, day: string, session: string, amount: number): void => {
    const owner = pointsAccount(account);
    if (owner === null) return;
    const key = `${session} ${ids.get(owner[0])} ${owner[1]} ${day}`;
    sums.set(key, (sums.get(key) ?? 0) + amount);
  };
  for (const entry of books.entries) {
    const [, day = ''] = entry.id.split('.');
    add(entry.to_account, day, sessionOf(entry), entry.amount);
    add(entry.from_account, day, sessionOf(entry), -entry.amount);
  }
  return [...sums].flatMap(([key, sum]) => (sum === 0 ? [] : [`${key} ${sum}`])).sort();
}

async function played(plan: Plan): Promise<Books> {
  const { broken } = await simulatePlan(plan, newCoverage());
  expect(broken).toEqual([]);
  return readBooks();
}

describe('a history whose clocks are other', () => {
  it('has the same business dates, over a change of clocks too', SLOW, async () => {
    const { plan, part, zone } = overAChange();
    const inZone = { ...plan, zone };
    const books = await played(inZone);
    const drawn = postings(books);
    expect(drawn.length).toBeGreaterThan(0);
    const days = new Set(
      part.events
        .filter(({ type }) => type === 'performance.coaching.completed')
        .map(({ occurredAt }) => localDay(zone, occurredAt)),
    );
    for (const { id } of books.entries) expect(days).toContain(id.split('.')[1]);
    expect(postings(await played(later(inZone, 40 * DAY)))).toEqual(drawn);
    expect(postings(await played(later(inZone, -2 * HOUR)))).toEqual(drawn);
  });
});
