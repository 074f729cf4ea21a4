/**
 * What one fact changes in the rows of a goal: which row it becomes, in which period, under which
 * part. Decides from what is there and the definition alone; null where it changes nothing.
 */
import { isMemberAt } from '../teams/team';
import type { Definition } from './definition';
import { type Fact, type FactRow, merged, standsOver } from './fact';
import { NOTHING, type Part, partOf, type Sums } from './measure';

/** A row as it is kept: `-` is remembered because a revision may follow, and adds nothing. */
export interface KeptRow extends FactRow {
  readonly part: Part | '-';
}

export interface Found {
  readonly label: string;
  readonly row: KeptRow;
}

export interface Change {
  readonly before: Found | null;
  readonly after: Found;
}

/** `labelAt` and `definitionOf` answer null for an instant or a period that is not held here. */
export function changeBy(
  fact: Fact,
  before: Found | null,
  labelAt: (instant: number) => string | null,
  definitionOf: (label: string) => Definition | null,
): Change | null {
  const row = merged(before?.row ?? null, fact);
  const label = labelAt(row.at) ?? before?.label ?? null;
  const definition = label === null ? null : definitionOf(label);
  if (label === null || definition === null) return null;
  const stands = before === null || standsOver(fact, before.row);
  const part = stands ? (partOf(definition.measure, fact) ?? '-') : before.row.part;
  const hasRevisions = fact.key !== fact.event;
  if (before === null && part === '-' && !hasRevisions) return null;
  const after = { label, row: { ...row, part } };
  return before !== null && isSame(before, after) ? null : { before, after };
}

const isSame = (a: Found, b: Found): boolean =>
  a.label === b.label &&
  a.row.event === b.row.event &&
  a.row.revision === b.row.revision &&
  a.row.base === b.row.base &&
  a.row.at === b.row.at &&
  a.row.value === b.row.value &&
  a.row.part === b.row.part;

/** Adds what a row brings to running sums, or takes it out; nothing while its agent was no member. */
export function addRow(
  sums: Map<string, Sums>,
  definition: Definition,
  row: KeptRow,
  sign: 1n | -1n,
): void {
  if (row.part === '-' || !isMemberAt(definition.members.get(row.agentKey), row.at)) return;
  const { n, d } = sums.get(row.agentKey) ?? NOTHING;
  const value = sign * row.value;
  sums.set(row.agentKey, row.part === 'N' ? { n: n + value, d } : { n, d: d + value });
}

/** The name of the table of a period's rows. */
export const tableOf = (label: string): string => `facts_${label.replaceAll('-', '_')}`;

export type SqlRow = Record<string, string | number>;

export const rowOf = (row: SqlRow): KeptRow => ({
  key: String(row.key),
  event: String(row.event),
  revision: Number(row.revision),
  agentKey: String(row.agent),
  base: Number(row.base),
  at: Number(row.at),
  value: BigInt(row.value ?? 0),
  part: String(row.part) as Part | '-',
});
