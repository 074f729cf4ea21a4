/**
 * What must be true of deliveries after every history: the HRIS committed each payment once and of
 * the right amount, knows none that we do not know, and the books say of each what it says.
 */
import type { Books } from '../books';
import { type DeliveryPlayer, deliveryOf, keyOf, type PlannedReward } from './system';

/** Outcome by delivery, as the books have it. */
export function outcomesOf(books: Books): Map<string, string> {
  const rows = books.all.get('delivery_outcomes') ?? [];
  return new Map(rows.map(({ delivery, outcome }) => [String(delivery), String(outcome)]));
}

const centsOf = (body: string): number =>
  Math.round(Number((JSON.parse(body) as { amount: string }).amount) * 100);

/** INV-7, INV-21: what the HRIS committed against what was owed, payment by payment. */
function paymentIsRight(
  player: DeliveryPlayer,
  reward: PlannedReward,
  outcome: string | undefined,
): string[] {
  const key = keyOf(reward);
  const commits = player.hris.commits.filter((one) => one.key === key);
  const bodies = new Set(player.hris.said.get(key) ?? []);
  const wanted = outcome === 'CONFIRMED' ? 1 : 0;
  return [
    ...(outcome === undefined ? [`INV-12 ${key}: no outcome`] : []),
    ...(commits.length > 1 ? [`INV-7 ${key}: committed ${commits.length} times`] : []),
    ...(outcome !== undefined && commits.length < wanted ? [`INV-7 ${key}: never committed`] : []),
    ...(outcome === 'REJECTED' && commits.length > 0 ? [`INV-7 ${key}: rejected and paid`] : []),
    ...commits
      .filter(({ body }) => centsOf(body) !== reward.amount)
      .map(({ body }) => `INV-7 ${key}: paid ${body}, owed ${reward.amount}`),
    ...(bodies.size > 1 ? [`INV-21 ${key}: ${bodies.size} different requests`] : []),
  ];
}

/** What the accounts of rewards hold, in cents, by the last part of their address. */
function held(books: Books): Map<string, number> {
  const sums = new Map<string, number>();
  const add = (account: string, amount: number): void => {
    const what = account.split(':').at(-1) ?? '';
    sums.set(what, (sums.get(what) ?? 0) + amount);
  };
  for (const { kind, from_account, to_account, amount } of books.entries) {
    if (!kind.startsWith('REWARD_')) continue;
    add(from_account, -amount);
    add(to_account, amount);
  }
  return sums;
}

export function brokenDelivery(player: DeliveryPlayer, books: Books): string[] {
  const outcomes = outcomesOf(books);
  const rewards = [...player.ordered.values()];
  const known = new Set(rewards.map(keyOf));
  const paid = rewards.filter((reward) => outcomes.get(deliveryOf(reward)) === 'CONFIRMED');
  const owed = paid.reduce((sum, { amount }) => sum + amount, 0);
  const sums = held(books);
  const [earned, pending] = [sums.get('earned') ?? 0, sums.get('pending') ?? 0];
  const rows = books.all.get('deliveries') ?? [];
  const { mostInFlight, commits } = player.hris;
  return [
    ...rewards.flatMap((reward) =>
      paymentIsRight(player, reward, outcomes.get(deliveryOf(reward))),
    ),
    ...commits
      .filter(({ key }) => !known.has(key))
      .map(({ key }) => `INV-7 ${key}: the HRIS paid what nobody ordered`),
    ...(earned === owed ? [] : [`INV-7: earned ${earned}, confirmed ${owed}`]),
    ...(pending === 0 ? [] : [`INV-12: ${pending} is still pending`]),
    ...(mostInFlight > player.part.concurrency
      ? [`O4: ${mostInFlight} in flight, at most ${player.part.concurrency} were allowed`]
      : []),
    ...(rows.length === rewards.length
      ? []
      : [`INV-2: ${rows.length} deliveries for ${rewards.length} rewards`]),
  ];
}
