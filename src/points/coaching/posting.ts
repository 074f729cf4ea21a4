/**
 * From awards to entries: what is desired minus what has been posted, by account, rule and business
 * day, as one transaction. Decides whether it is an award, a correction or a reversal. Refuses to
 * edit: whatever was posted stays, a new entry moves the difference.
 */
import type { KeptEvent } from '../../events/event';
import { pointsUnit } from '../../kernel/units';
import { programAccount } from '../../ledger/account';
import { type Entry, type Leg, transaction } from '../../ledger/entry';
import type { Award } from './award';
import { type Decision, decisionId, type Posting } from './decision';

export interface Posted {
  readonly entries: readonly Entry[];
  readonly postings: readonly Posting[];
}

/**
 * The transaction that takes the ledger from what the decisions so far have posted to what the
 * awards are worth on `day`; no entries where nothing differs. The ids come from the decision.
 */
export function post(
  decision: Decision,
  before: readonly Decision[],
  completion: KeptEvent,
  awards: readonly Award[],
  day: string,
): Posted {
  const posted = postedOf(before);
  const desired = desiredOf(awards, day);
  const moves = differences(desired, posted);
  if (moves.length === 0) return { entries: [], postings: [] };
  const stood = [...posted.values()].some((one) => one.amount !== 0);
  const cause = {
    kind: !stood ? 'AWARD' : desired.size === 0 ? 'REVERSAL' : 'CORRECTION',
    cause: decisionId(decision.session, decision.number),
    occurredAt: completion.occurredAt,
    recordedAt: decision.at,
    reverses: stood ? lastTx(before) : null,
  };
  const entries = transaction(cause, moves.map(legOf));
  return { entries, postings: moves.map((move, index) => postingOf(move, entries[index])) };
}

interface Balance {
  readonly account: string;
  readonly category: string;
  readonly ruleId: string;
  readonly rule: string | null;
  readonly day: string;
  readonly amount: number;
}

/** What stands after all decisions so far, by account, rule and business day. */
function postedOf(decisions: readonly Decision[]): Map<string, Balance> {
  const posted = new Map<string, Balance>();
  for (const posting of decisions.flatMap((decision) => decision.postings)) {
    const { account, category, ruleId, day } = posting;
    const key = keyOf(posting);
    const amount = (posted.get(key)?.amount ?? 0) + posting.amount;
    posted.set(key, { account, category, ruleId, day, rule: null, amount });
  }
  return posted;
}

function desiredOf(awards: readonly Award[], day: string): Map<string, Balance> {
  const desired = new Map<string, Balance>();
  for (const { account, ruleId, trace } of awards) {
    const one = { account, category: trace.category, ruleId, day, rule: trace.rule };
    const amount = (desired.get(keyOf(one))?.amount ?? 0) + trace.amount;
    if (amount !== 0) desired.set(keyOf(one), { ...one, amount });
  }
  return desired;
}

const keyOf = (one: Pick<Balance, 'account' | 'ruleId' | 'day'>): string =>
  `${one.account} ${one.ruleId} ${one.day}`;

function differences(
  desired: ReadonlyMap<string, Balance>,
  posted: ReadonlyMap<string, Balance>,
): Balance[] {
  const keys = [...new Set([...desired.keys(), ...posted.keys()])].toSorted();
  return keys.flatMap((key): Balance[] => {
    const one = desired.get(key) ?? posted.get(key);
    const amount = (desired.get(key)?.amount ?? 0) - (posted.get(key)?.amount ?? 0);
    return one === undefined || amount === 0 ? [] : [{ ...one, amount }];
  });
}

function legOf(move: Balance): Leg {
  const program = programAccount(move.category);
  const gives = move.amount > 0;
  return {
    unit: pointsUnit(move.category),
    from: gives ? program : move.account,
    to: gives ? move.account : program,
    amount: Math.abs(move.amount),
    rule: move.rule,
    day: move.day,
  };
}

const postingOf = (move: Balance, entry: Entry | undefined): Posting => ({
  entry: entry?.id ?? '',
  tx: entry?.tx ?? '',
  account: move.account,
  unit: pointsUnit(move.category),
  category: move.category,
  ruleId: move.ruleId,
  day: move.day,
  amount: move.amount,
});

/** The transaction that a correction or reversal answers: the last one of the coaching session. */
const lastTx = (decisions: readonly Decision[]): string | null =>
  decisions.findLast((decision) => decision.postings.length > 0)?.postings[0]?.tx ?? null;
