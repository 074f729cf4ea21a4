/**
 * What pay draws for a history: people with and without a number in HR, one or more plans, two
 * months that are over, results and times in several revisions by webhook and in bulk, and what
 * payroll does about it, in order or not.
 */
import type { SaidResult, SaidTime } from '../../oracle/pay/due';
import { localDayOf } from '../../oracle/seasons';
import type { Chance } from '../chance';
import { drawHabits, type Habits, UNKNOWN } from '../delivery/hris';
import type { PlannedEvent, PlannedPerson, SourceId, Timed } from '../plan';
import type { Drawn, Frame } from '../system';
import { type Clawback, drawForgotten, policyOf, type Tell, tellOf } from './apart';
import { causesOfPay } from './causes';
import { startsAt } from './days';
import { drawWord, firstFacts } from './facts';
import { drawRules, type PlannedRules } from './rules';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface PlannedPayee {
  readonly agent: string;
  /** By which HR knows the person from the beginning; null: by none. */
  readonly employee: string | null;
  readonly currency: 'USD' | 'EUR';
}

/** A word that is said by an operator or by a webhook. */
export interface PlannedWord extends SaidResult {
  readonly key: string;
  /** When the result was made, whatever was said of it since. */
  readonly createdAt: number;
  readonly status: string;
}

export interface PlannedTime extends SaidTime {
  readonly key: string;
  readonly startsAt: number;
}

export interface PlannedPlan extends PlannedRules {
  readonly id: string;
  readonly prefix: string;
  /** The base bonus of each version, in the order in which they are approved. */
  readonly bases: readonly string[];
  readonly clawback: Clawback;
  readonly tell: Tell;
}

export interface PayPart {
  readonly payees: readonly PlannedPayee[];
  /** `YYYY-MM`, the earlier first. */
  readonly periods: readonly string[];
  readonly plans: readonly PlannedPlan[];
  readonly words: readonly PlannedWord[];
  readonly times: readonly PlannedTime[];
  /** Said before anything happens, by key. */
  readonly first: readonly string[];
  /** By agent and period. */
  readonly interactions: Readonly<Record<string, number>>;
  readonly habits: Habits;
  readonly concurrency: number;
}

/** Which plan and which period, counted round. */
interface Which {
  readonly plan: number;
  readonly period: number;
}

export type PayOperation = { readonly system: 'pay' } & (
  | ({ readonly kind: 'step' | 'begin twice' | 'replace' } & Which)
  /** Begins, approves and sends out, all of them at once. */
  | { readonly kind: 'run'; readonly of: readonly Which[] }
  | { readonly kind: 'say'; readonly keys: readonly string[] }
  | { readonly kind: 'plan'; readonly plan: number }
  | { readonly kind: 'mend' | 'forget'; readonly payee: number }
  | ({ readonly kind: 'dispute'; readonly payee: number; readonly amount: string } & Which)
  | { readonly kind: 'write-off'; readonly nth: number }
  | { readonly kind: 'decide' | 'release' | 'abandon'; readonly nth: number }
);

export const RATE = '0.9137';
const BASES = ['500', '650.55', '333.33', '1000'];
const POLICIES: readonly Clawback[] = [
  {},
  {},
  { max_share_of_pay: 0.25 },
  { instalments: 3, protected_minimum: 100 },
];
const SENDERS: readonly SourceId[] = ['platform', 'quality', 'lms'];

export interface Size {
  readonly payees: readonly [number, number];
  readonly plans: readonly [number, number];
  readonly periods: number;
  readonly words: readonly [number, number];
  readonly acts: readonly [number, number];
  /** Chance that somebody is forgotten. */
  readonly forgets: number;
}

const SMALL: Size = {
  payees: [2, 5],
  plans: [1, 1],
  periods: 2,
  words: [2, 7],
  acts: [5, 14],
  forgets: 0,
};

const turned = <T>(list: readonly T[], by: number): T[] => [
  ...list.slice(by),
  ...list.slice(0, by),
];

/** The month that ended so many months before a day. */
function monthBefore(day: string, months: number): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 - months, 1)).toISOString().slice(0, 7);
}

/** A word as the bulk route takes it, and a webhook but for its envelope. */
export const itemOf = ({ agent, createdAt, result, score, status, version, at }: PlannedWord) => ({
  id: result,
  user_id: agent,
  scorecard_version_id: version,
  result_status: status,
  score: { total: Number(score), weighted: true, questions: [] },
  created_date: new Date(createdAt).toISOString(),
  modified_date: new Date(at).toISOString(),
});

/** Twelve hours of one day; the rest of the bucket nobody has said anything about. */
export const timeOf = ({ agent, startsAt: start, productive, loggedIn, at }: PlannedTime) => ({
  user_id: agent,
  modified_date: new Date(at).toISOString(),
  actuals: [
    {
      bucket_start: new Date(start).toISOString(),
      bucket_end: new Date(start + 12 * HOUR).toISOString(),
      status_codes: [
        { status_code_id: 'talk', duration: productive },
        { status_code_id: 'aux', duration: loggedIn - productive },
      ],
    },
  ],
});

function eventOf(chance: Chance, word: PlannedWord): PlannedEvent {
  const eventId = `event-${word.key}`;
  const body = {
    eventType: 'performance.result.updated',
    eventId,
    occurredAt: new Date(word.at).toISOString(),
    ...itemOf(word),
  };
  return {
    key: word.key,
    source: chance.pick(SENDERS),
    eventId,
    type: body.eventType,
    subject: `result ${word.result}`,
    occurredAt: word.at,
    text: JSON.stringify(body),
    contradiction: JSON.stringify({ ...body, score: { total: 1, weighted: true } }),
    usable: true,
  };
}

function drawActs(
  chance: Chance,
  part: PayPart,
  many: number,
  [from, to]: readonly [number, number],
): Timed[] {
  const which = (): Which => ({
    plan: chance.between(0, part.plans.length - 1),
    period: chance.between(0, part.periods.length - 1),
  });
  const payee = (): number => chance.between(0, part.payees.length - 1);
  const both = (): Which[] => part.periods.map((_, period) => ({ ...which(), period }));
  const all = (): Which[] => part.plans.map((_, plan) => ({ ...which(), plan }));
  const nth = (): number => chance.between(0, 11);
  const kinds: readonly (() => PayOperation)[] = [
    () => ({ system: 'pay', kind: 'step', ...which() }),
    () => ({ system: 'pay', kind: 'step', ...which() }),
    () => ({ system: 'pay', kind: 'run', of: [which()] }),
    () => ({ system: 'pay', kind: 'run', of: both() }),
    () => ({ system: 'pay', kind: 'run', of: all() }),
    () => ({ system: 'pay', kind: chance.pick(['begin twice', 'replace']), ...which() }),
    () => ({ system: 'pay', kind: 'plan', plan: which().plan }),
    () => ({ system: 'pay', kind: 'mend', payee: payee() }),
    () => ({
      system: 'pay',
      kind: 'dispute',
      ...which(),
      payee: payee(),
      amount: chance.pick(['0', '518', '999.99']),
    }),
    () => ({ system: 'pay', kind: chance.pick(['decide', 'release', 'write-off']), nth: nth() }),
    () => ({ system: 'pay', kind: chance.pick(['decide', 'abandon']), nth: nth() }),
  ];
  return Array.from({ length: many }, () => ({
    at: chance.between(from, to),
    operation: chance.pick(kinds)(),
  }));
}

export function drawPayees(chance: Chance, most: number): PlannedPayee[] {
  return Array.from({ length: most }, (_, index) => {
    const agent = `payee-${index + 1}`;
    const known = chance.happens(0.85) ? `EMP-${agent}` : null;
    return {
      agent,
      employee: chance.happens(0.1) ? `${UNKNOWN}-${agent}` : known,
      currency: chance.happens(0.2) ? 'EUR' : 'USD',
    };
  });
}

export function drawPay(frame: Frame, size: Size = SMALL): Drawn<PayPart> {
  const { seed, chance, startAt, endAt, zone } = frame;
  const place = { seed, zone };
  const payees = drawPayees(chance, chance.between(...size.payees));
  const periods = Array.from({ length: size.periods }, (_, index) =>
    monthBefore(localDayOf(startAt, zone), size.periods - index),
  );
  const plans = Array.from({ length: chance.between(...size.plans) }, (_, index) => ({
    id: `plan-${index}`,
    prefix: index === 0 ? 'VAR_PAY' : `PAY_${index}`,
    bases: turned(BASES, chance.between(0, BASES.length - 1)),
    clawback: policyOf(seed, index, chance.pick(POLICIES)),
    tell: tellOf(seed, index),
    ...drawRules(chance),
  }));
  const facts = firstFacts(chance, place, { payees, periods });
  const first = [...facts.words, ...facts.times].map(({ key }) => key);
  const operations: Timed[] = [];
  const forgotten = drawForgotten({ seed, startAt, endAt }, size, payees);
  const events: PlannedEvent[] = [];
  const count = chance.between(...size.words);
  const moments = new Set<number>();
  while (moments.size < 2 * count) moments.add(chance.between(startAt, endAt - HOUR));
  const [...at] = moments;
  for (let number = 0; number < count; number += 1) {
    const word = drawWord(chance, number, { payees, periods, place }, at[number] ?? startAt);
    facts.words.push(word);
    // What a webhook says of one who was forgotten is no event of this history.
    const isTold = chance.happens(0.5) && word.agent !== forgotten?.agent;
    if (isTold) events.push(eventOf(chance, word));
    else operations.push({ at: word.at, operation: say(word.key) });
    if (!chance.happens(0.3)) continue;
    const { agent } = chance.pick(payees);
    const period = chance.pick(periods);
    const time = { agent, period, startsAt: startsAt(place, agent, period), loggedIn: 6000 };
    const when = at[count + number] ?? startAt;
    const key = `t${number}`;
    facts.times.push({ ...time, key, productive: 60 * chance.pick([70, 85, 99]), at: when });
    operations.push({ at: when, operation: say(key) });
  }
  const part: PayPart = {
    ...facts,
    payees,
    periods,
    plans,
    first,
    habits: drawHabits(chance),
    concurrency: chance.between(1, 6),
  };
  operations.push(
    ...drawActs(chance, part, chance.between(...size.acts), [
      startAt + MINUTE,
      Math.min(endAt, startAt + 5 * DAY),
    ]),
  );
  if (forgotten !== null) operations.push(forgotten.act);
  const people = payees.map(
    ({ agent, employee, currency }): PlannedPerson => ({
      agentId: agent,
      ...(employee !== null && { employeeId: employee }),
      groups: [],
      attributes: currency === 'USD' ? {} : { currency },
    }),
  );
  return { part, people, events, operations, causes: causesOfPay(frame, part) };
}

const say = (key: string) => ({ system: 'pay', kind: 'say', keys: [key] });
