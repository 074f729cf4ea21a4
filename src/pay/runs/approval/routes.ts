/**
 * Approve a run and send it out. Refuses the person who began it as approver, the approver as the
 * one who sends, a hash that is not the run's, and a run that another has replaced.
 */
import * as z from 'zod';
import { personOf } from '../../../access/role';
import { readDestination } from '../../../delivery/store';
import { type Answer, type ParsedCall, type Route, route } from '../../../http/route';
import { absent } from '../../../kernel/change-set';
import { configId } from '../../../kernel/ids';
import { fail, ok, type Result } from '../../../kernel/result';
import { submit } from '../../../ledger/client';
import { dispatchRun, type PayEnv, progressOf } from '../client';
import { phaseRow, versionOfPhase } from '../phase';
import { RUN_KIND, type Run, type RunVersion, runName, runSubject } from '../run';
import { readPhases, readRun } from '../store';
import { runItem, runParams, shownRun } from '../view';

const approveBody = z.strictObject({
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({
      description:
        '`hash` of the run as it was seen: given, the approval is conditional and another one is ' +
        'refused; absent, the lines that the run has are approved, which never change.',
    }),
});

type RunParams = z.output<typeof runParams>;
type ApproveCall<E> = ParsedCall<E, RunParams, unknown, z.output<typeof approveBody>>;
type DispatchCall<E> = ParsedCall<E, RunParams, unknown, unknown>;

const notFound = (id: string) => fail({ kind: 'not-found' as const, what: 'pay run', id });

export const approveRun = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/pay-runs/{id}/approve',
    tag: 'Pay',
    summary: 'Approve what a run came to',
    description:
      'Not by the person who began it. The approval is kept with the hash over every line as they ' +
      'were, and holds for them alone. P8.',
    permission: 'approve',
    params: runParams,
    body: approveBody,
    answers: { 200: { description: 'The approved run.', schema: runItem } },
    examples: { request: {} },
    handle: approve,
  });

async function approve<E extends PayEnv>(call: ApproveCall<E>): Promise<Result<Answer>> {
  const { env, now, actor, body, params } = call;
  const phases = await readPhases(env.DB, params.id);
  const [first, last] = [phases[0], phases.at(-1)];
  if (first === undefined || last === undefined) return notFound(params.id);
  const run = last.content;
  if (run.result === undefined) {
    return fail({ kind: 'conflict', detail: 'the run is still being calculated' });
  }
  if (body.hash !== undefined && body.hash !== run.result.hash) {
    return fail({ kind: 'conflict', detail: 'this is not the hash of this run' });
  }
  if (run.phase !== 'CALCULATED') return ok({ status: 200, body: shownRun(last, null, null) });
  if (personOf(first.author) === personOf(actor.person)) {
    return fail({ kind: 'forbidden', detail: 'who began a run does not approve it' });
  }
  const approved: Run = { ...run, phase: 'APPROVED' };
  const replaced = configId(RUN_KIND, runName({ ...run, number: run.number + 1 }), 1);
  const next = { ...last, version: versionOfPhase('APPROVED'), writtenAt: now, content: approved };
  return submit(call, {
    rows: [phaseRow(approved, actor.person, now)],
    guards: [absent('config', replaced)],
    audit: {
      action: 'PAY_RUN_APPROVED',
      subject: runSubject(params.id),
      detail: { hash: run.result.hash, lines: run.result.tally.lines },
    },
    answer: { status: 200, body: shownRun({ ...next, author: actor.person }, null, null) },
  });
}

export const sendRun = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/pay-runs/{id}/dispatch',
    tag: 'Pay',
    summary: 'Send an approved run out, or look at once at what is left of it',
    description:
      'Not by the person who approved it. Each line is frozen before it is sent and sent once; a ' +
      'line without a number in HR waits alone and goes when that is mended. P8, P9, P12.',
    permission: 'payroll',
    params: runParams,
    answers: { 202: { description: 'The run on its way.', schema: runItem } },
    handle: dispatch,
  });

async function dispatch<E extends PayEnv>(call: DispatchCall<E>): Promise<Result<Answer>> {
  const { env, now, params } = call;
  const phases = await readPhases(env.DB, params.id);
  const last = phases.at(-1);
  if (last === undefined) return notFound(params.id);
  const { phase } = last.content;
  if (phase === 'CREATED' || phase === 'CALCULATED') {
    return fail({ kind: 'conflict', detail: 'the run is not approved' });
  }
  const ordered = phase === 'APPROVED' ? await order(call, last) : null;
  if (ordered !== null && !ordered.ok) return ordered;
  if (phase !== 'SETTLED') await dispatchRun(env, params.id, now);
  const present = await readRun(env.DB, params.id);
  if (present === null) return notFound(params.id);
  const body = shownRun(present, await progressOf(env, params.id), null);
  return ok({ ...(ordered?.value ?? {}), status: 202, body });
}

/** Writes that the run goes out; what follows is the object's. */
async function order<E extends PayEnv>(
  call: DispatchCall<E>,
  last: RunVersion,
): Promise<Result<Answer>> {
  const { env, now, actor, params } = call;
  const run = last.content;
  const approvals = (await readPhases(env.DB, params.id)).filter(
    ({ content }) => content.phase === 'APPROVED',
  );
  if (approvals.some(({ author }) => personOf(author) === personOf(actor.person))) {
    return fail({ kind: 'forbidden', detail: 'who approved a run does not send it out' });
  }
  if ((await readDestination(env.DB, run.destination)) === null) {
    const detail = `there is no destination ${run.destination}; PUT /v1/destinations writes it`;
    return fail({ kind: 'conflict', detail });
  }
  const ordered: Run = { ...run, phase: 'DISPATCHED' };
  return submit(call, {
    rows: [phaseRow(ordered, actor.person, now)],
    audit: { action: 'PAY_RUN_DISPATCHED', subject: runSubject(params.id), detail: {} },
    answer: {
      status: 202,
      body: shownRun(
        { ...last, content: ordered, author: actor.person, writtenAt: now },
        null,
        null,
      ),
    },
  });
}
