/** A run as it goes on the wire, with its progress. Refuses nothing. */
import * as z from 'zod';
import { printInstant } from '../../kernel/instant';
import { printAmount } from '../../kernel/units';
import { shareDone } from './calculate/progress';
import { type PassTally, RUN_ID, type Run, type RunVersion, runName } from './run';

export const runParams = z.strictObject({
  id: z.string().regex(RUN_ID, 'an id of a run, `<plan>.<period>.v<n>`'),
});

export const runItem = z
  .object({
    runId: z.string(),
    planId: z.string(),
    period: z.string(),
    pay_period_start: z.string(),
    pay_period_end: z.string(),
    calculationVersion: z.int(),
    status: z
      .enum(['CREATED', 'CALCULATED', 'APPROVED', 'DISPATCHED', 'SETTLED'])
      .meta({ description: 'CREATED is being calculated; DISPATCHED still waits for outcomes.' }),
    planVersion: z.int(),
    planHash: z.string(),
    scorecardVersionIds: z.array(z.string()),
    ratesOf: z.string().nullable(),
    destination: z.string(),
    hash: z
      .string()
      .nullable()
      .meta({ description: 'Over every line: what an approval binds to.' }),
    seal: z.int().nullable(),
    lines: z.int().nullable(),
    paid: z.int().nullable(),
    totals: z.array(z.object({ currency: z.string(), amount: z.string() })),
    reasons: z.record(z.string(), z.int()),
    unlistedScorecardVersionIds: z.array(z.string()),
    states: z.record(z.string(), z.int()).nullable(),
    progress: z
      .object({ share: z.number(), estimatedSeconds: z.int().nullable() })
      .nullable()
      .meta({ description: 'While it is being calculated.' }),
    by: z.string(),
    at: z.string(),
  })
  .meta({ id: 'PayRun' });

export interface KnownProgress {
  readonly cursor: string | null;
  readonly pass: PassTally | null;
}

/** `began`: UTC ms of the first row; `now`: for the estimate. */
export function shownRun(
  { content: run, author, writtenAt }: RunVersion,
  known: KnownProgress | null,
  clock: { readonly began: number; readonly now: number } | null,
): Record<string, unknown> {
  const { result } = run;
  return {
    runId: runName(run),
    planId: run.planId,
    period: run.period,
    pay_period_start: run.firstDay,
    pay_period_end: run.lastDay,
    calculationVersion: run.number,
    status: run.phase,
    planVersion: run.planVersion,
    planHash: run.planHash,
    scorecardVersionIds: run.scorecardVersions,
    ratesOf: run.rates?.date ?? null,
    destination: run.destination,
    hash: result?.hash ?? null,
    seal: result?.seal ?? null,
    lines: result?.tally.lines ?? null,
    paid: result?.tally.paid ?? null,
    totals: totalsOf(run),
    reasons: result?.tally.reasons ?? {},
    unlistedScorecardVersionIds: result?.tally.unlisted ?? [],
    states: run.settled ?? known?.pass ?? null,
    progress: progressOf(run, known, clock),
    by: author,
    at: printInstant(writtenAt),
  };
}

const totalsOf = ({ result }: Run) =>
  Object.entries(result?.tally.totals ?? {}).map(([currency, amount]) => ({
    currency,
    amount: printAmount(BigInt(amount), currency),
  }));

function progressOf(
  { phase }: Run,
  known: KnownProgress | null,
  clock: { readonly began: number; readonly now: number } | null,
) {
  if (phase !== 'CREATED') return null;
  const share = shareDone(known?.cursor ?? '');
  const elapsed = clock === null ? 0 : Math.max(0, clock.now - clock.began);
  const estimatedSeconds = share === 0 ? null : Math.ceil((elapsed * (1 - share)) / share / 1000);
  return { share, estimatedSeconds };
}
