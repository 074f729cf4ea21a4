/**
 * One agent's line of a run, and the sheets that hold lines. Decides what is kept of a calculation
 * so that it explains itself years later, what a line comes to in the agent's own currency, and how
 * lines are packed. Refuses nothing.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Row } from '../../../kernel/change-set';
import { type Fraction, parseFraction, printFraction } from '../../../kernel/fraction';
import { canonicalJson, hashFields } from '../../../kernel/hash';
import { causeId } from '../../../kernel/ids';
import { printInstant } from '../../../kernel/instant';
import { minorUnits, printAmount } from '../../../kernel/units';
import type { JournalTable } from '../../../ledger/journal';
import { type Calculation, calculate, type Reason } from '../../calculation/calculation';
import type { TypeTrace } from '../../calculation/facts';
import type { ReadyPlan } from '../../calculation/formula';
import { conversionStep } from '../../calculation/steps';
import type { PeriodFacts } from '../../calculation/store';
import { converted, type PinnedRates, rateBetween } from '../../rates/rate';

export interface Line {
  readonly agentKey: string;
  /** Smallest part of the plan's currency. */
  readonly amount: string;
  readonly reason: Reason;
  /** What it comes to in the agent's currency, smallest part. */
  readonly payUnit: string;
  readonly payAmount: string;
  /** Exact rate between the two, and null where they are one currency. */
  readonly rate: string | null;
  /** What keeps it from being paid in this run, whatever is mended. */
  readonly blocked:
    | 'NO_RATE'
    | 'UNKNOWN_CURRENCY'
    | 'AMOUNT_TOO_LARGE'
    | 'OVERLAPPING_ACTUALS'
    | null;
  readonly quality: string | null;
  readonly multiplier: string | null;
  readonly productivity: string | null;
  readonly interactions: number | null;
  readonly types: readonly TypeTrace[];
  /** Milliseconds. */
  readonly time: {
    readonly productive: number;
    readonly loggedIn: number;
    readonly removed: Readonly<Record<string, number>>;
    readonly overlaps: number;
  };
  /** Rows of the results that counted, without the agent's key. */
  readonly results: readonly string[];
  readonly scorecardVersions: readonly string[];
  readonly unlisted: readonly string[];
  /** Name of the set of actuals that was used: a hash over the ids of its rows. */
  readonly actuals: string;
  /** Hash over everything it was calculated from. */
  readonly facts: string;
  readonly steps: readonly string[];
}

export interface LineSetting {
  readonly ready: ReadyPlan;
  readonly pinned: ReadonlySet<string>;
  readonly rates: PinnedRates | null;
}

/** The line of an agent. `currency`: the agent's own where the directory names one. */
export function lineOf(
  agentKey: string,
  currency: string | null,
  facts: PeriodFacts,
  { ready, pinned, rates }: LineSetting,
): Line {
  const known = calculate(ready, facts, pinned);
  const { amount, reason, quality, productivity, multiplier, interactions, steps } = known;
  const own = inOwnCurrency(ready.plan.currency, currency, amount, rates);
  const laps = countsTwice(ready, known, facts);
  const pay: Pay = laps ? { ...own, payAmount: '0', blocked: 'OVERLAPPING_ACTUALS' } : own;
  return {
    agentKey,
    amount: String(amount),
    reason,
    ...pay,
    quality: quality.score && printFraction(quality.score),
    multiplier,
    productivity: productivity.ratio && printFraction(productivity.ratio),
    interactions,
    types: quality.types,
    time: {
      productive: productivity.productive,
      loggedIn: productivity.loggedIn,
      removed: productivity.removed,
      overlaps: facts.overlapsAt.length,
    },
    results: quality.counted.map(({ id }) => id),
    scorecardVersions: [
      ...new Set(quality.counted.flatMap(({ version }) => version ?? [])),
    ].toSorted(),
    unlisted: quality.unlisted,
    actuals: facts.actuals,
    facts: factsHash(known, facts),
    steps: laps
      ? [...steps, overlapStep(facts)]
      : amount === 0n
        ? steps
        : [...steps, ...paySteps(ready.plan.currency, amount, pay)],
  };
}

/**
 * True where what is paid hangs on time that two buckets claim: nobody can say which of them is
 * right, so nothing is paid on both until a person has taken one out (P4).
 */
export function countsTwice(
  { plan }: Pick<ReadyPlan, 'plan'>,
  { reason, productivity }: Pick<Calculation, 'reason' | 'productivity'>,
  { overlapsAt }: Pick<PeriodFacts, 'overlapsAt'>,
): boolean {
  const isPaid = reason === 'CALCULATED' || reason === 'NO_EVALUATIONS';
  const hangsOnTime = productivity.ratio !== null && Number(plan.productivity_weight) !== 0;
  return overlapsAt.length > 0 && isPaid && hangsOnTime;
}

const MOST_NAMED = 5;

export function overlapStep({ overlapsAt }: Pick<PeriodFacts, 'overlapsAt'>): string {
  const named = overlapsAt.slice(0, MOST_NAMED).map(printInstant).join(', ');
  const more = overlapsAt.length - MOST_NAMED;
  return (
    `8. not paid: buckets of actuals that begin at ${named}${more > 0 ? ` and ${more} more` : ''} ` +
    'overlap earlier ones, so their time would count twice: send one of each two again with its ' +
    'bucket_start and durations of 0, then calculate a further version'
  );
}

/** What the last step says of money that is not paid as the plan counts it. */
function paySteps(unit: string, amount: bigint, pay: Pay): string[] {
  if (pay.blocked !== null) return [`8. not paid: ${UNPAID[pay.blocked]}`];
  if (pay.rate === null) return [];
  const to = { unit: pay.payUnit, amount: BigInt(pay.payAmount) };
  return [conversionStep({ unit, amount }, to, parseFraction(pay.rate))];
}

const UNPAID: Readonly<Record<NonNullable<Line['blocked']>, string>> = {
  NO_RATE: "the run pinned no rate to the agent's currency",
  OVERLAPPING_ACTUALS: 'buckets of actuals overlap',
  UNKNOWN_CURRENCY: "the agent's currency is none of ISO 4217",
  AMOUNT_TOO_LARGE: 'more than a line may say',
};

const NOTHING_DUE = {
  NOT_A_MEMBER: 'not of the plan at the end of the period',
  NO_FACTS: 'not ACTIVE at the end of the period, and without facts of it',
} as const;

/** True where nothing is due to one who was paid for the period, whatever is heard later. */
export const isNobody = ({ reason }: Pick<Line, 'reason'>): boolean =>
  Object.hasOwn(NOTHING_DUE, reason);

/** The line of one who was paid for the period and has none by what is known now. */
export function lineOfNobody(
  {
    agentKey,
    currency,
    reason,
  }: Pick<Line, 'agentKey'> & {
    readonly currency: string | null;
    readonly reason: keyof typeof NOTHING_DUE;
  },
  facts: PeriodFacts,
  setting: LineSetting,
): Line {
  const { currency: unit } = setting.ready.plan;
  return {
    ...lineOf(agentKey, currency, facts, setting),
    amount: '0',
    payAmount: '0',
    reason,
    blocked: null,
    steps: [`${NOTHING_DUE[reason]}: pays ${printAmount(0n, unit)} ${unit}`],
  };
}

export function factsHash(
  { quality, interactions }: Pick<Calculation, 'quality' | 'interactions'>,
  facts: PeriodFacts,
): string {
  const results = quality.counted.flatMap(({ id, score }) => [id, score]);
  return causeId('pay-facts', interactions ?? -1, facts.actuals, ...results);
}

type Pay = Pick<Line, 'payUnit' | 'payAmount' | 'rate' | 'blocked'>;

function inOwnCurrency(
  planCurrency: string,
  currency: string | null,
  amount: bigint,
  rates: PinnedRates | null,
): Pay {
  const own = currency ?? planCurrency;
  if (minorUnits(own) === null) {
    return { payUnit: planCurrency, payAmount: '0', rate: null, blocked: 'UNKNOWN_CURRENCY' };
  }
  if (own === planCurrency) return { ...payable(own, amount), rate: null };
  const rate: Fraction | null = rates === null ? null : rateBetween(rates, planCurrency, own);
  if (rate === null) return { payUnit: own, payAmount: '0', rate: null, blocked: 'NO_RATE' };
  return {
    ...payable(own, converted(amount, planCurrency, own, rate)),
    rate: printFraction(rate),
  };
}

/**
 * The most that one line says, and that one dispute asks for, in smallest parts: ten thousand million
 * of a currency with cents. An account of the books holds 2^53 of them, and the plan's stands for
 * everybody's lines; a JSON number carries fifteen digits to payroll as they are.
 */
export const MOST_PAID = 10n ** 12n;

export const isPayable = (amount: bigint): boolean => amount <= MOST_PAID;

const payable = (payUnit: string, amount: bigint): Omit<Pay, 'rate'> =>
  isPayable(amount)
    ? { payUnit, payAmount: String(amount), blocked: null }
    : { payUnit, payAmount: '0', blocked: 'AMOUNT_TOO_LARGE' };

export const SHEETS_TABLE: JournalTable = {
  name: 'pay_sheets',
  values: ['run', 'size', 'content'],
  side: [],
};

/** Lines of one sheet: a page of agents is two rows, and one line is read by unpacking 250. */
export const LINES_A_SHEET = 250;

const sheetId = (run: string, firstKey: string): string => `${run}.${firstKey}`;

/** The row of a sheet: the same lines make the same bytes. */
export function sheetRow(run: string, lines: readonly Line[]): Row {
  const id = sheetId(run, lines[0]?.agentKey ?? '');
  const content = gzipSync(Buffer.from(canonicalJson(lines), 'utf8')).toString('base64');
  return {
    table: SHEETS_TABLE.name,
    id,
    values: { run, size: lines.length, content },
  };
}

export const linesOfSheet = (content: string): Line[] =>
  JSON.parse(gunzipSync(Buffer.from(content, 'base64')).toString('utf8')) as Line[];

/** The hash of a run after one more sheet. */
export const chained = (
  hash: string,
  sheet: { readonly id: string; readonly content: string },
): string => hashFields(hash, sheet.id, sheet.content);

/** Ids of a line as causes name it: `<run>/<agent key>`. */
export const lineId = (run: string, agentKey: string): string => `${run}/${agentKey}`;

/** What the delivery of a line is about. */
export const lineSubject = (run: string, agentKey: string, kind: string): string =>
  `pay-line:${lineId(run, agentKey)}:${kind}`;

const SUBJECT = /^pay-line:(.+)\/([a-z2-7]{16}):[A-Z]+$/;

export function parseLineSubject(
  subject: string,
): { readonly run: string; readonly agentKey: string } | null {
  const [, run, agentKey] = SUBJECT.exec(subject) ?? [];
  return run === undefined || agentKey === undefined ? null : { run, agentKey };
}
