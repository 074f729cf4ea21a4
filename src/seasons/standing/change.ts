/**
 * What a change of tier writes beside its own row: the notice that tells subscribers. Decides its
 * name and content, which know the agent by key alone. Refuses nothing.
 */
import { noticeRow } from '../../delivery/notice';
import type { Row } from '../../kernel/change-set';
import { printInstant } from '../../kernel/instant';
import { pointsUnit, printAmount } from '../../kernel/units';
import type { SaltOf } from '../salt';
import { changeId, changeRow } from './row';
import type { Standing, TierChange } from './words';

const TIER_CHANGED = 'tier.changed';

export const printPoints = (points: number): string => printAmount(points, pointsUnit('any'));

/** The rows of one change: the change and its notice, the same bytes whoever makes them. */
export function changeRows(change: TierChange, before: Standing, saltOf: SaltOf): Row[] {
  const id = changeId(change);
  return [
    changeRow(change),
    noticeRow({
      kind: TIER_CHANGED,
      subject: `agent:${change.agentKey}`,
      cause: id,
      at: change.at,
      content: {
        agentKey: change.agentKey,
        season: change.season,
        number: change.number,
        previousTier: before.tier,
        previousHonoured: before.honoured,
        tier: change.tier,
        honoured: change.honoured,
        graceUntil: change.graceUntil === null ? null : printInstant(change.graceUntil),
        complianceOk: change.compliant,
        points: printPoints(change.points),
        reason: change.reason,
      },
      salt: saltOf('tier-change', id),
    }),
  ];
}
