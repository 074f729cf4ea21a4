/**
 * `/v1/plans`: write, list, read and compare compensation plans. Every change is a new draft
 * version; refuses what `checkPlan` refuses and a prefix of HRIS keys that another plan holds, each
 * with a pointer into the body.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { type Failure, invalidField } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { startOfLocalDay } from '../../kernel/zone';
import { type LedgerEnv, submit } from '../../ledger/client';
import { configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { differences } from './diff';
import {
  checkPlan,
  completed,
  FIRST_PREFIX,
  hashOfPlan,
  keptFaults,
  PLAN_KIND,
  type Plan,
  type PlanVersion,
  PREFIX_KIND,
  planSchema,
} from './plan';
import {
  readApprovals,
  readLatestApprovals,
  readPlanPage,
  readPlanVersions,
  readPrefixOwner,
} from './store';
import { planItem, shownBody, shownPlan } from './view';

const body = z.strictObject({ compensation_plan: planSchema });
const planParams = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a plan'),
});
const versionText = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/, 'a version number')
  .transform(Number)
  .meta({ type: 'integer', minimum: 1 });
export const planVersionParams = planParams.extend({ n: versionText });

/** The seed's plan, as it is printed. */
const PLAN_EXAMPLE = {
  compensation_plan: {
    plan_id: 'VAR_PAY_Q4_2023',
    base_bonus: 500.0,
    quality_weight: 0.6,
    productivity_weight: 0.4,
    quality_tiers: [
      { min_score: 95, multiplier: 1.2 },
      { min_score: 90, multiplier: 1.0 },
      { min_score: 80, multiplier: 0.8 },
    ],
    productivity_threshold: 0.85,
    min_interactions: 50,
  },
};

type CreateCall<E> = ParsedCall<E, unknown, unknown, z.output<typeof body>>;

const createPlan = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/plans',
    tag: 'Pay',
    summary: 'Draft a compensation plan, or its next version',
    description:
      'Takes the `compensation_plan` of the guide as printed. A known `plan_id` gets its next draft ' +
      'version; nothing is paid by a version that another person has not approved. Weights that do ' +
      'not sum to 1 are taken with a warning. P5, DEC-2 to DEC-6.',
    permission: 'draft',
    body,
    answers: {
      200: { description: 'The newest version says just this already.', schema: planItem },
      201: { description: 'The draft with its hash and warnings.', schema: planItem },
    },
    examples: { request: PLAN_EXAMPLE },
    handle: create,
  });

async function create<E extends LedgerEnv>(call: CreateCall<E>): Promise<Result<Answer>> {
  const { env, now, actor } = call;
  const asked = call.body.compensation_plan;
  const [organisation, versions] = await Promise.all([
    readOrganisation(env.DB),
    readPlanVersions(env.DB, asked.plan_id),
  ]);
  const latest = versions.at(-1);
  const currency = latest?.content.currency ?? organisation.currency;
  const kept = latest === undefined ? [] : keptFaults(asked, latest.content);
  const errors = [...checkPlan(asked, currency), ...kept];
  if (errors.length > 0) return fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });
  const prefix = asked.keyPrefix ?? latest?.content.keyPrefix ?? FIRST_PREFIX;
  const held = await prefixOf(env, asked.plan_id, prefix);
  if (!held.ok) return held;
  const plan: Plan = completed(asked, currency, prefix);
  if (latest !== undefined && hashOfPlan(latest.content) === hashOfPlan(plan)) {
    const approval = (await readApprovals(env.DB, plan.plan_id)).find(
      ({ version }) => version === latest.version,
    );
    const shown = shownPlan(latest, approval ?? null);
    return ok({ status: 200, body: shown, headers: { ETag: etagOf(latest) } });
  }
  const number = (latest?.version ?? 0) + 1;
  const { effective_from } = plan;
  const begins =
    effective_from === undefined ? null : startOfLocalDay(effective_from, organisation.timeZone);
  const version: PlanVersion = {
    kind: PLAN_KIND,
    name: plan.plan_id,
    version: number,
    effectiveFrom: begins ?? (number === 1 ? null : now),
    writtenAt: now,
    author: actor.person,
    content: plan,
  };
  return write(call, version, held.value === 'free' ? prefix : null);
}

/** Whether the plan holds the prefix already or may take it; another plan's is refused (DEC-4). */
async function prefixOf<E extends LedgerEnv>(
  env: E,
  planId: string,
  prefix: string,
): Promise<Result<'held' | 'free'>> {
  const owner = await readPrefixOwner(env.DB, prefix);
  if (owner === null) return ok('free');
  if (owner === planId) return ok('held');
  const detail = `the plan ${owner} sends keys that begin with ${prefix}; name another keyPrefix`;
  return fail(invalidField('#/compensation_plan/keyPrefix', 'custom', detail));
}

function write<E extends LedgerEnv>(
  call: CreateCall<E>,
  version: PlanVersion,
  prefix: string | null,
) {
  const { name: planId, version: number, writtenAt, author } = version;
  const claim = { kind: PREFIX_KIND, version: 1, effectiveFrom: null, writtenAt, author };
  const salt = randomHex(16);
  return submit(call, {
    rows: [
      configRow(version, salt),
      ...(prefix === null
        ? []
        : [configRow({ ...claim, name: prefix, content: { planId } }, salt)]),
    ],
    audit: {
      action: 'PLAN_DRAFTED',
      subject: `config:${PLAN_KIND}/${planId}`,
      detail: { version: number, hash: hashOfPlan(version.content) },
    },
    answer: {
      status: 201,
      body: shownPlan(version, null),
      headers: { ETag: etagOf(version), Location: `/v1/plans/${planId}` },
    },
  });
}

const listPlans = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/plans',
    tag: 'Pay',
    summary: 'List the newest version of each plan',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of plans by id.', schema: pageOf(planItem) } },
    async handle({ env, query: { cursor = null, limit } }) {
      const versions = await readPlanPage(env.DB, cursor, limit + 1);
      const page = pageFrom(versions, limit, ({ name }) => name);
      const approvals = await readLatestApprovals(
        env.DB,
        page.items.map(({ name }) => name),
      );
      const items = page.items.map((version) => {
        const approval = approvals.get(version.name);
        return shownPlan(version, approval?.version === version.version ? approval : null);
      });
      return ok({ status: 200, body: { ...page, items } });
    },
  });

/** The versions of a plan with their approvals, oldest first; not found where there is none. */
async function shownVersions<E extends LedgerEnv>(
  env: E,
  id: string,
): Promise<Result<readonly { readonly version: PlanVersion; readonly shown: object }[]>> {
  const [versions, approvals] = await Promise.all([
    readPlanVersions(env.DB, id),
    readApprovals(env.DB, id),
  ]);
  if (versions.length === 0) return fail({ kind: 'not-found', what: 'plan', id });
  const byVersion = new Map(approvals.map((approval) => [approval.version, approval]));
  return ok(
    versions.map((version) => ({
      version,
      shown: shownPlan(version, byVersion.get(version.version) ?? null),
    })),
  );
}

const readPlan = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/plans/{id}',
    tag: 'Pay',
    summary: 'Read the newest version of a plan, or another',
    permission: 'read',
    params: planParams,
    query: z.strictObject({ version: versionText.optional() }),
    answers: { 200: { description: 'The plan.', schema: planItem } },
    async handle({ env, params: { id }, query }) {
      const versions = await shownVersions(env, id);
      if (!versions.ok) return versions;
      const found = versions.value.findLast(
        ({ version }) => query.version === undefined || version.version === query.version,
      );
      if (found === undefined) return noVersion(id, query.version ?? 0);
      return ok({ status: 200, body: found.shown, headers: { ETag: etagOf(found.version) } });
    },
  });

export const noVersion = (id: string, version: number) =>
  fail<Failure>({ kind: 'not-found', what: 'version of the plan', id: `${id} ${version}` });

const listVersions = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/plans/{id}/versions',
    tag: 'Pay',
    summary: 'List all versions of a plan, oldest first',
    permission: 'read',
    params: planParams,
    answers: { 200: { description: 'All versions.', schema: pageOf(planItem) } },
    async handle({ env, params: { id } }) {
      const versions = await shownVersions(env, id);
      if (!versions.ok) return versions;
      const items = versions.value.map(({ shown }) => shown);
      return ok({ status: 200, body: { items, nextCursor: null } });
    },
  });

const difference = z.object({ path: z.string(), from: z.unknown(), to: z.unknown() });

const diffVersions = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/plans/{id}/diff',
    tag: 'Pay',
    summary: 'What differs between two versions of a plan',
    permission: 'read',
    params: planParams,
    query: z.strictObject({ from: versionText, to: versionText }),
    answers: {
      200: {
        description: 'Each field that differs, by its pointer into the plan.',
        schema: z.object({
          planId: z.string(),
          from: z.int(),
          to: z.int(),
          differences: z.array(difference),
        }),
      },
    },
    async handle({ env, params: { id }, query }) {
      const versions = await readPlanVersions(env.DB, id);
      const find = (number: number) => versions.find(({ version }) => version === number);
      const [from, to] = [find(query.from), find(query.to)];
      if (from === undefined) return noVersion(id, query.from);
      if (to === undefined) return noVersion(id, query.to);
      const found = differences(shownBody(from.content), shownBody(to.content));
      return ok({ status: 200, body: { planId: id, ...query, differences: found } });
    },
  });

export const planRoutes = <E extends LedgerEnv>(): readonly Route<E>[] => [
  createPlan(),
  listPlans(),
  readPlan(),
  listVersions(),
  diffVersions(),
];
