/**
 * The operations of an HRIS or payroll system. Decides nothing; it is data. A line of pay is sent
 * exactly as its feature wrote it, in the form the variable-pay document prints.
 */
import type { Operations } from './operation';

const REWARDS = '/api/v1/rewards';
const PAYROLL = '/api/v1/payroll/variable_pay';
const BY_KEY = { pointer: '/idempotency_key', how: 'equals' } as const;

export const HRIS: Operations = {
  /** Fields: employee_id, amount, unit (a currency or HOURS), reason, period and more. */
  reward: {
    method: 'POST',
    path: REWARDS,
    body: '{*}',
    echoes: { '/employee_id': 'employee_id', '/amount': 'amount', '/unit': 'unit' },
    lookUp: {
      method: 'GET',
      path: `${REWARDS}?idempotency_key={key}`,
      items: '/items',
      match: BY_KEY,
    },
  },
  /** Fields: the payload as printed. */
  'payroll-line': {
    method: 'POST',
    path: PAYROLL,
    body: '{*}',
    echoes: {
      '/employee_id': 'employee_id',
      '/pay_period_start': 'pay_period_start',
      '/pay_period_end': 'pay_period_end',
      '/variable_pay_amount': 'variable_pay_amount',
      '/currency': 'currency',
    },
    // A target that knows neither says nothing of them; the reconciliation finds what it dropped.
    mayEcho: {
      '/clawback_amount': 'clawback_amount',
      '/adjustment_amount': 'adjustment_amount',
    },
    lookUp: {
      method: 'GET',
      path: `${PAYROLL}?idempotency_key={key}`,
      items: '/items',
      match: BY_KEY,
    },
  },
  /** What it holds of a period, page by page: the reconciliation's side of the truth. */
  'payroll-lines': {
    method: 'GET',
    path: `${PAYROLL}?pay_period_start={pay_period_start}&pay_period_end={pay_period_end}&page={page?}`,
  },
  rewards: { method: 'GET', path: `${REWARDS}?period={period?}&page={page?}` },
  /** One harmless call, for `doctor`. */
  check: { method: 'GET', path: `${REWARDS}?idempotency_key=none` },
};
