/** The systems that are played, in the order in which they are drawn and set up. */
import { coaching } from './coaching/system';
import { delivery } from './delivery/system';
import { goals } from './goals/system';
import { pay } from './pay/system';
import type { Plan } from './plan';
import { reported } from './reported/system';
import { seasons } from './seasons/system';
import type { System } from './system';

export const SYSTEMS: readonly System[] = [coaching, goals, delivery, seasons, pay, reported];

/** Those that take part in a plan. */
export const systemsOf = (plan: Plan): readonly System[] =>
  SYSTEMS.filter(({ name }) => name in plan.parts);
