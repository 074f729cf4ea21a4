/** Named reads of plans, their approvals and the prefixes of keys they hold. Writes nothing. */
import type { ConfigVersion } from '../../ledger/config';
import {
  readAllVersions,
  readLatest,
  readLatestOf,
  readLatestPage,
  readVersions,
} from '../../ledger/store';
import { APPROVAL_KIND, type Approval, type ApprovalVersion } from './approval/approval';
import { PLAN_KIND, type Plan, type PlanVersion, PREFIX_KIND } from './plan';

/** All versions of a plan, oldest first. */
export const readPlanVersions = (db: D1Database, planId: string): Promise<PlanVersion[]> =>
  readVersions<Plan>(db, PLAN_KIND, planId);

/** The approvals of a plan; each stands under the number of the version it approves. */
export const readApprovals = (db: D1Database, planId: string): Promise<ApprovalVersion[]> =>
  readVersions<Approval>(db, APPROVAL_KIND, planId);

/** Newest versions of plans by id after a position, at most `count`. */
export const readPlanPage = (
  db: D1Database,
  after: string | null,
  count: number,
): Promise<PlanVersion[]> => readLatestPage<Plan>(db, PLAN_KIND, after, count);

/** The newest approval of each of some plans, by plan. */
export async function readLatestApprovals(
  db: D1Database,
  planIds: readonly string[],
): Promise<Map<string, ApprovalVersion>> {
  const found = await readLatestOf<Approval>(db, APPROVAL_KIND, planIds);
  return new Map(found.map((approval) => [approval.name, approval]));
}

/** The plan that holds a prefix of HRIS keys, or null (DEC-4). */
export async function readPrefixOwner(db: D1Database, prefix: string): Promise<string | null> {
  const found: ConfigVersion<{ planId: string }> | null = await readLatest(db, PREFIX_KIND, prefix);
  return found?.content.planId ?? null;
}

/** All versions of all plans. */
export const readAllPlanVersions = (db: D1Database): Promise<PlanVersion[]> =>
  readAllVersions<Plan>(db, PLAN_KIND);

/** Metrics that plans count interactions by: they are kept as measures. */
export async function planMetrics(db: D1Database): Promise<readonly string[]> {
  const versions = await readAllPlanVersions(db);
  return [...new Set(versions.flatMap(({ content }) => content.interaction_metric ?? []))];
}
