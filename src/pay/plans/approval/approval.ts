/**
 * An approval binds to the hash of one version of a plan. Decides which version is in force: the
 * greatest approved one whose first day has come, while its last day has not passed (P5, DEC-6).
 * Refuses nothing; the route compares hash and person.
 */
import { type ConfigVersion, inForce } from '../../../ledger/config';
import type { Plan, PlanVersion } from '../plan';

export const APPROVAL_KIND = 'plan-approval';

/** Stands under the number of the version that it approves. */
export interface Approval {
  readonly hash: string;
}

export type ApprovalVersion = ConfigVersion<Approval>;

/** The approved version in force on a day, asked for the instant at which that day ends; or null. */
export function planInForce(
  versions: readonly PlanVersion[],
  approvals: readonly ApprovalVersion[],
  { instant, day }: { readonly instant: number; readonly day: string },
): PlanVersion | null {
  const approved = new Set(approvals.map(({ version }) => version));
  const found = inForce<Plan>(
    versions.filter(({ version }) => approved.has(version)),
    instant,
  );
  const last = found?.content.effective_to;
  return last !== undefined && last < day ? null : found;
}
