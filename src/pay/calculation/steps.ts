/**
 * The steps of a calculation as lines that a person can follow with a pocket calculator: each names
 * the numbers it takes and what they come to. Decides how numbers are printed: whole where twelve
 * places hold them, else cut there with `…` behind. No calculation uses a printed number. Refuses
 * nothing.
 */
import {
  type Fraction,
  fraction,
  multiply,
  parseFraction,
  printFraction,
} from '../../kernel/fraction';
import { minorUnits, printAmount } from '../../kernel/units';
import type { Plan } from '../plans/plan';
import {
  type AgentFacts,
  evaluationsOf,
  type Productivity,
  type Quality,
  type TypeTrace,
} from './facts';
import { partsOf, type ReadyPlan, reaches, tierOf, unrounded } from './formula';

interface Known {
  readonly amount: bigint;
  readonly reason: string;
  readonly quality: Quality;
  readonly productivity: Productivity;
}

export function stepsOf(ready: ReadyPlan, facts: AgentFacts, known: Known): string[] {
  const { plan } = ready;
  const { reason, quality, productivity, amount } = known;
  const paid = `${printAmount(amount, plan.currency)} ${plan.currency}`;
  const interactions = `1. interactions ${facts.interactions ?? 'unknown'}, at least ${plan.min_interactions}`;
  if (reason === 'BELOW_MIN_INTERACTIONS') return [`${interactions}: not reached, pays ${paid}`];
  const evaluations = `evaluations ${evaluationsOf(quality)}, at least ${plan.min_scorecards}`;
  const minimum = plan.min_scorecards === 0 ? interactions : `${interactions}, ${evaluations}`;
  if (reason === 'BELOW_MIN_SCORECARDS') return [`${minimum}: not reached, pays ${paid}`];
  const parts = partsOf(ready, quality.score, productivity.ratio);
  const [qualityPart, timePart] = [printNumber(parts.quality), printNumber(parts.time)];
  const shares = productivity.ratio === null ? qualityPart : `(${qualityPart} + ${timePart})`;
  const whole = inUnit(unrounded(ready, parts), plan.currency);
  const lines = [
    minimum,
    qualityStep(plan, quality),
    ...tierStep(ready, quality, productivity.ratio === null, qualityPart),
    ...timeSteps(ready, facts, productivity, timePart),
    `6. ${plan.base_bonus} × ${shares} = ${printNumber(whole)}`,
  ];
  const isCut = lines.some((line) => line.includes(CUT));
  return [
    ...lines,
    `7. rounded half up: ${paid}${isCut ? ` (${CUT}: cut for reading, not for calculating)` : ''}`,
  ];
}

/** What an amount comes to in another currency; the rate is how much of `to` one of `from` buys. */
export function conversionStep(
  from: { readonly unit: string; readonly amount: bigint },
  to: { readonly unit: string; readonly amount: bigint },
  rate: Fraction,
): string {
  const before = printAmount(from.amount, from.unit);
  const exact = multiply(inUnit(fraction(from.amount), from.unit), rate);
  return (
    `8. ${before} ${from.unit} at ${printExact(rate)} ${to.unit}: ${before} × ${printExact(rate)} = ` +
    `${printNumber(exact)}, rounded half up: ${printAmount(to.amount, to.unit)} ${to.unit}`
  );
}

function qualityStep(plan: Plan, { score, types, unlisted }: Quality): string {
  const said = types.map((type) => typeText(type, minimumsOf(plan, type))).join(', ');
  const others =
    unlisted.length === 0 ? '' : `, results of other versions (${unlisted.length}) do not count`;
  if (score === null) return `2. ${said}${others}: no quality, its part is 0`;
  const present = types.filter((type) => type.score !== null);
  const sum = present.map((type) => `${scoreText(type)} × ${type.weight}`).join(' + ');
  const weights = present.map(({ weight }) => weight).join(' + ');
  const mean =
    present.length === 1 ? printNumber(score) : `(${sum}) / (${weights}) = ${printNumber(score)}`;
  return `2. ${said}${others}: quality ${mean}`;
}

const scoreText = ({ score }: TypeTrace): string =>
  score === null ? '' : printNumber(parseFraction(score));

/** What became of one scorecard type, and what it needed where it has not enough. */
function typeText(type: TypeTrace, needed: string): string {
  const { evaluations, score, state } = type;
  const has = `${evaluations} ${evaluations === 1 ? 'evaluation' : 'evaluations'}, needs ${needed}`;
  if (state === 'EXCLUDED' || score === null) return `${type.type} left out (${has})`;
  if (state === 'NEUTRAL') return `${type.type} neutral ${scoreText(type)} (${has})`;
  const sum = multiply(parseFraction(score), fraction(BigInt(evaluations)));
  return `${type.type} ${printNumber(sum)} / ${evaluations} = ${scoreText(type)}`;
}

/** How many evaluations a type needs, in words. */
export function minimumsOf(plan: Plan, { type }: Pick<TypeTrace, 'type'>): string {
  const group = plan.scorecards.find((one) => one.type === type);
  const least = Math.max(1, group?.min_evaluations ?? 1);
  const ratio = group?.min_evaluation_ratio;
  return ratio === undefined ? `${least}` : `${least} and ${ratio} an interaction`;
}

function tierStep(
  ready: ReadyPlan,
  { score }: Quality,
  carriesBoth: boolean,
  part: string,
): string[] {
  if (score === null) return [];
  const { plan } = ready;
  const weight = carriesBoth
    ? `(${plan.quality_weight} + ${plan.productivity_weight})`
    : plan.quality_weight;
  const { text, from } = tierOf(ready, score);
  const tier = from === null ? 'below every tier' : `tier from ${from}`;
  return [
    `3. ${tier}, multiplier ${text}: quality part ${printNumber(score)} / 100 × ${weight} × ${text} = ${part}`,
  ];
}

function timeSteps(
  ready: ReadyPlan,
  { millis }: AgentFacts,
  productivity: Productivity,
  part: string,
): string[] {
  const { plan } = ready;
  const { ratio, productive, loggedIn, isEmpty } = productivity;
  const time = timeText(plan, millis, productivity);
  if (ratio === null) return [`4. ${time}: no logged-in time, productivity is left out`];
  const worked = `${seconds(productive)} / ${seconds(loggedIn)} = ${printNumber(ratio)}`;
  const { productivity_threshold: threshold, productivity_weight: weight } = plan;
  return [
    `4. ${time}: ${isEmpty ? 'no logged-in time, a neutral 1' : `productivity ${worked}`}`,
    reaches(ready, ratio)
      ? `5. at least ${threshold}: productivity part ${printNumber(ratio)} × ${weight} = ${part}`
      : `5. at least ${threshold}: not reached, productivity part 0`,
  ];
}

/** Seconds by code: those that are productive, other logged-in ones, and those on neither side. */
function timeText(
  plan: Plan,
  millis: AgentFacts['millis'],
  { productive, loggedIn, removed }: Productivity,
): string {
  const counted = Object.entries(millis).filter(([code]) => !Object.hasOwn(removed, code));
  const codes = new Set(plan.status_codes.productive.map((code) => code.toLowerCase()));
  const [inside, other] = [true, false].map((isProductive) =>
    counted.filter(([code]) => codes.has(code.toLowerCase()) === isProductive),
  );
  const out = Object.entries(removed);
  const outside = out.reduce((sum, [, duration]) => sum + duration, 0);
  return [
    groupText('productive', productive, inside ?? []),
    groupText('other logged-in time', loggedIn - productive, other ?? []),
    ...(out.length === 0 ? [] : [groupText('taken out', outside, out)]),
  ].join(', ');
}

/** Beyond so many codes a line is not one that is read; the explanation of a line lists them all. */
const CODES = 12;

function groupText(
  name: string,
  whole: number,
  codes: readonly (readonly [string, number])[],
): string {
  if (codes.length === 0) return `${name} ${seconds(whole)} s`;
  const shown = codes.slice(0, CODES).map(([code, duration]) => `${code} ${seconds(duration)}`);
  const rest = codes.slice(CODES).reduce((sum, [, duration]) => sum + duration, 0);
  const more = codes.length > CODES ? [`${codes.length - CODES} more ${seconds(rest)}`] : [];
  return `${name} ${seconds(whole)} s (${[...shown, ...more].join(' + ')})`;
}

const seconds = (millis: number): string => String(millis / 1000);

/** An amount of smallest parts as a number of the currency itself. */
const inUnit = (value: Fraction, unit: string): Fraction =>
  multiply(value, fraction(1n, 10n ** BigInt(minorUnits(unit) ?? 0)));

const CUT = '…';
const PLACES = 12;
const SCALE = 10n ** BigInt(PLACES);

/** A number of 0 or more: as it is where twelve places hold it, else cut there and `…` behind it. */
export function printNumber({ numerator, denominator }: Fraction): string {
  const scaled = numerator * SCALE;
  const digits = (scaled / denominator).toString().padStart(PLACES + 1, '0');
  const [whole, places] = [digits.slice(0, -PLACES), digits.slice(-PLACES)];
  if (scaled % denominator !== 0n) return `${whole}.${places}${CUT}`;
  const kept = places.replace(/0+$/, '');
  return kept === '' ? whole : `${whole}.${kept}`;
}

/** A number that is not cut: a ratio where no decimal holds it. */
function printExact(value: Fraction): string {
  const text = printNumber(value);
  return text.endsWith(CUT) ? `(${printFraction(value).replace('/', ' / ')})` : text;
}
