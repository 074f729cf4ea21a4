/**
 * A run's counters as tables for people: troubles, changes of state, what systems count of
 * themselves, and for every I/O point how often which fault struck it. Decides how they are laid
 * out, and leaves out nothing.
 */
import { type Counts, type Share, summed } from './share.ts';

const PHASES = ['before', 'after'];
const MODES = ['throw', 'abort', 'flush-abort', 'delay'];
const WAYS = PHASES.flatMap((phase) => MODES.map((mode) => `${phase} ${mode}`));

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const head = (first: string, names: readonly string[]): string[] => [
  row([first, ...names]),
  row(['---', ...names.map(() => '---:')]),
];

/** `a | b` in a name would end its cell. */
const escaped = (name: string): string => name.replaceAll('|', '\\|');

const listed = (what: string, counts: Counts): string[] => [
  ...head(what, ['times']),
  ...Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => row([escaped(name), count])),
];

/** A row for each point and a column for each way; empty where that fault cannot strike. */
function points(fired: Counts): string[] {
  const rows = new Map<string, Record<string, number>>();
  for (const [name, count] of Object.entries(fired)) {
    const words = name.split(' ');
    const point = words.slice(0, -2).join(' ');
    rows.set(point, { ...rows.get(point), [words.slice(-2).join(' ')]: count });
  }
  const others = Object.keys(fired)
    .map((name) => name.split(' ').slice(-2).join(' '))
    .filter((way) => !WAYS.includes(way));
  const ways = [...WAYS, ...new Set(others)];
  return [
    ...head('I/O', ways),
    ...[...rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([point, counts]) => row([escaped(point), ...ways.map((way) => counts[way] ?? '')])),
  ];
}

/** The tables, in Markdown. */
export function countersOf(shares: readonly Share[]): string {
  return [
    ...listed('trouble', summed(shares.map(({ troubles }) => troubles))),
    '',
    ...listed('change of state', summed(shares.map(({ transitions }) => transitions))),
    '',
    ...listed('counted', summed(shares.map(({ counted }) => counted))),
    '',
    ...points(summed(shares.map(({ fired }) => fired))),
    '',
  ].join('\n');
}
