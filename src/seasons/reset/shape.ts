/**
 * How runs are shown: phases, counts, estimate and findings. Decides the estimate from what is left
 * and the slowest destination. Refuses nothing.
 */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import type { LiveSeason } from '../season';
import { costOf } from '../telling/batch';
import {
  EMPTY_REPORT,
  PHASES,
  type Report,
  runId,
  type Saga,
  type SeasonProgress,
  WAVES,
} from './run';
import type { StoredRun } from './store';
import { nextWindow, openWindow, windowsFor } from './window';

const counts = {
  agents: z.int(),
  batches: z.int(),
  up: z.int(),
  down: z.int(),
  same: z.int(),
  requests: z.int(),
  windows: z.int().meta({ description: 'In which something was applied.' }),
  inboundVolume: z.enum(['known', 'unknown']).meta({
    description: 'Unknown: the maintenance window alone decided.',
  }),
  exported: z.enum(['none', 'confirmed', 'skipped']),
  unsayable: z.array(z.string()),
};

const run = z.object({
  run: z.string(),
  wave: z.enum(WAVES),
  number: z.int(),
  idempotency_key: z.string(),
  by: z.string(),
  target_groups: z.array(z.string()),
  seasonId: z.string(),
  nextSeasonId: z.string(),
  seal: z.int(),
});

export const runShape = z.object({
  seasonId: z.string(),
  current: run
    .extend({
      phase: z.enum(PHASES),
      applied: z.int().meta({ description: 'Batches that are reconciled.' }),
      heldBack: z.boolean().meta({ description: 'The inbound volume is too high.' }),
      paused: z.boolean().meta({ description: 'Until the next maintenance window.' }),
      nextWindow: z.string(),
      estimatedWindows: z.int().meta({ description: 'Windows that what is left will take.' }),
      ...counts,
    })
    .nullable(),
  runs: z.array(run.extend({ endedAt: z.string().nullable(), ...counts })),
});

export const reportShape = z.object({
  seasonId: z.string(),
  runs: z.array(
    z.object({
      wave: z.enum(WAVES),
      number: z.int(),
      state: z.enum(['RUNNING', 'DONE']),
      expected: z.int(),
      applied: z.int(),
      differing: z.int(),
      retried: z.int(),
      missingThere: z.int(),
      missingHere: z.int(),
      differences: z.array(
        z.object({
          agentId: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
          destination: z.string(),
          fields: z.array(z.string()),
        }),
      ),
      missing: z.array(
        z.object({ destination: z.string(), id: z.string().nullable(), where: z.string() }),
      ),
    }),
  ),
});

const countsOf = (report: Report) => ({
  agents: report.agents,
  batches: report.batches,
  up: report.up,
  down: report.down,
  same: report.same,
  requests: report.requests,
  windows: report.windows,
  inboundVolume: report.volume,
  exported: report.exported,
  unsayable: report.unsayable,
});

const startOf = (start: Saga['run'], seal: number) => ({
  run: runId(start),
  wave: start.wave,
  number: start.number,
  idempotency_key: start.key,
  by: start.by,
  target_groups: start.groups,
  seasonId: start.season,
  nextSeasonId: start.next,
  seal,
});

export const showRun = (stored: StoredRun) => ({
  ...startOf(stored, stored.seal),
  endedAt: stored.endedAt === null ? null : printInstant(stored.endedAt),
  ...countsOf(stored.report ?? EMPTY_REPORT),
});

/** The run under way. `rate`: requests a minute of the slowest destination, null: nobody says. */
export function showProgress(
  progress: SeasonProgress | null,
  season: LiveSeason,
  rate: number | null,
  now: number,
) {
  const saga = progress?.saga ?? null;
  if (saga === null) return null;
  const { run: start, seal, phase, report, staged, next, open, heldBack } = saga;
  const share = staged === 0 ? 0 : (staged - next) / staged;
  const left =
    Math.ceil((report.requests + report.reads) * share) +
    (progress?.openBatches ?? []).reduce((sum, batch) => sum + costOf(batch), 0);
  const aBatch = staged === 0 ? 1 : Math.ceil((report.requests + report.reads) / staged);
  return {
    ...startOf(start, seal),
    phase,
    applied: next - open.length,
    heldBack,
    paused: phase === 'APPLY' && openWindow(season, now) === null && left > 0,
    nextWindow: printInstant(nextWindow(season, now)),
    estimatedWindows: windowsFor(left, rate, season, aBatch),
    ...countsOf(report),
  };
}
