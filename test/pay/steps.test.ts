/** The lines of a calculation are followed with a calculator that knows nothing of the engine. */
import { expect, it } from 'vitest';
import { calculate } from '../../src/pay/calculation/calculation';
import { readyPlan } from '../../src/pay/calculation/formula';
import { conversionStep } from '../../src/pay/calculation/steps';
import { chance, randomCase } from '../oracle/pay/cases';
import { engineSays, planOf } from '../oracle/pay/engine';
import { agentFacts, SEED_PLAN } from './build';

/** Sums of products of numbers and brackets, as they are printed; a cut number is what it shows. */
function worth(text: string): number {
  const tokens = text.match(/[0-9.]+|[()+×/]/g) ?? [];
  let at = 0;
  const factor = (): number => {
    const token = tokens[at++] ?? '';
    if (token !== '(') return Number(token);
    const inner = sum();
    at += 1;
    return inner;
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === '×' || tokens[at] === '/') {
      value = tokens[at++] === '×' ? value * factor() : value / factor();
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    for (; tokens[at] === '+'; value += product()) at += 1;
    return value;
  };
  return sum();
}

const EQUATION = /((?:[0-9.…()]+ [+×/] )+[0-9.…()]+) = ([0-9.]+)…?/g;

it('every equation of a step holds, and each takes what the steps before it came to', () => {
  const draw = chance(20_231_102);
  let equations = 0;
  const wrong: string[] = [];
  for (let count = 0; count < 1_000; count += 1) {
    const { steps, amount, reason } = engineSays(randomCase(draw));
    for (const step of steps) {
      for (const [, left = '', right = ''] of step.matchAll(EQUATION)) {
        if (!(Math.abs(worth(left) - Number(right)) < 1e-6)) wrong.push(step);
        equations += 1;
      }
    }
    if (reason !== 'CALCULATED' && reason !== 'NO_EVALUATIONS') continue;
    const whole = steps.find((step) => step.startsWith('6. ')) ?? '';
    const printed = /rounded half up: ([0-9.]+) /.exec(steps.at(-1) ?? '')?.[1] ?? '';
    const places = printed.split('.')[1]?.length ?? 0;
    expect(printed.replace('.', '')).toMatch(new RegExp(`^0*${amount}$`));
    const exact = Number(/ = ([0-9.]+)/.exec(whole)?.[1]);
    expect(Math.abs(exact - Number(printed)), whole).toBeLessThanOrEqual(0.500001 / 10 ** places);
    for (const [at, named] of [
      [/quality part .* = ([0-9.…]+)$/, 1],
      [/productivity part .* = ([0-9.…]+)$/, 1],
    ] as const) {
      const part = steps.map((step) => at.exec(step)?.[named]).find((one) => one !== undefined);
      if (part !== undefined) expect(whole).toContain(part);
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(equations).toBeGreaterThan(3_000);
});

it('types, weights, fallbacks and codes that were taken out are named with their numbers', () => {
  const ready = readyPlan(
    planOf({
      ...SEED_PLAN,
      scorecards: [
        { type: 'A', version_ids: ['sc-version-789'], weight: 0.5 },
        {
          ...{ type: 'B', version_ids: ['sc-b'], weight: 0.3, min_evaluations: 2 },
          ...{ fallback_behavior: 'NEUTRAL', neutral_score: 85 },
        },
        { type: 'C', version_ids: ['sc-c'], weight: 0.2, min_evaluation_ratio: 0.02 },
      ],
    }),
  );
  const facts = agentFacts({ scores: ['92.5', '90', '95'] });
  const results = [
    ...facts.results,
    ...['sc-b', 'sc-c', 'sc-strange'].map((version) => ({ id: version, version, score: '10/1' })),
  ];
  const millis = { talk: 80_000, hold: 8_000, aux: 12_000, SYSTEM_ERROR: 900_000, Unknown: 7_000 };
  const pinned = new Set(['sc-version-789', 'sc-b', 'sc-c', 'sc-strange']);
  expect(calculate(ready, { ...facts, results, millis }, pinned).steps).toEqual([
    '1. interactions 145, at least 50',
    '2. A 277.5 / 3 = 92.5, B neutral 85 (1 evaluation, needs 2), ' +
      'C left out (1 evaluation, needs 1 and 0.02 an interaction), ' +
      'results of other versions (1) do not count: ' +
      'quality (92.5 × 0.5 + 85 × 0.3) / (0.5 + 0.3) = 89.6875',
    '3. tier from 80, multiplier 0.8: quality part 89.6875 / 100 × 0.6 × 0.8 = 0.4305',
    '4. productive 88 s (talk 80 + hold 8), other logged-in time 12 s (aux 12), ' +
      'taken out 907 s (SYSTEM_ERROR 900 + Unknown 7): productivity 88 / 100 = 0.88',
    '5. at least 0.85: productivity part 0.88 × 0.4 = 0.352',
    '6. 500 × (0.4305 + 0.352) = 391.25',
    '7. rounded half up: 391.25 USD',
  ]);
});

it('a number that no twelve places hold is cut, and says so; a rate is never cut', () => {
  const third = agentFacts({ scores: ['92.5'], productive: 299, loggedIn: 300 });
  const { steps } = calculate(readyPlan(planOf(SEED_PLAN)), third, new Set(['sc-version-789']));
  expect(steps.slice(3)).toEqual([
    '4. productive 299 s (talk 299), other logged-in time 1 s (aux 1): productivity 299 / 300 = 0.996666666666…',
    '5. at least 0.85: productivity part 0.996666666666… × 0.4 = 0.398666666666…',
    '6. 500 × (0.555 + 0.398666666666…) = 476.833333333333…',
    '7. rounded half up: 476.83 USD (…: cut for reading, not for calculating)',
  ]);
  const pay = conversionStep(
    { unit: 'USD', amount: 45_350n },
    { unit: 'JPY', amount: 647_857n },
    { numerator: 10_000n, denominator: 7n },
  );
  expect(pay).toBe(
    '8. 453.50 USD at (10000 / 7) JPY: 453.50 × (10000 / 7) = 647857.142857142857…, ' +
      'rounded half up: 647857 JPY',
  );
});
