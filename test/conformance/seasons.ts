/**
 * Every "Trap" and every "Edge Case" of the seasons document, in its order: what it warns of, what
 * is done about it, and the title of the test that shows it.
 */
import type { Hazard } from './table';

export const SEASON_HAZARDS = [
  {
    name: 'Trap 1: a reset that is executed synchronously during peak hours',
    kind: 'Trap',
    section: '1. Seasonal reset',
    answer:
      'The books are archived and staged at once and by themselves; platforms are written only in the daily maintenance window, and not while the inbound volume is above a tenth of its peak. Routing goes on by the books meanwhile.',
    state: 'tested',
  },
  {
    name: 'Trap 2: static tier assignment without validation bound to the session',
    kind: 'Trap',
    section: '2. Prestige tiers',
    answer:
      'Each interaction is decided at flow entry by the seat of its agent, which hears of every tier change, and is held for that interaction; a drop outside grace is told to platforms at once.',
    state: 'tested',
  },
  {
    name: 'Trap 3: synchronous bulk updates during active routing',
    kind: 'Trap',
    section: '3. Cycle execution',
    answer:
      'Batches of fifty, at most five requests in flight to a platform, questions included; an update that must be sent again waits for the next window too.',
    state: 'tested',
  },
  {
    name: 'Trap 4: linear decay, or another tier right after the reset',
    kind: 'Trap',
    section: '4. Decay and grace',
    answer:
      'Points keep 95 % a day in closed form with one rounding; for fourteen days the tier that was honoured last is honoured on, then the tier follows the points.',
    state: 'tested',
  },
  {
    name: 'Edge Case 1: cross-season session persistence during active routing',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'A seat answers nothing of a season that has ended before it has read the books; each reconciled batch sends a session invalidation and a synchronisation event.',
    state: 'tested',
  },
  {
    name: 'Edge Case 2: tier routing collision during predictive volume spikes',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'Over 115 % of target capacity now, or over 110 % in the mean of 15 minutes, an agent routes with the smaller of its own and the SILVER weight until the load clears; three of ten selections go evenly over all.',
    state: 'tested',
  },
  {
    name: 'Edge Case 3: API throttling and idempotency failure during bulk resets',
    kind: 'Edge Case',
    section: 'Validation',
    answer:
      'A 429 is patience, not failure; every repetition carries the same key and bytes with absolute values; what a platform holds is read back, told again where it differs, and reported.',
    state: 'tested',
  },
] as const satisfies readonly Hazard[];

export type SeasonHazardName = (typeof SEASON_HAZARDS)[number]['name'];
