/**
 * Every "Trap" and every "Edge Case" of the variable-pay document, in its order: what it warns of,
 * what is done about it, and the title of the test that shows it.
 */
import type { Hazard } from './table';

export const PAY_HAZARDS = [
  {
    name: 'Trap 1: results filtered by agent and dates alone',
    kind: 'Trap',
    section: '1. Quality scores',
    answer:
      'Only COMPLETED and PUBLISHED results of scorecard versions pinned at the end of the period count; drafts never, other versions are reported, and what changes later changes no calculated run.',
    state: 'tested',
  },
  {
    name: 'Trap 2: handle time from interactions as productivity',
    kind: 'Trap',
    section: '2. Productivity',
    answer:
      'Productivity is time by status code from workforce management over logged-in time; handle time is refused as its source, and codes like UNKNOWN and SYSTEM_ERROR are on neither side.',
    state: 'tested',
  },
  {
    name: 'Trap 3: floating-point pay without a rounding strategy',
    kind: 'Trap',
    section: '3. The calculation',
    answer:
      'Ratios stay fractions of integers, one division and one rounding half up at the payout; below the minimum of interactions pay is 0.00, with the reason.',
    state: 'tested',
  },
  {
    name: 'Trap 4: duplicate detection left to the HRIS',
    kind: 'Trap',
    section: '4. Write-back to the HRIS',
    answer:
      'Key and bytes are frozen before the first attempt and the same on every retry; an HRIS without keys is asked before anything is sent again; every immutable id stands in the payload.',
    state: 'tested',
  },
  {
    name: 'Edge Case 1: a score that changes after payment',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'One delta, told to Finance once, netted as `clawback_amount` in the next cycle under the cap of the plan, the rest carried forward.',
    state: 'tested',
  },
  {
    name: 'Edge Case 2: a scorecard type that nobody evaluated',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'A type below its minimum is left out and the others are divided by the weights that are present, or it counts with the neutral score of the plan; it never counts as 0 or 100.',
    state: 'tested',
  },
  {
    name: 'Edge Case 3: a denominator of zero after an outage',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'Exempt codes leave both sides of the ratio; where nothing is left productivity is a neutral 1, or left out where the plan says so.',
    state: 'tested',
  },
] as const satisfies readonly Hazard[];

export type PayHazardName = (typeof PAY_HAZARDS)[number]['name'];
