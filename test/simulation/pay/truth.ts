/**
 * What must be true of pay after every history: the HRIS committed each line once and no other;
 * each line is what the oracle says of the facts that were known under its seal; and whatever was
 * paid to a person, plus what is still open, is what everything that was said comes to (DEC-5).
 */
import { dueFor } from '../../oracle/pay/due';
import type { Books } from '../books';
import { UNKNOWN } from '../delivery/hris';
import { givenUpByNobody } from '../delivery/truth';
import { boundsHold } from './bounds';
import { explained, reconciled } from './explained';
import { type PlannedPayee, type PlannedWord, RATE } from './plan';
import type { PayPlayer } from './player';
import {
  cents,
  commitOf,
  type Delta,
  deltasOf,
  follows,
  inTheBooks,
  isOut,
  type Run,
  runsOf,
  type Sent,
  sentOf,
  wasPaid,
} from './reading';
import { monthsOf, oracleRules, payeeKey } from './rules';
import { toldRightly } from './telling';

/** INV-7, INV-21: one commit a key, of the bytes that were frozen, where it is confirmed and only there. */
function committedOnce({ hris, history }: PayPlayer, sent: readonly Sent[]): string[] {
  const known = new Map(sent.map((one) => [one.key, one]));
  const strangers = hris.commits
    .filter(({ key }) => !known.has(key))
    .map(({ key }) => `INV-7 ${key}: the HRIS was told what nobody ordered`);
  const twice = sent.length - known.size;
  return [
    ...strangers,
    ...(twice === 0 ? [] : [`DEC-4: ${twice} lines share a key`]),
    ...sent.flatMap(({ key, outcome }) => {
      const commits = hris.commits.filter((one) => one.key === key);
      const bodies = new Set(hris.said.get(key) ?? []);
      const refused = commits.some(({ body }) => body.includes(UNKNOWN));
      return [
        ...(commits.length > 1 ? [`INV-7 ${key}: paid ${commits.length} times`] : []),
        ...(wasPaid({ outcome }) && commits.length === 0 ? [`INV-7 ${key}: never paid`] : []),
        ...(outcome === 'ABANDONED' && history.waited && commits.length > 0
          ? [`INV-7 ${key}: given up and paid`]
          : []),
        ...(outcome === 'REJECTED' && commits.length > 0 ? [`INV-7 ${key}: refused and paid`] : []),
        ...(refused ? [`DEC-24 ${key}: paid to nobody`] : []),
        ...(bodies.size > 1 ? [`INV-21 ${key}: ${bodies.size} different requests`] : []),
        ...(outcome === null && history.waited ? [`INV-12 ${key}: no outcome`] : []),
      ];
    }),
  ];
}

interface Asked {
  readonly payee: PlannedPayee;
  readonly run: Run;
  /** Which words stand: all that were said, or those under a seal. */
  readonly stands: (
    kind: 'quality_results' | 'wfm_actuals',
    said: { readonly agent: string; readonly at: number },
  ) => boolean;
}

function worthOf({ part, words, times }: PayPlayer, { payee, run, stands }: Asked): bigint {
  const plan = part.plans.find(({ id }) => id === run.planId);
  if (plan === undefined) return 0n;
  const months = monthsOf(plan, run.period, part.periods);
  const isOf = (one: { readonly agent: string; readonly period: string }): boolean =>
    one.agent === payee.agent && months.includes(one.period);
  const isAsked = (word: PlannedWord): boolean =>
    months.includes(word.period) && stands('quality_results', word);
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
function paidAndOpenIsDue(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
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
      disputed + dueOfPeriods(player, { payee, stands }, runs, isPaidFor(own, runs, mine));
    if (paid + settled === due) return broken;
    return [
      ...broken,
      `DEC-5 ${payee.agent}: paid ${paid}, open and written off ${settled}, due ${due}`,
    ];
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
function sealsOf(
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

/** P2, P6: a line is what was known under the seal of its run, whatever came later. */
function linesAreRight(player: PayPlayer, books: Books): string[] {
  const sealOf = sealsOf(player, books);
  const runs = new Map(runsOf(books).map((run) => [run.name, run]));
  return player.looked.runs.flatMap((seen) => {
    const run = runs.get(seen.runId);
    if (run === undefined) return [`${seen.runId}: a run that is not in the books`];
    const stands: Asked['stands'] = (table, word) => sealOf(table, word) <= run.seal;
    const versions = player.approved[player.part.plans.findIndex(({ id }) => id === run.planId)];
    return [
      ...(run.planVersion <= (versions ?? 0) ? [] : [`P5 ${run.name}: by a plan nobody approved`]),
      ...player.part.payees.flatMap((payee) => {
        const worth = worthOf(player, { payee, run, stands });
        const isGone = player.forgotten.has(payee.agent);
        const wanted = isGone ? null : payee.agent;
        const line = seen.lines.find(({ agentId }) => agentId === wanted);
        // A page that was calculated after it has no line of who was forgotten.
        if (isGone && line === undefined) return [];
        const earned = cents(Number(line?.earned));
        return line !== undefined && earned === worth
          ? []
          : [`P6 ${run.name} ${payee.agent}: ${line?.earned}, the oracle says ${worth} cents`];
      }),
    ];
  });
}

/** O6: what was sent of one who was forgotten is emptied once it has arrived. */
function isEmptied({ forgotten }: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const gone = new Set(forgotten.values());
  const texts = new Map(
    (books.all.get('deliveries') ?? []).map(({ id, content }) => [id, content]),
  );
  return sent
    .filter(({ agentKey, delivery }) => gone.has(agentKey) && texts.get(delivery) !== null)
    .map(({ key }) => `O6 ${key}: its person was forgotten, and it is kept`);
}

/** What still waits in the end waits for a number in HR or for a version that nobody began. */
function allHasEnded(player: PayPlayer, books: Books): string[] {
  return runsOf(books).flatMap((run) => {
    if (run.phase === 'SETTLED') return [];
    if (!isOut(run)) {
      const replaced = runsOf(books).some((other) => follows(other, run));
      return replaced ? [] : [`INV-12 ${run.name}: is ${run.phase} in the end`];
    }
    const seen = player.looked.runs.find(({ runId }) => runId === run.name);
    return (seen?.lines ?? [])
      .filter(({ state }) => ['SENT', 'UNCERTAIN', 'HELD', 'DISPUTED'].includes(state))
      .map(({ agentId, state, obstacle }) => `INV-12 ${run.name} ${agentId}: ${state} ${obstacle}`);
  });
}

export function brokenPay(player: PayPlayer, books: Books): string[] {
  const sent = sentOf(books, player);
  const { mostInFlight } = player.hris;
  const whatCameOfReviews = reviewsHold(player, books);
  return [
    ...committedOnce(player, sent),
    ...paidAndOpenIsDue(player, books, sent),
    ...whatCameOfReviews,
    ...toldRightly(player, books, sent),
    ...boundsHold(player, books, sent),
    ...givenUpByNobody(
      new Map(sent.map(({ delivery, outcome }) => [delivery, outcome ?? ''])),
      player.deliveries.givenUp,
    ),
    ...(mostInFlight > player.part.concurrency ? [`O4: ${mostInFlight} lines in flight`] : []),
    ...(player.history.waited
      ? [
          ...linesAreRight(player, books),
          ...explained(player, books, sent),
          ...player.looked.runs.flatMap(reconciled),
          ...allHasEnded(player, books),
          ...isEmptied(player, books, sent),
        ]
      : []),
  ];
}

/** P14: nothing is posted by a review but what somebody approved. */
function reviewsHold({ decisions }: PayPlayer, books: Books): string[] {
  const disputes = (books.all.get('pay_deltas') ?? []).filter(({ kind }) => kind === 'DISPUTE');
  const given = (books.all.get('pay_claims') ?? []).filter(
    ({ road, line }) => road === 'WRITE_OFF' && String(line).startsWith('review/'),
  );
  const asked = [
    ...disputes.map(({ id }) => String(id).split('.d').at(-1) ?? ''),
    ...given.map(({ line }) => String(line).slice('review/'.length)),
  ];
  return asked
    .filter((id) => decisions.get(id) !== 'APPROVE')
    .map((id) => `P14 review ${id}: posted, and nobody approved it`);
}

/** What two runs of one plan agree on: what each person has come to in the end. */
export function standings(player: PayPlayer, books: Books): string[] {
  const isSure = player.history.world.board.fired.size === 0;
  if (!isSure) return [];
  const keys = player.keysOf(books);
  return player.part.payees.map(({ agent }) => {
    const agentKey = keys.get(agent) ?? '';
    return `pay ${agent} ${inTheBooks(books, agentKey)}`;
  });
}
