/**
 * How decisions look on the wire: every condition with expected and actual, amounts as decimal text
 * with their unit, agents by their own id (null once they were erased). Decides nothing.
 */
import { printInstant } from '../../kernel/instant';
import { pointsUnit, printAmount } from '../../kernel/units';
import { agentOf } from '../../ledger/account';
import { type Decision, decisionId } from '../coaching/decision';

/** Every agent that decisions name, each once. */
export function agentKeysOf(decisions: readonly Decision[]): string[] {
  const keys = decisions.flatMap(({ frozen, postings }) => [
    ...(frozen === null ? [] : [frozen.mentorKey, frozen.menteeKey]),
    ...postings.flatMap((posting) => agentOf(posting.account) ?? []),
  ]);
  return [...new Set(keys)];
}

/** Net points by account over all settlements. */
export function netPoints(decisions: readonly Decision[], ids: ReadonlyMap<string, string>) {
  const net = new Map<string, { key: string; category: string; amount: number }>();
  for (const { account, category, amount } of decisions.flatMap((one) => one.postings)) {
    const before = net.get(account)?.amount ?? 0;
    net.set(account, { key: agentOf(account) ?? '', category, amount: before + amount });
  }
  return [...net.values()].map(({ key, category, amount }) => ({
    agentId: ids.get(key) ?? null,
    pointCategory: category,
    amount: printAmount(amount, pointsUnit(category)),
  }));
}

/** A decision for an answer: agents by their own id, amounts as decimal text. */
export function showDecision(decision: Decision, ids: ReadonlyMap<string, string>) {
  const { session, number, at, outcome, score, frozen, rules, awards, postings } = decision;
  return {
    id: decisionId(session, number),
    at: printInstant(at),
    outcome,
    events: decision.events,
    score,
    mentorId: frozen === null ? null : (ids.get(frozen.mentorKey) ?? null),
    menteeId: frozen === null ? null : (ids.get(frozen.menteeKey) ?? null),
    day: frozen?.day ?? null,
    rules,
    awards: awards.map((award) => ({
      ...award,
      amount: printAmount(award.amount, pointsUnit(award.category)),
      ...(award.capped && {
        capped: {
          ...award.capped,
          amount: printAmount(award.capped.amount, pointsUnit(award.category)),
        },
      }),
    })),
    postings: postings.map((posting) => ({
      transaction: posting.tx,
      entry: posting.entry,
      agentId: ids.get(agentOf(posting.account) ?? '') ?? null,
      unit: posting.unit,
      amount: printAmount(posting.amount, posting.unit),
    })),
  };
}
