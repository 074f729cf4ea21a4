/**
 * Who may call which route, written by hand from what each role is for: viewer reads, author drafts,
 * approver approves what another drafted, payroll moves money, compliance decides and forgets, admin
 * keeps keys, people, sources and destinations and touches no money, platform asks about routing.
 * Nothing here is read from the code, so a route that lets in others than these is found.
 */

/** Whoever reads; every person does. */
const READERS = 'viewer author approver payroll compliance admin';
/** Machines that route, and who sets them up. */
const ROUTERS = 'platform admin';
/** Whoever asks, with or without a key. */
export const ANYBODY = 'anybody';
/** Whoever signs the body; no key counts. */
export const SIGNERS = 'signers';

/** Decided by the kind of the review it names: `test/reviews/roles.test.ts`. */
export const DECISION = 'POST /v1/reviews/{id}/decision';

/** `METHOD path` → roles. A line with a query is what less suffices for. */
export const MAY: Readonly<Record<string, string>> = {
  // Outside of everything, and what comes in signed.
  'GET /docs': ANYBODY,
  'GET /openapi.json': ANYBODY,
  'GET /v1/health': ANYBODY,
  'POST /v1/webhooks/{sourceId}': SIGNERS,

  // Keys and members: who is given what.
  'DELETE /v1/keys/{id}': 'admin',
  'GET /v1/keys': 'admin',
  'GET /v1/members': 'admin',
  'POST /v1/keys': 'admin',
  'PUT /v1/members/{email}': 'admin',

  // Settings and people.
  'GET /v1/agents': READERS,
  'GET /v1/agents/{id}': READERS,
  'GET /v1/agents/{id}/absences': READERS,
  'GET /v1/agents/{id}/forecast': READERS,
  'GET /v1/agents/{id}/mentoring': READERS,
  'GET /v1/agents/{id}/points': READERS,
  'GET /v1/agents/{id}/statement': READERS,
  'GET /v1/agents/{id}/tier': READERS,
  'GET /v1/erasures': 'compliance',
  'GET /v1/organisation': READERS,
  'GET /v1/programs/{pointCategory}': READERS,
  'POST /v1/agents/import': 'admin',
  'POST /v1/agents/{id}/pseudonymise': 'compliance',
  'PUT /v1/agents/{id}': 'admin',
  'PUT /v1/agents/{id}/absences': 'admin',
  'PUT /v1/organisation': 'admin',
  'PUT /v1/programs/{pointCategory}': 'author',

  // Sources and what came from them: an operator lists, mends and replays.
  'GET /v1/events': READERS,
  'GET /v1/events/{id}': READERS,
  'GET /v1/quarantine': READERS,
  'GET /v1/quarantine/{id}': READERS,
  'GET /v1/sources': READERS,
  'GET /v1/sources/{id}': READERS,
  'GET /v1/sources/{id}/gaps': READERS,
  'POST /v1/events/{id}/replay': 'admin',
  'POST /v1/quarantine/{id}/dismiss': 'admin',
  'POST /v1/quarantine/{id}/mend': 'admin',
  'POST /v1/quarantine/{id}/replay': 'admin',
  'POST /v1/sources/{id}/pull': 'admin',
  'POST /v1/sources/{id}/rotate': 'admin',
  'POST /v1/sources/{id}/test': 'admin',
  'PUT /v1/sources/{id}': 'admin',

  // Points and boards. A backtest writes nothing.
  'GET /v1/coaching-sessions/{id}': READERS,
  'GET /v1/leaderboards': READERS,
  'GET /v1/leaderboards/{id}': READERS,
  'GET /v1/leaderboards/{id}/rewards': READERS,
  'GET /v1/leaderboards/{id}/standings': READERS,
  'GET /v1/rules': READERS,
  'GET /v1/rules/{id}': READERS,
  'POST /v1/leaderboards': 'author',
  'POST /v1/rules': 'author',
  'POST /v1/rules/{id}/backtest': READERS,
  'PUT /v1/leaderboards/{id}': 'author',
  'PUT /v1/rules/{id}': 'author',

  // Goals: who writes a goal does not fund it, and who gains by it does not decide.
  'GET /v1/goals': READERS,
  'GET /v1/goals/{id}': READERS,
  'GET /v1/goals/{id}/contributions': READERS,
  'GET /v1/goals/{id}/evidence': READERS,
  'GET /v1/goals/{id}/keys': READERS,
  'GET /v1/goals/{id}/status': READERS,
  'GET /v1/reviews': READERS,
  'GET /v1/reviews/{id}': READERS,
  'GET /v1/reward-pools': READERS,
  'GET /v1/reward-pools/{id}': READERS,
  'GET /v1/teams': READERS,
  'GET /v1/teams/{id}': READERS,
  'POST /v1/goals/{id}/close': 'author',
  'POST /v1/teams': 'author',
  'PUT /v1/goals/{id}': 'author',
  'PUT /v1/reward-pools/{id}': 'payroll',
  'PUT /v1/teams/{id}': 'author',
  [DECISION]: 'approver compliance',

  // Pay. A plan's preview compares with past periods and writes nothing.
  'GET /v1/fx-rates/{date}': READERS,
  'GET /v1/interaction-counts': READERS,
  'GET /v1/pay-runs': READERS,
  'GET /v1/pay-runs/{id}': READERS,
  'GET /v1/pay-runs/{id}/delta-report': READERS,
  'GET /v1/pay-runs/{id}/export-digest': READERS,
  'GET /v1/pay-runs/{id}/lines': READERS,
  'GET /v1/pay-runs/{id}/lines/{agent}/explain': READERS,
  'GET /v1/pay-runs/{id}/reconciliation': READERS,
  'GET /v1/plans': READERS,
  'GET /v1/plans/{id}': READERS,
  'GET /v1/plans/{id}/diff': READERS,
  'GET /v1/plans/{id}/versions': READERS,
  'GET /v1/quality-results': READERS,
  'GET /v1/wfm-actuals': READERS,
  'POST /v1/deltas/{id}/write-off': 'payroll',
  'POST /v1/interaction-counts': 'author',
  'POST /v1/pay-runs': 'payroll',
  'POST /v1/pay-runs/{id}/approve': 'approver',
  'POST /v1/pay-runs/{id}/dispatch': 'payroll',
  'POST /v1/pay-runs/{id}/lines/{agent}/dispute': 'payroll',
  'POST /v1/plans': 'author',
  'POST /v1/plans/{id}/versions/{n}/approve': 'approver',
  'POST /v1/plans/{id}/versions/{n}/preview': READERS,
  'POST /v1/quality-results': 'author',
  'POST /v1/wfm-actuals': 'author',
  'PUT /v1/fx-rates/{date}': 'payroll',

  // Seasons and routing. A rehearsed reset writes nothing.
  'DELETE /v1/routing/agents/{agentId}/interactions/{interactionId}': ROUTERS,
  'GET /v1/routing/agents/{agentId}': READERS,
  'GET /v1/routing/policy': READERS,
  'GET /v1/seasons': READERS,
  'GET /v1/seasons/{id}': READERS,
  'GET /v1/seasons/{id}/archive': READERS,
  'GET /v1/seasons/{id}/reconciliation': READERS,
  'GET /v1/seasons/{id}/reset': READERS,
  'GET /v1/tiers': READERS,
  'POST /v1/routing/decisions': ROUTERS,
  'POST /v1/routing/queues/{id}/selections': ROUTERS,
  'POST /v1/routing/utilization': ROUTERS,
  'POST /v1/seasons/{id}/reset': 'author',
  'POST /v1/seasons/{id}/reset?dry_run=true': READERS,
  'POST /v1/seasons/{id}/skip-export': 'approver',
  'PUT /v1/routing/policy': 'author',
  'PUT /v1/seasons/{id}': 'author',
  'PUT /v1/tiers': 'author',

  // The books.
  'GET /v1/ledger/accounts/{address}': READERS,
  'GET /v1/ledger/anchors': READERS,
  'GET /v1/ledger/export': READERS,
  'GET /v1/ledger/seals': READERS,
  'GET /v1/ledger/transactions': READERS,
  'GET /v1/ledger/transactions/{id}': READERS,
  'GET /v1/ledger/transactions/{id}/explain': READERS,
  'GET /v1/ledger/trial-balance': READERS,
  'GET /v1/ledger/verify': READERS,
  'POST /v1/ledger/accept-rollback': 'admin',
  'POST /v1/ledger/adjustments': 'payroll',

  // What goes out: admin says where to, payroll what of it, compliance whether again.
  'GET /v1/deliveries': READERS,
  'GET /v1/deliveries/{id}': READERS,
  'GET /v1/destinations': READERS,
  'GET /v1/destinations/{id}': READERS,
  'GET /v1/subscriptions': READERS,
  'GET /v1/subscriptions/{id}': READERS,
  'POST /v1/deliveries/{id}/abandon': 'payroll',
  'POST /v1/deliveries/{id}/release': 'payroll',
  'POST /v1/destinations/{id}/resume': 'compliance',
  'POST /v1/subscriptions/{id}/replay': 'admin',
  'PUT /v1/destinations/{id}': 'admin',
  'PUT /v1/subscriptions/{id}': 'admin',

  // Operation.
  'GET /v1/audit': READERS,
  'GET /v1/diagnosis': 'admin',
  'GET /v1/metrics': READERS,
};

/** Routes that the sandbox has besides. */
export const MAY_IN_SANDBOX: Readonly<Record<string, string>> = {
  'GET /v1/sandbox/clock': 'admin',
  'GET /v1/sandbox/upstreams/{name}': 'admin',
  'PUT /v1/sandbox/clock': 'admin',
  'PUT /v1/sandbox/upstreams/{name}': 'admin',
};

/** What ADMIN_TOKEN may: give rights and take them. In a sandbox it may do anything. */
export const OF_ADMIN_TOKEN: readonly string[] = [
  'DELETE /v1/keys/{id}',
  'GET /v1/keys',
  'GET /v1/members',
  'POST /v1/keys',
  'PUT /v1/members/{email}',
];

/** A kind of review that nothing registers any more. */
export const LEFT_BEHIND = 'LEFT_BEHIND';

/** Kind of review → who decides it, unless they caused it or gain by it. */
export const DECIDES: Readonly<Record<string, string>> = {
  // Proposed by payroll.
  ADJUSTMENT: 'approver',
  PAY_WRITE_OFF: 'approver',
  // What a reward and a line of pay should have been.
  GOAL: 'compliance',
  PAY_DISPUTE: 'compliance',
  [LEFT_BEHIND]: 'compliance',
};

/** True when a line's roles name this one. */
export const named = (roles: string, role: string): boolean => roles.split(' ').includes(role);

export interface Line {
  /** As it stands in the table. */
  readonly line: string;
  readonly roles: string;
  readonly method: string;
  readonly path: string;
  /** Begins with `?`, or is empty. */
  readonly query: string;
}

/** A line taken apart. */
function parted([line, roles]: readonly [string, string]): Line {
  const [, method = '', path = '', query = ''] = /^([A-Z]+) ([^?]+)(.*)$/.exec(line) ?? [];
  return { line, roles, method, path, query };
}

/** The lines that ask for a key. */
export const guarded = (lines: Readonly<Record<string, string>>): readonly Line[] =>
  Object.entries(lines)
    .filter(([, roles]) => roles !== ANYBODY && roles !== SIGNERS)
    .map(parted);

/** The lines that anybody may ask. */
export const open = (lines: Readonly<Record<string, string>>): readonly Line[] =>
  Object.entries(lines)
    .filter(([, roles]) => roles === ANYBODY)
    .map(parted);
