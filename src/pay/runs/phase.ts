/**
 * The phases of a run, and the rows of one: a version of one configuration thing, and what is told
 * of it. Refuses nothing.
 */
import { noticeRow } from '../../delivery/notice';
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import { configRow } from '../../ledger/config';
import { PHASES, RUN_KIND, type Run, runName } from './run';

/** Whether a run in this phase was sent out. */
export const isSentOut = (phase: Run['phase']): boolean =>
  PHASES.indexOf(phase) >= PHASES.indexOf('DISPATCHED');

export const versionOfPhase = (phase: Run['phase']): number => PHASES.indexOf(phase) + 1;

/** `author`: the person who brought the run into this phase, or the part of the system. */
export function phaseRow(run: Run, author: string, now: number): Row {
  const name = runName(run);
  const version = versionOfPhase(run.phase);
  return configRow<Run>(
    { kind: RUN_KIND, name, version, effectiveFrom: null, writtenAt: now, author, content: run },
    causeId('pay-run-salt', name, version),
  );
}

/** A run that is settled is told once, with what became of its lines. */
export function phaseNotices(run: Run, now: number): Row[] {
  if (run.phase !== 'SETTLED') return [];
  const runId = runName(run);
  const { planId, period, settled = {} } = run;
  return [
    noticeRow({
      kind: 'pay.run.settled',
      subject: `config:${RUN_KIND}/${runId}`,
      cause: runId,
      at: now,
      content: { runId, planId, period, states: settled },
      salt: causeId('pay-run-notice-salt', runId),
    }),
  ];
}
