/**
 * The oracle of G9: how an award is shared so that the parts always add up. Written from the
 * requirement, never from the engine: it hands out one smallest unit after the other.
 */

/** Parts by member id, those of nothing left out; null where nobody contributed. */
export function shares(
  award: number,
  how: 'EQUITY' | 'PROPORTIONAL',
  contributions: ReadonlyMap<string, bigint>,
): Map<string, number> | null {
  const weightOf = (amount: bigint): bigint => (how === 'EQUITY' ? 1n : amount > 0n ? amount : 0n);
  const weights = [...contributions].map(([id, amount]) => ({ id, weight: weightOf(amount) }));
  const all = weights.reduce((sum, { weight }) => sum + weight, 0n);
  if (all === 0n) return null;
  const owed = weights.map(({ id, weight }) => {
    const exact = BigInt(award) * weight;
    return { id, amount: Number(exact / all), left: exact % all };
  });
  const missing = award - owed.reduce((sum, { amount }) => sum + amount, 0);
  const next = owed.toSorted((a, b) =>
    a.left === b.left ? (a.id < b.id ? -1 : 1) : a.left > b.left ? -1 : 1,
  );
  for (const one of next.slice(0, missing)) one.amount += 1;
  return new Map(owed.flatMap(({ id, amount }) => (amount === 0 ? [] : [[id, amount]])));
}
