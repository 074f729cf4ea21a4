/**
 * How runs are shown: phases, counts, estimate and findings. Decides the estimate from what is left
 * and the slowest destination. Refuses nothing.
 */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import type { LiveSeason } from '../season';
import { costOf } from '../telling/batch';
import { waitingShape } from './going/asked';
import { WAIT_REASONS, type Wait } from './passing/waits/wait';
import { EMPTY_REPORT, PASSED_BECAUSE, type Report } from './report';
import { PHASES, type Phase, runId, type Saga, type SeasonProgress, WAVES } from './run';
import type { StoredRun } from './store';
import { nextWindow, openWindow, windowsFor } from './window';

const counts = {
  agents: z.int(),
  batches: z.int(),
  up: z.int(),
  down: z.int(),
  same: z.int(),
  requests: z.int(),
  windows: z.int().meta({
    description: 'Maintenance windows in which a batch was begun, went on or was told again.',
  }),
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
      estimatedWindows: z
        .int()
        .nullable()
        .meta({
          description:
            'Windows in which what is left to be begun will be; the one that is open counts. null ' +
            'until all is staged: it is not known before.',
        }),
      waitsFor: z.array(z.string()).meta({
        description: 'Destinations that have not confirmed or rejected what they were told.',
      }),
      switchedOff: z
        .array(
          z.object({
            destination: z.string(),
            since: z.string().meta({ description: 'When it was switched off.' }),
          }),
        )
        .meta({ description: 'Those of `waits` that are switched off.' }),
      waits: z
        .array(
          z.object({
            destination: z.string(),
            reason: z.enum(WAIT_REASONS),
            since: z.string(),
          }),
        )
        .meta({
          description:
            'What the run waits for beyond windows and answers: a destination that is switched off; ' +
            'one that was told and does not answer what it holds, until the run gives it up: after a ' +
            'day and four questions in vain, an hour apart; a cold storage that nobody has ' +
            'written, that takes no archives, or that was told in vain, until it is mended or a ' +
            'person skips the export. Subscribers hear once of each cause, as `season.reset.waits`, ' +
            'or `season.grace.waits` of an end of grace; a breaker that opens is `destination.parked`.',
        }),
      ...counts,
    })
    .nullable(),
  asked: waitingShape,
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
      uncertain: z.int().meta({
        description:
          'Of those that differ: not read, as their destination was passed over or did not answer.',
      }),
      passedOver: z.array(
        z.object({
          destination: z.string(),
          reason: z.enum(PASSED_BECAUSE),
          agents: z.int(),
        }),
      ),
      retried: z.int(),
      missingThere: z.int(),
      missingHere: z.int(),
      differences: z.array(
        z.object({
          agentId: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
          destination: z.string(),
          fields: z.array(z.string()),
          reason: z.enum(PASSED_BECAUSE).nullable().meta({
            description: 'Why its destination was passed over; null: it was told in vain.',
          }),
        }),
      ),
      missing: z.array(
        z.object({ destination: z.string(), id: z.string().nullable(), where: z.string() }),
      ),
    }),
  ),
});

const move = z.object({
  agentId: z.string(),
  points: z.string(),
  tier: z.string(),
  nextTier: z.string(),
  honoured: z.string(),
  graceUntil: z.string().nullable(),
  requests: z.array(
    z.object({ destination: z.string(), method: z.string(), path: z.string(), body: z.unknown() }),
  ),
});

export const askedShape = z.object({
  status: z.enum(['accepted', 'duplicate', 'dry_run']),
  idempotency_key: z.string().nullable().meta({ description: 'Of a duplicate: the first one’s.' }),
  run: z.string().nullable(),
  season_id: z.string(),
  next_season_id: z.string().nullable(),
  summary: z
    .object({ up: z.int(), down: z.int(), same: z.int() })
    .optional()
    .meta({ description: 'Of a dry run: how many of this page rise, fall and stay.' }),
  estimatedWindows: z
    .int()
    .nullable()
    .optional()
    .meta({
      description:
        'Of a dry run: maintenance windows that the whole reset would take, page or no page, as ' +
        'that of the run itself once it is staged. Where there are more than 5,000 agents those after ' +
        'are taken to be like these. null on the pages after the first.',
    }),
  items: z.array(move).optional(),
  nextCursor: z.string().nullable().optional(),
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

/** What a run under way goes by, as of its seal. */
export interface Going {
  readonly season: Pick<LiveSeason, 'maintenanceWindow' | 'timeZone'>;
  /** Requests a minute of the slowest destination, null: nobody says. */
  readonly rate: number | null;
  /** Destinations that have not answered what they were told. */
  readonly waitsFor: readonly string[];
  readonly waits: readonly Wait[];
}

/** Phases in which it is not known yet what is sent. */
const UNSTAGED: readonly Phase[] = ['ARCHIVE', 'CALCULATE', 'STAGE'];

/** The run under way. */
export function showProgress(
  { saga, openBatches, left }: SeasonProgress,
  { season, rate, waitsFor, waits }: Going,
  now: number,
) {
  if (saga === null) return null;
  const shown = waits.map(({ cause: _, since, ...wait }) => ({
    ...wait,
    since: printInstant(since),
  }));
  const off = shown.filter(({ reason }) => reason === 'SWITCHED_OFF');
  const { run: start, seal, phase, report, staged, next, open, heldBack } = saga;
  return {
    ...startOf(start, seal),
    phase,
    applied: next - open.length,
    heldBack,
    paused: phase === 'APPLY' && openWindow(season, now) === null && next - open.length < staged,
    nextWindow: printInstant(nextWindow(season, now)),
    estimatedWindows: UNSTAGED.includes(phase)
      ? null
      : windowsLeft(saga, { left, openBatches }, { season, rate }, now),
    waitsFor,
    switchedOff: off.map(({ destination, since }) => ({ destination, since })),
    waits: shown,
    ...countsOf(report),
  };
}

/**
 * Windows that the batches still to be ordered take, and those that rest until another. A dry run
 * asks it too, of a run that has spent nothing.
 */
export function windowsLeft(
  { lastWindow, spent }: Pick<Saga, 'lastWindow' | 'spent'>,
  { left, openBatches }: Pick<SeasonProgress, 'left' | 'openBatches'>,
  { season, rate }: Pick<Going, 'season' | 'rate'>,
  now: number,
): number {
  const window = openWindow(season, now);
  const cost = openBatches.reduce((sum, batch) => sum + costOf(batch), 0);
  const isBegun = window !== null && window.from === lastWindow && spent !== null;
  const here = window && { ...(isBegun ? spent : { from: now, cost }), until: window.until };
  const rests = openBatches.some(({ restsUntil = 0 }) => restsUntil > now);
  return Math.max(windowsFor(left, rate, season, here), rests ? 1 : 0);
}

/** What a reset as of now would do to a page of the directory. */
export interface Rehearsed {
  readonly next: string;
  /** Of the page: how many stand higher, lower and the same. */
  readonly summary: { readonly up: number; readonly down: number; readonly same: number };
  /** Of the whole directory; null on the pages after the first. */
  readonly estimatedWindows: number | null;
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

/** A page of a dry run. */
export const showRehearsed = (id: string, { next, ...found }: Rehearsed) => ({
  status: 'dry_run',
  idempotency_key: null,
  run: null,
  season_id: id,
  next_season_id: next,
  ...found,
});
