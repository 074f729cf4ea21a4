/**
 * What must be true of how much is taken back at once (P11): of each delta no more than one instalment
 * a cycle, and of pay no more than the plan's share, nor below its minimum; and of how much a line
 * settles of a period (DEC-5): no more than is open of it net, and only that way. Reckoned from the plan as
 * it was drawn and from what the HRIS was told.
 */
import type { Books, Row } from '../books';
import { outcomesOf } from '../delivery/truth';
import { type PlannedPlan, RATE } from './plan';
import type { PayPlayer } from './player';
import { cents, deltasOf, type Sent } from './reading';

/** Lines of one period, whatever their version, are one cycle. */
const cycleOf = (line: string): string => line.slice(0, line.lastIndexOf('.v'));

const planOf = (player: PayPlayer, run: string): PlannedPlan | undefined =>
  player.part.plans.find(({ id }) => run.startsWith(`${id}.`));

/** Each cycle's part of each delta. What was given up and found was taken by somebody else too. */
function instalmentsHold(player: PayPlayer, books: Books): string[] {
  const outcomes = outcomesOf(books);
  const claims = (books.all.get('pay_claims') ?? []).filter(({ road }) => road !== 'WRITE_OFF');
  const byDelta = Map.groupBy(claims, ({ id }) => String(id).split('/')[0] ?? '');
  return deltasOf(books).flatMap(({ id, amount }) => {
    const own = (byDelta.get(id) ?? []).map((claim) => ({
      line: String(claim.line),
      part: -BigInt(Number(claim.amount)),
      outcome: outcomes.get(String(claim.delivery)) ?? '',
    }));
    if (amount >= 0n || own.some(({ outcome }) => outcome === 'FOUND')) return [];
    const count = planOf(player, id.slice(id.indexOf('.') + 1))?.clawback.instalments ?? 1;
    const most = (-amount + BigInt(count) - 1n) / BigInt(count);
    const counted = own.filter(({ outcome }) => !['REJECTED', 'ABANDONED'].includes(outcome));
    return [...Map.groupBy(counted, ({ line }) => cycleOf(line))].flatMap(([cycle, parts]) => {
      const taken = parts.reduce((sum, { part }) => sum + part, 0n);
      return taken <= most ? [] : [`P11 ${id}: ${cycle} took ${taken}, an instalment is ${most}`];
    });
  });
}

interface Told {
  readonly variable_pay_amount: number;
  readonly adjustment_amount?: number;
  readonly clawback_amount?: number;
  readonly currency: string;
}

/** What a first line takes back of what it pays, beyond what it adds. */
function shareHolds(player: PayPlayer, sent: readonly Sent[]): string[] {
  const first = new Map(sent.filter(({ isFirst }) => isFirst).map((line) => [line.key, line]));
  return player.hris.commits.flatMap(({ key, body }) => {
    const line = first.get(key);
    if (line === undefined) return [];
    const said = JSON.parse(body) as Told;
    const pay = cents(said.variable_pay_amount);
    const { max_share_of_pay = 1, protected_minimum = 0 } =
      planOf(player, line.run)?.clawback ?? {};
    const rate = said.currency === 'USD' ? 1 : Number(RATE);
    const share = Math.floor(Number(pay) * max_share_of_pay);
    const above = Math.max(0, Number(pay) - Math.round(protected_minimum * rate * 100));
    const taken = Number(cents(said.clawback_amount) - cents(said.adjustment_amount));
    const most = Math.min(share, above);
    return taken <= most ? [] : [`P11 ${key}: takes back ${taken} of ${pay}, at most ${most}`];
  });
}

/** The period of a delta, of its agent and plan, by its id. */
const periodOf = (id: string): string => id.slice(0, id.lastIndexOf('.'));

const sealOf = ({ seal }: Row): number => Number(seal);

/** What was open of a period, net, before the rows of a seal were written. */
function netBefore(books: Books, period: string, seal: number): bigint {
  const refusals = (books.all.get('delivery_outcomes') ?? []).filter(
    (one) => sealOf(one) < seal && one.outcome !== 'CONFIRMED',
  );
  const refused = new Set(refusals.map(({ delivery }) => delivery));
  const sum = (rows: readonly Row[]): bigint =>
    rows.reduce((all, { amount }) => all + BigInt(Number(amount)), 0n);
  const own = (table: string): Row[] =>
    (books.all.get(table) ?? []).filter(({ id }) => String(id).startsWith(`${period}.`));
  const claims = own('pay_claims').filter(
    (claim) =>
      !refused.has(claim.delivery ?? '') &&
      (claim.road === 'WRITE_OFF' ? sealOf(claim) <= seal : sealOf(claim) < seal),
  );
  // A version finds its deltas as it settles them.
  return sum(own('pay_deltas').filter((delta) => sealOf(delta) <= seal)) - sum(claims);
}

/** A line adds to a period only what it is short of, and takes only what was too much, net. */
function netsHold(books: Books): string[] {
  const outcomes = outcomesOf(books);
  const claims = (books.all.get('pay_claims') ?? []).filter(({ road }) => road !== 'WRITE_OFF');
  const found = claims.filter(({ delivery }) => outcomes.get(String(delivery)) === 'FOUND');
  const twice = new Set(found.map(({ id }) => periodOf(String(id))));
  const lines = Map.groupBy(claims, ({ id, line }) => `${line} ${periodOf(String(id))}`);
  return [...lines].flatMap(([place, parts]) => {
    const [first] = parts;
    const period = periodOf(String(first?.id));
    // What was given up and found was open and settled at once.
    if (first === undefined || twice.has(period)) return [];
    const net = netBefore(books, period, sealOf(first));
    const sum = (sign: 1 | -1): bigint =>
      parts.reduce((all, { amount }) => all + BigInt(Math.max(0, Number(amount) * sign)), 0n);
    const [added, taken] = [sum(1), sum(-1)];
    return added <= (net > 0n ? net : 0n) && taken <= (net < 0n ? -net : 0n)
      ? []
      : [`DEC-5 ${place}: adds ${added} and takes ${taken} where ${net} is open net`];
  });
}

export const boundsHold = (player: PayPlayer, books: Books, sent: readonly Sent[]): string[] => [
  ...instalmentsHold(player, books),
  ...netsHold(books),
  ...shareHolds(player, sent),
];
