/**
 * The planted bugs: classic mistakes of exactly-once systems, each written as the expressions of
 * production code that it replaces. Numbers are those of the list the project was given; number 20,
 * a tenant missing in an index, has no place in an installation of one organisation; from 25 on they
 * are faults that this engine once had.
 */

import { numberOf, type PlantedBug } from './bug.ts';
import { ofPay, ofSeasons } from './of-calendar.ts';
import { ofIntake, ofPoints } from './of-coaching.ts';
import { ofDelivery, ofGoals, ofTheLedger } from './of-ledger.ts';

export const BUGS: readonly PlantedBug[] = [
  ...ofIntake,
  ...ofTheLedger,
  ...ofPoints,
  ...ofGoals,
  ...ofDelivery,
  ...ofSeasons,
  ...ofPay,
].toSorted((a, b) => numberOf(a) - numberOf(b));
