/**
 * The only file that knows every room: which tables the journal writes, who takes which event,
 * which routes there are, which jobs run and what health asks. Decides nothing itself.
 */
import { auditRoutes } from './access/audit/routes';
import { accessRoutes } from './access/routes';
import { absencesRoutes } from './agents/absences/routes';
import type { Forgetting } from './agents/privacy/client';
import { configTable, plainTable, textOf } from './agents/privacy/erasure';
import { erasures } from './agents/privacy/jobs';
import { privacyRoutes } from './agents/privacy/routes';
import { agentRoutes } from './agents/routes';
import { AGENT_IDS_TABLE, agentNames } from './agents/store';
import { boardRunExplainer } from './boards/explain/store';
import { refreshBoards } from './boards/jobs';
import { boardsHealth, issueBoardRewards } from './boards/rewards/jobs';
import { boardsRoutes } from './boards/routes';
import { adjustmentReviews } from './books/adjustments/adjustment';
import { proposeAdjustment } from './books/adjustments/routes';
import { anchorLedger } from './books/anchors/jobs';
import { booksRoutes, journalCheck } from './books/routes';
import { CRONS, type Jobs } from './cron';
import { probeDestinations } from './delivery/ask/probe/client';
import { DELIVERIES_TABLE, DELIVERY_OUTCOMES_TABLE } from './delivery/intent';
import { deliveryHealth, deliveryJobs } from './delivery/jobs';
import { NOTICES_TABLE } from './delivery/notice';
import { deliveryRoutes } from './delivery/routes';
import type { Env } from './env';
import { keptText } from './events/quarantine';
import { EVENTS_TABLE, QUARANTINE_TABLE } from './events/store';
import { metricTeller, offerToGoals } from './goals/client';
import { rewardExplainers } from './goals/evidence/explain/store';
import { goalJobs, goalsHealth } from './goals/jobs';
import { GOAL_TABLES } from './goals/lock';
import { lookAtReward, takeStatusChange } from './goals/platform/client';
import { goalsRoutes } from './goals/routes';
import { goalReviews } from './goals/settlement/held/review';
import { type Diagnosed, diagnosisRoute } from './http/diagnosis';
import { operationRoutes } from './http/metrics';
import type { Route } from './http/route';
import { ownerOfFacts } from './intake/facts/client';
import { dropNamed, intakeHealth, sweepSources } from './intake/jobs';
import { ownerOfMetrics } from './intake/metrics/client';
import type { Owners } from './intake/owners/client';
import { dropPulled, pullJobs, pullsHealth, resultsAreIn } from './intake/pulls/jobs';
import { PullObject } from './intake/pulls/object';
import type { PullEnv } from './intake/pulls/pages/client';
import { pullRoutes } from './intake/pulls/routes';
import { PULL_GAPS_TABLE } from './intake/pulls/store';
import { intakeRoutes } from './intake/routes';
import { ownerOfTriggers } from './intake/triggers/client';
import { journalHealth } from './ledger/client';
import { readMigrations } from './ledger/health/store';
import type { JournalTable } from './ledger/journal';
import { JournalObject } from './ledger/object';
import { retireBodies } from './ledger/retention/jobs';
import { readHead } from './ledger/seals/store';
import { AUDIT_TABLE, CONFIG_TABLE, ENTRIES_TABLE, IDEMPOTENCY_TABLE } from './ledger/store';
import { ACTUALS_TABLE, actualsFacts } from './pay/actuals/store';
import { COUNTS_TABLE } from './pay/counts/store';
import { openClawback } from './pay/deltas/store';
import { payReviews } from './pay/disputes/dispute';
import { planMetrics } from './pay/plans/store';
import { payRoutes } from './pay/routes';
import { payExplainers } from './pay/runs/explain/late/client';
import { PAY_REVIEW_WORDS } from './pay/runs/explain/words';
import { awaitLines } from './pay/runs/forgetting/client';
import { payHealth, payHears, payJobs } from './pay/runs/jobs';
import { PAY_TABLES } from './pay/tables';
import { coachingOwner, eraseSession } from './points/coaching/client';
import { unpack } from './points/coaching/decision';
import { DECISIONS_TABLE } from './points/coaching/store';
import { decisionAudit, sessionNames } from './points/explain/audit/store';
import { coachingResettler } from './points/explain/client';
import { decisionExplainer } from './points/explain/store';
import { sweepCaps } from './points/guards/jobs';
import { CLAIMS_TABLE } from './points/guards/store';
import { keepMentorings } from './points/mentoring/jobs';
import { MENTORINGS_TABLE } from './points/mentoring/store';
import { pointsRoutes } from './points/routes';
import { showPoints } from './points/surfaces/jobs';
import { coachingHealth, sweepCoachingSessions } from './points/sweep/jobs';
import { measuresOf } from './quality/measures/client';
import { MEASURES_TABLE } from './quality/measures/store';
import { qualityRoutes } from './quality/routes';
import { pinScorecards } from './quality/scorecards/jobs';
import { SCORECARDS_TABLE } from './quality/scorecards/store';
import { QUALITY_TABLE, qualityFacts } from './quality/store';
import { reviewExplainer } from './reviews/explain/store';
import { reviewsHealth } from './reviews/jobs';
import { reviewRoutes } from './reviews/routes';
import { REVIEW_ACTS_TABLE, REVIEWS_TABLE } from './reviews/store';
import { rewardsRoutes } from './rewards/routes';
import { forgetStanding, utilisationOwner } from './routing/client';
import { hearTierChanges, routingHealth, routingJobs } from './routing/jobs';
import { routingRoutes } from './routing/routes';
import { decayExplainer } from './seasons/decay/explain/store';
import { seasonsHealth, seasonsHourly, seasonsSweeps } from './seasons/jobs';
import { SeasonObject } from './seasons/reset/object';
import { actOnTrigger } from './seasons/reset/trigger/client';
import { hearingVolume } from './seasons/reset/volume/client';
import { seasonsRoutes } from './seasons/routes';
import { SEASON_TABLES } from './seasons/store';
import type { HearsTierChanges } from './seasons/tier';

/** Every table that is written under a seal. */
export const TABLES: readonly JournalTable[] = [
  ENTRIES_TABLE,
  AUDIT_TABLE,
  CONFIG_TABLE,
  IDEMPOTENCY_TABLE,
  EVENTS_TABLE,
  QUARANTINE_TABLE,
  DECISIONS_TABLE,
  CLAIMS_TABLE,
  MENTORINGS_TABLE,
  QUALITY_TABLE,
  SCORECARDS_TABLE,
  MEASURES_TABLE,
  ACTUALS_TABLE,
  COUNTS_TABLE,
  PULL_GAPS_TABLE,
  NOTICES_TABLE,
  DELIVERIES_TABLE,
  DELIVERY_OUTCOMES_TABLE,
  AGENT_IDS_TABLE,
  REVIEWS_TABLE,
  REVIEW_ACTS_TABLE,
  ...GOAL_TABLES,
  ...SEASON_TABLES,
  ...PAY_TABLES,
];

export class ComposedJournal extends JournalObject {
  protected readonly tables = TABLES;
}

export class ComposedSeason extends SeasonObject {
  protected readonly hears: HearsTierChanges<never> = hearTierChanges;
}

/** Who holds what about a person, and what becomes of it when the person is forgotten. */
export const forgetting: Forgetting<Env> = {
  tables: [
    configTable(CONFIG_TABLE),
    plainTable(EVENTS_TABLE, { also: ['subject'], subject: (row) => textOf(row, 'subject') }),
    plainTable(DECISIONS_TABLE, {
      also: ['session'],
      texts: (row) => [unpack(textOf(row, 'content') ?? '')],
      byKey: true,
      subject: (row) => textOf(row, 'session'),
    }),
    plainTable(QUALITY_TABLE, { of: 'agent_key' }),
    plainTable(QUARANTINE_TABLE, {
      texts: (row) => [textOf(row, 'detail'), keptText(textOf(row, 'body'), textOf(row, 'detail'))],
    }),
    ...[NOTICES_TABLE, DELIVERIES_TABLE, DELIVERY_OUTCOMES_TABLE].map((table) =>
      plainTable(table, { byKey: true }),
    ),
    ...[AUDIT_TABLE, IDEMPOTENCY_TABLE, REVIEWS_TABLE, REVIEW_ACTS_TABLE].map((table) =>
      plainTable(table),
    ),
  ],
  forgetSubject: eraseSession,
  async forgetHeld(env, person, now) {
    await awaitLines(env, person.agentKey, now);
    await dropNamed(env, person, now);
    await dropPulled(env, person, now);
    await forgetStanding(env, person.agentKey, now);
  },
};

/** What `doctor` asks. The objects it wakes hold nothing, and keep nothing of being asked. */
const diagnosed: Diagnosed<Env> = {
  secrets: [
    { name: 'ADMIN_TOKEN', least: 16, of: ({ ADMIN_TOKEN }) => ADMIN_TOKEN },
    { name: 'SECRETS_KEY', least: 16, of: ({ SECRETS_KEY }) => SECRETS_KEY },
  ],
  bindings: [
    { name: 'DB', call: ({ DB }) => readHead(DB) },
    { name: 'JOURNAL', call: journalHealth },
    { name: 'SESSIONS', call: ({ SESSIONS }, now) => SESSIONS.getByName('doctor').poke(now) },
    { name: 'SOURCES', call: ({ SOURCES }) => SOURCES.getByName('doctor').health() },
    { name: 'PULLS', call: ({ PULLS }) => PULLS.getByName('doctor').status() },
    { name: 'DESTINATIONS', call: ({ DESTINATIONS }) => DESTINATIONS.getByName('doctor').report() },
    { name: 'SUBSCRIPTIONS', call: ({ SUBSCRIPTIONS: all }) => all.getByName('doctor').report() },
    { name: 'BOARDS', call: async ({ BOARDS }) => BOARDS.getByName('doctor') },
    { name: 'SEATS', call: ({ SEATS }, now) => SEATS.getByName('doctor').poke(now) },
    { name: 'QUEUES', call: ({ QUEUES }) => QUEUES.getByName('doctor').show() },
    { name: 'GOALS', call: ({ GOALS }, now) => GOALS.getByName('doctor').poke(now) },
    { name: 'PLATFORM_GOALS', call: async ({ PLATFORM_GOALS: all }) => all.getByName('doctor') },
    { name: 'PAY_RUNS', call: ({ PAY_RUNS }, now) => PAY_RUNS.getByName('doctor').poke(now) },
    { name: 'SEASONS', call: ({ SEASONS }) => SEASONS.getByName('doctor').progress() },
  ],
  destinations: probeDestinations,
  migrations: ({ DB }) => readMigrations(DB),
  crons: CRONS,
};

/** Who takes events of which type; a type without an owner is logged by its source. */
const OWNERS: Owners<Env> = {
  'performance.coaching.completed': coachingOwner,
  'qa.score.updated': coachingOwner,
  'performance.result.updated': ownerOfFacts<Env>(qualityFacts, payHears),
  'goal.status.changed': ownerOfTriggers<Env>(takeStatusChange),
  SEASONAL_RESET_TRIGGER: ownerOfTriggers<Env>(actOnTrigger),
  'wfm.actuals.updated': ownerOfFacts<Env>(actualsFacts, payHears),
  'metric.recorded': hearingVolume<Env>(
    ownerOfMetrics<Env>([offerToGoals], [measuresOf([planMetrics])]),
  ),
  'agent.utilization': utilisationOwner,
};

/** Pulled events go to the same owners as signed ones; the platform gives the object all of `Env`. */
export class ComposedPulls extends PullObject {
  protected readonly owners = OWNERS as Owners<PullEnv>;
}

export const REVIEW_KINDS = [goalReviews(lookAtReward), adjustmentReviews, ...payReviews];

export const routes: readonly Route<Env>[] = [
  ...accessRoutes,
  ...auditRoutes<Env>([decisionAudit], [sessionNames, agentNames]),
  ...agentRoutes<Env>([openClawback]),
  ...absencesRoutes<Env>(),
  ...privacyRoutes<Env>(forgetting),
  ...pointsRoutes<Env>(),
  ...rewardsRoutes<Env>(),
  ...deliveryRoutes<Env>(),
  ...boardsRoutes<Env>(),
  ...goalsRoutes<Env>(),
  ...payRoutes<Env>(),
  ...seasonsRoutes<Env>(),
  ...qualityRoutes<Env>(payHears),
  ...reviewRoutes<Env>(REVIEW_KINDS),
  ...routingRoutes<Env>(),
  ...booksRoutes<Env>(TABLES, [
    decisionExplainer,
    boardRunExplainer,
    decayExplainer,
    ...payExplainers,
    ...rewardExplainers(),
    reviewExplainer(PAY_REVIEW_WORDS),
  ]),
  proposeAdjustment<Env>(),
  ...intakeRoutes<Env>({
    owners: OWNERS,
    resettlers: {
      'performance.coaching.completed': coachingResettler,
      'qa.score.updated': coachingResettler,
    },
    tellers: { 'metric.recorded': metricTeller },
  }),
  ...pullRoutes<Env>(),
  diagnosisRoute<Env>(diagnosed),
  ...operationRoutes<Env>([
    journalCheck,
    coachingHealth,
    ...intakeHealth,
    pullsHealth,
    boardsHealth,
    deliveryHealth,
    goalsHealth,
    ...seasonsHealth,
    payHealth,
    reviewsHealth(REVIEW_KINDS),
    routingHealth,
  ]),
];

export const jobs: Jobs<Env> = {
  '*/5 * * * *': [
    { name: 'last-seal', run: journalHealth },
    { name: 'coaching-sweep', run: sweepCoachingSessions },
    { name: 'cap-sweep', run: sweepCaps },
    { name: 'source-sweep', run: sweepSources },
    ...pullJobs.sweeps,
    { name: 'erasures', run: erasures(forgetting) },
    { name: 'board-refresh', run: refreshBoards },
    ...deliveryJobs,
    ...goalJobs.catchUp,
    ...payJobs,
    ...seasonsSweeps<Env>(hearTierChanges),
    ...routingJobs,
  ],
  '7 * * * *': [
    { name: 'mentorings', run: keepMentorings },
    { name: 'points-shown', run: showPoints },
    ...pullJobs.hourly,
    { name: 'scorecard-pins', run: (env, now) => pinScorecards(env, now, resultsAreIn) },
    { name: 'board-rewards', run: issueBoardRewards },
    ...goalJobs.close,
    ...seasonsHourly,
  ],
  '23 2 * * *': [
    { name: 'ledger-anchor', run: anchorLedger },
    { name: 'body-retention', run: retireBodies },
  ],
};
