/**
 * The systems that are played, in the order in which they are drawn and set up. Deliveries join when
 * a sweep finds those whose destination was never told.
 */
import { coaching } from './coaching/system';
import { goals } from './goals/system';
import type { Plan } from './plan';
import type { System } from './system';

export const SYSTEMS: readonly System[] = [coaching, goals];

/** Those that take part in a plan. */
export const systemsOf = (plan: Plan): readonly System[] =>
  SYSTEMS.filter(({ name }) => name in plan.parts);
