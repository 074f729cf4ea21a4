/**
 * `npm run bench -- pay --oracles`: a million random cases, the engine against rationals written
 * apart, and the ratio ties against decimal.js and doubles. `--sizes` says how many cases.
 */
import { afterAll, expect, it } from 'vitest';
import { chance, type PayCase, randomCase, ratioTies } from '../oracle/pay/cases';
import { decimalCents, doubleCents } from '../oracle/pay/cheap';
import { engineCents } from '../oracle/pay/engine';
import { oracleCents } from '../oracle/pay/pay';
import { atMost, Report } from './report';
import { sizesOf } from './sizes';

const sizes = sizesOf([1_000_000]);
const report = new Report('pay-oracles', [
  'wrong cents of',
  'ours',
  'decimal.js',
  'float64',
  'seconds',
]);

for (const size of sizes) {
  it(`${size} random cases have no wrong cent`, () => {
    const draw = chance(size);
    const wrong: PayCase[] = [];
    const begun = performance.now();
    for (let count = 0; count < size; count += 1) {
      const one = randomCase(draw);
      if (engineCents(one) !== oracleCents(one.plan, one.facts)) wrong.push(one);
    }
    const ms = performance.now() - begun;
    report.sum(atMost(`pay, ${size} random cases`, wrong.length, 0, 'wrong cents'));
    report.row(`${size} random cases`, wrong.length, '-', '-', (ms / 1000).toFixed(1));
    expect(wrong.slice(0, 3)).toEqual([]);
  });
}

it('the ratio ties: who pays a wrong cent', () => {
  const wrong = { engine: 0, 'decimal.js': 0, float64: 0 };
  let cases = 0;
  for (const one of ratioTies()) {
    cases += 1;
    const right = oracleCents(one.plan, one.facts);
    if (engineCents(one) !== right) wrong.engine += 1;
    if (decimalCents(one) !== right) wrong['decimal.js'] += 1;
    if (doubleCents(one) !== right) wrong.float64 += 1;
  }
  report.row(`${cases} ratio ties`, wrong.engine, wrong['decimal.js'], wrong.float64, '-');
  expect(wrong.engine).toBe(0);
});

afterAll(() => report.print());
