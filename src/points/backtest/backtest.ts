/**
 * A back-test: what the ledger would gain and lose were a draft of a rule in force from an instant
 * on, over coaching sessions as they stand. Decides by the settlement itself, so that it cannot
 * differ from what happens when the draft goes live. Refuses nothing and writes nothing.
 */
import type { KeptEvent } from '../../events/event';
import type { ConfigVersion } from '../../ledger/config';
import type { Decision, Frozen } from '../coaching/decision';
import { completionOf } from '../coaching/fold';
import { type Known, type Settlement, settle } from '../coaching/settlement';
import type { Claim } from '../guards/claim';
import type { Programme } from '../programmes/programme';
import type { Rule, RuleVersion } from '../rules/rule';

/** A coaching session as D1 knows it. */
export interface Stored {
  readonly session: string;
  readonly events: readonly KeptEvent[];
  readonly decisions: readonly Decision[];
}

export interface Settings {
  readonly rules: readonly RuleVersion[];
  readonly programmes: readonly ConfigVersion<Programme>[];
}

/** The rules with a draft as the next version of one of them, in force from an instant on. */
export function rulesWith(
  rules: readonly RuleVersion[],
  present: RuleVersion,
  draft: Rule,
  from: number,
): RuleVersion[] {
  const next = { ...present, version: present.version + 1, effectiveFrom: from, content: draft };
  return [...rules, next];
}

/** UTC ms of the coaching; null while no completion is known. */
export const coachedAt = ({ events }: Stored): number | null =>
  completionOf(events)?.occurredAt ?? null;

const frozenOf = ({ events, decisions }: Stored): Frozen | null => {
  const completion = completionOf(events)?.id;
  return decisions.findLast(({ frozen }) => frozen?.completion === completion)?.frozen ?? null;
};

/** What a settlement under other rules would say; `claims` are those of all under the same caps. */
export function settled(
  stored: Stored,
  settings: Settings,
  claims: readonly Claim[],
  now: number,
): Settlement {
  const known: Known = { ...stored, ...settings, frozen: frozenOf(stored), claims };
  return settle(known, now);
}

/** One agent's points from one coaching session, 1/10000 point. */
export interface Difference {
  readonly session: string;
  /** The completion, whose event knows the sender's id. */
  readonly completion: string | null;
  readonly account: string;
  readonly category: string;
  readonly before: number;
  readonly after: number;
  readonly outcome: string;
}

/** What would be posted for a coaching session, account by account; nothing where all stays. */
export function differencesOf(stored: Stored, { decision }: Settlement): Difference[] {
  const completion = completionOf(stored.events)?.id ?? null;
  const sums = new Map<string, { category: string; before: number; after: number }>();
  const add = (decisions: readonly Decision[], sides: readonly ('before' | 'after')[]): void => {
    for (const { account, category, amount } of decisions.flatMap(({ postings }) => postings)) {
      const sum = sums.get(account) ?? { category, before: 0, after: 0 };
      for (const side of sides) sum[side] += amount;
      sums.set(account, sum);
    }
  };
  add(stored.decisions, ['before', 'after']);
  add([decision], ['after']);
  return [...sums]
    .filter(([, { before, after }]) => before !== after)
    .map(([account, sum]) => ({
      session: stored.session,
      completion,
      account,
      ...sum,
      outcome: decision.outcome,
    }));
}

export interface Summary {
  /** Awards that would be given, taken, and given otherwise. */
  readonly gained: number;
  readonly lost: number;
  readonly changed: number;
  /** Points gained less points lost by category, 1/10000 point. */
  readonly points: ReadonlyMap<string, number>;
  /** The same by agent's account. */
  readonly accounts: ReadonlyMap<string, { readonly category: string; readonly amount: number }>;
}

export function summaryOf(differences: readonly Difference[]): Summary {
  const points = new Map<string, number>();
  const accounts = new Map<string, { category: string; amount: number }>();
  for (const { account, category, before, after } of differences) {
    points.set(category, (points.get(category) ?? 0) + after - before);
    const amount = (accounts.get(account)?.amount ?? 0) + after - before;
    accounts.set(account, { category, amount });
  }
  const gained = differences.filter(({ before, after }) => before === 0 && after > 0).length;
  const lost = differences.filter(({ before, after }) => before > 0 && after === 0).length;
  return { gained, lost, changed: differences.length - gained - lost, points, accounts };
}
