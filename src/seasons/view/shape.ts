/** Thresholds as an agent is shown them, in points. Refuses nothing. */
import * as z from 'zod';
import { printPoints } from '../standing/change';
import { type TierTable, thresholdOfTier } from '../tier';

export const thresholds = z.array(z.object({ tier: z.string(), points: z.string() }));

export const showThresholds = (table: TierTable) =>
  table.tiers.map(({ name }) => ({
    tier: name,
    points: printPoints(thresholdOfTier(table, name)),
  }));
