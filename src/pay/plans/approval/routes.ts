/**
 * `POST /v1/plans/{id}/versions/{n}/approve`: a second person approves one version by its hash.
 * Refuses another hash than the version's and the person who wrote it.
 */
import * as z from 'zod';
import { personOf } from '../../../access/role';
import { type Answer, type ParsedCall, type Route, route } from '../../../http/route';
import { fail, ok, type Result } from '../../../kernel/result';
import { type LedgerEnv, submit } from '../../../ledger/client';
import { configRow, etagOf } from '../../../ledger/config';
import { randomHex } from '../../../runtime/chance';
import { hashOfPlan, PLAN_KIND } from '../plan';
import { noVersion, planVersionParams } from '../routes';
import { readApprovals, readPlanVersions } from '../store';
import { planItem, shownPlan } from '../view';
import { APPROVAL_KIND, type ApprovalVersion } from './approval';

const body = z.strictObject({
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the hash of the version')
    .meta({ description: '`hash` of the version as it was seen.' }),
});

type ApproveCall<E> = ParsedCall<
  E,
  z.output<typeof planVersionParams>,
  unknown,
  z.output<typeof body>
>;

export const approvePlan = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/plans/{id}/versions/{n}/approve',
    tag: 'Pay',
    summary: 'Approve a version of a plan by its hash',
    description:
      'Author and approver are two persons. An approval stands for exactly the content it names; ' +
      'the next version needs its own. Approving again answers the approval that stands. P5.',
    permission: 'approve',
    params: planVersionParams,
    body,
    answers: { 200: { description: 'The approved version.', schema: planItem } },
    examples: { request: { hash: '0'.repeat(64) } },
    handle: approve,
  });

async function approve<E extends LedgerEnv>(call: ApproveCall<E>): Promise<Result<Answer>> {
  const { env, now, actor, params } = call;
  const versions = await readPlanVersions(env.DB, params.id);
  const version = versions.find((one) => one.version === params.n);
  if (version === undefined) {
    if (versions.length > 0) return noVersion(params.id, params.n);
    return fail({ kind: 'not-found', what: 'plan', id: params.id });
  }
  if (call.body.hash !== hashOfPlan(version.content)) {
    return fail({ kind: 'conflict', detail: 'this is not the hash of this version' });
  }
  const stands = (await readApprovals(env.DB, params.id)).find((one) => one.version === params.n);
  if (stands !== undefined) {
    const body = shownPlan(version, stands);
    return ok({ status: 200, body, headers: { ETag: etagOf(version) } });
  }
  if (personOf(version.author) === personOf(actor.person)) {
    return fail({ kind: 'forbidden', detail: 'who wrote a plan does not approve it' });
  }
  const approval: ApprovalVersion = {
    kind: APPROVAL_KIND,
    name: params.id,
    version: params.n,
    effectiveFrom: null,
    writtenAt: now,
    author: actor.person,
    content: { hash: call.body.hash },
  };
  return submit(call, {
    rows: [configRow(approval, randomHex(16))],
    audit: {
      action: 'PLAN_APPROVED',
      subject: `config:${PLAN_KIND}/${params.id}`,
      detail: { version: params.n, hash: call.body.hash },
    },
    answer: {
      status: 200,
      body: shownPlan(version, approval),
      headers: { ETag: etagOf(version) },
    },
  });
}
