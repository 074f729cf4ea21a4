/**
 * What a run waits for, each with its reason as a word. Decides which destinations a run under way has
 * still to tell, to read or to survey. Refuses to name one that the run has nothing more to do with.
 */
import { nameOf } from '../../../telling/batch';
import type { NamedDestination } from '../../../telling/target';
import { UNREAD_TOLD_MS, type Unread } from '../../reading/unread';
import { isUntold } from '../../report';
import type { Batch, Saga } from '../../run';

/**
 * `SWITCHED_OFF`: whoever it is, it is waited for until it is switched on. `NOT_READ`: it was
 * told, and does not answer what it holds; when patience is over the run goes on. The rest is of
 * cold storage: `NOT_CONFIGURED`: nobody has written the destination; `CANNOT_BE_TOLD`: it takes no
 * archives; `EXPORT_REJECTED`, `EXPORT_ABANDONED`: the archive was told in vain.
 */
export const WAIT_REASONS = [
  'SWITCHED_OFF',
  'NOT_READ',
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

type OpenBatch = Pick<Batch, 'deliveries' | 'expected' | 'met' | 'unread'>;

/** Destinations that a batch has still to tell or to read. What is being read was told. */
function leftIn({ deliveries, expected, met = [], unread = [] }: OpenBatch): string[] {
  const isTold = met.length + unread.length > 0;
  const left = expected.filter((one) => !met.includes(nameOf(one)));
  return [...(isTold ? [] : deliveries), ...left].map(({ destination }) => destination);
}

/** Destinations of a run that are still to be told, read or surveyed. `off`: who is switched off. */
export function awaitedOf(
  saga: Pick<Saga, 'phase' | 'cursor' | 'next' | 'staged' | 'report'>,
  destinations: readonly NamedDestination[],
  openBatches: readonly OpenBatch[],
  off: { has(destination: string): boolean },
): readonly NamedDestination[] {
  if (saga.phase === 'DONE') return [];
  const surveyed = destinations.filter(({ hasAttributes }) => hasAttributes);
  const place = saga.phase === 'RECONCILE' ? Number.parseInt(saga.cursor ?? '0', 10) : 0;
  const left = surveyed.slice(place).filter(({ id }) => !isUntold(saga.report, id, off.has(id)));
  if (saga.phase === 'RECONCILE') return left;
  if (saga.phase !== 'APPLY' || saga.next < saga.staged) return destinations;
  const told = new Set(openBatches.flatMap(leftIn));
  return destinations.filter((one) => told.has(one.id) || left.includes(one));
}

/**
 * Who does not answer what it holds, once that has lasted. A destination that answers for one batch
 * answers: the latest of its instants counts.
 */
export function unreadWaits(
  { unread }: Pick<Saga, 'unread'>,
  openBatches: readonly Pick<Batch, 'expected' | 'unread'>[],
  now: number,
): Wait[] {
  const all: Unread[] = openBatches.flatMap(({ expected, unread: own = [] }) =>
    own.filter(({ destination }) => expected.some((one) => one.destination === destination)),
  );
  if (unread !== undefined) all.push(unread);
  const byDestination = Map.groupBy(all, ({ destination }) => destination);
  return [...byDestination].flatMap(([destination, own]) => {
    const since = Math.max(...own.map((one) => one.since));
    if (since + UNREAD_TOLD_MS > now) return [];
    // Who was given up in a batch and is asked in vain again is told of again.
    const cause = own.some((one) => one === unread) ? 'NOT_READ.survey' : 'NOT_READ';
    return [{ destination, reason: 'NOT_READ' as const, since, cause }];
  });
}
