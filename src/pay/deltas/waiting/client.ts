/**
 * Tells whoever subscribes of deltas that no cycle takes, because the agent is paid in another
 * currency now: once for each delta and currency, when a run of its plan is sent out. Decides
 * nothing about amounts; refuses to go on while the journal does not answer.
 */
import type { DeliveryEnv } from '../../../delivery/client';
import { noticeRow } from '../../../delivery/notice';
import type { Row } from '../../../kernel/change-set';
import { keyedHash } from '../../../kernel/hash';
import { printAmount } from '../../../kernel/units';
import { tellOnce } from '../../notices/client';
import type { RunSetting } from '../../runs/setting';
import type { Netted } from '../allocation';
import { readDeltaPage } from '../store';
import { type Payee, readPayees } from './store';
import { waitsFor } from './waiting';

const WAITING_NOTICE = 'pay.delta.waiting';

/**
 * Of a page of the plan's deltas behind one. Answers the last that was looked at, null after the last
 * page; RETRY when the journal must be asked again. `count`: at most 500.
 */
export async function tellWaiting(
  env: DeliveryEnv,
  { plan, run, name }: RunSetting,
  after: string,
  count: number,
  now: number,
): Promise<{ readonly reached: string } | null | 'RETRY'> {
  const page = await readDeltaPage(env.DB, run.planId, after, count);
  const open = page.filter((one) => one.open !== 0n);
  const keys = open.map(({ delta }) => delta.agentKey);
  const payees = keys.length === 0 ? new Map() : await readPayees(env.DB, plan, keys);
  const rows = noticesOf(env.SECRETS_KEY, name, open, payees, now);
  if (!(await tellOnce(env, WAITING_NOTICE, rows, now))) return 'RETRY';
  const reached = page.at(-1)?.delta.id;
  return page.length < count || reached === undefined ? null : { reached };
}

function noticesOf(
  secretsKey: string,
  runId: string,
  open: readonly Netted[],
  payees: ReadonlyMap<string, Payee>,
  at: number,
): Row[] {
  return open.flatMap((one) => {
    const { delta } = one;
    const { agentId = null, paidIn = null } = payees.get(delta.agentKey) ?? {};
    const why = waitsFor(one, paidIn);
    if (why === null) return [];
    const { id, plan: planId, period, unit } = delta;
    return [
      noticeRow({
        kind: WAITING_NOTICE,
        subject: `pay-delta:${id}`,
        cause: `${id}.${paidIn}`,
        at,
        content: {
          deltaId: id,
          agentId,
          planId,
          period,
          runId,
          currency: unit,
          open: printAmount(one.open, unit),
          paidIn,
          why,
        },
        salt: keyedHash(secretsKey, `pay-delta-waiting ${id}.${paidIn}`).slice(0, 32),
      }),
    ];
  });
}
