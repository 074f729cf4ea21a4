/**
 * Every I/O point of the engine that histories meet: who calls what, and which system brings it. A
 * long run fails when it met one that does not stand here, or when one that does stand here did not
 * fail in each way; so histories lean on those that their systems can meet, and more on those that
 * are rare. `foci.ts` says who leans on what.
 */
import type { Place } from '../worker/io';

type Points = readonly (readonly [place: Place, call: string])[];

/** What every history meets, whoever plays in it. */
const COMMON_POINTS: Points = [
  ['worker', 'DB.look'],
  ['worker', 'DB.read'],
  ['worker', 'JOURNAL.commit'],
  ['worker', 'JOURNAL.clearBodies'],
  ['worker', 'SOURCES.accept'],
  ['worker', 'SOURCES.due'],
  ['worker', 'SOURCES.health'],
  ['worker', 'SOURCES.hold'],
  ['worker', 'SOURCES.quarantine'],
  ['source', 'DB.read'],
  ['source', 'JOURNAL.commit'],
  ['worker', 'SEATS.compare'],
  ['journal', 'DB.look'],
  ['journal', 'DB.write'],
];

const COACHING_POINTS: Points = [
  ['worker', 'SESSIONS.accept'],
  ['worker', 'SESSIONS.poke'],
  ['session', 'DB.read'],
  ['session', 'JOURNAL.commit'],
  ['session', 'SESSIONS.nudge'],
];

const DELIVERY_POINTS: Points = [
  ['destination', 'DB.read'],
  ['destination', 'JOURNAL.commitAll'],
  ['destination', 'fetch'],
  ['worker', 'DESTINATIONS.order'],
  ['worker', 'DESTINATIONS.poke'],
];

const GOAL_POINTS: Points = [
  ['worker', 'GOALS.offer'],
  ['worker', 'GOALS.poke'],
  ['worker', 'GOALS.close'],
  ['goal', 'DB.look'],
  ['goal', 'DB.read'],
  ['goal', 'JOURNAL.commit'],
  ['goal', 'DESTINATIONS.order'],
];

/** What seasons and routing bring. */
export const SEASON_POINTS: Points = [
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

/** What variable pay brings. */
export const PAY_POINTS: Points = [
  ['worker', 'PAY_RUNS.calculate'],
  ['worker', 'PAY_RUNS.dispatch'],
  ['worker', 'PAY_RUNS.progress'],
  ['worker', 'PAY_RUNS.poke'],
  ['pay-run', 'DB.read'],
  ['pay-run', 'DB.look'],
  ['pay-run', 'JOURNAL.commit'],
  ['pay-run', 'DESTINATIONS.order'],
];

/** What goals that a platform evaluates bring. */
export const REPORTED_POINTS: Points = [
  ['worker', 'PLATFORM_GOALS.tell'],
  ['worker', 'PLATFORM_GOALS.poke'],
  ['platform-goal', 'DB.read'],
  ['platform-goal', 'JOURNAL.commit'],
  ['platform-goal', 'DESTINATIONS.ask'],
];

/**
 * What follows a confirmed line to another destination, where a plan tells agents so; and how cron
 * asks the journal. Their faults are drawn with those of all calls; no history leans here, and none
 * is asked to have met it in each way.
 */
export const FOLLOW_UP_POINTS: Points = [
  ['destination', 'DESTINATIONS.order'],
  ['worker', 'JOURNAL.health'],
];

/** By the name of a system; those of everybody stand under the name of none. */
export const POINTS_OF: Readonly<Record<string, Points>> = {
  '': COMMON_POINTS,
  coaching: COACHING_POINTS,
  goals: [...GOAL_POINTS, ...DELIVERY_POINTS],
  delivery: DELIVERY_POINTS,
  seasons: [...SEASON_POINTS, ...DELIVERY_POINTS],
  pay: [...PAY_POINTS, ...DELIVERY_POINTS],
  reported: REPORTED_POINTS,
};

export const POINTS: Points = [...new Set(Object.values(POINTS_OF).flat())];

/**
 * Points that few histories of a system meet, or meet once: left to chance, some of the ways in which
 * they fail would not come in a thousand histories. `leans`: how many of these ways one history of
 * the system leans on. A lean does not make a call happen: what does is drawn where `causes.ts` of a
 * system finds that its history leans on the call.
 */
export const RARE: Readonly<
  Record<string, readonly { readonly leans: number; readonly points: Points }[]>
> = {
  '': [
    {
      leans: 0.25,
      points: [
        ['worker', 'SOURCES.due'],
        ['worker', 'JOURNAL.clearBodies'],
      ],
    },
  ],
  coaching: [
    {
      leans: 0.25,
      points: [
        ['session', 'SESSIONS.nudge'],
        ['worker', 'SESSIONS.poke'],
      ],
    },
  ],
  goals: [
    {
      leans: 1,
      points: [
        ['worker', 'GOALS.close'],
        ['goal', 'DESTINATIONS.order'],
      ],
    },
  ],
  delivery: [{ leans: 0.25, points: [['worker', 'DESTINATIONS.order']] }],
  seasons: [
    {
      leans: 4,
      points: [
        ['season', 'SEATS.tell'],
        ['worker', 'SEASONS.resume'],
        ['worker', 'SEASONS.poke'],
        ['worker', 'SEATS.tell'],
        ['worker', 'SEATS.release'],
        ['worker', 'SEATS.sample'],
        ['worker', 'SEATS.standing'],
        ['worker', 'QUEUES.pick'],
        ['worker', 'QUEUES.picked'],
        ['seat', 'JOURNAL.commit'],
      ],
    },
    { leans: 0.5, points: [['worker', 'SEASONS.trigger']] },
  ],
  // Apart: of two ways of one point in one history the first hides the second. `PAY_RUNS.poke`
  // stands in two of the lists, so now and then a history leans on two ways of it all the same.
  pay: [
    {
      leans: 3,
      points: [
        ['worker', 'PAY_RUNS.calculate'],
        ['worker', 'PAY_RUNS.dispatch'],
        ['worker', 'PAY_RUNS.progress'],
        ['worker', 'PAY_RUNS.poke'],
      ],
    },
    { leans: 1, points: [['pay-run', 'DESTINATIONS.order']] },
    // Seldom met where it is leaned on: a run is still open when cron comes.
    { leans: 1, points: [['worker', 'PAY_RUNS.poke']] },
  ],
  reported: [{ leans: 2, points: REPORTED_POINTS }],
};

/** Met by what operators do alone; their requests are made without faults, so no history leans here. */
export const OPERATORS_POINTS: Points = [
  ['worker', 'GOALS.read'],
  ['worker', 'DESTINATIONS.resume'],
  // Of a destination that was just set and is read back.
  ['worker', 'DESTINATIONS.report'],
  ['worker', 'DESTINATIONS.states'],
  ['worker', 'DESTINATIONS.troubles'],
  ['worker', 'DESTINATIONS.release'],
  ['worker', 'DESTINATIONS.lease'],
  ['worker', 'DESTINATIONS.abandoned'],
  ['worker', 'DESTINATIONS.ask'],
  ['worker', 'SEASONS.progress'],
  // The volume is told by a source that nothing happens to: what nobody was told forbids nothing.
  ['worker', 'SEASONS.volume'],
  // Asked for by the decision of a review alone.
  ['worker', 'PLATFORM_GOALS.look'],
];

/** Met in so few histories, one of ten thousand, that a long run may do without. */
export const SELDOM_POINTS: Points = [['worker', 'SESSIONS.nudge']];
