/**
 * What of pay people ask for and other people decide: a disputed line, a delta that is written off.
 * Remembers what was decided; judges nothing.
 */
import { unitOf } from '../chance';
import type { PayPlayer } from './player';
import { labelOf } from './rules';

/** Reviews that a history's operator decides. */
export const DECIDED = ['PAY_DISPUTE', 'PAY_WRITE_OFF'] as const;

interface Where {
  readonly planId: string;
  readonly period: string;
}

export async function dispute(
  { office, part }: PayPlayer,
  { planId, period }: Where,
  nth: number,
  amount: string,
): Promise<void> {
  const last = await office.latest(planId, period);
  const agent = part.payees[nth]?.agent;
  if (last === null || last === undefined || agent === undefined) return;
  const path = `/v1/pay-runs/${last.runId}/lines/${agent}/dispute`;
  const body = { reason: 'two evaluations are missing', expectedAmount: amount };
  await office.insist('payroll', path, body);
}

export async function writeOff({ office, part, history }: PayPlayer, nth: number): Promise<void> {
  const [plan, month] = [part.plans[0], part.periods[0]];
  if (plan === undefined || month === undefined) return;
  const last = await office.latest(plan.id, labelOf(plan, month));
  if (last === null || last === undefined) return;
  const path = `/v1/pay-runs/${last.runId}/delta-report?limit=100`;
  const { body } = await history.world.operator('GET', path);
  const { items = [] } = body as { items?: readonly { deltaId: string; open: string }[] };
  const open = items.filter((delta) => Number(delta.open) !== 0);
  const one = open[nth % Math.max(1, open.length)];
  if (one === undefined) return;
  await office.insist('payroll', `/v1/deltas/${one.deltaId}/write-off`, {
    reason: 'below what it costs to collect',
  });
}

/** Whatever waits for a decision is decided, most of it in favour. */
export async function decide({ history, decisions }: PayPlayer): Promise<void> {
  const { world, plan } = history;
  for (const kind of DECIDED) {
    const path = `/v1/reviews?kind=${kind}&state=OPEN&limit=100`;
    const { items } = (await world.must('GET', path)) as { items: { id: string }[] };
    for (const { id } of items) {
      const likes = unitOf(`${plan.seed} decides ${id}`) < 0.6;
      // What has come to something else since is refused: then it is turned down.
      for (const decision of likes ? (['APPROVE', 'REJECT'] as const) : (['REJECT'] as const)) {
        const body = { decision, reason: 'compared with the evaluations' };
        const answer = await world.operator('POST', `/v1/reviews/${id}/decision`, body);
        history.trouble(`${kind} ${decision} ${answer.status}`);
        if (answer.status === 200) decisions.set(id, decision);
        if (answer.status !== 409) break;
      }
    }
  }
}
