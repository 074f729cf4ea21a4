/**
 * What follows from the steps that are written, in pages that each fit into a change set: promises,
 * adjustments, payments, what goes back. Decides every page from the steps alone, so whoever comes
 * back after a fault writes the same rows; each page ends with a step of its own that says it is
 * there. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { entryRow } from '../../ledger/entry';
import { type Known, type Paying, payingRows } from './paying';
import { entryOf, type Move, promiseOf, timingOfClose, timingOfSettlement } from './posting';
import { type PaidBy, type Part, type Step, stepId, stepOf, stepRow } from './step';

/** One change set of what follows. */
export interface Page {
  /** Id of the step that says it is written. */
  readonly id: string;
  /** The destination that is told, or null. */
  readonly destination: string | null;
  rows(known: Known): readonly Row[];
}

type PageName = 'PROMISED' | 'ADJUSTED' | 'SETTLED';

/** One row a part. */
const PARTS_A_PAGE = 220;
/** An intent carries the rows of both its outcomes: some 6 KB. */
const INTENTS_A_PAGE = 40;

/** The first page of an epoch that is not written yet, or null. */
export const nextPage = (steps: readonly Step[], epoch: number): Page | null =>
  pagesOf(steps, epoch).find(({ id }) => !steps.some((step) => step.id === id)) ?? null;

/** Everything that the steps of one epoch lead to, in order. */
function pagesOf(steps: readonly Step[], epoch: number): readonly Page[] {
  const opened = stepOf(steps, epoch, 'OPENED');
  if (opened === null || opened.content.outcome === 'NOTHING') return [];
  const admitted = stepOf(steps, epoch, 'ADMITTED');
  if (opened.content.outcome === 'REVIEW' && !allows(admitted)) return [];
  const promised = promisePages(opened);
  const judged = stepOf(steps, epoch, 'JUDGED');
  if (judged !== null) return [...promised, ...judgedPages(opened, judged, steps)];
  if (epoch === 1) return promised;
  const paidBy = opened.content.paidBy ?? NOBODY;
  return [...promised, ...paymentPages(opened, opened, paidBy, opened.content.parts)];
}

const NOBODY: PaidBy = { destinationId: null, recognitionDestinationId: null };

function judgedPages(
  opened: Step<'OPENED'>,
  judged: Step<'JUDGED'>,
  steps: readonly Step[],
): readonly Page[] {
  const { verdict, parts, paidBy } = judged.content;
  const final = parts ?? opened.content.parts;
  if (verdict === 'REVERSE') return reversalPages(opened, judged);
  if (verdict !== 'REVIEW') {
    const adjusted = parts === null ? [] : adjustmentPages(opened, judged, parts);
    return [...adjusted, ...paymentPages(opened, judged, paidBy, final)];
  }
  const decided = stepOf(steps, opened.epoch, 'DECIDED');
  if (decided === null) return [];
  return allows(decided)
    ? paymentPages(opened, decided, paidBy, final)
    : reversalPages(opened, decided);
}

const allows = (step: Step<'ADMITTED'> | Step<'DECIDED'> | null): boolean =>
  step?.content.decision === 'GO_ON';

interface Series {
  readonly opened: Step<'OPENED'>;
  readonly name: PageName;
  /** The step that decided it. */
  readonly cause: string;
  readonly size: number;
  readonly destination: string | null;
}

/** Some things page by page, each with the step that ends it. */
function paged<T>(
  { opened, name, size, destination }: Series,
  all: readonly T[],
  rowsOf: (some: readonly T[], known: Known) => readonly Row[],
): Page[] {
  const pages: Page[] = [];
  for (let from = 0; from < all.length; from += size) {
    const some = all.slice(from, from + size);
    const nth = pages.length + 1;
    pages.push({
      id: stepId(opened, name, nth),
      destination,
      rows: (known) => [
        ...rowsOf(some, known),
        stepRow(opened, name, { parts: some.length }, { at: known.now, nth }),
      ],
    });
  }
  return pages;
}

/** Pages of entries, one a move. */
const entryPages = (
  opened: Step<'OPENED'>,
  name: PageName,
  cause: string,
  moves: readonly Move[],
): Page[] =>
  paged({ opened, name, cause, size: PARTS_A_PAGE, destination: null }, moves, (some, { now }) =>
    some.map((move) => {
      const isClose = name === 'PROMISED';
      const settled = timingOfSettlement(opened.content, cause, now);
      const timing = isClose ? timingOfClose(opened, now) : settled;
      return entryRow(entryOf(opened.content, timing, move));
    }),
  );

const promisePages = (opened: Step<'OPENED'>): Page[] =>
  entryPages(
    opened,
    'PROMISED',
    opened.id,
    opened.content.parts.flatMap(([agentKey, amount]): Move[] =>
      amount > 0 ? [{ move: 'provisional', agentKey, amount }] : [],
    ),
  );

/** Only the differences, what is taken before what is given. */
function adjustmentPages(
  opened: Step<'OPENED'>,
  judged: Step<'JUDGED'>,
  parts: readonly Part[],
): Page[] {
  const before = new Map(opened.content.parts);
  const after = new Map(parts);
  const moves = [...new Set([...before.keys(), ...after.keys()])].flatMap((agentKey): Move[] => {
    const gained = (after.get(agentKey) ?? 0) - (before.get(agentKey) ?? 0);
    if (gained === 0) return [];
    const takes = gained < 0;
    return [{ move: 'adjusted', agentKey, amount: Math.abs(gained), takes }];
  });
  const ordered = [...moves.filter(({ takes }) => takes), ...moves.filter(({ takes }) => !takes)];
  return entryPages(opened, 'ADJUSTED', judged.id, ordered);
}

/** Everything that was promised goes back to the pool by new entries. */
const reversalPages = (opened: Step<'OPENED'>, step: Step): Page[] =>
  entryPages(
    opened,
    'SETTLED',
    step.id,
    opened.content.parts.map(
      ([agentKey, amount]): Move => ({
        move: 'reversed',
        agentKey,
        amount,
        reverses: promiseOf(opened, agentKey),
      }),
    ),
  );

function paymentPages(
  opened: Step<'OPENED'>,
  step: Step,
  paidBy: PaidBy,
  parts: readonly Part[],
): Page[] {
  const destination = paidBy.destinationId;
  const size = destination === null ? PARTS_A_PAGE : INTENTS_A_PAGE;
  const series: Series = { opened, name: 'SETTLED', cause: step.id, size, destination };
  return paged(series, parts, (some, known) => {
    const timing = timingOfSettlement(opened.content, step.id, known.now);
    const paying: Paying = { opened, timing, paidBy, ...known };
    return some.flatMap((part) => payingRows(paying, part));
  });
}
