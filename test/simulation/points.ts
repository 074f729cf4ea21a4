/**
 * Every I/O point of the engine that histories meet: who calls what. A history leans on one of them
 * in turn, and a long run fails when it met one that does not stand here, or never met one that does.
 */
import type { Place } from '../worker/io';

export const POINTS: readonly (readonly [place: Place, call: string])[] = [
  ['worker', 'DB.look'],
  ['worker', 'DB.read'],
  ['worker', 'JOURNAL.commit'],
  ['worker', 'JOURNAL.clearBodies'],
  ['worker', 'SESSIONS.accept'],
  ['worker', 'SESSIONS.poke'],
  ['worker', 'SOURCES.accept'],
  ['worker', 'SOURCES.due'],
  ['worker', 'SOURCES.health'],
  ['worker', 'SOURCES.hold'],
  ['worker', 'SOURCES.quarantine'],
  ['session', 'DB.read'],
  ['session', 'JOURNAL.commit'],
  ['session', 'SESSIONS.nudge'],
  ['source', 'DB.read'],
  ['source', 'JOURNAL.commit'],
  ['worker', 'GOALS.offer'],
  ['worker', 'GOALS.poke'],
  ['worker', 'GOALS.close'],
  ['goal', 'DB.look'],
  ['goal', 'DB.read'],
  ['goal', 'JOURNAL.commit'],
  ['goal', 'DESTINATIONS.order'],
  ['destination', 'DB.read'],
  ['destination', 'JOURNAL.commitAll'],
  ['destination', 'fetch'],
  ['worker', 'DESTINATIONS.order'],
  ['worker', 'DESTINATIONS.poke'],
  ['worker', 'SEATS.compare'],
  ['journal', 'DB.look'],
  ['journal', 'DB.write'],
];

/** What seasons and routing bring; histories with seasons lean on these in turn. */
export const SEASON_POINTS: typeof POINTS = [
  ['season', 'DB.read'],
  ['season', 'DB.look'],
  ['season', 'JOURNAL.commit'],
  ['season', 'DESTINATIONS.order'],
  ['season', 'DESTINATIONS.ask'],
  ['season', 'SEATS.tell'],
  ['worker', 'SEASONS.trigger'],
  ['worker', 'SEASONS.resume'],
  ['worker', 'SEASONS.poke'],
  ['worker', 'SEATS.tell'],
  ['worker', 'SEATS.decide'],
  ['worker', 'SEATS.release'],
  ['worker', 'SEATS.sample'],
  ['worker', 'SEATS.standing'],
  ['worker', 'QUEUES.pick'],
  ['worker', 'QUEUES.picked'],
  ['seat', 'DB.read'],
  ['seat', 'DB.look'],
  ['seat', 'JOURNAL.commit'],
];

/** What variable pay brings; histories of pay alone lean on these in turn. */
export const PAY_POINTS: typeof POINTS = [
  ['worker', 'PAY_RUNS.calculate'],
  ['worker', 'PAY_RUNS.dispatch'],
  ['worker', 'PAY_RUNS.progress'],
  ['worker', 'PAY_RUNS.poke'],
  ['pay-run', 'DB.read'],
  ['pay-run', 'DB.look'],
  ['pay-run', 'JOURNAL.commit'],
  ['pay-run', 'DESTINATIONS.order'],
];

/**
 * What follows a confirmed line to another destination. No history leans here: the place is drawn
 * with those of the ordinary points, and whatever leans moves the faults of every seed.
 */
export const FOLLOW_UP_POINTS: typeof POINTS = [['destination', 'DESTINATIONS.order']];

/** Met by what operators do alone; their requests are made without faults, so no history leans here. */
export const OPERATORS_POINTS: typeof POINTS = [
  ['worker', 'GOALS.read'],
  ['worker', 'DESTINATIONS.resume'],
  ['worker', 'DESTINATIONS.states'],
  ['worker', 'DESTINATIONS.troubles'],
  ['worker', 'DESTINATIONS.release'],
  ['worker', 'DESTINATIONS.lease'],
  ['worker', 'DESTINATIONS.abandoned'],
  ['worker', 'DESTINATIONS.ask'],
  ['worker', 'SEASONS.progress'],
];
