/**
 * INV-18: no business date comes from the clock of the processing. Ten histories in zones other than
 * UTC are played as they were drawn and forty days later, one also by senders whose clocks are
 * two hours ahead. What was said is the same, so everything must stand under the same day, instant
 * and period. What does depend on the clock is left out by construction, and where it is left out
 * says why. The days of coaching are told by Temporal, which the engine does not use.
 */
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { agentIds, type Books, dayOfEntry, readBooks } from './books';
import type { CoachingOperation, CoachingPart } from './coaching/plan';
import { newCoverage } from './coverage';
import { draw } from './draw';
import type { GoalsPart } from './goals/plan';
import type { MailOperation } from './mail';
import type { PayPart } from './pay/plan';
import type { Operation, Plan, Timed } from './plan';
import type { ReportedPart } from './reported/plan';
import { simulatePlan } from './simulate';
import { UTC, zoneKind } from './zones';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SLOW = { timeout: 600_000 };
const LAST_SEED = 1000;
/** Nothing fails: another day is the only difference. */
const CALM = { places: {}, foci: [], lateAlarms: 0 };

/** The plan with one of its systems alone, told of what that system's senders say of it. */
function alone(plan: Plan, name: string, part: unknown, keys: ReadonlySet<string>): Plan {
  const operations = plan.operations.flatMap(({ at, operation }): Timed[] => {
    if (operation.system === 'platform') return name === 'coaching' ? [{ at, operation }] : [];
    if (operation.system !== 'mail') return [];
    const mail = operation as MailOperation;
    if (mail.kind !== 'deliver') {
      return 'key' in mail && !keys.has(mail.key) ? [] : [{ at, operation }];
    }
    const own = mail.keys.filter((key) => keys.has(key));
    return own.length === 0 ? [] : [{ at, operation: { ...mail, keys: own } as Operation }];
  });
  const events = plan.events.filter(({ key }) => keys.has(key));
  return { ...plan, events, operations, parts: { [name]: part } };
}

/**
 * Coaching with its caps, faults and troubles. A rule that changes is in force from when it was
 * written (DEC-6), so no rule changes. The measurement of a change ends 14 days after the coaching:
 * its results are there before, as they would not be forty days later.
 */
function coachingOf(plan: Plan): Plan | null {
  const part = plan.parts.coaching as CoachingPart | undefined;
  if (part === undefined || part.sessions.length < 2) return null;
  const after = plan.operations.flatMap(({ operation }) => {
    if (operation.system !== 'coaching') return [];
    const own = operation as CoachingOperation;
    return own.kind === 'quality' ? own.results : [];
  });
  const keys = new Set(part.events.map(({ key }) => key));
  const qualityBefore = [...part.qualityBefore, ...after];
  return alone(plan, 'coaching', { ...part, qualityBefore }, keys);
}

const hasCaps = (plan: Plan): boolean =>
  (plan.parts.coaching as CoachingPart).programme?.caps !== undefined;
const hasResults = (plan: Plan): boolean =>
  (plan.parts.coaching as CoachingPart).qualityBefore.length > 0;

/**
 * Goals that we count, one of them reached. A goal owes only what ends after it was written, and what
 * comes after a close does not change it: so all are written in time, nothing is corrected when the
 * week is over, and in both histories alarms run only when everything was said. A person decides and
 * closes when they come by; nobody does.
 */
function goalsOf(plan: Plan): Plan | null {
  const part = plan.parts.goals as GoalsPart | undefined;
  const reached = part?.metrics.find(({ key }) => key === 'fall-r0');
  const isAlways = part?.teams.some(({ members }) =>
    members.some(
      ({ agent, from, until }) => agent === reached?.agent && from === null && until === null,
    ),
  );
  if (part === undefined || reached === undefined || isAlways !== true) return null;
  const metrics = part.metrics.filter(({ at }) => at < part.until);
  const early = [...part.teams.keys()];
  const own: GoalsPart = { ...part, metrics, early, paidBy: null, operator: null };
  return calm(alone(plan, 'goals', own, new Set(metrics.map(({ key }) => key))));
}

/**
 * Goals that a platform evaluates. What it says when it is asked is its own world, which goes on
 * with the clock: it has locked when the week ends, says the same ever after, and answers always.
 */
function reportedOf(plan: Plan): Plan | null {
  const part = plan.parts.reported as ReportedPart | undefined;
  if (part === undefined || !part.reports.some(({ course }) => course === 'steady')) return null;
  const reports = part.reports.map((one) => ({
    ...one,
    changesAt: Number.MAX_SAFE_INTEGER,
    locksAt: one.course === 'silent' ? one.locksAt : part.until,
  }));
  const own: ReportedPart = { ...part, reports, odds: 0, down: null };
  return calm(alone(plan, 'reported', own, new Set(reports.map(({ told }) => told))));
}

/** Pay as payroll did it, to an HRIS that answers: how often one is asked again goes by the clock. */
function payOf(plan: Plan): Plan | null {
  const part = plan.parts.pay as PayPart | undefined;
  if (part === undefined) return null;
  const habits = { fates: {}, honoursKeys: true, keyLifeHours: 24 };
  const keys = new Set(part.words.map(({ key }) => key));
  const acts = plan.operations.filter(({ operation }) => operation.system === 'pay');
  const own = alone(plan, 'pay', { ...part, habits }, keys);
  const operations = [...own.operations, ...acts].toSorted((a, b) => a.at - b.at);
  return { ...own, operations, faults: CALM };
}

/** Alarms come to their turn only when everything was said. */
const calm = (plan: Plan): Plan => ({
  ...plan,
  faults: CALM,
  operations: plan.operations.map((one) => ({ ...one, isAhead: true })),
});

/** The same said so much later by our clock; where periods are owed, to an installation that was there. */
const later = (plan: Plan, ms: number, isThere: boolean): Plan => ({
  ...plan,
  startAt: isThere ? plan.startAt : plan.startAt + ms,
  operations: plan.operations.map((one) => ({ ...one, at: one.at + ms })),
});

interface Wanted {
  readonly what: string;
  readonly of: (plan: Plan) => Plan | null;
  readonly fits?: (plan: Plan) => boolean;
  readonly isThere?: boolean;
  readonly overAChange?: boolean;
  /** Played by senders whose clocks are ahead, too. */
  readonly ahead?: boolean;
}

const WANTED: readonly Wanted[] = [
  { what: 'coaching over a change of clocks', of: coachingOf, overAChange: true, ahead: true },
  { what: 'coaching once more', of: coachingOf, overAChange: true },
  { what: 'coaching under caps', of: coachingOf, fits: hasCaps },
  { what: 'coaching with quality results', of: coachingOf, fits: hasResults },
  { what: 'goals over a change of clocks', of: goalsOf, isThere: true, overAChange: true },
  { what: 'goals once more', of: goalsOf, isThere: true },
  { what: 'goals that a platform reports', of: reportedOf, isThere: true },
  { what: 'goals that it reports once more', of: reportedOf, isThere: true },
  { what: 'pay', of: payOf },
  { what: 'pay once more', of: payOf },
];

interface Found extends Wanted {
  readonly seed: number;
  readonly plan: Plan;
}

/** The first histories that are as wanted, each another. */
function drawn(): Found[] {
  const found: Found[] = [];
  const left = new Set(WANTED);
  for (let seed = 1; seed <= LAST_SEED && left.size > 0; seed += 1) {
    const plan = draw(seed);
    const kind = zoneKind(plan.zone, plan.startAt);
    if (kind === 'zone UTC') continue;
    for (const wanted of left) {
      if (wanted.overAChange === true && kind !== 'zone over a change of clocks') continue;
      const own = wanted.of(plan);
      if (own === null || wanted.fits?.(own) === false) continue;
      found.push({ ...wanted, seed, plan: own });
      left.delete(wanted);
      break;
    }
  }
  return found;
}

/**
 * What stands for whom under which day, of when; what cancels out is left away. Points stand under a
 * day alone: of two completions a second apart an award keeps the instant of the one that was settled
 * first, which goes by what arrived first and not by the clock.
 */
function standing(books: Books): string[] {
  const ids = agentIds(books);
  const sums = new Map<string, number>();
  const add = (account: string, when: string, amount: number): void => {
    const [holder, key = '', ...rest] = account.split(':');
    if (holder !== 'agent') return;
    const name = `${ids.get(key)}:${rest.join(':')} ${when}`;
    sums.set(name, (sums.get(name) ?? 0) + amount);
  };
  for (const entry of books.entries) {
    const instant = entry.unit.startsWith('POINTS/') ? '' : ` ${entry.occurred_at}`;
    const when = `${dayOfEntry(entry)} ${entry.unit}${instant}`;
    add(entry.to_account, when, entry.amount);
    add(entry.from_account, when, -entry.amount);
  }
  return [...sums].flatMap(([name, sum]) => (sum === 0 ? [] : [`${name} ${sum}`])).sort();
}

/** Snapshots of the week that a history is about; those after it are as many as it has lasted. */
function snapshots(books: Books, { parts }: Plan): string[] {
  const { week } = (parts.goals ?? parts.reported ?? {}) as { readonly week?: string };
  return (books.all.get('goal_locks') ?? [])
    .filter(({ period }) => period === week)
    .map((row) => `${row.id} ${row.status} ${row.metric_value} ${row.evaluated_at} ${row.members}`);
}

/** When and for which period each event, result and measured time is said to have happened. */
const facts = (books: Books): string[] =>
  [
    ...books.events.map(({ id, occurred_at }) => `${id} ${occurred_at}`),
    ...(books.all.get('quality_results') ?? []).map(({ id, created_at }) => `${id} ${created_at}`),
    ...(books.all.get('wfm_actuals') ?? []).map(({ id, buckets }) => `${id} ${buckets}`),
    ...(books.all.get('pay_sheets') ?? []).map(({ id }) => `sheet ${id}`),
  ].sort();

async function played(plan: Plan) {
  const { broken } = await simulatePlan(plan, newCoverage());
  expect(broken).toEqual([]);
  const books = await readBooks();
  return {
    books,
    dates: { facts: facts(books), snapshots: snapshots(books, plan), standing: standing(books) },
  };
}

const localDay = (zone: string, instant: number): string =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();

describe('a history whose clocks are other', () => {
  const found = drawn();

  it('is found of every kind', () => {
    expect(found.map(({ what }) => what).sort()).toEqual(WANTED.map(({ what }) => what).sort());
  });

  it.each(found)('has the same business dates: $what, seed $seed', SLOW, async (one) => {
    const { plan, isThere = false } = one;
    const { books, dates } = await played(plan);
    expect([...dates.snapshots, ...dates.standing].length).toBeGreaterThan(0);
    expect((await played(later(plan, 40 * DAY, isThere))).dates).toEqual(dates);
    const part = plan.parts.coaching as CoachingPart | undefined;
    if (part === undefined) return;
    const days = new Set(
      part.events
        .filter(({ type }) => type === 'performance.coaching.completed')
        .map(({ occurredAt }) => localDay(plan.zone ?? UTC, occurredAt)),
    );
    for (const entry of books.entries) expect(days).toContain(dayOfEntry(entry));
    if (one.ahead !== true) return;
    expect((await played(later(plan, -2 * HOUR, isThere))).dates).toEqual(dates);
  });
});
