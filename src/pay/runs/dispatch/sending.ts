/**
 * What becomes of one line when its run is sent out: paid in full where nothing was paid for the
 * period yet, else only the difference; with open deltas netted under the plan's bounds. Decides
 * every row of it: delivery, entries, claims, and what each outcome posts. Refuses to send while an
 * earlier version's outcome is unknown, while the line is disputed, or to whom HR has no number.
 */
import type { Agent } from '../../../agents/agent';
import { type Rendered, renderRequest } from '../../../delivery/connectors/connector';
import type { Destination } from '../../../delivery/destination';
import { deliveryIdOf, deliveryRow, type Intent } from '../../../delivery/intent';
import type { Guard, Row } from '../../../kernel/change-set';
import { parseFraction } from '../../../kernel/fraction';
import { keyedHash } from '../../../kernel/hash';
import { fail, invariant, ok, type Result } from '../../../kernel/result';
import { type Allocation, allocate, cycleOf, lostIn, mostTaken } from '../../deltas/allocation';
import {
  claimRow,
  type Delta,
  deltaId,
  deltaRows,
  type KnownDelta,
  newDelta,
} from '../../deltas/delta';
import { amountIn } from '../../rates/rate';
import {
  dueOf,
  type History,
  inCurrency,
  nextOrdinal,
  rootFor,
  type SendingKind,
} from '../history/history';
import { type Line, lineId, lineSubject } from '../lines/line';
import { type LineState, placeOf } from '../run';
import type { RunSetting } from '../setting';
import { earnedRows, paidRows, rejectedRows } from './entries';
import { isSayable, payKey, payload, type Sums, sendingCause } from './payload';
import { stillOpen } from './standing';
import { toldRows } from './telling';

export const OPERATION = 'payroll-line';

/** Why a line is not sent now. */
export type Obstacle =
  | Line['blocked']
  | 'NO_EMPLOYEE'
  | 'CURRENCY_CHANGED'
  | 'NOT_RENDERED'
  | 'REFUSED_BY_BOOKS'
  | 'EARLIER_VERSION_OPEN'
  | 'LATER_VERSION_SENT'
  | 'DISPUTED'
  | 'PERSON_FORGOTTEN';

export interface Sending {
  readonly state: LineState;
  readonly obstacle: Obstacle;
  /** Rows to commit together; none where nothing is sent. */
  readonly rows: readonly Row[];
  /** What must hold for the rows to be what they were decided by. */
  readonly guards: readonly Guard[];
  readonly delivery: string | null;
  /** What the message says, where one was or would be sent. */
  readonly sums: Sums | null;
  /** True where another road may take the same parts: such rows travel alone. */
  readonly contested: boolean;
}

/** What is known of the agent beside the line. */
export interface Recipient {
  /** Null: a person who was forgotten. */
  readonly agent: Agent | null;
  readonly history: History;
  readonly disputed: ReadonlySet<string>;
}

/** Where lines go and how the agent hears of it. */
export interface Outlet {
  readonly destination: Destination;
  readonly tell: Destination | null;
  readonly secretsKey: string;
  readonly now: number;
}

export const waiting = (state: LineState, obstacle: Obstacle): Sending => ({
  state,
  obstacle,
  rows: [],
  guards: [],
  delivery: null,
  sums: null,
  contested: false,
});

export const deliveryOf = (setting: Pick<RunSetting, 'run' | 'name'>, agentKey: string): string =>
  deliveryIdOf({
    destination: setting.run.destination,
    operation: OPERATION,
    cause: sendingCause(setting.name, agentKey),
  });

/** What is to be done with a line that has no delivery yet. */
export function sendingOf(
  setting: RunSetting,
  line: Line,
  recipient: Recipient,
  outlet: Outlet,
): Sending {
  const { history, disputed, agent } = recipient;
  if (line.blocked !== null && agent !== null) return waiting('BLOCKED', line.blocked);
  if (history.pending) return waiting('HELD', 'EARLIER_VERSION_OPEN');
  if (agent === null) return waiting('FORGOTTEN', 'PERSON_FORGOTTEN');
  if (disputed.has(setting.run.period)) return waiting('DISPUTED', 'DISPUTED');
  const root = rootFor(history, setting.run.period, line.payUnit);
  if (root !== null && root.unit !== line.payUnit) return waiting('BLOCKED', 'CURRENCY_CHANGED');
  const settled =
    root === null
      ? firstOf(setting, line, recipient)
      : differenceOf(setting, line, recipient, outlet.now);
  const { sums, allocation } = settled;
  const guards = stillOpen(setting.run, line.agentKey, history.deltas, settled);
  if (sums.pay === 0n && allocation.parts.length === 0) {
    return { ...nothing(setting, settled.fresh), guards };
  }
  if (!isSayable(sums)) return { ...waiting('BLOCKED', 'AMOUNT_TOO_LARGE'), sums };
  if (agent.employeeId === null) return { ...waiting('BLOCKED', 'NO_EMPLOYEE'), sums };
  const order = { setting, line, agent, employeeId: agent.employeeId, outlet };
  const rows = ordered(order, settled);
  return rows.ok
    ? {
        state: 'SENT',
        obstacle: null,
        rows: rows.value,
        guards,
        delivery: deliveryOf(setting, line.agentKey),
        sums,
        contested: allocation.parts.length > 0 || settled.fresh.length > 0,
      }
    : waiting('BLOCKED', 'NOT_RENDERED');
}

/** Nothing goes out, but what this version finds stands: a later cycle may take what this one may not. */
const nothing = ({ run }: RunSetting, fresh: readonly KnownDelta[]): Sending => ({
  ...waiting('NOTHING_TO_PAY', null),
  rows: fresh.flatMap((delta) => deltaRows(delta, placeOf(run))),
  contested: fresh.length > 0,
});

interface Settled {
  readonly kind: SendingKind;
  readonly sums: Sums;
  readonly allocation: Allocation;
  /** Deltas that this version finds. */
  readonly fresh: readonly KnownDelta[];
}

/** The whole amount, with what is open of other periods netted (the default road of DEC-5). */
function firstOf({ run, plan }: RunSetting, line: Line, { history, disputed }: Recipient): Settled {
  const earned = BigInt(line.payAmount);
  const open = history.deltas.filter(
    ({ period }) => period !== run.period && !disputed.has(period),
  );
  const cycle = cycleOf(run, plan, line.payUnit);
  const soFar = { earned, paid: earned, net: lostIn(history.deltas, cycle) };
  const bound = mostTaken(plan, soFar, toOwn(plan.currency, line));
  const most = bound === null || bound > earned ? earned : bound;
  const allocation = allocate(open, cycle, most);
  const sums = { pay: earned, clawback: allocation.taken, adjustment: allocation.added };
  return { kind: 'FIRST', sums, allocation, fresh: [] };
}

/** The difference to what was paid: as deltas, so that each part has one road home. */
function differenceOf(
  setting: RunSetting,
  line: Line,
  { history }: Recipient,
  now: number,
): Settled {
  const { run, plan, seal } = setting;
  const fresh = freshDeltas(setting, line, history, now);
  const ofBoth = [...inCurrency(history.deltas, run.period, line.payUnit), ...fresh];
  const [own, later] = [
    ofBoth.filter(({ factsSeal }) => factsSeal <= seal),
    ofBoth.filter(({ factsSeal }) => factsSeal > seal),
  ];
  const earned = BigInt(line.payAmount);
  const cycle = cycleOf(run, plan, line.payUnit);
  const paid = history.root?.amount ?? 0n;
  const soFar = { earned, paid, net: lostIn(history.deltas, cycle) };
  const most = mostTaken(plan, soFar, toOwn(plan.currency, line, history.root));
  const allocation = allocate(own, cycle, most, later);
  const net = allocation.added - allocation.taken;
  const sums = { pay: net > 0n ? net : 0n, clawback: net < 0n ? -net : 0n, adjustment: 0n };
  return { kind: 'SETTLE', sums, allocation, fresh };
}

/**
 * The delta between what is in the books and what this version says. Later facts than this version
 * knows may be in the books already: then the same amount stands against it, so that the sum holds.
 */
function freshDeltas(
  { run, name, seal }: RunSetting,
  line: Line,
  { root, deltas }: History,
  now: number,
): KnownDelta[] {
  invariant(root !== null, 'a difference is one to something that was paid');
  const own = inCurrency(deltas, run.period, root.unit);
  const later = own.filter(({ factsSeal, kind }) => factsSeal > seal && kind !== 'DISPUTE');
  const known = own.filter((delta) => !later.includes(delta));
  const amount = BigInt(line.payAmount) - dueOf(root, known, run.period);
  if (amount === 0n) return [];
  const { agentKey } = line;
  const make = (ordinal: number, part: bigint, factsSeal: number): Delta => ({
    id: deltaId(agentKey, run.planId, run.period, ordinal),
    agentKey,
    plan: run.planId,
    period: run.period,
    run: name,
    delivery: root.delivery,
    kind: 'VERSION',
    unit: root.unit,
    amount: part,
    facts: line.facts,
    factsSeal,
    at: now,
  });
  const ordinal = nextOrdinal(deltas, run.period);
  const first = make(ordinal, amount, seal);
  const last = later.at(-1);
  const against = last === undefined ? [] : [make(ordinal + 1, -amount, last.factsSeal)];
  return [first, ...against].map((delta) => newDelta(delta, last === undefined ? own : []));
}

/** Turns amounts of the plan into the agent's currency; null where no version pinned the rate. */
const toOwn =
  (currency: string, { rate, payUnit }: Line, root: History['root'] = null) =>
  (amount: bigint): bigint | null =>
    amountIn(amount, currency, payUnit, rateOf(rate ?? root?.rate ?? null));

const rateOf = (rate: string | null) => (rate === null ? null : parseFraction(rate));

interface Order {
  readonly setting: RunSetting;
  readonly line: Line;
  readonly agent: Agent;
  readonly employeeId: string;
  readonly outlet: Outlet;
}

function ordered(order: Order, settled: Settled): Result<Row[], string> {
  const { setting, line, agent, employeeId, outlet } = order;
  const { run, plan, name } = setting;
  const { now, secretsKey } = outlet;
  const { agentKey } = line;
  const fields = payload(setting, line, employeeId, settled);
  const key = payKey(plan.keyPrefix, run, agent.agentId);
  const rendered = renderRequest(outlet.destination, OPERATION, fields, key);
  if (!rendered.ok) return fail(rendered.failure);
  const delivery = deliveryOf(setting, agentKey);
  const { parts } = settled.allocation;
  const road = settled.kind === 'FIRST' ? ('CYCLE' as const) : ('VERSION' as const);
  const by = { road, line: lineId(name, agentKey), delivery, at: now };
  const posting = { run, name, line, plan, now, isFirst: settled.kind === 'FIRST', parts };
  const told = toldRows({ setting, line, agent, outlet, sums: settled.sums });
  const intent: Intent = {
    ...intentOf(setting, agentKey, settled.kind, rendered.value),
    at: now,
    idempotencyKey: key,
    outcomes: {
      CONFIRMED: { rows: [...paidRows(posting), ...told.confirmed] },
      REJECTED: { rows: [...rejectedRows(posting), ...told.rejected] },
    },
  };
  return ok([
    ...settled.fresh.flatMap((delta) => deltaRows(delta, placeOf(run))),
    ...parts.map((part) => claimRow(part, by)),
    ...earnedRows(posting),
    deliveryRow(intent, saltOf(secretsKey, delivery)),
  ]);
}

const intentOf = (
  { run, name }: RunSetting,
  agentKey: string,
  kind: SendingKind,
  { request, expect }: Rendered,
) => ({
  destination: run.destination,
  operation: OPERATION,
  cause: sendingCause(name, agentKey),
  subject: lineSubject(name, agentKey, kind),
  request,
  expect,
  agents: [agentKey],
});

/** The content names the agent: without the key nobody can guess it from its hash. */
export const saltOf = (secretsKey: string, delivery: string): string =>
  keyedHash(secretsKey, `pay-delivery ${delivery}`).slice(0, 32);
