/**
 * `npm run bench -- bill`: what an operation costs at the published prices. Rows and requests come
 * from the tests that count them (and hold them to their bars); this only runs those and multiplies.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { atMost, noBar, Report } from '../report';

const ROOT = join(import.meta.dirname, '../../..');

/** USD per million, as published for Workers, Durable Objects and D1; what is included is not. */
const PRICES = { written: 1, objectRequest: 0.15, workerRequest: 0.3, read: 0.001 };

const COUNTING = [
  'test/bill/',
  'test/facts/bill.test.ts',
  'test/pay/cost.test.ts',
  'test/seasons/bill.test.ts',
  'test/routing/object.test.ts',
  'test/routing/queue.test.ts',
];

/** Rows written; design section 7. The counting tests hold the lone award to its bar without what a week writes once. */
const BARS: Readonly<Record<string, number>> = {
  'an award': 9,
  'a failed gate': 6,
  'a duplicate': 1.2,
  'a metric event for one goal': 3.2,
  'pay and its HRIS write': 4.1,
  'a reset': 2,
  'a day of decay': 1.5,
};

/** Operations that begin with a request of somebody outside; the others are made by alarm and cron. */
const REQUESTED = /event|award|gate|duplicate|decision|selection|^\/v1/;

const LINE =
  /^bill of (.+?): ([\d.]+) rows \((.*)\); ([\d.]+) calls of objects, ([\d.]+) of D1, ([\d.]+) rows read$/gm;

function counted(): string {
  const ran = spawnSync(
    join(ROOT, 'node_modules/.bin/vitest'),
    ['run', '--project', 'workers', ...COUNTING, '--disable-console-intercept'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  expect(ran.status, ran.stdout.slice(-3000)).toBe(0);
  return ran.stdout;
}

it('USD per million', () => {
  const report = new Report('bill', [
    'operation',
    'rows written',
    'object requests',
    'D1 calls',
    'rows read',
    'USD per million',
  ]);
  const told = counted();
  const bills = [...told.matchAll(LINE)];
  const names = bills.map(([, what]) => what);
  expect(bills).toHaveLength(told.match(/^bill of /gm)?.length ?? 0);
  expect(Object.keys(BARS).filter((name) => !names.includes(name))).toEqual([]);
  for (const [, what = '', written, , requests, queries, read] of bills) {
    const usd =
      Number(written) * PRICES.written +
      Number(requests) * PRICES.objectRequest +
      (REQUESTED.test(what) ? PRICES.workerRequest : 0) +
      Number(read) * PRICES.read;
    const bar = BARS[what];
    const rows = `${written} rows, ${requests} object requests, ${usd.toFixed(2)} USD per million`;
    report.sum(
      bar === undefined
        ? noBar(what, rows)
        : { ...atMost(what, Number(written), bar, 'rows'), measure: rows },
    );
    report.row(what, written ?? '', requests ?? '', queries ?? '', read ?? '', usd.toFixed(2));
  }
  report.note(
    `USD per million: rows written ${PRICES.written}, object requests ${PRICES.objectRequest}, Worker requests ${PRICES.workerRequest} (one where somebody asks), rows read ${PRICES.read}; CPU, duration and storage are left out.`,
  );
  report.print();
});
