/**
 * The delta report of a run, and `POST /v1/deltas/{id}/write-off`. A write-off is proposed by one
 * person with a reason and approved by another; refuses deltas of which nothing is open.
 */
import * as z from 'zod';
import { plainText } from '../../http/fields';
import { type Column, listAnswer } from '../../http/media';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { absent, type Guard } from '../../kernel/change-set';
import { fail, invariant } from '../../kernel/result';
import { printAmount } from '../../kernel/units';
import { submit } from '../../ledger/client';
import { MAX_REVIEW_GUARDS, reviewIdOf, reviewRows, reviewSubject } from '../../reviews/review';
import { readReview } from '../../reviews/store';
import { randomHex } from '../../runtime/chance';
import { WRITE_OFF } from '../disputes/dispute';
import { noneOpened } from '../disputes/routes';
import { readDisputes } from '../disputes/store';
import { digested } from '../export';
import { loadRun } from '../runs/calculate/client';
import type { PayEnv } from '../runs/client';
import { nextDelta } from '../runs/history/history';
import { placeOf, type Run, runObjectName } from '../runs/run';
import type { RunSetting } from '../runs/setting';
import { readRunsOfPeriod } from '../runs/store';
import { runParams } from '../runs/view';
import { type Netted, netted } from './allocation';
import type { KnownDelta } from './delta';
import { readDelta, readDeltaPage, readDeltas } from './store';
import { type Payee, readPayees } from './waiting/store';
import { waitsFor } from './waiting/waiting';
import { writeOffCause, writeOffReview } from './write-off';

const DELTA_STATES = ['OPEN', 'PARTLY', 'SETTLED'] as const;

const deltaItem = z
  .object({
    deltaId: z.string(),
    agentId: z.string().nullable(),
    planId: z.string(),
    period: z.string(),
    runId: z.string(),
    kind: z.enum(['FACTS', 'VERSION', 'DISPUTE']),
    currency: z.string(),
    amount: z.string().meta({ description: 'Negative: paid too much.' }),
    claimed: z.string(),
    setOff: z.string().meta({
      description: 'Stands against opposite deltas of the period: neither paid nor taken back.',
    }),
    open: z.string().meta({ description: 'Its part of what is open of the period, net.' }),
    state: z.enum(DELTA_STATES),
    inThisRun: z.string().meta({ description: 'What this run settles of it.' }),
    roads: z.array(z.string()),
    resultSetHash: z.string(),
    waitsFor: z
      .string()
      .nullable()
      .meta({
        description:
          'Why no cycle takes what is open, and what settles it: it is in another currency than the ' +
          'agent is paid in now. Null: the next cycle takes it.',
      }),
  })
  .meta({ id: 'PayDelta' });

type DeltaItem = z.output<typeof deltaItem>;

function itemOf(one: Netted, payee: Payee | null, run: string): DeltaItem {
  const { delta, setOff, open } = one;
  const { unit, claims, amount } = delta;
  const live = claims.filter(({ counts }) => counts);
  const own = live.filter(({ line }) => line.startsWith(`${run}/`));
  const sum = own.reduce((all, claim) => all + claim.amount, 0n);
  const print = (value: bigint): string => printAmount(value, unit);
  return {
    deltaId: delta.id,
    agentId: payee?.agentId ?? null,
    planId: delta.plan,
    period: delta.period,
    runId: delta.run,
    kind: delta.kind,
    currency: unit,
    amount: print(amount),
    claimed: print(amount - setOff - open),
    setOff: print(setOff),
    open: print(open),
    state: open === 0n ? 'SETTLED' : open === amount ? 'OPEN' : 'PARTLY',
    inThisRun: print(sum),
    roads: live.map(({ road }) => road),
    resultSetHash: delta.facts,
    waitsFor: waitsFor(one, payee?.paidIn ?? null),
  };
}

export const DELTA_COLUMNS: readonly Column<DeltaItem>[] = (
  Object.keys(deltaItem.shape) as (keyof DeltaItem)[]
).map((name) => ({
  name,
  cell: (item) => {
    const value = item[name];
    return Array.isArray(value) ? value.join(';') : value;
  },
}));

/** Deltas as the report of a run shows them; at most 500. */
export async function shownDeltas(
  db: D1Database,
  { name, plan }: Pick<RunSetting, 'name' | 'plan'>,
  deltas: readonly Netted[],
): Promise<DeltaItem[]> {
  const payees = await readPayees(
    db,
    plan,
    deltas.map(({ delta }) => delta.agentKey),
  );
  return deltas.map((one) => itemOf(one, payees.get(one.delta.agentKey) ?? null, name));
}

const deltaReport = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}/delta-report',
    tag: 'Pay',
    summary: 'What was paid and is no longer right, and what this run settles of it',
    description:
      'Every delta of the plan, also those that are settled; no items: none. Opposite deltas of an ' +
      'agent and period set each other off, and only the net is open. JSON, CSV or NDJSON ' +
      'by `Accept`, with the SHA-256 of the bytes in `Content-Digest`; of the whole see ' +
      '`/export-digest`. P11, DEC-5.',
    permission: 'read',
    params: runParams,
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of deltas.', schema: pageOf(deltaItem) } },
    async handle({ env, params: { id }, query: { cursor = '', limit }, headers }) {
      const setting = await loadRun(env.DB, id);
      if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
      const deltas = await readDeltaPage(env.DB, setting.run.planId, cursor, limit + 1);
      const page = pageFrom(deltas, limit, ({ delta }) => delta.id);
      const items = await shownDeltas(env.DB, setting, page.items);
      return digested(listAnswer(headers, { ...page, items }, DELTA_COLUMNS));
    },
  });

const params = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z2-7]{16}\.[A-Za-z0-9_-]{1,64}\.[0-9Q-]{7,10}\.(?:[0-9]{4}|d[0-9a-f]{32})$/),
});

const body = z.strictObject({ reason: plainText(1000) });

const proposed = z
  .object({
    reviewId: z.string(),
    state: z.literal('OPEN'),
    hash: z.string().meta({ description: 'Of the review; its decision takes it as `ifHash`.' }),
    open: z.string(),
  })
  .meta({ id: 'ProposedWriteOff' });

/** The number of the next proposal, or null while one waits: a rejected one may be made anew. */
async function nextProposal(db: D1Database, delta: KnownDelta): Promise<number | null> {
  for (let number = 1; ; number += 1) {
    const found = await readReview(db, reviewIdOf(WRITE_OFF, writeOffCause(delta, number)));
    if (found === null) return number;
    if (found.decided === null) return null;
  }
}

/**
 * That no dispute of a period was opened and no version of it begun since: what they find is not
 * known to what is forgiven. Null while a dispute is open.
 */
async function undisputedOf(db: D1Database, run: Run, agentKey: string): Promise<Guard[] | null> {
  const disputes = await readDisputes(db, agentKey, runObjectName(run));
  if (disputes.some(({ outcome }) => outcome === null)) return null;
  const runs = await readRunsOfPeriod(db, run);
  return noneOpened(runs.at(-1)?.content ?? run, runs, agentKey, disputes.length + 1);
}

const writeOff = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/deltas/{id}/write-off',
    tag: 'Pay',
    summary: 'Propose to write off what is open of a delta',
    description:
      'Opens a review of kind `PAY_WRITE_OFF`; another person with `approve` decides it. Approved, ' +
      'the open part is claimed for good and nobody takes it back or pays it; should the period ' +
      'change the other way later, what was written off is set off first. Once a further delta of ' +
      'the period is found, a version of it begun or a dispute opened, the proposal can be ' +
      'rejected only: 409. P11.',
    permission: 'payroll',
    params,
    body,
    answers: { 201: { description: 'The proposal waits for another person.', schema: proposed } },
    examples: { request: { reason: 'below what it costs to collect' } },
    async handle(call) {
      const { env, now, actor, params: asked } = call;
      const named = (await readDelta(env.DB, asked.id))?.delta ?? null;
      const setting = named === null ? null : await loadRun(env.DB, named.run);
      if (named === null || setting === null) {
        return fail({ kind: 'not-found', what: 'delta', id: asked.id });
      }
      const { agentKey, plan: planId, period } = named;
      const all = (await readDeltas(env.DB, planId, [agentKey])).get(agentKey) ?? [];
      const found = netted(all).find(({ delta: { id } }) => id === named.id);
      invariant(found !== undefined, 'a delta that was read before');
      const { delta, open } = found;
      if (open === 0n) return fail({ kind: 'conflict', detail: 'nothing of it is open' });
      const next = await nextProposal(env.DB, delta);
      if (next === null) {
        return fail({ kind: 'conflict', detail: 'a proposal to write it off waits already' });
      }
      const salt = randomHex(16);
      const proposal = { person: actor.person, reason: call.body.reason, now, salt };
      const place = placeOf(setting.run);
      const further = absent('pay_deltas', nextDelta(agentKey, { planId, period }, all));
      const undisputed = await undisputedOf(env.DB, setting.run, agentKey);
      if (undisputed === null) {
        return fail({ kind: 'conflict', detail: 'a dispute of its period is open' });
      }
      const guards = [further, ...undisputed];
      if (guards.length > MAX_REVIEW_GUARDS) {
        const detail = 'its period was sent out more often than an approval can ask after';
        return fail({ kind: 'conflict', detail });
      }
      const forgiven = { netted: found, proposal: next, guards };
      const rows = reviewRows(writeOffReview(forgiven, proposal, place), env.SECRETS_KEY);
      const reviewId = reviewIdOf(WRITE_OFF, writeOffCause(delta, next));
      return submit(call, {
        rows,
        guards: [absent('reviews', reviewId)],
        audit: {
          action: 'PAY_WRITE_OFF_PROPOSED',
          subject: reviewSubject(reviewId),
          detail: { deltaId: delta.id, reason: call.body.reason },
        },
        answer: {
          status: 201,
          body: {
            reviewId,
            state: 'OPEN',
            hash: rows[0]?.values.content_hash ?? '',
            open: printAmount(open, delta.unit),
          },
          headers: { Location: `/v1/reviews/${reviewId}` },
        },
      });
    },
  });

export const deltaRoutes = <E extends PayEnv>(): readonly Route<E>[] => [deltaReport(), writeOff()];
