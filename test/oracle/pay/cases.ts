/** Cases for the oracles: random ones from a seed, and the ratios that end in half a cent. */
import type { OracleFacts, OraclePlan } from './pay';

export interface PayCase {
  readonly plan: OraclePlan;
  readonly facts: OracleFacts;
}

/** A small generator with 32 bits of state; the same seed gives the same cases for ever. */
export function chance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const decimal = (value: number, places: number): string => {
  const digits = `${value}`.padStart(places + 1, '0');
  const [whole, rest] = [digits.slice(0, -places), digits.slice(-places).replace(/0+$/, '')];
  return rest === '' ? whole : `${whole}.${rest}`;
};

const TIERS = [
  [],
  [['80', '0.8']],
  [
    ['95', '1.2'],
    ['90', '1'],
    ['80', '0.8'],
  ],
  [
    ['60.5', '0.333333'],
    ['99.99', '2.5'],
    ['75', '1.05'],
  ],
] as const;

/** One random agent under one random plan: minimums, fallbacks and empty time included. */
export function randomCase(draw: (below: number) => number): PayCase {
  const types = Array.from({ length: 1 + draw(3) }, () => ({
    weight: decimal(1 + draw(1000), 3),
    least: draw(4),
    neutral: draw(3) === 0 ? decimal(draw(10_001), 2) : null,
  }));
  const loggedIn = draw(12) === 0 ? 0 : 3600 * (1 + draw(200)) + 60 * draw(60);
  const productive = draw(5) === 0 ? loggedIn : Math.floor((loggedIn * draw(1001)) / 1000);
  const tiers = TIERS[draw(TIERS.length)] ?? [];
  return {
    plan: {
      base_bonus: decimal(draw(200_000), 2),
      quality_weight: decimal(draw(101), 2),
      productivity_weight: decimal(draw(101), 2),
      quality_tiers: tiers.map(([min_score, multiplier]) => ({ min_score, multiplier })),
      multiplier_below_lowest_tier: decimal(draw(3) * 25, 2),
      productivity_threshold: decimal(draw(101), 2),
      min_interactions: draw(4) * 25,
      on_empty: draw(2) === 0 ? 'NEUTRAL_ONE' : 'EXCLUDE',
      types,
    },
    facts: {
      scores: types.map(() => Array.from({ length: draw(6) }, () => decimal(draw(10_001), 2))),
      productive,
      loggedIn,
      interactions: draw(200),
    },
  };
}

/** 13,608 months of plausible ratios; more than a thousand of them end in exactly half a cent. */
export function* ratioTies(): Generator<PayCase> {
  for (const hours of [90, 95, 100, 105, 110, 115, 120]) {
    for (const base_bonus of ['300', '375', '450', '500']) {
      for (const weight of ['0.25', '0.3', '0.35', '0.4', '0.45', '0.5']) {
        for (let quarters = 0; quarters <= 80; quarters += 1) {
          const loggedIn = hours * 3600;
          yield {
            plan: {
              base_bonus,
              quality_weight: '0',
              productivity_weight: weight,
              quality_tiers: [],
              productivity_threshold: '0',
              min_interactions: 0,
              types: [{ weight: '1', least: 0, neutral: null }],
            },
            facts: {
              scores: [[]],
              productive: loggedIn - quarters * 900,
              loggedIn,
              interactions: 1,
            },
          };
        }
      }
    }
  }
}
