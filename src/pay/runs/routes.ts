/**
 * `/v1/pay-runs`: begin a run, list runs, read one. What a run pins is fixed when it begins: plan
 * version, scorecard versions, rates. Refuses periods that have not ended, those that share days with
 * another period of the plan, plans without an approved version, and a second run beside one that is not sent out; a further run of a paid period is the
 * next calculation version and sends only differences (P2, P8).
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { absent, type Guard } from '../../kernel/change-set';
import { invalidField } from '../../kernel/failure';
import { configId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { periodEnd } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { log, messageOf } from '../../runtime/log';
import { planInForce } from '../plans/approval/approval';
import { readApprovals, readPlanVersions } from '../plans/store';
import { calculateRun, type PayEnv, progressOf } from './client';
import { phaseRow, versionOfPhase } from './phase';
import { pinnedRun } from './pinning/store';
import { periodOfLabel, RUN_KIND, type Run, runName, runSubject } from './run';
import {
  type RunPhase,
  readPhases,
  readRun,
  readRunMeeting,
  readRunPage,
  readRunsOfPeriod,
} from './store';
import { rereadPaid } from './sweep/client';
import { runItem, runParams, shownRun } from './view';

const planId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a plan');
const body = z.strictObject({
  planId,
  period: z
    .string()
    .max(20)
    .meta({ description: '`2023-10`, `2023-Q4`, or the first day of a week.' }),
  recalculate: z
    .boolean()
    .default(false)
    .meta({ description: 'Replaces a run of the period that is not approved yet.' }),
});

type CreateCall<E> = ParsedCall<E, unknown, unknown, z.output<typeof body>>;

const createRun = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/pay-runs',
    tag: 'Pay',
    summary: 'Begin a pay run: calculate a period of a plan',
    description:
      'The first row fixes the seal: later facts change nothing that is calculated. Nothing is ' +
      'paid before another person approves and payroll sends it out. P2, P8, DEC-5.',
    permission: 'payroll',
    body,
    answers: {
      201: { description: 'The run; small ones are calculated already.', schema: runItem },
    },
    examples: { request: { planId: 'VAR_PAY_Q4_2023', period: '2023-10' } },
    handle: create,
  });

async function create<E extends PayEnv>(call: CreateCall<E>): Promise<Result<Answer>> {
  const { env, now, actor, body: asked } = call;
  const begun = await begin(call);
  if (!begun.ok) return begun;
  const { run, guards } = begun.value;
  const name = runName(run);
  const first = {
    kind: RUN_KIND,
    name,
    version: 1,
    effectiveFrom: null,
    writtenAt: now,
    author: actor.person,
    content: run,
  };
  const written = await submit(call, {
    rows: [phaseRow(run, actor.person, now)],
    guards: [...guards, absent('config', configId(RUN_KIND, name, 1))],
    audit: {
      action: 'PAY_RUN_BEGUN',
      subject: runSubject(name),
      detail: { planVersion: run.planVersion, planHash: run.planHash, ...asked },
    },
    answer: {
      status: 201,
      body: shownRun(first, null, { began: now, now }),
      headers: { Location: `/v1/pay-runs/${name}` },
    },
  });
  if (!written.ok || written.value.headers?.['Idempotency-Replayed'] !== undefined) return written;
  await rereadQuietly(env, now);
  await calculateRun(env, name, now);
  const present = await readRun(env.DB, name);
  if (present === null) return written;
  const progress = await progressOf(env, name);
  return ok({ ...written.value, body: shownRun(present, progress, { began: now, now }) });
}

/** The walk of cron does the rest: a request has its own queries to ask. */
const AT_ONCE = { pages: 3, queries: 300 };

/** Each run re-reads what was paid before it, so that its delta report is of now (P11). */
async function rereadQuietly(env: PayEnv, now: number): Promise<void> {
  try {
    await rereadPaid(env, now, AT_ONCE, true);
  } catch (thrown) {
    log('warn', 'pay.not-reread', { message: messageOf(thrown) });
  }
}

/** What the new run pins, and what must still hold when its first row is written. */
async function begin<E extends PayEnv>(
  call: CreateCall<E>,
): Promise<Result<{ readonly run: Run; readonly guards: Guard[] }>> {
  const { env, now, body: asked } = call;
  const [versions, approvals, organisation] = await Promise.all([
    readPlanVersions(env.DB, asked.planId),
    readApprovals(env.DB, asked.planId),
    readOrganisation(env.DB),
  ]);
  const latest = versions.at(-1);
  if (latest === undefined) {
    return fail(invalidField('#/planId', 'custom', 'no plan has this id'));
  }
  const { cadence } = latest.content;
  const period = periodOfLabel(cadence, asked.period, organisation.weekStart);
  if (period === null) {
    const detail = `a period of this plan is ${cadence.toLowerCase()}`;
    return fail(invalidField('#/period', 'custom', detail));
  }
  const { timeZone } = organisation;
  const end = periodEnd(period, timeZone);
  if (end > now) {
    const detail = `the period ends at ${printInstant(end)}`;
    return fail(invalidField('#/period', 'custom', detail));
  }
  const plan = planInForce(versions, approvals, { instant: end - 1, day: period.lastDay });
  if (plan === null) {
    return fail({ kind: 'conflict', detail: 'no version in force at the end of it is approved' });
  }
  const met = await readRunMeeting(env.DB, asked.planId, period);
  if (met !== null) {
    const detail = `the run ${met.name} holds some of these days: the weeks began on another day`;
    return fail({ kind: 'conflict', detail });
  }
  const before = (
    await readRunsOfPeriod(env.DB, { planId: asked.planId, period: period.label })
  ).at(-1);
  const next = nextNumber(before, asked.recalculate);
  if (!next.ok) return next;
  const run = await pinnedRun(env.DB, period, plan, { number: next.value.number, timeZone });
  return ok({ run, guards: next.value.guards });
}

/** Two runs of a period never wait side by side: the first is sent out or replaced. */
function nextNumber(
  before: RunPhase | undefined,
  recalculate: boolean,
): Result<{ readonly number: number; readonly guards: Guard[] }> {
  if (before === undefined) return ok({ number: 1, guards: [] });
  const { name, content } = before;
  const number = content.number + 1;
  if (content.phase === 'DISPATCHED' || content.phase === 'SETTLED')
    return ok({ number, guards: [] });
  if (content.phase === 'APPROVED') {
    return fail({ kind: 'conflict', detail: `the run ${name} is approved; send it out first` });
  }
  if (!recalculate) {
    const detail = `the run ${name} of this period is not sent out; \`recalculate\` replaces it`;
    return fail({ kind: 'conflict', detail });
  }
  const approved = configId(RUN_KIND, name, versionOfPhase('APPROVED'));
  return ok({ number, guards: [absent('config', approved)] });
}

const listRuns = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs',
    tag: 'Pay',
    summary: 'List the runs of a plan, or all, by name',
    permission: 'read',
    query: z.strictObject({ ...pageFields, planId: planId.optional() }),
    answers: { 200: { description: 'A page of runs.', schema: pageOf(runItem) } },
    async handle({ env, query: { cursor = null, limit, planId = null } }) {
      const page = pageFrom(
        await readRunPage(env.DB, planId, cursor, limit + 1),
        limit,
        ({ name }) => name,
      );
      const items = page.items.map((run) => shownRun(run, null, null));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const getRun = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}',
    tag: 'Pay',
    summary: 'Read a run: phase, totals, states of its lines, progress',
    permission: 'read',
    params: runParams,
    answers: { 200: { description: 'The run.', schema: runItem } },
    async handle({ env, now, params: { id } }) {
      const phases = await readPhases(env.DB, id);
      const [first, last] = [phases[0], phases.at(-1)];
      if (first === undefined || last === undefined) {
        return fail({ kind: 'not-found', what: 'pay run', id });
      }
      const known = await progressOf(env, id);
      const clock = { began: first.writtenAt, now };
      return ok({ status: 200, body: shownRun(last, known, clock) });
    },
  });

export const runRoutes = <E extends PayEnv>(): readonly Route<E>[] => [
  createRun(),
  listRuns(),
  getRun(),
];
