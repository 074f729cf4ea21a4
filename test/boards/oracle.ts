/**
 * The standings by the book: every entry there is, fractions of BigInts, one plain sort. Written
 * apart from the engine and without looking at what it keeps in memory; slow and obvious.
 */
import { env } from 'cloudflare:workers';

export interface Ruling {
  readonly category: string;
  readonly days: number;
  /** Weight kept per day, e.g. 197n / 200n; 1n / 1n without decay. */
  readonly kept: readonly [bigint, bigint];
  /** In 1/10000 point. */
  readonly minimum: bigint;
  /** `YYYYMMDD` of the day of the standings. */
  readonly today: string;
  /** Last seal that counts. */
  readonly seal: number;
  readonly mayStand: (agentKey: string) => boolean;
  readonly nameOf: (agentKey: string) => string;
}

export interface Expected {
  readonly agentKey: string;
  readonly rank: number;
  /** Numerator and denominator of the score, in points. */
  readonly score: readonly [bigint, bigint];
  readonly reachedAt: number;
}

interface Row {
  readonly id: string;
  readonly cause: string;
  readonly amount: number;
  readonly to_account: string;
  readonly from_account: string;
  readonly occurred_at: number;
}

const ordinal = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6))) / 86_400_000;

export async function expected(ruling: Ruling): Promise<Expected[]> {
  const { results } = await env.DB.prepare('SELECT * FROM entries WHERE unit = ? AND seal <= ?')
    .bind(`POINTS/${ruling.category}`, ruling.seal)
    .all<Row>();
  return standingsOf(results, ruling);
}

export function standingsOf(rows: readonly Row[], ruling: Ruling): Expected[] {
  const sessions = new Map<string, { agent: string; day: string; net: bigint; at: number }>();
  for (const row of rows) {
    if (row.to_account.startsWith('decay:') || row.from_account.startsWith('decay:')) continue;
    const [agent = '', day = ''] = row.id.split('.');
    const key = [agent, day, row.cause.split('.')[0]].join(' ');
    const one = sessions.get(key) ?? { agent, day, net: 0n, at: 0 };
    const gains = row.to_account.startsWith('agent:');
    one.net += gains ? BigInt(row.amount) : -BigInt(row.amount);
    if (gains) one.at = Math.max(one.at, row.occurred_at);
    sessions.set(key, one);
  }
  const [top, bottom] = ruling.kept;
  const agents = new Map<string, { sum: bigint; at: Map<string, { net: bigint; at: number }> }>();
  for (const { agent, day, net, at } of sessions.values()) {
    const age = ordinal(ruling.today) - ordinal(day);
    if (net === 0n || age < 0 || age >= ruling.days || !ruling.mayStand(agent)) continue;
    const decayed = net * top ** BigInt(age) * bottom ** BigInt(ruling.days - age);
    const floor = (net < ruling.minimum ? net : ruling.minimum) * bottom ** BigInt(ruling.days);
    const one = agents.get(agent) ?? { sum: 0n, at: new Map() };
    one.sum += ruling.minimum > 0n && floor > decayed ? floor : decayed;
    const bucket = one.at.get(ruling.minimum > 0n ? `${day} ${net}` : day) ?? { net: 0n, at: 0 };
    bucket.net += net;
    if (net > 0n) bucket.at = Math.max(bucket.at, at);
    one.at.set(ruling.minimum > 0n ? `${day} ${net}` : day, bucket);
    agents.set(agent, one);
  }
  const whole = 10_000n * bottom ** BigInt(ruling.days);
  const all = [...agents].flatMap(([agentKey, { sum, at }]) => {
    const counting = [...at.values()].filter(({ net }) => net > 0n).map((one) => one.at);
    return sum > 0n ? [{ agentKey, sum, reachedAt: Math.max(0, ...counting) }] : [];
  });
  all.sort(
    (a, b) =>
      (a.sum === b.sum ? 0 : a.sum > b.sum ? -1 : 1) ||
      a.reachedAt - b.reachedAt ||
      (ruling.nameOf(a.agentKey) < ruling.nameOf(b.agentKey) ? -1 : 1),
  );
  let rank = 0;
  return all.map(({ agentKey, sum, reachedAt }, index) => {
    if (all[index - 1]?.sum !== sum) rank = index + 1;
    return { agentKey, rank, score: [sum, whole] as const, reachedAt };
  });
}

/** True when plain decimal text is exactly this fraction. */
export function isExactly(text: string, [top, bottom]: readonly [bigint, bigint]): boolean {
  const [whole = '0', places = ''] = text.split('.');
  return BigInt(whole + places) * bottom === top * 10n ** BigInt(places.length);
}
