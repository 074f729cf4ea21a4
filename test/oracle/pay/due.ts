/**
 * What is due to an agent for a period, by everything that was said of it: the latest word on each
 * result and on the time of each month, the pay formula of `pay.ts`, and the agent's own currency. Shares no code
 * with the engine.
 */
import { type OraclePlan, oracleCents } from './pay';

/** One word on one result. */
export interface SaidResult {
  readonly agent: string;
  readonly period: string;
  readonly result: string;
  readonly score: string;
  readonly version: string;
  /** COMPLETED. */
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
  readonly agent: string;
  readonly plan: OraclePlan;
  /** The scorecard version of each of the plan's types. */
  readonly versions: readonly string[];
  /** Words on results of anybody: one that is given to another agent counts for that one alone. */
  readonly results: readonly SaidResult[];
  readonly times: readonly SaidTime[];
  readonly interactions: number;
  /** How much of the agent's currency one of the plan's buys; null: one currency. */
  readonly rate: string | null;
}

/** In the smallest part of the agent's currency; both currencies have two places. */
export function dueFor({
  agent,
  plan,
  versions,
  results,
  times,
  interactions,
  rate,
}: Case): bigint {
  const latest = new Map<string, SaidResult>();
  for (const one of results) {
    if ((latest.get(one.result)?.at ?? -1) < one.at) latest.set(one.result, one);
  }
  const counted = [...latest.values()].filter((one) => one.counts && one.agent === agent);
  const timeOf = new Map<string, SaidTime>();
  for (const one of times) {
    if ((timeOf.get(one.period)?.at ?? -1) < one.at) timeOf.set(one.period, one);
  }
  const sum = (read: (time: SaidTime) => number): number =>
    [...timeOf.values()].reduce((all, time) => all + read(time), 0);
  const cents = oracleCents(plan, {
    scores: plan.types.map((_, type) =>
      counted.filter(({ version }) => version === versions[type]).map(({ score }) => score),
    ),
    productive: sum(({ productive }) => productive),
    loggedIn: sum(({ loggedIn }) => loggedIn),
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
