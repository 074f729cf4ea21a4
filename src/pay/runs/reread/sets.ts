/**
 * What one change set of found deltas holds: of each the row, its entries, and the notice to Finance,
 * so that it is told at once and once. Decides how many go together; refuses nothing.
 */
import { noticeRow } from '../../../delivery/notice';
import type { Guard, Row } from '../../../kernel/change-set';
import { keyedHash } from '../../../kernel/hash';
import { printAmount } from '../../../kernel/units';
import { deltaRows, type KnownDelta } from '../../deltas/delta';
import { MOST_GUARDS } from '../dispatch/standing';

export const FOUND_NOTICE = 'pay.delta.found';

export interface Found {
  readonly delta: KnownDelta;
  readonly place: { readonly day: string; readonly instant: number };
  /** What the period was worth before, smallest part. */
  readonly before: bigint;
  /** What of it earlier deltas of the period do not set off, signed. */
  readonly open: bigint;
  /** What must hold for it to be set off against what was written off as it was read. */
  readonly guards: readonly Guard[];
}

/** A delta is a row, an entry and a notice; what is set off adds a claim and an entry. */
const DELTAS_A_SET = 100;

/** In their order, as many together as a set has rows and guards for. */
export function setsOf(found: readonly Found[]): Found[][] {
  const sets: Found[][] = [];
  let guards = 0;
  for (const one of found) {
    const last = sets.at(-1);
    guards += one.guards.length;
    if (last === undefined || last.length === DELTAS_A_SET || guards > MOST_GUARDS) {
      sets.push([one]);
      guards = one.guards.length;
    } else last.push(one);
  }
  return sets;
}

/** `agentId`: null for one who was erased. */
export const rowsOf = (found: Found, agentId: string | null, secretsKey: string): Row[] => [
  ...deltaRows(found.delta, found.place),
  noticeOf(found, agentId, secretsKey),
];

/** The delta names the notice. */
function noticeOf({ delta, before, open }: Found, agentId: string | null, secretsKey: string): Row {
  const { id, unit, amount, run, plan, period, at } = delta;
  return noticeRow({
    kind: FOUND_NOTICE,
    subject: `pay-delta:${id}`,
    cause: id,
    at,
    content: {
      deltaId: id,
      agentId,
      planId: plan,
      period,
      runId: run,
      currency: unit,
      before: printAmount(before, unit),
      after: printAmount(before + amount, unit),
      difference: printAmount(amount, unit),
      open: printAmount(open, unit),
      direction: amount < 0n ? 'CLAWBACK' : 'ADJUSTMENT',
    },
    salt: keyedHash(secretsKey, `pay-delta ${id}`).slice(0, 32),
  });
}
