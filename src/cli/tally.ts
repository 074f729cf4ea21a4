/**
 * Counts what passed and failed in a run of the tests. Refuses to take silence for success: a
 * file that did not run, a skipped test and an error outside any test are failures.
 */
import { readFileSync } from 'node:fs';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure that the tests themselves have not printed. */
  readonly complaints: readonly string[];
}

/** The part of vitest's JSON report that is read. */
export interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

export function readReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return null;
  }
}

/** One check that passed or failed; `what` names it. */
export const checked = (passed: boolean, what: string): Tally => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  complaints: passed ? [] : [`failed: ${what}`],
});

/** A run of the tests. `wanted` are the paths of all test files, `endedWell` vitest's own verdict. */
export function countOf(
  report: Report | null,
  endedWell: boolean,
  wanted: readonly string[],
): Tally {
  if (report === null) return checked(false, 'the tests wrote no report');
  const missing = wanted.filter((path) => !hasRun(report, path));
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + missing.length + broken.length + skipped;
  const outside = !endedWell && failed === 0;
  return {
    passed: report.numPassedTests,
    failed: failed + (outside ? 1 : 0),
    complaints: [
      ...missing.map((path) => `did not run: ${path}`),
      ...broken.map(({ name }) => `could not be loaded: ${name}`),
      ...(skipped > 0 ? [`skipped tests: ${skipped}`] : []),
      ...(outside ? ['an error outside any test; it is printed above'] : []),
    ],
  };
}

const hasRun = (report: Report, path: string): boolean =>
  report.testResults.some(
    ({ name, assertionResults, status }) =>
      name.replaceAll('\\', '/').endsWith(`/${path.replaceAll('\\', '/')}`) &&
      (assertionResults.length > 0 || status === 'failed'),
  );

/** `N passed, N failed` over all. */
export function closingLine(tallies: readonly Tally[]): string {
  const sum = (count: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + count(tally), 0);
  return `${sum((tally) => tally.passed)} passed, ${sum((tally) => tally.failed)} failed`;
}
