import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import type { ChangeSet, CommitAnswer } from '../../src/kernel/change-set';
import type { JournalLoop } from '../../src/ledger/loop';
import {
  agent,
  award,
  awardSet,
  count,
  journal,
  Memory,
  Network,
  NOON,
  note,
  rollBackTo,
  verdicts,
  type Weather,
  wrongIn,
} from './books';

afterEach(async () => {
  expect(await wrongIn()).toBeNull();
});

/** A journal that knows its head, so that its next write is optimistic. */
async function warm(network = new Network(), memory = new Memory()): Promise<JournalLoop> {
  const books = journal(network, memory);
  const answer = await books.commit(awardSet(`warm-${unique()}`), NOON);
  expect(answer.verdict).toBe('committed');
  return books;
}

let counter = 0;
const unique = (): string => `n${++counter}`;

const config = (name: string, version: number): ChangeSet['rows'][number] => ({
  table: 'config',
  id: `test/${name}/${version}`,
  values: {
    kind: 'test',
    name,
    version,
    effective_from: null,
    written_at: NOON,
    content_hash: 'hash',
  },
  side: { author: 'tester', content: '{}', salt: 'salt' },
});

/** Once: the given weather for the next write, then fine. */
const onNextWrite = (network: Network, weather: Weather): void => {
  network.forecast = (kind) => {
    if (kind !== 'write') return 'fine';
    network.forecast = () => 'fine';
    return weather;
  };
};

describe('a batch that goes astray', () => {
  test('a twin loses the race for the seal, looks and goes on', async () => {
    const [one, other] = [await warm(), await warm()];
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        [one, other].flatMap((books) =>
          Array.from({ length: 8 }, (_, index) =>
            books.commit(awardSet(`twin-${round}-${index}`), NOON),
          ),
        ),
      );
      expect(verdicts(answers)).toEqual({ committed: 16 });
      const seals = answers.map((answer) => answer.verdict === 'committed' && answer.seal);
      expect(seals.slice(0, 8)).toEqual(seals.slice(8));
    }
  });

  test('a doubled batch dies whole on the seal', async () => {
    const network = new Network();
    const books = await warm(network);
    onNextWrite(network, 'twice');
    expect((await books.commit(awardSet('doubled'), NOON)).verdict).toBe('committed');
    expect((await books.commit(awardSet('after-doubled'), NOON)).verdict).toBe('committed');
  });

  test('a lost answer is found by looking', async () => {
    const network = new Network();
    const books = await warm(network);
    onNextWrite(network, 'lost-after');
    const writes = network.writes;
    expect((await books.commit(awardSet('lost'), NOON)).verdict).toBe('committed');
    expect(network.writes - writes).toBe(1);
  });

  test('a batch that failed before it was committed is written again', async () => {
    const network = new Network();
    const books = await warm(network);
    onNextWrite(network, 'lost-before');
    const writes = network.writes;
    expect((await books.commit(awardSet('failed'), NOON)).verdict).toBe('committed');
    expect(network.writes - writes).toBe(2);
  });

  test('a batch reported lost and executed later changes nothing', async () => {
    const network = new Network();
    const books = await warm(network);
    onNextWrite(network, 'ghost');
    const set = awardSet('haunted');
    expect((await books.commit(set, NOON)).verdict).toBe('committed');
    const before = await count('entries');
    for (const ghost of network.ghosts) await expect(ghost()).rejects.toThrow('UNIQUE');
    expect(await count('entries')).toBe(before);
    expect((await books.commit({ ...set, resent: true }, NOON)).verdict).toBe('committed');
  });

  test('a ghost that comes between the look and the write is found at the next look', async () => {
    const network = new Network();
    const books = await warm(network);
    onNextWrite(network, 'ghost');
    const first = network.forecast;
    network.forecast = (kind) => {
      const weather = first(kind);
      network.forecast = (next) => {
        if (next === 'write') return 'fine';
        network.gate = Promise.resolve(network.ghosts[0]?.()).then(() => undefined);
        return 'fine';
      };
      return weather;
    };
    expect((await books.commit(awardSet('overtaken'), NOON)).verdict).toBe('committed');
  });

  test('after eight turns that came to nothing the caller hears retry and may send again', async () => {
    const network = new Network();
    const books = await warm(network);
    network.forecast = (kind) => (kind === 'write' ? 'lost-before' : 'fine');
    const writes = network.writes;
    expect(await books.commit(awardSet('unlucky'), NOON)).toEqual({ verdict: 'retry' });
    expect(network.writes - writes).toBe(8);
    network.forecast = () => 'fine';
    const later = NOON + 1_000;
    expect((await books.commit(awardSet('unlucky'), later)).verdict).toBe('committed');
  });
});

describe('what a set is answered', () => {
  test('a set sent again writes no row and names the seal of its first row', async () => {
    const network = new Network();
    const books = await warm(network);
    const set = { rows: [award('again'), note('again')] };
    const first = await books.commit(set, NOON);
    const rows = network.rowsWritten;
    await books.commit(awardSet('between'), NOON);
    const between = network.rowsWritten - rows;
    expect(await books.commit({ ...set, resent: true }, NOON)).toEqual(first);
    expect(await books.commit(set, NOON)).toEqual(first);
    expect(network.rowsWritten - rows).toBe(between);
    expect(between).toBe(3);
  });

  test('a set sent again is committed although its guards hold no longer', async () => {
    const books = await warm();
    const id = 'test/guarded/1';
    const set: ChangeSet = {
      rows: [config('guarded', 1)],
      guards: [{ kind: 'absent', table: 'config', id }],
    };
    const first = await books.commit(set, NOON);
    expect(first.verdict).toBe('committed');
    expect(await books.commit(set, NOON)).toEqual(first);
  });

  test('the same id with other content is a conflict that names the rows', async () => {
    const books = await warm();
    await books.commit(awardSet('clash'), NOON);
    const answer = await books.commit(
      { rows: [award('clash', agent('a'), 7), note('beside-clash')] },
      NOON,
    );
    expect(answer).toEqual({
      verdict: 'conflict',
      rows: [{ table: 'entries', id: award('clash').id }],
    });
  });

  test('one of two contents under one id in one group is committed, the other a conflict', async () => {
    const books = await warm();
    const answers = await Promise.all([
      books.commit(awardSet('either', agent('a'), 1), NOON),
      books.commit(awardSet('either', agent('a'), 2), NOON),
      books.commit(awardSet('either', agent('a'), 1), NOON),
    ]);
    expect(answers.map(({ verdict }) => verdict)).toEqual(['committed', 'conflict', 'committed']);
  });

  test('only what is new of a set is written', async () => {
    const network = new Network();
    const books = await warm(network);
    await books.commit({ rows: [note('shared')] }, NOON);
    const rows = network.rowsWritten;
    const answer = await books.commit({ rows: [note('shared'), note('own')] }, NOON);
    expect(answer.verdict).toBe('committed');
    expect(network.rowsWritten - rows).toBe(2);
  });

  test('a side column that was emptied does not make a set a conflict', async () => {
    const books = await warm();
    const row = note('erased');
    const first = await books.commit({ rows: [row] }, NOON);
    await env.DB.prepare('UPDATE audit SET actor = NULL, detail = NULL, salt = NULL WHERE id = ?')
      .bind(row.id)
      .run();
    expect(await books.commit({ rows: [row], resent: true }, NOON)).toEqual(first);
  });

  test('of twenty that want the same version one gets it', async () => {
    const books = await warm();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        books.commit(
          {
            rows: [note(`wants-${index}`)],
            guards: [
              { kind: 'absent', table: 'audit', id: note('wants-0').id },
              { kind: 'present', table: 'entries', id: award('clash').id },
            ],
          },
          NOON,
        ),
      ),
    );
    expect(verdicts(answers)).toEqual({ committed: 1, refused: 19 });
  });

  test('a balance never falls below what a guard demands, however many draw at once', async () => {
    const books = await warm();
    const pool = 'pool:TEST';
    const move = (cause: string, from: string, to: string, amount: number): ChangeSet => ({
      rows: [
        {
          ...award(cause),
          id: `_pool.20240915.${cause}`,
          values: {
            ...award(cause).values,
            tx: `_pool.20240915.${cause}`,
            from_account: from,
            to_account: to,
            amount,
          },
        },
      ],
    });
    await books.commit(move('fund', 'funding:TEST', pool, 1_000), NOON);
    const draws = await Promise.all(
      Array.from({ length: 15 }, (_, index) =>
        books.commit(
          {
            ...move(`draw-${index}`, pool, 'suspense:TEST', 100),
            guards: [{ kind: 'least', account: pool, unit: 'POINTS/Mentorship', amount: 0 }],
          },
          NOON,
        ),
      ),
    );
    expect(verdicts(draws)).toEqual({ committed: 10, refused: 5 });
  });
});

describe('poison', () => {
  test('two guilty sets among 64 are rejected and audited, 62 commit', async () => {
    const network = new Network();
    const books = await warm(network);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index): Promise<CommitAnswer> => {
        if (index === 17) return books.commit({ rows: [config('poison', 0)] }, NOON);
        if (index === 40) {
          return books.commit(awardSet('too-much', agent('p'), Number.MAX_SAFE_INTEGER), NOON);
        }
        return books.commit(awardSet(`beside-poison-${index}`, agent('p')), NOON);
      }),
    );
    expect(verdicts(answers)).toEqual({ committed: 62, rejected: 2 });
    expect(answers[17]?.verdict).toBe('rejected');
    expect(answers[40]?.verdict).toBe('rejected');
    await books.commit(awardSet('after-poison'), NOON);
    const audited = await env.DB.prepare(
      "SELECT count(*) AS n FROM audit WHERE action = 'JOURNAL_REJECTED'",
    ).first('n');
    expect(audited).toBe(2);
    const health = books.health();
    expect(health.status).toBe('parked');
    expect(health.rejected.map(({ table }) => table)).toEqual(['config', 'entries']);
  });

  test('a guilty set sent again is rejected again and audited once', async () => {
    const books = await warm();
    const before = await count('audit');
    for (let time = 0; time < 3; time += 1) {
      const answer = await books.commit({ rows: [config('venom', 0)] }, NOON + time);
      expect(answer.verdict).toBe('rejected');
    }
    await books.commit(awardSet('after-venom'), NOON);
    expect(await count('audit')).toBe(before + 1);
  });

  test('values of the wrong type, unknown columns and tables never reach a group', async () => {
    const network = new Network();
    const books = await warm(network);
    const writes = network.writes;
    const bad: ChangeSet[] = [
      { rows: [{ ...award('t1'), values: { ...award('t1').values, amount: '12' } }] },
      { rows: [{ ...note('t2'), values: { ...note('t2').values, at: '12' } }] },
      { rows: [{ ...note('t3'), values: { ...note('t3').values, extra: 1 } }] },
      { rows: [{ ...note('t4'), table: 'seals' }] },
      { rows: [{ ...award('t5'), id: 'somebody-else.20240915.x' }] },
      { rows: [note('t6')], guards: [{ kind: 'present', table: 'nosuch', id: 'x' }] },
      { rows: [{ ...note('t7'), side: { actor: '\ud800' } }] },
      { rows: [] },
    ];
    const answers = await Promise.all(bad.map((set) => books.commit(set, NOON)));
    expect(verdicts(answers)).toEqual({ rejected: bad.length });
    await books.commit(awardSet('after-bad'), NOON);
    // Only what audits the rejections, and the last award.
    expect(network.writes - writes).toBeLessThanOrEqual(bad.length + 1);
  });
});

describe('D1 that was rolled back', () => {
  test('the journal refuses to write until the gap is accepted', async () => {
    const network = new Network();
    const memory = new Memory();
    const books = await warm(network, memory);
    const kept = await books.commit(awardSet('kept'), NOON + 120_000);
    const lost = await books.commit(awardSet('lost-by-restore'), NOON + 240_000);
    if (kept.verdict !== 'committed' || lost.verdict !== 'committed') throw new Error('no seals');
    await rollBackTo(kept.seal);
    const writes = await count('seals');

    const refused = await books.commit(awardSet('after-restore'), NOON + 240_000);
    expect(refused).toEqual({ verdict: 'busy', retryAfterMs: 1_000 });
    expect(books.health()).toMatchObject({
      status: 'stuck',
      reason: 'ROLLED_BACK',
      rolledBack: { expected: lost.seal, found: kept.seal },
    });

    // A journal that starts anew knows it from its own storage.
    const restarted = journal(network, memory);
    expect((await restarted.commit(awardSet('after-restart'), NOON + 250_000)).verdict).toBe(
      'busy',
    );
    expect(await count('seals')).toBe(writes);

    const accepted = await restarted.acceptRollback({ rows: [note('accepted')] }, NOON + 250_000);
    expect(accepted).toEqual({ verdict: 'committed', seal: kept.seal + 1 });
    expect(restarted.health().status).toBe('ok');
    expect((await restarted.commit(awardSet('lost-by-restore'), NOON + 251_000)).verdict).toBe(
      'committed',
    );
    // And so does the next one after it.
    const third = journal(network, memory);
    expect((await third.commit(awardSet('third'), NOON + 260_000)).verdict).toBe('committed');
  });

  test('an acceptance that was not committed accepts nothing', async () => {
    const network = new Network();
    const books = await warm(network);
    const last = await books.commit(awardSet('last'), NOON + 300_000);
    if (last.verdict !== 'committed') throw new Error('no seal');
    await rollBackTo(last.seal - 1);
    expect((await books.commit(awardSet('refused'), NOON + 300_000)).verdict).toBe('busy');
    network.forecast = () => 'lost-before';
    const answer = await books.acceptRollback({ rows: [note('unheard')] }, NOON + 310_000);
    expect(answer.verdict).toBe('busy');
    network.forecast = () => 'fine';
    expect((await books.commit(awardSet('refused'), NOON + 400_000)).verdict).toBe('busy');
    expect(books.health().status).toBe('stuck');
  });

  test('the last seal is remembered at most once a minute', async () => {
    const memory = new Memory();
    const books = await warm(new Network(), memory);
    const start = NOON + 1_000_000;
    await books.commit(awardSet('minute-0'), start);
    const puts = memory.puts;
    for (let second = 1; second < 60; second += 10) {
      await books.commit(awardSet(`minute-${second}`), start + second * 1_000);
    }
    expect(memory.puts).toBe(puts);
    await books.commit(awardSet('minute-60'), start + 60_000);
    expect(memory.puts).toBe(puts + 1);
  });
});
