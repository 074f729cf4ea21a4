/**
 * `POST /v1/plans/{id}/versions/{n}/preview`: what a version would change in a past period. Writes
 * nothing; refuses periods that have not ended and versions nobody wrote.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { encodeCursor, pageQuery } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { periodEnd } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import type { LedgerEnv } from '../../ledger/client';
import { planInForce } from '../plans/approval/approval';
import { noVersion, planVersionParams } from '../plans/routes';
import { readApprovals, readPlanVersions } from '../plans/store';
import { periodOfLabel } from '../runs/run';
import { previewPlan } from './client';

const body = z.strictObject({
  period: z
    .string()
    .max(20)
    .meta({ examples: ['2023-10'] }),
});

const shown = z
  .object({
    planId: z.string(),
    version: z.int(),
    period: z.string(),
    against: z.string().nullable().meta({ description: 'The run or version it is compared with.' }),
    items: z.array(
      z.object({
        agentId: z.string().nullable(),
        before: z.string().nullable().meta({ description: 'In `currencyBefore`.' }),
        after: z.string().nullable().meta({ description: 'In `currency`.' }),
        currencyBefore: z.string().nullable(),
        currency: z.string(),
        obstacleBefore: z.string().nullable(),
        obstacle: z.string().nullable().meta({ description: 'Why the line would not be paid.' }),
        reason: z.string().nullable(),
        steps: z.array(z.string()),
      }),
    ),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'PlanPreview' });

type PreviewCall<E> = ParsedCall<
  E,
  z.output<typeof planVersionParams>,
  z.output<typeof pageQuery>,
  z.output<typeof body>
>;

export const previewVersion = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/plans/{id}/versions/{n}/preview',
    tag: 'Pay',
    summary: 'Preview a version over a past period: whose pay would change',
    description:
      'Every agent whose pay would differ from what the latest run of the period came to; where ' +
      'there was no run, from what the plan in force would come to: another amount, another ' +
      'currency, or an obstacle that comes or goes. Writes nothing. P5, P8.',
    permission: 'read',
    params: planVersionParams,
    query: pageQuery,
    body,
    answers: { 200: { description: 'Who would be paid otherwise.', schema: shown } },
    examples: { request: { period: '2023-10' } },
    handle: preview,
  });

async function preview<E extends LedgerEnv>(call: PreviewCall<E>): Promise<Result<Answer>> {
  const { env, now, params, query } = call;
  const [versions, approvals, { timeZone, weekStart }] = await Promise.all([
    readPlanVersions(env.DB, params.id),
    readApprovals(env.DB, params.id),
    readOrganisation(env.DB),
  ]);
  if (versions.length === 0) return fail({ kind: 'not-found', what: 'plan', id: params.id });
  const version = versions.find((one) => one.version === params.n);
  if (version === undefined) return noVersion(params.id, params.n);
  const { cadence } = version.content;
  const period = periodOfLabel(cadence, call.body.period, weekStart);
  if (period === null) {
    const detail = `a period of this plan is ${cadence.toLowerCase()}`;
    return fail(invalidField('#/period', 'custom', detail));
  }
  const end = periodEnd(period, timeZone);
  if (end > now) return fail(invalidField('#/period', 'custom', 'the period has not ended'));
  const inForce = planInForce(versions, approvals, { instant: end - 1, day: period.lastDay });
  const found = await previewPlan(env.DB, {
    period,
    timeZone,
    version,
    inForce,
    after: query.cursor ?? '',
    limit: query.limit,
  });
  return ok({
    status: 200,
    body: {
      planId: params.id,
      version: params.n,
      period: period.label,
      against: found.against,
      items: found.changes,
      nextCursor: found.next === null ? null : encodeCursor(found.next),
    },
  });
}
