/** An office in which adjustments are proposed and decided: an agent, a programme and three persons. */
import { type Heard, makeKey, type Sent, send } from '../http/caller';

/** What these tests read of an answer; each answer has some of it. */
export interface Said {
  readonly id: string;
  readonly reviewId: string;
  readonly state: string;
  readonly hash: string;
  readonly detail: string;
  readonly code: string;
  readonly decision: object;
  readonly nextCursor: string | null;
  readonly postings: readonly object[];
  readonly warnings: readonly string[];
  readonly balances: readonly { readonly amount: string }[];
  readonly errors: readonly { readonly pointer: string }[];
  readonly items: readonly {
    readonly id: string;
    readonly action: string;
    readonly ageSeconds: number;
  }[];
}

export interface HeardSaid extends Omit<Heard, 'body'> {
  readonly body: Said;
}

export const ask = async (method: string, path: string, sent: Sent = {}): Promise<HeardSaid> =>
  (await send(method, path, sent)) as unknown as HeardSaid;

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
  ask('POST', '/v1/ledger/adjustments', { key, headers, body: { ...proposal, ...more } });

export const decide = (key: string, id: string, decision: string, more: object = {}) =>
  ask('POST', `/v1/reviews/${id}/decision`, {
    key,
    body: { decision, reason: 'looked at it', ...more },
  });

export async function pointsOf(key: string): Promise<string> {
  const path = '/v1/ledger/accounts/agent:pat-doe:points:Mentorship:none';
  const { body } = await ask('GET', path, { key });
  return body.balances[0]?.amount ?? '0';
}
