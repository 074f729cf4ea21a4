/** The routes of the points room, in the order in which the documentation shows them. */
import type { Route } from '../http/route';
import { backtestRule } from './backtest/routes';
import type { PointsEnv } from './coaching/client';
import { readCoachingSession } from './coaching/routes';
import { readMentoring } from './mentoring/routes';
import { readProgramme, replaceProgramme } from './programmes/routes';
import { createRule, listRules, readRule, replaceRule } from './rules/routes';

export const pointsRoutes = <E extends PointsEnv>(): readonly Route<E>[] => [
  createRule(),
  listRules(),
  readRule(),
  replaceRule(),
  backtestRule(),
  readProgramme(),
  replaceProgramme(),
  readCoachingSession(),
  readMentoring(),
];
