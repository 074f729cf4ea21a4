/**
 * What a run pins when it begins: plan version and hash, the scorecard versions in force in the
 * period as its end found them, and the rates of the latest day until then. Writes nothing.
 */
import type { Period } from '../../../kernel/period';
import { readPin, readVersionsInForce } from '../../../quality/scorecards/store';
import { hashOfPlan, type PlanVersion } from '../../plans/plan';
import { readRatesUntil } from '../../rates/store';
import type { Run } from '../run';

export async function pinnedRun(
  db: D1Database,
  period: Period,
  plan: PlanVersion,
  { number, timeZone }: { readonly number: number; readonly timeZone: string },
): Promise<Run> {
  const { label, firstDay, lastDay, cadence } = period;
  const [pin, rates] = await Promise.all([readPin(db, label), readRatesUntil(db, lastDay)]);
  const isOfPeriod = pin?.content.firstDay === firstDay && pin.content.lastDay === lastDay;
  return {
    planId: plan.name,
    cadence,
    period: label,
    firstDay,
    lastDay,
    number,
    phase: 'CREATED',
    planVersion: plan.version,
    planHash: hashOfPlan(plan.content),
    scorecardVersions: isOfPeriod ? pin.content.versions : await readVersionsInForce(db, period),
    rates,
    timeZone,
    destination: plan.content.destination,
  };
}
