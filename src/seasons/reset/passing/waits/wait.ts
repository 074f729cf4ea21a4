/**
 * What a run waits for, each with its reason as a word. Decides which destinations a run under way has
 * still to tell, to read or to survey. Refuses to name one that the run has nothing more to do with.
 */
import type { NamedDestination } from '../../../telling/target';
import type { Batch, Saga } from '../../run';

/**
 * `SWITCHED_OFF`: whoever it is, it is waited for until it is switched on. The rest is of cold storage:
 * `NOT_CONFIGURED`: nobody has written the destination; `CANNOT_BE_TOLD`: it takes no archives;
 * `EXPORT_REJECTED`, `EXPORT_ABANDONED`: the archive was told in vain.
 */
export const WAIT_REASONS = [
  'SWITCHED_OFF',
  'NOT_CONFIGURED',
  'CANNOT_BE_TOLD',
  'EXPORT_REJECTED',
  'EXPORT_ABANDONED',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

export interface Wait {
  readonly destination: string;
  readonly reason: WaitReason;
  /** UTC ms. */
  readonly since: number;
  /** What tells it from a wait of the run before or after for the same destination. */
  readonly cause: string;
}

/** Destinations of a run that are still to be told, read or surveyed. */
export function awaitedOf(
  saga: Pick<Saga, 'phase' | 'cursor' | 'next' | 'staged' | 'report'>,
  destinations: readonly NamedDestination[],
  openBatches: readonly Pick<Batch, 'deliveries' | 'expected'>[],
): readonly NamedDestination[] {
  if (saga.phase === 'DONE') return [];
  const passed = new Set((saga.report.passed ?? []).map(({ destination }) => destination));
  const surveyed = destinations.filter(({ hasAttributes }) => hasAttributes);
  const place = saga.phase === 'RECONCILE' ? Number.parseInt(saga.cursor ?? '0', 10) : 0;
  const left = surveyed.slice(place).filter(({ id }) => !passed.has(id));
  if (saga.phase === 'RECONCILE') return left;
  if (saga.phase !== 'APPLY' || saga.next < saga.staged) return destinations;
  const told = new Set(
    openBatches.flatMap(({ deliveries, expected }) =>
      [...deliveries, ...expected].map(({ destination }) => destination),
    ),
  );
  return destinations.filter((one) => told.has(one.id) || left.includes(one));
}
