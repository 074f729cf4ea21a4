/**
 * How an agent hears that pay went through, and payroll that it did not (P10): by an attribute on
 * the platform, as a follow-up of the confirmed line, or by a notice. Decides the frozen rows;
 * refuses nothing: where a platform cannot be told, a notice says it.
 */
import type { Agent } from '../../../agents/agent';
import { renderRequest } from '../../../delivery/connectors/connector';
import { userIdOf } from '../../../delivery/destination';
import { deliveryIdOf, deliveryRow } from '../../../delivery/intent';
import { noticeRow } from '../../../delivery/notice';
import type { Row } from '../../../kernel/change-set';
import { keyedHash } from '../../../kernel/hash';
import { printAmount } from '../../../kernel/units';
import { type Line, lineId } from '../lines/line';
import type { RunSetting } from '../setting';
import type { Sums } from './payload';
import type { Outlet } from './sending';

const TELL_OPERATION = 'user-attributes';

interface Telling {
  readonly setting: RunSetting;
  readonly line: Line;
  readonly agent: Agent;
  readonly outlet: Outlet;
  readonly sums: Sums;
}

export function toldRows(telling: Telling): {
  readonly confirmed: readonly Row[];
  readonly rejected: readonly Row[];
} {
  const { tell } = telling.setting.plan;
  if (tell === 'NONE') return { confirmed: [], rejected: [] };
  const rejected = [notice(telling, 'pay.line.rejected')];
  const followUp = tell === 'NOTICE' ? null : platformRow(telling, tell.destination);
  return { confirmed: [followUp ?? notice(telling, 'pay.line.confirmed')], rejected };
}

function notice({ setting, line, agent, outlet, sums }: Telling, kind: string): Row {
  const { run, name } = setting;
  const line_ = lineId(name, line.agentKey);
  return noticeRow({
    kind,
    subject: `pay-line:${line_}`,
    cause: line_,
    at: outlet.now,
    content: {
      agentId: agent.agentId,
      runId: name,
      ...said(setting, line, sums),
      version: run.number,
    },
    salt: keyedHash(outlet.secretsKey, `pay-notice ${kind} ${line_}`).slice(0, 32),
  });
}

const said = ({ run }: RunSetting, { payUnit }: Line, { pay, clawback, adjustment }: Sums) => ({
  planId: run.planId,
  period: run.period,
  amount: printAmount(pay + adjustment - clawback, payUnit),
  currency: payUnit,
});

/** Absolute values, so that a repeat is harmless; named by the line and thus told once. */
function platformRow(telling: Telling, destination: string): Row | null {
  const { setting, line, agent, outlet, sums } = telling;
  if (outlet.tell === null) return null;
  const { amount, currency, period } = said(setting, line, sums);
  const attributes = {
    variable_pay_period: period,
    variable_pay_amount: amount,
    variable_pay_currency: currency,
    variable_pay_status: 'PROCESSED',
  };
  const fields = { userId: userIdOf(agent, outlet.tell), attributes };
  const rendered = renderRequest(outlet.tell, TELL_OPERATION, fields, null);
  if (!rendered.ok) return null;
  const cause = lineId(setting.name, line.agentKey);
  const id = deliveryIdOf({ destination, operation: TELL_OPERATION, cause });
  return deliveryRow(
    {
      destination,
      operation: TELL_OPERATION,
      cause,
      subject: `pay-told:${cause}`,
      at: outlet.now,
      idempotencyKey: null,
      request: rendered.value.request,
      expect: rendered.value.expect,
      agents: [line.agentKey],
      outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
    },
    keyedHash(outlet.secretsKey, `pay-told ${id}`).slice(0, 32),
  );
}
