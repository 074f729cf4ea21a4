/**
 * Tells whoever subscribes of actuals that overlap since a line was paid: no delta is written by
 * them, so somebody must hear that one is to be taken out. Once for each set of actuals. Refuses to
 * go on while the journal does not answer.
 */
import { readAgentIds } from '../../../../agents/store';
import type { DeliveryEnv } from '../../../../delivery/client';
import { noticeRow } from '../../../../delivery/notice';
import { keyedHash } from '../../../../kernel/hash';
import { calculate } from '../../../calculation/calculation';
import type { PeriodFacts } from '../../../calculation/store';
import { tellOnce } from '../../../notices/client';
import { countsTwice, lineId, overlapStep } from '../../lines/line';
import { runObjectName } from '../../run';
import type { RunSetting } from '../../setting';

const OVERLAP_NOTICE = 'pay.actuals.overlapping';

/** `paid`: facts of agents whose line was paid; at most 500. False when it must be asked again. */
export async function tellOverlaps(
  env: DeliveryEnv,
  { name, ready, pinned, run }: RunSetting,
  paid: readonly (readonly [agentKey: string, facts: PeriodFacts])[],
  now: number,
): Promise<boolean> {
  const lapped = paid.filter(
    ([, facts]) =>
      facts.overlapsAt.length > 0 && countsTwice(ready, calculate(ready, facts, pinned), facts),
  );
  if (lapped.length === 0) return true;
  const names = await readAgentIds(
    env.DB,
    lapped.map(([agentKey]) => agentKey),
  );
  // Of the period, not of a version of it: each further one finds the same again.
  const period = runObjectName(run);
  const rows = lapped.map(([agentKey, facts]) =>
    noticeRow({
      kind: OVERLAP_NOTICE,
      subject: `pay-line:${lineId(period, agentKey)}`,
      cause: facts.actuals,
      at: now,
      content: {
        agentId: names.get(agentKey) ?? null,
        planId: run.planId,
        period: run.period,
        runId: name,
        why: overlapStep(facts).replace(/^8\. not paid/, 'not counted'),
      },
      salt: keyedHash(env.SECRETS_KEY, `pay-overlap ${period}/${agentKey} ${facts.actuals}`).slice(
        0,
        32,
      ),
    }),
  );
  return tellOnce(env, OVERLAP_NOTICE, rows, now);
}
