import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChangeSet, CommitAnswer } from '../../src/kernel/change-set';
import { agent, award, journal, Memory, Network, NOON, note, type Weather, wrongIn } from './books';

const WEATHER: readonly Weather[] = ['fine', 'fine', 'lost-before', 'lost-after', 'ghost', 'twice'];

interface Sent {
  /** Which causes the set holds; sets overlap. */
  readonly causes: readonly number[];
  /** Most say the same amount under a cause; a few contradict it. */
  readonly amount: number;
  readonly twin: boolean;
  readonly poison: boolean;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  causes: fc.uniqueArray(fc.nat(25), { minLength: 1, maxLength: 4 }),
  amount: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(2) }),
  twin: fc.boolean(),
  poison: fc.nat(20).map((n) => n === 0),
});

const history = fc.record({
  waves: fc.array(fc.array(sent, { minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 5 }),
  weather: fc.array(fc.nat(WEATHER.length - 1), { minLength: 8, maxLength: 40 }),
  maxRows: fc.constantFrom(4, 20, 500),
});

/** Of two rows that clash, one clashes with what stands in D1, the other only with poison. */
const CONTRADICTED_BY_POISON: {
  readonly waves: Sent[][];
  readonly weather: number[];
  readonly maxRows: number;
} = {
  waves: [
    [{ causes: [0], amount: 0, twin: false, poison: false }],
    [
      { causes: [3], amount: 0, twin: false, poison: true },
      { causes: [3], amount: 1, twin: false, poison: false },
      { causes: [3, 0], amount: 1, twin: false, poison: true },
    ],
  ],
  weather: [0],
  maxRows: 500,
};

let run = 0;

/** Amount 0 is poison that only the database finds. */
function setOf({ causes, amount, poison }: Sent, name: string): ChangeSet {
  const rows = causes.map((cause) => award(`${name}-${cause}`, agent(`h${cause % 5}`), 1 + amount));
  if (!poison) return { rows };
  const bad = note(`${name}-bad-${causes.join('-')}`);
  const values = { kind: 'k', name: 'n', version: 0, written_at: NOON, content_hash: 'h' };
  return { rows: [...rows, { table: 'config', id: `${name}/${bad.id}`, values }] };
}

test('any order of overlapping sets, twins and faults leaves each id once in whole books', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ waves, weather, maxRows }) => {
      run += 1;
      const name = `run-${run}`;
      let drawn = 0;
      let stormy = true;
      const networks = [new Network(), new Network()];
      for (const network of networks) {
        network.forecast = () =>
          stormy ? (WEATHER[weather[drawn++ % weather.length] ?? 0] ?? 'fine') : 'fine';
      }
      const limits = { rows: maxRows, bytes: 512 * 1024 };
      const books = networks.map((network) => journal(network, new Memory(), limits));
      const haunt = () =>
        Promise.all(
          networks.flatMap((network) =>
            network.ghosts.splice(0).map((ghost) => ghost().catch(() => undefined)),
          ),
        );
      let now = NOON;
      const deliver = async (one: Sent): Promise<readonly [Sent, CommitAnswer]> => {
        const set = setOf(one, name);
        for (let attempt = 0; ; attempt += 1) {
          const answer = await books[one.twin ? 1 : 0]?.commit(
            { ...set, ...(attempt > 0 && { resent: true }) },
            now + attempt * 60_000,
          );
          if (answer === undefined) throw new Error('no journal');
          if (answer.verdict !== 'busy' && answer.verdict !== 'retry') return [one, answer];
          if (attempt > 12) stormy = false;
        }
      };
      for (const wave of waves) {
        const [answers] = await Promise.all([Promise.all(wave.map(deliver)), haunt()]);
        for (const [one, answer] of answers) await check(one, answer, name);
        now += 3_600_000;
      }
      await haunt();
      expect(await wrongIn()).toBeNull();
    }),
    { numRuns: 60, examples: [[CONTRADICTED_BY_POISON]] },
  );
});

/** What an answer claims must be what stands in D1. */
async function check(one: Sent, answer: CommitAnswer, name: string): Promise<void> {
  const { rows } = setOf(one, name);
  const { results } = await env.DB.prepare(
    'SELECT id, amount, seal FROM entries WHERE id IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(rows.map(({ id }) => id)))
    .all<{ id: string; amount: number; seal: number }>();
  const found = new Map(results.map((row) => [row.id, row]));
  if (answer.verdict === 'committed') {
    expect(one.poison).toBe(false);
    for (const { id } of rows) expect(found.get(id)?.amount).toBe(1 + one.amount);
    expect(answer.seal).toBe(found.get(rows[0]?.id ?? '')?.seal);
  } else if (answer.verdict === 'conflict') {
    expect(answer.rows.length).toBeGreaterThan(0);
    for (const { id } of answer.rows) expect(found.get(id)?.amount).not.toBe(1 + one.amount);
  } else {
    expect([answer.verdict, one.poison]).toEqual(['rejected', true]);
  }
}
