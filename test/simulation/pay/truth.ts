/**
 * What must be true of pay after every history: the HRIS committed each line once and no other;
 * each line is what the oracle says of the facts that were known under its seal; and what was paid
 * and is open is what is due (`due.ts`).
 */
import type { Books } from '../books';
import { UNKNOWN } from '../delivery/hris';
import { givenUpByNobody } from '../delivery/truth';
import { UTC } from '../zones';
import { boundsHold } from './bounds';
import { daysAreRight } from './days';
import { type Asked, paidAndOpenIsDue, sealsOf, worthOf } from './due';
import { explained, reconciled } from './explained';
import type { PayPlayer } from './player';
import { cents, follows, inTheBooks, isOut, runsOf, type Sent, sentOf, wasPaid } from './reading';
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
    ...daysAreRight(player.part.plans, books, player.history.plan.zone ?? UTC),
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
