/** Builders for tests of the points room: kept events and rule versions with everything filled in. */
import type { JsonObject, KeptEvent } from '../../src/events/event';
import { keep } from '../../src/events/event';
import { type Rule, type RuleVersion, ruleSchema } from '../../src/points/rules/rule';
import { AWARD_RULE, REVOKE_RULE } from '../simulation/rules';

export const MONDAY = 1_726_444_800_000; // 2024-09-16T00:00:00Z
export const MINUTE = 60_000;
export const DAY = 86_400_000;
export const SESSION = 'session-key';

let serial = 0;

export const eventOf = (
  type: 'performance.coaching.completed' | 'qa.score.updated',
  data: JsonObject,
  more: {
    readonly occurredAt?: number;
    readonly eventId?: string;
    readonly receivedAt?: number;
  } = {},
): KeptEvent => {
  serial += 1;
  const occurredAt = more.occurredAt ?? MONDAY;
  return keep(
    {
      event: {
        source: 'platform',
        platform: 'genesys-cloud',
        namespace: 'default',
        eventId: more.eventId ?? `event-${serial}`,
        type,
        occurredAt,
        data: { coachingSessionId: 'coaching-1', ...data },
      },
      body: '{}',
      bodyHash: 'hash',
      signature: 'hmac-hex:0000',
    },
    { receivedAt: more.receivedAt ?? occurredAt, subject: SESSION, salt: 'salt' },
  );
};

export const completed = (
  data: JsonObject = {},
  more: Parameters<typeof eventOf>[2] = {},
): KeptEvent =>
  eventOf(
    'performance.coaching.completed',
    {
      mentorId: 'mentor-1',
      menteeId: 'mentee-1',
      sessionType: 'Mentorship_Pairing',
      sessionDurationSeconds: 1200,
      qaCalibrationScore: 85,
      ...data,
    },
    more,
  );

export const scored = (
  previousScore: number | null,
  currentScore: number,
  more: Parameters<typeof eventOf>[2] & { readonly manual?: boolean } = {},
): KeptEvent =>
  eventOf(
    'qa.score.updated',
    {
      ...(previousScore !== null && { previousScore }),
      currentScore,
      sessionType: 'Mentorship_Pairing',
      scoreSource: more.manual === true ? 'MANUAL' : 'AUTOMATED',
    },
    more,
  );

export const versionOf = (rule: Rule, more: Partial<RuleVersion> = {}): RuleVersion => ({
  kind: 'rule',
  name: `rule-${rule.evaluationOrder}`,
  version: 1,
  effectiveFrom: null,
  writtenAt: 0,
  author: 'author',
  content: rule,
  ...more,
});

export const seedAward: Rule = ruleSchema.parse(AWARD_RULE);
export const seedRevoke: Rule = ruleSchema.parse(REVOKE_RULE);

/** Mentor and mentee as the directory knew them; the mentee is in the seed's group. */
export const facts = {
  mentor: { id: 'mentor-1', groups: [], attributes: {} },
  mentee: {
    id: 'mentee-1',
    groups: ['Junior_Agent_Group_ID'],
    userGroup: { id: ['Junior_Agent_Group_ID'] },
    attributes: { mentorshipEligible: true },
  },
};
