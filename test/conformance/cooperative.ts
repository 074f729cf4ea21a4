/**
 * Every "Trap" and every "Edge Case" of the cooperative-goals document, in its order: what it warns
 * of, what is done about it, and the title of the test that shows it.
 */
import type { Hazard } from './table';

export const COOPERATIVE_HAZARDS = [
  {
    name: 'Trap 1: the default AVERAGE aggregation for a cooperative goal',
    kind: 'Trap',
    section: '1. Team hierarchy and roll-up',
    answer:
      'A team that averages cannot bear a reward: goal or team is refused with 422 and a reason that a supervisor understands; the sum says what the team did together.',
    state: 'tested',
  },
  {
    name: 'Trap 2: REALTIME or HOURLY evaluation with webhook triggers on status change',
    kind: 'Trap',
    section: '2. Thresholds and status triggers',
    answer:
      'Weeks, months and quarters alone are taken; a period is evaluated once, at its boundary, and nothing is said while the value goes up and down.',
    state: 'tested',
  },
  {
    name: 'Trap 3: webhook delivery guarantees without idempotency keys',
    kind: 'Trap',
    section: '3. Reward distribution',
    answer:
      'A reward is opened under one key over goal, period and status; a webhook that comes again answers 200 and does nothing, and the platform’s status is asked before anything is promised.',
    state: 'tested',
  },
  {
    name: 'Trap 4: the initial status treated as final',
    kind: 'Trap',
    section: '4. Stabilisation and reconciliation',
    answer:
      'What is promised at the close is paid only after the stabilisation window, by the restated metric against the snapshot: confirmed, adjusted, taken back by new entries or held for a person.',
    state: 'tested',
  },
  {
    name: 'Edge Case 1: metric drift during the stabilisation window',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'Within the tolerance of the snapshot or of the threshold the promise stands; beyond it the pool’s share is frozen and a review opens with evidence and both outcomes.',
    state: 'tested',
  },
  {
    name: 'Edge Case 2: cross-team agent assignment conflicts',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'One row per agent, cadence and period names the team that keeps the agent, by queue weight, then earlier membership, then team id; the other goal lists the exclusion in its custom fields.',
    state: 'tested',
  },
  {
    name: 'Edge Case 3: webhook timeout and reward ledger mismatch',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'Keys hold no time; the same bytes and key go on every retry; after three failures in a row the circuit opens and what waits is released by an operator or a probe.',
    state: 'tested',
  },
] as const satisfies readonly Hazard[];

export type CooperativeHazardName = (typeof COOPERATIVE_HAZARDS)[number]['name'];
