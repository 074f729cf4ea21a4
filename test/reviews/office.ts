/** An office in which adjustments are proposed and decided: an agent, a programme and three persons. */
import { makeKey, send } from '../http/caller';

export interface Office {
  readonly admin: string;
  readonly payroll: string;
  readonly approver: string;
  readonly compliance: string;
  readonly viewer: string;
}

export async function openOffice(): Promise<Office> {
  const [admin, payroll, approver, compliance, viewer] = await Promise.all([
    makeKey(['admin'], { person: 'Ada@example.com' }),
    makeKey(['payroll', 'approver'], { person: 'Pay@example.com' }),
    makeKey(['approver'], { person: 'Boss@example.com' }),
    makeKey(['compliance'], { person: 'Law@example.com' }),
    makeKey(['viewer'], { person: 'Eye@example.com' }),
  ]);
  const key = admin.key;
  await send('PUT', '/v1/agents/pat-doe', { key, body: { name: 'Pat Doe', employeeId: 'E-77' } });
  const author = await makeKey(['admin', 'author'], { person: 'Author@example.com' });
  await send('PUT', '/v1/programs/Mentorship', { key: author.key, body: { lockSeconds: 0 } });
  return {
    admin: admin.key,
    payroll: payroll.key,
    approver: approver.key,
    compliance: compliance.key,
    viewer: viewer.key,
  };
}

export const proposal = {
  agentId: 'pat-doe',
  unit: 'POINTS/Mentorship',
  amount: '12.5',
  reason: 'missed during an outage',
};

export const propose = (key: string, more: object = {}, headers: Record<string, string> = {}) =>
  send('POST', '/v1/ledger/adjustments', { key, headers, body: { ...proposal, ...more } });

export const decide = (key: string, id: string, decision: string, more: object = {}) =>
  send('POST', `/v1/reviews/${id}/decision`, {
    key,
    body: { decision, reason: 'looked at it', ...more },
  });

export async function pointsOf(key: string): Promise<string> {
  const path = '/v1/ledger/accounts/agent:pat-doe:points:Mentorship:none';
  const { body } = await send('GET', path, { key });
  return body.balances[0]?.amount ?? '0';
}
