/**
 * What is due to an agent for a period, by everything that was said of it: the latest word on each
 * result and on its time, the pay formula of `pay.ts`, and the agent's own currency. Shares no code
 * with the engine.
 */
import { type OraclePlan, oracleCents } from './pay';

/** One word on one result. */
export interface SaidResult {
  readonly agent: string;
  readonly period: string;
  readonly result: string;
  readonly score: string;
  /** COMPLETED and of a scorecard that the plan lists. */
  readonly counts: boolean;
  /** When its sender says it was changed, UTC ms; no two words of a history share it. */
  readonly at: number;
}

/** One word on the time of a period, in seconds. */
export interface SaidTime {
  readonly agent: string;
  readonly period: string;
  readonly productive: number;
  readonly loggedIn: number;
  readonly at: number;
}

export interface Case {
  readonly plan: OraclePlan;
  readonly results: readonly SaidResult[];
  readonly times: readonly SaidTime[];
  readonly interactions: number;
  /** How much of the agent's currency one of the plan's buys; null: one currency. */
  readonly rate: string | null;
}

/** In the smallest part of the agent's currency; both currencies have two places. */
export function dueFor({ plan, results, times, interactions, rate }: Case): bigint {
  const latest = new Map<string, SaidResult>();
  for (const one of results) {
    if ((latest.get(one.result)?.at ?? -1) < one.at) latest.set(one.result, one);
  }
  const scores = [...latest.values()].filter(({ counts }) => counts).map(({ score }) => score);
  const time = times.reduce<SaidTime | null>(
    (last, one) => (last === null || one.at > last.at ? one : last),
    null,
  );
  const cents = oracleCents(plan, {
    scores: [scores],
    productive: time?.productive ?? 0,
    loggedIn: time?.loggedIn ?? 0,
    interactions,
  });
  return rate === null ? cents : exchanged(cents, rate);
}

/** Rounded half up, once more: the agent's currency has a smallest part of its own. */
function exchanged(cents: bigint, rate: string): bigint {
  const [whole = '0', places = ''] = rate.split('.');
  const scale = 10n ** BigInt(places.length);
  const product = cents * BigInt(whole + places);
  return (2n * product + scale) / (2n * scale);
}
