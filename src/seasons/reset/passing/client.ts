/**
 * Passes destinations over that will not be told (S4): their deliveries were abandoned by an
 * operator, or they are switched off and nobody names them any more. Decides which, and what is
 * reported of their agents: what a platform was read to hold stands, the rest differs or is uncertain,
 * with the reason. Refuses to pass over what is only switched off: a run waits for that.
 */
import { ERASED } from '../../../delivery/outcome';
import type { StoredOutcome } from '../../../delivery/store';
import type { SeasonsEnv } from '../../client';
import type { NamedDestination } from '../../telling/target';
import type { Setting } from '../plan';
import { differenceOf, expectedNow, nameOf, type Reading, readBack } from '../reading/client';
import { type Batch, LISTED, lostOf, type PassedBecause, type Report, type Saga } from '../run';
import type { Off } from './store';

/**
 * Nothing is begun at a destination that is off; what was in flight when it was switched off has
 * come to its end after this time, and is not taken for something that will never be told.
 */
const IN_FLIGHT_MS = 5 * 60_000;

/** Whether a destination is switched off for good: nobody names it any more. */
export const isLeft = (off: Off | undefined, now: number): boolean =>
  off !== undefined && !off.isNamed && off.since + IN_FLIGHT_MS <= now;

/** Why a destination is passed over in a batch, or null. */
function reasonOf(
  deliveries: Batch['deliveries'],
  outcomes: ReadonlyMap<string, StoredOutcome>,
  off: Off | undefined,
  now: number,
): PassedBecause | null {
  if (isLeft(off, now)) return 'not-named';
  const known = deliveries.map(({ id }) => outcomes.get(id));
  // What was emptied with one person was given up by nobody: the others are told anew.
  const isGivenUp = (one: StoredOutcome | undefined): boolean =>
    one?.outcome === 'ABANDONED' && one.content?.reason !== ERASED;
  return known.some(isGivenUp) && !known.includes(undefined) ? 'abandoned' : null;
}

interface Passing {
  readonly saga: Saga;
  readonly setting: Setting;
  readonly destinations: readonly NamedDestination[];
  readonly off: ReadonlyMap<string, Off>;
}

/** A batch without the first destination that is passed over in it, and the report; null: there is none. */
export async function passOver(
  env: SeasonsEnv,
  { saga, setting, destinations, off }: Passing,
  batch: Batch,
  outcomes: ReadonlyMap<string, StoredOutcome>,
  now: number,
): Promise<{ readonly batch: Batch; readonly report: Report } | null> {
  for (const { id } of destinations) {
    const isOwn = ({ destination }: { readonly destination: string }): boolean =>
      destination === id;
    const own = { ...batch, expected: batch.expected.filter(isOwn) };
    const deliveries = batch.deliveries.filter(isOwn);
    if (own.expected.length + deliveries.length === 0) continue;
    const reason = reasonOf(deliveries, outcomes, off.get(id), now);
    if (reason === null) continue;
    const earlier = batch.met ?? [];
    // A platform that is off is not asked: what was read of it before stands.
    const found = off.has(id)
      ? { differing: [], missing: [], met: earlier, silent: true }
      : await readBack(
          env,
          destinations,
          await expectedNow(env, destinations, setting, own),
          earlier,
          now,
        );
    if (found.silent && found.met.length > earlier.length) {
      return { batch: { ...batch, met: found.met }, report: saga.report };
    }
    const others = (one: { readonly destination: string }): boolean => !isOwn(one);
    const left = {
      ...batch,
      deliveries: batch.deliveries.filter(others),
      expected: batch.expected.filter(others),
    };
    return { batch: left, report: reportPassed(saga.report, id, own, found, reason) };
  }
  return null;
}

/** The report with the agents of a batch whom a destination will not be told of any more. */
function reportPassed(
  report: Report,
  destination: string,
  { expected }: Batch,
  { differing, missing, met }: Reading,
  reason: PassedBecause,
): Report {
  const read = new Set([
    ...met,
    ...[...differing.map((one) => one.expected), ...missing].map(nameOf),
  ]);
  const unread = expected.filter((one) => !read.has(nameOf(one)));
  const unmet = differing.length + unread.length;
  const before = report.passed ?? [];
  const known = before.find((one) => one.destination === destination && one.reason === reason);
  const others = before.filter((one) => one !== known);
  return {
    ...report,
    applied: report.applied + expected.length - unmet - missing.length,
    differing: report.differing + unmet,
    uncertain: (report.uncertain ?? 0) + unread.length,
    passed: [...others, { destination, reason, agents: (known?.agents ?? 0) + unmet }],
    differences: [
      ...report.differences,
      ...differing.map((one) => differenceOf(one.expected, one.fields, reason)),
      ...unread.map((one) => differenceOf(one, [], reason)),
    ].slice(0, LISTED),
    missingThere: report.missingThere + missing.length,
    missing: [...report.missing, ...missing.map(lostOf)].slice(0, LISTED),
  };
}
