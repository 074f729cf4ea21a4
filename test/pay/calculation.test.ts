/** The amounts of variable pay: published values, ties, two oracles and what must always hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraction, parseFraction } from '../../src/kernel/fraction';
import { calculate, printRatio } from '../../src/pay/calculation/calculation';
import { amountOf, readyPlan, tierOf } from '../../src/pay/calculation/formula';
import { chance, randomCase, ratioTies } from '../oracle/pay/cases';
import { engineCents, planOf } from '../oracle/pay/engine';
import { oracleCents } from '../oracle/pay/pay';
import { agentFacts, SEED_PLAN } from './build';

const seed = readyPlan(planOf(SEED_PLAN));
const PINNED = new Set(['sc-version-789', 'sc-b']);

/** Quality, productivity as seconds, interactions, and what is paid (DEC-1, DEC-2, DEC-3). */
const PUBLISHED: readonly [string, string, [number, number], number, string][] = [
  ['the example of the guide', '92.5', [88, 100], 145, '453.50'],
  ['quality 95 reaches the next tier', '95', [88, 100], 145, '518.00'],
  ['productivity just below the threshold', '92.5', [8_499_999, 10_000_000], 145, '277.50'],
  ['productivity exactly at the threshold', '92.5', [85, 100], 145, '447.50'],
  ['one interaction too few', '92.5', [88, 100], 49, '0.00'],
  ['as many interactions as needed', '92.5', [88, 100], 50, '453.50'],
  ['quality below the lowest tier', '79.99', [88, 100], 145, '176.00'],
  ['quality exactly at the lowest tier', '80', [88, 100], 145, '368.00'],
  ['quality a hair below 95', '94.999999', [88, 100], 145, '461.00'],
];

describe('the published values', () => {
  it.each(PUBLISHED)('%s', (_, score, [productive, loggedIn], interactions, pays) => {
    const facts = agentFacts({ scores: [score], productive, loggedIn, interactions });
    const { amount } = calculate(seed, facts, PINNED);
    expect(Number(amount) / 100).toBe(Number(pays));
  });

  it('a system outage leaves no denominator: productivity is a neutral 1 (DEC-3)', () => {
    const facts = { ...agentFacts({ scores: ['92.5'] }), millis: { SYSTEM_ERROR: 14_400_000 } };
    const { amount, productivity, steps } = calculate(seed, facts, PINNED);
    expect(amount).toBe(47_750n);
    expect(productivity).toMatchObject({ loggedIn: 0, removed: { SYSTEM_ERROR: 14_400_000 } });
    expect(steps).toContain(
      '4. productive 0 s, other logged-in time 0 s, taken out 14400 s (SYSTEM_ERROR 14400): ' +
        'no logged-in time, a neutral 1',
    );
  });

  it('a plan that excludes empty time lets quality carry both weights (DEC-3)', () => {
    const ready = readyPlan(planOf({ ...SEED_PLAN, on_empty: 'EXCLUDE' }));
    const facts = { ...agentFacts({ scores: ['92.5'] }), millis: {} };
    expect(calculate(ready, facts, PINNED).amount).toBe(46_250n);
  });

  it('nothing evaluated: quality pays 0 and says so, productivity pays (DEC-3)', () => {
    const { amount, reason } = calculate(seed, agentFacts({ scores: [] }), PINNED);
    expect([amount, reason]).toEqual([17_600n, 'NO_EVALUATIONS']);
  });

  it('the minimum of interactions comes first', () => {
    const facts = { ...agentFacts({ scores: [], interactions: 3 }), millis: {} };
    const { amount, reason, steps } = calculate(seed, facts, PINNED);
    expect([amount, reason]).toEqual([0n, 'BELOW_MIN_INTERACTIONS']);
    expect(steps).toEqual(['1. interactions 3, at least 50: not reached, pays 0.00 USD']);
  });

  it('the minimum of evaluations pays nothing below it, and is named where it is reached', () => {
    const ready = readyPlan(planOf({ ...SEED_PLAN, min_scorecards: 2 }));
    const [one, two] = [['92.5'], ['92.5', '92.5']].map((scores) =>
      calculate(ready, agentFacts({ scores }), PINNED),
    );
    expect([one?.amount, one?.reason]).toEqual([0n, 'BELOW_MIN_SCORECARDS']);
    expect(one?.steps).toEqual([
      '1. interactions 145, at least 50, evaluations 1, at least 2: not reached, pays 0.00 USD',
    ]);
    expect([two?.amount, two?.reason]).toEqual([45_350n, 'CALCULATED']);
    expect(two?.steps[0]).toBe('1. interactions 145, at least 50, evaluations 2, at least 2');
  });

  it('says every step of the example', () => {
    expect(calculate(seed, agentFacts({ scores: ['92.5'] }), PINNED).steps).toEqual([
      '1. interactions 145, at least 50',
      '2. ALL 92.5 / 1 = 92.5: quality 92.5',
      '3. tier from 90, multiplier 1: quality part 92.5 / 100 × 0.6 × 1 = 0.555',
      '4. productive 88 s (talk 88), other logged-in time 12 s (aux 12): productivity 88 / 100 = 0.88',
      '5. at least 0.85: productivity part 0.88 × 0.4 = 0.352',
      '6. 500 × (0.555 + 0.352) = 453.5',
      '7. rounded half up: 453.50 USD',
    ]);
  });
});

describe('quality over scorecard types', () => {
  const twoTypes = (fallback: object) =>
    readyPlan(
      planOf({
        ...SEED_PLAN,
        scorecards: [
          { type: 'A', version_ids: ['sc-version-789'], weight: 0.8 },
          { type: 'B', version_ids: ['sc-b'], weight: 0.2, min_evaluations: 2, ...fallback },
        ],
      }),
    );
  const facts = (b: readonly string[]) => {
    const { results, ...rest } = agentFacts({ scores: ['92.5'] });
    const more = b.map((score, index) => ({ id: `20231002.b${index}`, version: 'sc-b', score }));
    return { ...rest, results: [...results, ...more] };
  };

  it('divides by the weights that are present, not by those that were planned', () => {
    const { quality } = calculate(twoTypes({}), facts(['70/1']), PINNED);
    expect(quality.score && printRatio(quality.score)).toBe('92.5000');
    expect(quality.types.map(({ state }) => state)).toEqual(['COUNTED', 'EXCLUDED']);
  });

  it('takes a neutral score where the plan says so', () => {
    const neutral = { fallback_behavior: 'NEUTRAL', neutral_score: 85 };
    const { quality } = calculate(twoTypes(neutral), facts(['70/1']), PINNED);
    expect(quality.score && printRatio(quality.score)).toBe('91.0000');
  });

  it('weighs both where there are enough', () => {
    const { quality } = calculate(twoTypes({}), facts(['70/1', '80/1']), PINNED);
    expect(quality.score && printRatio(quality.score)).toBe('89.0000');
  });

  it('counts evaluations per interaction where the plan asks for a ratio', () => {
    const ratio = { min_evaluations: 0, min_evaluation_ratio: 0.02 };
    // 145 interactions ask for 2.9 evaluations.
    for (const [count, state] of [
      [2, 'EXCLUDED'],
      [3, 'COUNTED'],
    ] as const) {
      const b = Array.from({ length: count }, () => '70/1');
      const { quality } = calculate(twoTypes(ratio), facts(b), PINNED);
      expect(quality.types[1]?.state).toBe(state);
    }
  });

  it('counts no version that the plan does not list or that was not pinned, and reports it', () => {
    const strange = { id: '20231003.x', version: 'sc-new', score: '1/1' };
    const all = { ...facts(['70/1', '80/1']) };
    const { quality } = calculate(
      twoTypes({}),
      { ...all, results: [...all.results, strange] },
      new Set(['sc-version-789']),
    );
    expect(quality.unlisted).toEqual(['sc-b', 'sc-new']);
    expect(quality.score && printRatio(quality.score)).toBe('92.5000');
  });
});

describe('productivity', () => {
  const ready = readyPlan(planOf({ ...SEED_PLAN, productivity_threshold: 0 }));
  const ofMillis = (millis: Record<string, number>) =>
    calculate(ready, { ...agentFacts({ scores: [] }), millis }, PINNED).productivity;

  it('is 18,000 of 25,200 seconds in the fixture of the guide', () => {
    expect(ofMillis({ talk: 14_400, wrap_up: 3_600, aux: 7_200 })).toMatchObject({
      productive: 18_000,
      loggedIn: 25_200,
    });
  });

  it('leaves exempt, noise and off codes out of both sides, whatever their case', () => {
    const millis = { TALK: 50, system_error: 900, Unknown: 7, Offline: 3600, aux: 50 };
    expect(ofMillis(millis)).toMatchObject({ productive: 50, loggedIn: 100 });
  });

  it('counts only the listed codes as logged in where the plan lists them', () => {
    const listed = readyPlan(
      planOf({ ...SEED_PLAN, status_codes: { logged_in: ['talk', 'wrap_up', 'hold', 'aux'] } }),
    );
    const facts = { ...agentFacts({ scores: [] }), millis: { talk: 50, aux: 50, paid_break: 20 } };
    expect(calculate(listed, facts, PINNED).productivity).toMatchObject({ loggedIn: 100 });
  });
});

describe('exactness', () => {
  it('has no wrong cent over 13,608 ratio ties', () => {
    let [cases, ties, wrong] = [0, 0, 0];
    for (const one of ratioTies()) {
      const { base_bonus, productivity_weight: weight } = one.plan;
      const scale = BigInt(Math.round(Number(base_bonus) * 100 * Number(weight) * 1000));
      const rest = (scale * BigInt(one.facts.productive)) % (1000n * BigInt(one.facts.loggedIn));
      if (2n * rest === 1000n * BigInt(one.facts.loggedIn)) ties += 1;
      if (engineCents(one) !== oracleCents(one.plan, one.facts)) wrong += 1;
      cases += 1;
    }
    expect([cases, ties, wrong]).toEqual([13_608, 1_110, 0]);
  });

  it('pays 135.38 where decimal libraries that divide first pay 135.37', () => {
    const plan = planOf({
      base_bonus: 450,
      quality_weight: 0,
      productivity_weight: 0.35,
    });
    expect(amountOf(readyPlan(plan), null, fraction(324_900n, 378_000n))).toBe(13_538n);
  });

  it('agrees with rationals written apart in 50,000 random cases', () => {
    const draw = chance(20_231_101);
    const wrong: unknown[] = [];
    for (let count = 0; count < 50_000; count += 1) {
      const one = randomCase(draw);
      if (engineCents(one) !== oracleCents(one.plan, one.facts)) wrong.push(one);
    }
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

describe('what must always hold', () => {
  const scores = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 12 });
  const asFacts = (hundredths: readonly number[]) => ({
    ...agentFacts({ scores: [] }),
    results: hundredths.map((score, index) => ({
      id: `20231001.${index}`,
      version: 'sc-version-789',
      score: `${score}/100`,
    })),
  });

  it('the order of results does not matter', () => {
    fc.assert(
      fc.property(scores, (list) => {
        const [one, other] = [list, list.toReversed()].map((some) =>
          calculate(seed, asFacts(some), PINNED),
        );
        expect(one?.amount).toBe(other?.amount);
      }),
    );
  });

  it('a better score never pays less', () => {
    fc.assert(
      fc.property(scores, fc.integer({ min: 0, max: 500 }), (list, more) => {
        const better = list.map((score) => Math.min(10_000, score + more));
        const before = calculate(seed, asFacts(list), PINNED).amount;
        expect(calculate(seed, asFacts(better), PINNED).amount >= before).toBe(true);
      }),
    );
  });

  it('doubling all weights of scorecards changes nothing', () => {
    const plan = (factor: number) =>
      readyPlan(
        planOf({
          ...SEED_PLAN,
          scorecards: [
            { type: 'A', version_ids: ['sc-version-789'], weight: 0.3 * factor },
            { type: 'B', version_ids: ['sc-b'], weight: 0.7 * factor },
          ],
        }),
      );
    fc.assert(
      fc.property(scores, (list) => {
        const facts = asFacts(list);
        const results = facts.results.map((one, index) =>
          index % 2 === 0 ? one : { ...one, version: 'sc-b' },
        );
        const [one, two] = [1, 2].map((n) => calculate(plan(n), { ...facts, results }, PINNED));
        expect(one?.amount).toBe(two?.amount);
      }),
    );
  });

  it('a tier begins exactly at its score', () => {
    const at = (text: string) => tierOf(seed, parseFraction(text)).text;
    expect([at('79999999/1000000'), at('80/1'), at('80000001/1000000')]).toEqual([
      '0',
      '0.8',
      '0.8',
    ]);
    expect([at('899999999999/10000000000'), at('270/3')]).toEqual(['0.8', '1']);
  });
});
