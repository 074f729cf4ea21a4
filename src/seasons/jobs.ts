/** What cron calls for seasons, by trigger, and what health asks. Decides nothing itself. */
import type { HealthCheck } from '../http/health';
import type { SeasonsEnv } from './client';
import { decayHealth, runDecay } from './decay/client';
import { settleLate } from './decay/late/client';
import { driveSeasons, endGraces, resetHealth } from './reset/client';
import { evaluateTiers, tiersHealth } from './standing/client';
import type { HearsTierChanges } from './tier';

/** Every five minutes; `hears` is told of every change of tier. */
export const seasonsSweeps = <E extends SeasonsEnv>(hears: HearsTierChanges<E>) => [
  { name: 'season-tiers', run: evaluateTiers<E>(hears) },
  { name: 'season-runs', run: driveSeasons },
];

/** Every hour: what is due in any zone. */
export const seasonsHourly = [
  { name: 'season-decay', run: runDecay },
  { name: 'season-late', run: settleLate },
  { name: 'season-graces', run: endGraces },
] as const;

export const seasonsHealth: readonly HealthCheck<SeasonsEnv>[] = [
  decayHealth,
  tiersHealth,
  resetHealth,
];
