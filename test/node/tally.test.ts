/** How a run of the tests is counted. */
import { describe, expect, it } from 'vitest';
import { checked, closingLine, countOf } from '../../src/cli/tally.ts';

const report = (over: object = {}) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [
    { name: '/x/test/a.test.ts', status: 'passed', assertionResults: [{}, {}] },
    { name: '/x/test/b.test.ts', status: 'passed', assertionResults: [{}] },
  ],
  ...over,
});
const WANTED = ['test/a.test.ts', 'test/b.test.ts'];

describe('a run of the tests', () => {
  it('passes with every file run and every test passed', () => {
    expect(countOf(report(), true, WANTED)).toEqual({ passed: 3, failed: 0, complaints: [] });
  });

  it('fails for a file that did not run', () => {
    expect(countOf(report(), true, [...WANTED, 'test/c.test.ts'])).toMatchObject({
      failed: 1,
      complaints: ['did not run: test/c.test.ts'],
    });
  });

  it('fails for a file that could not be loaded', () => {
    const broken = [{ name: '/x/test/a.test.ts', status: 'failed', assertionResults: [] }];
    expect(countOf(report({ testResults: broken }), false, ['test/a.test.ts'])).toMatchObject({
      failed: 1,
    });
  });

  it('fails for a skipped test, an error outside any test and a missing report', () => {
    expect(countOf(report({ numPendingTests: 1 }), true, WANTED).failed).toBe(1);
    expect(countOf(report(), false, WANTED).failed).toBe(1);
    expect(countOf(null, true, WANTED).failed).toBe(1);
  });

  it('ends with one line over all checks', () => {
    const all = [checked(true, 'types'), checked(false, 'format'), countOf(report(), true, WANTED)];
    expect(closingLine(all)).toBe('4 passed, 1 failed');
  });
});
