/** Cases for the oracles: random ones from a seed, and the ratios that end in half a cent. */
import type { OracleCodes, OracleFacts, OraclePlan } from './pay';

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

/** In the case that a platform happens to write them. */
const CODES = ['talk', 'Wrap_Up', 'hold', 'aux', 'MEAL', 'system_error', 'Unknown', 'OFFLINE'];

/** Sets of status codes as plans may draw them: what is productive is logged in and not taken out. */
function randomCodes(draw: (below: number) => number): OracleCodes {
  const kind = CODES.map(() => draw(7));
  const some = (...kinds: readonly number[]): string[] =>
    CODES.filter((_, index) => kinds.includes(kind[index] ?? 0)).map((code) =>
      draw(2) === 0 ? code : code.toLowerCase(),
    );
  const productive = some(0, 1);
  return {
    productive,
    // Code 6 is on no list: logged in where nothing says what is.
    ...(draw(2) === 0 && { logged_in: [...productive, ...some(2)] }),
    exempt: some(3),
    noise: some(4),
    off: some(5),
  };
}

/** A score of an evaluation: a total, or what questions of different weights come to. */
function randomScore(draw: (below: number) => number): string {
  if (draw(3) !== 0) return decimal(draw(10_001), 2);
  const questions = Array.from({ length: 1 + draw(4) }, () => [draw(101), 1 + draw(9)] as const);
  const sum = questions.reduce((all, [score, weight]) => all + score * weight, 0);
  return `${sum}/${questions.reduce((all, [, weight]) => all + weight, 0)}`;
}

/** A bonus that the currency of so many places can pay. */
const randomBase = (draw: (below: number) => number, places: number): string =>
  places === 0 ? String(draw(200_000)) : decimal(draw(200_000), places);

/**
 * One random agent under one random plan: minimums, ratios, fallbacks, sets of status codes, weighted
 * questions, currencies of 0 to 4 places and empty time included.
 */
export function randomCase(draw: (below: number) => number): PayCase {
  const types = Array.from({ length: 1 + draw(3) }, () => ({
    weight: decimal(1 + draw(1000), 3),
    least: draw(4),
    neutral: draw(3) === 0 ? decimal(draw(10_001), 2) : null,
    ...(draw(4) === 0 && { share: decimal(draw(60), 3) }),
  }));
  const places = [0, 2, 2, 2, 3, 4][draw(6)] ?? 2;
  const codes = draw(2) === 0 ? randomCodes(draw) : null;
  const loggedIn = draw(12) === 0 ? 0 : 3600 * (1 + draw(200)) + 60 * draw(60);
  const productive = draw(5) === 0 ? loggedIn : Math.floor((loggedIn * draw(1001)) / 1000);
  const tiers = TIERS[draw(TIERS.length)] ?? [];
  return {
    plan: {
      base_bonus: randomBase(draw, places),
      quality_weight: decimal(draw(101), 2),
      productivity_weight: decimal(draw(101), 2),
      quality_tiers: tiers.map(([min_score, multiplier]) => ({ min_score, multiplier })),
      multiplier_below_lowest_tier: decimal(draw(3) * 25, 2),
      productivity_threshold: decimal(draw(101), 2),
      min_interactions: draw(4) * 25,
      on_empty: draw(2) === 0 ? 'NEUTRAL_ONE' : 'EXCLUDE',
      types,
      places,
      ...(draw(3) === 0 && { min_scorecards: draw(9) }),
      ...(codes !== null && { codes }),
    },
    facts: {
      scores: types.map(() => Array.from({ length: draw(6) }, () => randomScore(draw))),
      productive,
      loggedIn,
      interactions: draw(200),
      ...(codes !== null && {
        seconds: Object.fromEntries(CODES.map((code) => [code, draw(3) === 0 ? 0 : draw(90_000)])),
      }),
    },
  };
}

/** 13,608 months of plausible ratios; 1,110 of them end in exactly half a cent. */
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
