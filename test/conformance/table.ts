/**
 * Every "Trap" and every "Edge Case" of the mentorship document, in its order, and after them the
 * guards that it asks for in passing (farming, calibration drift): what it warns of,
 * what is done about it, and the title of the test that shows it. What belongs to a later issue is
 * listed as later and tested nowhere. `documents.ts` makes the README's tables.
 */

export interface Hazard {
  /** Title of the test, after the document's own words. */
  readonly name: string;
  readonly kind: 'Trap' | 'Edge Case' | 'Guard';
  /** Section of the document. */
  readonly section: string;
  readonly answer: string;
  /** `tested`, or why there is no test yet. */
  readonly state: 'tested' | { readonly later: string };
}

export const HAZARDS = [
  {
    name: 'Trap 1: a rule bound to performance.coaching.created',
    kind: 'Trap',
    section: '1. Event-driven point allocation',
    answer:
      'An award rule on the creation event is refused with 422; the creation event is logged and awards nothing.',
    state: 'tested',
  },
  {
    name: 'Trap 2: a manual QA override that bypasses the threshold',
    kind: 'Trap',
    section: '2. Coaching session validation',
    answer:
      'Every score is judged again in the order in which it was given; a drop takes back exactly what was posted, a later passing score reinstates it.',
    state: 'tested',
  },
  {
    name: 'Trap 3: point decay disabled and a static monthly reset',
    kind: 'Trap',
    section: '3. Leaderboard and rewards',
    answer:
      'A board decays by the day over a rolling window, so a late mentor can pass an early one; one without decay or with a static window is taken with a warning.',
    state: 'tested',
  },
  {
    name: 'Trap 4: a duplicate answered with 204 or 400',
    kind: 'Trap',
    section: '4. API and webhooks',
    answer:
      'A duplicate is answered 200 with the status `duplicate`, posts nothing and stands in the audit log.',
    state: 'tested',
  },
  {
    name: 'Edge Case 1: duplicate point allocation during session re-grading',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'What arrives in the lock window of a coaching session settles as one transaction over the final score.',
    state: 'tested',
  },
  {
    name: 'Edge Case 2: leaderboard skew from high-volume low-value mentoring',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'The change of the mentee’s score multiplies the award: 1.5 from 10 points up, 0.8 for none or a drop.',
    state: 'tested',
  },
  {
    name: 'Edge Case 3: cross-queue mentorship routing failures',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'A rule may look at `mentee.attributes.mentorshipEligible`, which an operator changes without touching the rule.',
    state: 'tested',
  },
  {
    name: 'Guard 1: points farmed by coaching oneself',
    kind: 'Guard',
    section: 'What the guide covers',
    answer:
      'A mentor who is the mentee earns nothing, under whichever address; the trace names the gate `mentorId`.',
    state: 'tested',
  },
  {
    name: 'Guard 2: points farmed by more coaching than counts',
    kind: 'Guard',
    section: 'What the guide covers',
    answer:
      'Caps per mentor, per pair and of points by day, week or month, decided over the set: the first by time count, whatever came in first; a capped award says what it would have been.',
    state: 'tested',
  },
  {
    name: 'Guard 3: points farmed by coaching in two places or in turns',
    kind: 'Guard',
    section: 'What the guide covers',
    answer:
      'Coaching sessions of one mentor that overlap are flagged once in the audit log; partners who mentor each other stand in `GET /v1/agents/{id}/mentoring`.',
    state: 'tested',
  },
  {
    name: 'Guard 4: calibration that drifts below the threshold',
    kind: 'Guard',
    section: '2. Coaching session validation',
    answer:
      'When so many of the latest coaching sessions of a mentor and evaluator fell below the threshold, one alert and one notice, and none again until it has recovered.',
    state: 'tested',
  },
] as const satisfies readonly Hazard[];

export type HazardName = (typeof HAZARDS)[number]['name'];
