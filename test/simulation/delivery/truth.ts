/**
 * What must be true of deliveries after every history: the HRIS committed each payment once and of
 * the right amount, knows none that we do not know, and the books say of each what it says.
 */
import type { Books } from '../books';
import { type Hris, UNKNOWN } from './hris';
import { type DeliveryPlayer, deliveryOf, keyOf, type PlannedReward } from './system';

/**
 * Outcome by delivery, as the books have it. One that was given up and that the HRIS says it has
 * after all is FOUND: it is paid, out of suspense.
 */
export function outcomesOf(books: Books): Map<string, string> {
  const rows = books.all.get('delivery_outcomes') ?? [];
  const named = Map.groupBy(rows, ({ delivery }) => String(delivery));
  return new Map(
    [...named].map(([delivery, own]) => {
      const outcomes = own.map(({ outcome }) => String(outcome)).sort();
      return [delivery, outcomes.join() === 'ABANDONED,CONFIRMED' ? 'FOUND' : outcomes.join()];
    }),
  );
}

/** Of a body that the HRIS took. */
export const centsOf = (body: string): number =>
  Math.round(Number((JSON.parse(body) as { amount: string }).amount) * 100);

const employeeOf = (body: string): string =>
  (JSON.parse(body) as { employee_id: string }).employee_id;

export interface Owed {
  readonly key: string;
  /** In cents. */
  readonly amount: number;
  readonly employee: string;
}

/** Whoever has it in the end, as far as the books know. */
const PAID = ['CONFIRMED', 'FOUND'];
const OUTCOMES = [...PAID, 'REJECTED', 'ABANDONED'];

/** INV-7, INV-21: what the HRIS committed against what was owed, of one payment. */
export function paymentIsRight(
  hris: Hris,
  { key, amount, employee }: Owed,
  outcome: string | undefined,
  { isSettled, isOver }: { readonly isSettled: boolean; readonly isOver: boolean },
): string[] {
  const commits = hris.commits.filter((one) => one.key === key);
  const bodies = new Set(hris.said.get(key) ?? []);
  const paid = PAID.includes(outcome ?? '');
  // What was given up is asked about once more in the days after; what never left is not.
  const mayBeUnknown = outcome === undefined || (outcome === 'ABANDONED' && !isOver);
  return [
    ...(outcome === undefined && isSettled ? [`INV-12 ${key}: no outcome`] : []),
    ...(outcome === undefined || OUTCOMES.includes(outcome) ? [] : [`${key}: ${outcome}`]),
    ...(commits.length > 1 ? [`INV-7 ${key}: committed ${commits.length} times`] : []),
    ...(paid && commits.length === 0 ? [`INV-7 ${key}: never committed`] : []),
    ...(paid || mayBeUnknown || commits.length === 0 ? [] : [`INV-7 ${key}: ${outcome} and paid`]),
    ...((outcome === 'REJECTED') === (employee === UNKNOWN) ||
    (outcome ?? 'ABANDONED') === 'ABANDONED'
      ? []
      : [`DEC-24 ${key}: ${outcome} for ${employee}`]),
    ...commits
      .filter(({ body }) => centsOf(body) !== amount || employeeOf(body) !== employee)
      .map(({ body }) => `INV-7 ${key}: paid ${body}, owed ${amount} to ${employee}`),
    ...(bodies.size > 1 ? [`INV-21 ${key}: ${bodies.size} different requests`] : []),
  ];
}

/** Nothing is given up but by the operator. */
export const givenUpByNobody = (
  outcomes: ReadonlyMap<string, string>,
  givenUp: ReadonlySet<string>,
): string[] =>
  [...outcomes]
    .filter(([id, outcome]) => ['ABANDONED', 'FOUND'].includes(outcome) && !givenUp.has(id))
    .map(([id, outcome]) => `G11 ${id}: ${outcome}, and nobody gave it up`);

const owedFor = (reward: PlannedReward): Owed => ({ ...reward, key: keyOf(reward) });

/** What the accounts of rewards hold, in cents, by the last part of their address. */
function held(books: Books): Map<string, number> {
  const sums = new Map<string, number>();
  const add = (account: string, amount: number): void => {
    const what = account.split(':').at(-1) ?? '';
    sums.set(what, (sums.get(what) ?? 0) + amount);
  };
  for (const { kind, from_account, to_account, amount } of books.entries) {
    if (!kind.startsWith('REWARD_') && kind !== 'SUSPENSE') continue;
    add(from_account, -amount);
    add(to_account, amount);
  }
  return sums;
}

export function brokenDelivery(player: DeliveryPlayer, books: Books): string[] {
  const outcomes = outcomesOf(books);
  const rewards = [...player.ordered.values()];
  const known = new Set(rewards.map(keyOf));
  const paid = rewards.filter((reward) => PAID.includes(outcomes.get(deliveryOf(reward)) ?? ''));
  const owed = paid.reduce((sum, { amount }) => sum + amount, 0);
  const sums = held(books);
  const [earned, pending] = [sums.get('earned') ?? 0, sums.get('pending') ?? 0];
  const waits = rewards
    .filter((reward) => player.operator.queue.has(deliveryOf(reward)))
    .reduce((sum, { amount }) => sum + amount, 0);
  const rows = books.all.get('deliveries') ?? [];
  const { mostInFlight, commits } = player.hris;
  return [
    ...rewards.flatMap((reward) =>
      paymentIsRight(player.hris, owedFor(reward), outcomes.get(deliveryOf(reward)), {
        // Until somebody came by, what waits in the manual queue is where it belongs.
        isSettled: player.history.waited || !player.operator.queue.has(deliveryOf(reward)),
        isOver: player.history.waited,
      }),
    ),
    ...givenUpByNobody(outcomes, player.operator.givenUp),
    ...commits
      .filter(({ key }) => !known.has(key))
      .map(({ key }) => `INV-7 ${key}: the HRIS paid what nobody ordered`),
    ...(earned === owed ? [] : [`INV-7: earned ${earned}, confirmed ${owed}`]),
    ...(player.history.waited
      ? [...player.operator.queue].map(([id, why]) => `INV-12 ${id}: ${why}`)
      : []),
    ...(pending === waits ? [] : [`INV-12: ${pending} is still pending, ${waits} wait`]),
    ...(mostInFlight > player.part.concurrency
      ? [`O4: ${mostInFlight} in flight, at most ${player.part.concurrency} were allowed`]
      : []),
    ...(rows.length === rewards.length
      ? []
      : [`INV-2: ${rows.length} deliveries for ${rewards.length} rewards`]),
  ];
}
