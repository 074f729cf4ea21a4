/**
 * Why a coaching session brought what it brought, in one sentence: for each entry of a settlement,
 * and for a coaching session that brought its mentor nothing. Decides the words only; what they say
 * is in the decision. Refuses nothing.
 */
import { DAY_MS, printInstant } from '../../kernel/instant';
import { pointsUnit, printAmount, type Unit } from '../../kernel/units';
import { agentOf } from '../../ledger/account';
import type { Entry } from '../../ledger/entry';
import type { AwardTrace, Decision, RuleTrace } from '../coaching/decision';
import { AWAIT_SCORE_DAYS } from '../coaching/fold';
import { failedGates, type Gate, gateText, revokingText } from './gate';

/** Why an entry of this decision was posted. */
export function whyPosted(decision: Decision, entry: Entry): string {
  const own = tracesOf(decision, entry);
  const standing = own.filter(({ amount, rule }) => amount > 0 && rule === entry.rule);
  if (entry.kind === 'AWARD') {
    const score = decision.score === null ? '' : ` at a score of ${String(decision.score)}`;
    return `Awarded: every condition of ${rulesIn(standing)} held${score}; ${worthText(standing)}.`;
  }
  if (standing.length > 0) {
    return `Corrected: the coaching session is now worth ${worthText(standing)}.`;
  }
  return `Taken back: ${lossText(decision, own)}.`;
}

/** The awards of a decision for the agent and category of an entry. */
function tracesOf({ awards, frozen }: Decision, { from, to, unit }: Entry): AwardTrace[] {
  const holder = agentOf(to) ?? agentOf(from);
  return awards.filter(({ recipient, category }) => {
    const key = recipient === 'MENTOR' ? frozen?.mentorKey : frozen?.menteeKey;
    return key === holder && pointsUnit(category) === unit;
  });
}

const rulesIn = (awards: readonly AwardTrace[]): string =>
  [...new Set(awards.map(({ rule }) => rule))].join(' and ') || 'the rule';

const STATES: Readonly<Record<AwardTrace['multiplier']['state'], string>> = {
  KNOWN: '',
  PENDING: ", the mentee's change being measured yet",
  UNKNOWN: ", the mentee's change being unknown",
};

const worthText = (awards: readonly AwardTrace[]): string =>
  awards
    .map(({ points, multiplier }) => {
      return `${points} points × ${multiplier.factor}${STATES[multiplier.state]}`;
    })
    .join(' and ');

/** What made a standing award stand no more. */
function lossText(decision: Decision, own: readonly AwardTrace[]): string {
  const capped = own.find((award) => award.capped !== undefined);
  if (capped !== undefined) return capText(capped);
  const revoked = decision.rules.find((rule) => rule.revokedBy !== undefined)?.revokedBy;
  if (revoked !== undefined) return `by ${revoked.rule}, ${revokingText(revoked)}`;
  const [gate] = failedGates(decision);
  if (gate !== undefined) return gateText(gate);
  if (decision.outcome === 'AWAITING_SCORE') return 'the coaching session has no score';
  if (decision.outcome === 'EXPIRED') return NEVER_SCORED;
  return 'the coaching session is worth nothing here any more';
}

const NEVER_SCORED = `no score came within ${AWAIT_SCORE_DAYS} days`;

/** What the cap counts, and what the award would have been. */
function capText({ category, capped }: AwardTrace): string {
  if (capped === undefined) return '';
  const { by, period, limit, before, amount } = capped;
  const unit = pointsUnit(category);
  const would = `it would have been ${printAmount(amount, unit)}`;
  if (by === 'points') {
    const stood = printAmount(before, unit);
    return `the cap of ${limit} points a ${period} holds it back, ${stood} stood before; ${would}`;
  }
  const whose = by === 'perPair' ? 'with one mentee' : 'of one mentor';
  const sessions = `${limit} coaching sessions ${whose} a ${period}`;
  return `the cap of ${sessions} holds it back, ${before} came before; ${would}`;
}

/** A coaching session that brought its mentor nothing. */
export interface Nothing {
  readonly outcome: Decision['outcome'];
  readonly why: string;
  /** The conditions that failed. */
  readonly gates: readonly Gate[];
  /** Without the cap. */
  readonly wouldHaveBeen: { readonly unit: Unit; readonly amount: bigint } | null;
  readonly waitsFor: string | null;
}

export function whyNothing(decision: Decision): Nothing {
  const { outcome } = decision;
  const gates = failedGates(decision);
  const capped = decision.awards.filter(
    (award) => award.recipient === 'MENTOR' && award.capped !== undefined,
  );
  const [first] = capped;
  const nothing = { outcome, gates, wouldHaveBeen: null, waitsFor: null };
  if (first !== undefined) {
    const same = capped.filter(({ category }) => category === first.category);
    const amount = same.reduce((sum, award) => sum + BigInt(award.capped?.amount ?? 0), 0n);
    const wouldHaveBeen = { unit: pointsUnit(first.category), amount };
    return { ...nothing, why: `Nothing: ${capText(first)}.`, wouldHaveBeen };
  }
  if (outcome === 'AWAITING_SCORE') {
    const waitsFor = `a score until ${scoreDue(decision)}`;
    return { ...nothing, why: `Nothing yet: it waits for ${waitsFor}.`, waitsFor };
  }
  return { ...nothing, why: `Nothing: ${nothingText(decision, gates)}.` };
}

/** When waiting for a first score ends. */
function scoreDue({ frozen }: Decision): string {
  const ended = frozen?.span?.until;
  return ended === undefined ? 'it expires' : printInstant(ended + AWAIT_SCORE_DAYS * DAY_MS);
}

function nothingText(decision: Decision, gates: readonly Gate[]): string {
  if (decision.outcome === 'EXPIRED') return NEVER_SCORED;
  if (decision.outcome === 'NO_RULE') return 'no award rule was in force';
  const [gate] = gates;
  if (gate !== undefined) {
    const more = gates.length === 1 ? '' : `, and ${gates.length - 1} more conditions failed`;
    return `${gateText(gate)} under ${gate.rule}${more}`;
  }
  const revoked = decision.rules.find((rule: RuleTrace) => rule.revokedBy)?.revokedBy;
  if (revoked !== undefined) return `by ${revoked.rule}, ${revokingText(revoked)}`;
  return 'the rules that hold award somebody else';
}
