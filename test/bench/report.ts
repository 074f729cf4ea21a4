/**
 * What a bench found: a table for people and one line that `npm run bench` keeps as JSON. Decides
 * nothing about the figures. Figures in a table are text as it is shown; `results` are for machines.
 */

type Cell = string | number;

export const RESULT_MARK = 'bench-result ';

/** A line of the summary of all benches; `bar` and `holds` are null where no bar was set. */
export interface Measure {
  readonly operation: string;
  readonly measure: string;
  readonly bar: string | null;
  readonly holds: boolean | null;
  /** Why it misses, or what must be known to read it. */
  readonly remark?: string;
}

export class Report {
  readonly #name: string;
  readonly #columns: readonly string[];
  readonly #rows: Cell[][] = [];
  readonly #notes: string[] = [];
  readonly #summary: Measure[] = [];

  constructor(name: string, columns: readonly string[]) {
    this.#name = name;
    this.#columns = columns;
  }

  row(...cells: readonly Cell[]): void {
    this.#rows.push([...cells]);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  /** Adds a line to the summary of all benches. */
  sum(...measures: readonly Measure[]): void {
    this.#summary.push(...measures);
  }

  /** Prints both. */
  print(): void {
    const texts = [this.#columns, ...this.#rows.map((row) => row.map(String))];
    const widths = this.#columns.map((_, place) =>
      Math.max(...texts.map((row) => row[place]?.length ?? 0)),
    );
    const lines = texts.map((row) =>
      row
        .map((text, place) => padded(text, widths[place] ?? 0, place === 0))
        .join(' | ')
        .trimEnd(),
    );
    console.log(['', ...lines, '', ...this.#notes, ''].join('\n'));
    console.log(RESULT_MARK + JSON.stringify(this.#result()));
  }

  #result() {
    const results = this.#rows.map((row) =>
      Object.fromEntries(this.#columns.map((column, place) => [column, row[place] ?? null])),
    );
    return { name: this.#name, results, notes: this.#notes, summary: this.#summary };
  }
}

/** The same for lines that are made up already, with `|` between their cells. */
export function reportLines(
  name: string,
  head: string,
  lines: readonly string[],
  measures: readonly Measure[] = [],
): void {
  const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
  const columns = cells(head);
  const report = new Report(name, columns);
  for (const line of lines) {
    if (cells(line).length === columns.length) report.row(...cells(line));
    else if (line !== '') report.note(line);
  }
  report.sum(...measures);
  report.print();
}

/** A figure that must not be above its bar. */
export const atMost = (operation: string, found: number, bar: number, unit: string): Measure => ({
  operation,
  measure: `${found} ${unit}`,
  bar: `at most ${bar}`,
  holds: found <= bar,
});

/** A figure that no bar was set for. */
export const noBar = (operation: string, measure: string): Measure => ({
  operation,
  measure,
  bar: null,
  holds: null,
});

const padded = (text: string, width: number, isFirst: boolean): string =>
  isFirst ? text.padEnd(width) : text.padStart(width);

export const middleOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** A figure that stands for a quantile of many. */
export const quantileOf = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[
    Math.min(values.length - 1, Math.floor(values.length * share))
  ] ?? 0;
