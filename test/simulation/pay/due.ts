/**
 * That what was paid to a person, plus what is still open, is what everything that was said comes to
 * (DEC-5). Reckons from what was said and the oracle alone; leaves out people of whom something is on
 * its way.
 */
import { dueFor } from '../../oracle/pay/due';
import { localDayOf } from '../../oracle/seasons';
import type { Books } from '../books';
import { UNKNOWN } from '../delivery/hris';
import { UTC } from '../zones';
import { type PlannedPayee, type PlannedWord, RATE } from './plan';
import type { PayPlayer } from './player';
import {
  commitOf,
  type Delta,
  deltasOf,
  follows,
  inTheBooks,
  isOut,
  type Run,
  runsOf,
  type Sent,
  wasPaid,
} from './reading';
import { labelOfDay, monthsOf, oracleRules, payeeKey } from './rules';

export interface Asked {
  readonly payee: PlannedPayee;
  readonly run: Run;
  /** Which words stand: all that were said, or those under a seal. */
  readonly stands: (
    kind: 'quality_results' | 'wfm_actuals',
    said: { readonly agent: string; readonly at: number },
  ) => boolean;
}

export function worthOf(player: PayPlayer, { payee, run, stands }: Asked): bigint {
  const { part, words, times } = player;
  const { zone = UTC } = player.history.plan;
  const plan = part.plans.find(({ id }) => id === run.planId);
  if (plan === undefined) return 0n;
  const months = monthsOf(plan, run.period, part.periods);
  const isOf = (one: { readonly agent: string; readonly period: string }): boolean =>
    one.agent === payee.agent && months.includes(one.period);
  const isAsked = (word: PlannedWord): boolean =>
    labelOfDay(plan, localDayOf(word.createdAt, zone)) === run.period &&
    stands('quality_results', word);
  const isWeek = plan.cadence === 'WEEKLY';
  return dueFor({
    ...oracleRules(plan, plan.bases[run.planVersion - 1] ?? '0'),
    agent: payee.agent,
    results: words.filter(isAsked),
    times: times.filter((time) => !isWeek && isOf(time) && stands('wfm_actuals', time)),
    interactions: isWeek
      ? 0
      : months.reduce(
          (sum, month) => sum + (part.interactions[payeeKey(payee.agent, month)] ?? 0),
          0,
        ),
    rate: payee.currency === 'USD' ? null : RATE,
  });
}

/** Everything that was said counts, but for words on somebody of whom nothing is taken any more. */
function everything(player: PayPlayer, books: Books): Asked['stands'] {
  const sealOf = sealsOf(player, books);
  return (table, word) => !player.forgotten.has(word.agent) || sealOf(table, word) < Infinity;
}

/** DEC-5, for each person of whom nothing is on its way. */
export function paidAndOpenIsDue(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const runs = runsOf(books).filter(isOut);
  const deltas = deltasOf(books);
  const keys = player.keysOf(books);
  const commits = player.hris.commits.map(commitOf);
  const stands = everything(player, books);
  return player.part.payees.flatMap((payee) => {
    const agentKey = keys.get(payee.agent) ?? '';
    const own = sent.filter((one) => one.agentKey === agentKey);
    if (own.some(({ outcome }) => outcome === null)) return [];
    // What was given up is asked about for days, and what was found is walked over after that.
    const isGivenUp = ({ outcome }: Sent): boolean =>
      outcome === 'ABANDONED' || outcome === 'FOUND';
    if (!player.history.waited && own.some(isGivenUp)) return [];
    const names = new Set(own.map(({ key }) => key));
    const paid = commits
      .filter(({ key }) => names.has(key))
      .reduce((sum, { net }) => sum + net, 0n);
    const ledger = inTheBooks(books, agentKey);
    const broken = ledger === paid ? [] : [`INV-7 ${payee.agent}: paid ${paid}, ledger ${ledger}`];
    // What comes to light later about one who was forgotten is nobody's.
    if (player.forgotten.has(payee.agent)) return broken;
    const mine = deltas.filter((delta) => delta.agentKey === agentKey);
    const sum = (read: (delta: Delta) => bigint): bigint =>
      mine.reduce((all, delta) => all + read(delta), 0n);
    const settled = sum(({ open }) => open) + sum(({ writtenOff }) => writtenOff);
    const disputed = sum(({ kind, amount }) => (kind === 'DISPUTE' ? amount : 0n));
    const due =
      disputed +
      dueOfPeriods(
        player,
        { payee, stands },
        unheld(books, agentKey, runs, { own, mine }),
        isPaidFor(own, runs, mine),
      );
    if (paid + settled === due) return broken;
    return [
      ...broken,
      `DEC-5 ${payee.agent}: paid ${paid}, open and written off ${settled}, due ${due}`,
    ];
  });
}

/**
 * While a dispute of a period is open no further line of it is sent: what the period has come to is by
 * the newest version that sent its person a line or was out when a difference was found.
 */
function unheld(
  books: Books,
  agentKey: string,
  runs: readonly Run[],
  { own, mine }: { readonly own: readonly Sent[]; readonly mine: readonly Delta[] },
): Run[] {
  const decided = new Set((books.all.get('review_acts') ?? []).map(({ id }) => id));
  const open = (books.all.get('pay_disputes') ?? [])
    .filter(({ review }) => !decided.has(`${review}/decided`))
    .map(({ id }) => String(id));
  return runs.filter(({ name, planId, period, sentOut }) => {
    const place = `${agentKey}.${planId}.${period}.`;
    if (!open.some((id) => id.startsWith(place)) || own.some(({ run }) => run === name))
      return true;
    return mine.some(
      ({ id, kind, factsSeal }) =>
        kind !== 'DISPUTE' && id.startsWith(place) && sentOut <= factsSeal,
    );
  });
}

/** Whether a plan's period was paid to somebody: confirmed, or with nothing, and corrected since. */
const isPaidFor =
  (own: readonly Sent[], runs: readonly Run[], deltas: readonly Delta[]) =>
  ({ planId, period }: Run): boolean => {
    const corrected = deltas.some(
      ({ id, kind }) => kind !== 'DISPUTE' && id.includes(`.${planId}.${period}.`),
    );
    if (corrected) return true;
    const ofIt = new Set(
      runs.filter((run) => run.planId === planId && run.period === period).map(({ name }) => name),
    );
    return own.some(
      ({ run, isFirst, outcome }) => isFirst && wasPaid({ outcome }) && ofIt.has(run),
    );
  };

/** What all periods of a person are worth that were paid: by the plan of their newest version. */
function dueOfPeriods(
  player: PayPlayer,
  { payee, stands }: Pick<Asked, 'payee' | 'stands'>,
  runs: readonly Run[],
  isPaid: (run: Run) => boolean,
): bigint {
  const newest = runs.filter((run) => !runs.some((other) => follows(other, run)));
  return newest
    .filter((run) => isPaid(run) || isEnd(player, payee))
    .reduce((sum, run) => sum + worthOf(player, { payee, run, stands }), 0n);
}

/** At the end everybody whom HR knows is paid for every period. */
const isEnd = ({ history, employees }: PayPlayer, { agent }: PlannedPayee): boolean => {
  const employee = employees.get(agent) ?? null;
  return history.waited && employee !== null && !employee.startsWith(UNKNOWN);
};

/** Under which seal a word stands in the books; infinite where it does not. */
export function sealsOf(
  player: PayPlayer,
  books: Books,
): (...said: Parameters<Asked['stands']>) => number {
  const keys = player.keysOf(books);
  const said = new Map<string, number>();
  for (const table of ['quality_results', 'wfm_actuals'] as const) {
    for (const { agent_key, revised_at, seal } of books.all.get(table) ?? []) {
      said.set(`${table} ${agent_key} ${revised_at}`, Number(seal));
    }
  }
  return (table, { agent, at }) => said.get(`${table} ${keys.get(agent)} ${at}`) ?? Infinity;
}
