/**
 * Passes destinations over that will not be told (S4): their deliveries were abandoned by an
 * operator, or they are switched off and nobody names them any more; or that were told and do not
 * answer what they hold as long as there is patience. Decides which, and what is reported of their
 * agents: what a platform was read to hold stands, the rest differs or is uncertain, with the reason.
 * Refuses to pass over what is only switched off: a run waits for that.
 */
import { ERASED } from '../../../delivery/outcome';
import type { StoredOutcome } from '../../../delivery/store';
import type { SeasonsEnv } from '../../client';
import { type Expected, nameOf } from '../../telling/batch';
import type { NamedDestination } from '../../telling/target';
import type { Setting } from '../plan';
import {
  differenceOf,
  expectedNow,
  hasFound,
  type Reading,
  readBack,
  readEarlier,
} from '../reading/client';
import { isOverdue, isSameUnread, type Unread, unreadAfter } from '../reading/unread';
import { LISTED, lostOf, type PassedBecause, type Report, withPassed } from '../report';
import type { Batch, Saga } from '../run';
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
    // A platform that is off is not asked: what was read of it before stands.
    const found = off.has(id)
      ? readEarlier(own.expected, batch)
      : await readBack(
          env,
          destinations,
          await expectedNow(env, destinations, setting, own),
          batch,
          now,
        );
    if (found.silent.length + found.unasked.length > 0 && hasFound(found, batch)) {
      const { met, unmet } = found;
      return { batch: { ...batch, met, unmet }, report: saga.report };
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
  { expected }: Pick<Batch, 'expected'>,
  { differing, missing, met }: Pick<Reading, 'differing' | 'missing' | 'met'>,
  reason: PassedBecause,
): Report {
  const read = new Set([
    ...met,
    ...[...differing.map((one) => one.expected), ...missing].map(nameOf),
  ]);
  const unread = expected.filter((one) => !read.has(nameOf(one)));
  const unmet = differing.length + unread.length;
  return {
    ...withPassed(report, { destination, reason, agents: unmet }),
    applied: report.applied + expected.length - unmet - missing.length,
    differing: report.differing + unmet,
    uncertain: (report.uncertain ?? 0) + unread.length,
    differences: [
      ...report.differences,
      ...differing.map((one) => differenceOf(one.expected, one.fields, reason)),
      ...unread.map((one) => differenceOf(one, [], reason)),
    ].slice(0, LISTED),
    missingThere: report.missingThere + missing.length,
    missing: [...report.missing, ...missing.map(lostOf)].slice(0, LISTED),
  };
}

/**
 * After a reading that some destination did not answer: when patience with it is over, all that was
 * expected of it is reported as it was read, or as not read, and left out of the batch, which goes on
 * with the others. Who differed there is not told again: it could not be read back either. Null:
 * nothing has changed.
 */
export function passUnread(
  { saga, off }: Pick<Passing, 'saga' | 'off'>,
  batch: Batch,
  found: Reading,
  now: number,
): { readonly batch: Batch; readonly saga: Saga } | null {
  const { unread: before = [] } = batch;
  const { givenUp = [] } = saga;
  const { met, unmet, silent, unasked, answered } = found;
  const unread = unreadAfter(before, { silent, unasked, answered, off, givenUp }, now);
  // Nobody is given up while nobody can ask: patience ends with a question in vain.
  const isLate = (one: Unread): boolean =>
    silent.includes(one.destination) && isOverdue(one, givenUp, now);
  const late = unread.filter(isLate).map(({ destination }) => destination);
  if (late.length === 0) {
    const isKnown = !hasFound(found, batch) && isSameUnread(before, unread);
    return isKnown ? null : { batch: { ...batch, met, unmet, unread }, saga };
  }
  const report = late.reduce((told, destination) => {
    const isOwn = (one: Expected): boolean => one.destination === destination;
    const read = {
      met,
      missing: found.missing.filter(isOwn),
      differing: found.differing.filter(({ expected }) => isOwn(expected)),
    };
    const own = { expected: batch.expected.filter(isOwn) };
    return reportPassed(told, destination, own, read, 'not-read');
  }, saga.report);
  const others = (one: { readonly destination: string }): boolean =>
    !late.includes(one.destination);
  const expected = batch.expected.filter(others);
  const names = new Set(expected.map(nameOf));
  const left = {
    ...batch,
    met: met.filter((name) => names.has(name)),
    unmet: unmet.filter(({ name }) => names.has(name)),
    // All of it is told, or nobody would have been read.
    deliveries: batch.deliveries.filter(others),
    expected,
    unread: unread.filter(others),
  };
  return { batch: left, saga: { ...saga, report, givenUp: [...new Set([...givenUp, ...late])] } };
}
