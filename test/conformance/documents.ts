/**
 * The documents whose traps and edge cases are tested one by one, and their tables in the README:
 * each stands between two markers of its own. `CONFORMANCE=write` has their test write them.
 */
import { COOPERATIVE_HAZARDS } from './cooperative';
import { SEASON_HAZARDS } from './seasons';
import { HAZARDS, type Hazard } from './table';
import { PAY_HAZARDS } from './variable-pay';

export interface Document {
  readonly name: string;
  /** The file with one test for each hazard. */
  readonly tests: string;
  /** How many of each the document has. */
  readonly traps: number;
  readonly edgeCases: number;
  readonly hazards: readonly Hazard[];
  readonly begin: string;
  readonly end: string;
}

const markers = (name: string): Pick<Document, 'begin' | 'end'> => ({
  begin: `<!-- conformance:${name}:begin -->`,
  end: `<!-- conformance:${name}:end -->`,
});

export const DOCUMENTS: readonly Document[] = [
  {
    name: 'mentorship',
    tests: 'mentorship.test.ts',
    traps: 4,
    edgeCases: 3,
    hazards: HAZARDS,
    begin: '<!-- conformance:begin -->',
    end: '<!-- conformance:end -->',
  },
  {
    name: 'cooperative-goals',
    tests: 'cooperative.test.ts',
    traps: 4,
    edgeCases: 3,
    hazards: COOPERATIVE_HAZARDS,
    ...markers('cooperative-goals'),
  },
  {
    name: 'variable-pay',
    tests: 'variable-pay.test.ts',
    traps: 4,
    edgeCases: 3,
    hazards: PAY_HAZARDS,
    ...markers('variable-pay'),
  },
  {
    name: 'seasons',
    tests: 'seasons.test.ts',
    traps: 4,
    edgeCases: 3,
    hazards: SEASON_HAZARDS,
    ...markers('seasons'),
  },
];

const stateOf = ({ state }: Hazard): string =>
  state === 'tested' ? 'tested' : `later, with ${state.later}`;

/** A document's table between its markers, markers included. */
export function conformanceSection({ hazards, begin, end }: Document): string {
  const rows = hazards.map(
    (hazard) => `| ${hazard.section} | ${hazard.name} | ${hazard.answer} | ${stateOf(hazard)} |`,
  );
  return [
    begin,
    '| Section of the document | What it warns of | What Guerdon does | State |',
    '|---|---|---|---|',
    ...rows,
    end,
  ].join('\n');
}

/** The text with each table put between its markers; as it is where it has none. */
export function withConformance(readme: string): string {
  return DOCUMENTS.reduce((text, document) => {
    const begin = text.indexOf(document.begin);
    const end = text.indexOf(document.end);
    if (begin < 0 || end < begin) return text;
    const after = text.slice(end + document.end.length);
    return text.slice(0, begin) + conformanceSection(document) + after;
  }, readme);
}
