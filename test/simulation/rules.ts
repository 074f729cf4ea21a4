/** The two rules of the mentorship document as printed, and the variants a history may run under. */
import type { PlannedRule } from './coaching/plan';

export const JUNIOR_GROUP = 'Junior_Agent_Group_ID';

export const AWARD_RULE: PlannedRule = {
  name: 'Mentorship Coaching Points Allocation',
  description:
    'Awards 50 points for validated coaching sessions exceeding 15 minutes with QA >= 80',
  enabled: true,
  evaluationOrder: 10,
  conditions: [
    { field: 'eventType', operator: 'EQUALS', value: 'performance.coaching.completed' },
    { field: 'mentee.userGroup.id', operator: 'EQUALS', value: JUNIOR_GROUP },
    { field: 'sessionDurationSeconds', operator: 'GREATER_THAN_OR_EQUALS', value: 900 },
    { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
  ],
  actions: [
    { type: 'AWARD_POINTS', points: 50, pointCategory: 'Mentorship', recipientType: 'MENTOR' },
  ],
  deduplicationKey: 'coachingSessionId',
};

export const REVOKE_RULE: PlannedRule = {
  name: 'Mentorship QA Score Reversal',
  description: 'Revokes points if QA score drops below 80 after initial award',
  enabled: true,
  evaluationOrder: 20,
  conditions: [
    { field: 'eventType', operator: 'EQUALS', value: 'qa.score.updated' },
    { field: 'previousScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
    { field: 'currentScore', operator: 'LESS_THAN', value: 80 },
    { field: 'sessionType', operator: 'EQUALS', value: 'Mentorship_Pairing' },
  ],
  actions: [
    { type: 'REVOKE_POINTS', points: 50, pointCategory: 'Mentorship', recipientType: 'MENTOR' },
  ],
  deduplicationKey: 'coachingSessionId',
};

/** Eligibility by attribute instead of by group, as the seed's third edge case asks. */
export const BY_ATTRIBUTE: PlannedRule = {
  ...AWARD_RULE,
  conditions: AWARD_RULE.conditions.map((condition) =>
    condition.field === 'mentee.userGroup.id'
      ? { field: 'mentee.attributes.mentorshipEligible', operator: 'EQUALS', value: true }
      : condition,
  ),
};

/** A second recipient of the same coaching. */
export const MENTEE_RULE: PlannedRule = {
  ...AWARD_RULE,
  name: 'Mentee Attendance Points',
  description: 'Awards the mentee as well',
  evaluationOrder: 11,
  actions: [
    { type: 'AWARD_POINTS', points: 12.5, pointCategory: 'Mentorship', recipientType: 'MENTEE' },
  ],
};

export const MENTEE_REVOKE: PlannedRule = {
  ...REVOKE_RULE,
  name: 'Mentee Attendance Reversal',
  description: 'Takes the attendance points back',
  evaluationOrder: 21,
  actions: [
    { type: 'REVOKE_POINTS', points: 12.5, pointCategory: 'Mentorship', recipientType: 'MENTEE' },
  ],
};
