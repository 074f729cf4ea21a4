/** Queues as objects: what a selection writes, who is picked and what is remembered. */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { billOf, printed } from '../bill/meter';
import { awake } from '../worker/evict';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { ask, factsOf, hire, keyOf, sample, seatOf, selectFrom } from './desk';

let board: Board;

beforeEach(() => {
  board = installBoard();
});

afterEach(removeBoard);

describe('a queue', () => {
  const people = ['q-ann', 'q-bob', 'q-cid', 'q-dot'];

  it(
    'writes one row a selection and one more for every 64, and picks 70 to 30',
    awake(async () => {
      await hire(...people);
      for (const id of people) await selectFrom('warm-up', id, [id]);
      const picks: string[] = [];
      const bill = await billOf(board, 130, async () => {
        for (let turn = 0; turn < 130; turn += 1) {
          const heard = await selectFrom('premium', `s${turn}`, people);
          picks.push(`${heard.body.agentId} ${heard.body.decidedBy}`);
        }
      });
      console.log(printed('a selection', bill));
      expect(bill.total).toBeLessThanOrEqual(1.02);
      expect(picks.filter((pick) => pick.endsWith('EVEN_SHARE'))).toHaveLength(39);
      await evictDurableObject(env.QUEUES.getByName('premium') as unknown as DurableObjectStub);
      for (const turn of [0, 63, 64, 127, 129]) {
        const heard = await selectFrom('premium', `s${turn}`, people.slice(0, 1));
        expect(`${heard.body.agentId} ${heard.body.decidedBy}`).toBe(picks[turn]);
      }
    }),
  );

  it('picks one agent for one selection that ten ask for at once', async () => {
    await hire(...people);
    const heard = await Promise.all(
      Array.from({ length: 10 }, () => selectFrom('at-once', 'only', people)),
    );
    expect(new Set(heard.map(({ text }) => text)).size).toBe(1);
  });

  it('gives an agent whose seat is silent an even share and no other', async () => {
    await hire(...people);
    await selectFrom('silent', 'warm', people);
    const key = await keyOf('q-ann');
    board.decide = ({ call, actor, place }) =>
      place === 'worker' && call === 'SEATS.standing' && actor === 'request' ? 'throw' : null;
    const heard = await selectFrom('silent', 'next', people);
    expect(heard.body).toMatchObject({ decidedBy: 'EVEN_SHARE' });
    expect(key).toHaveLength(16);
  });

  it(
    'weighs an overloaded agent as SILVER at the most, by what capacity is left',
    awake(async () => {
      await hire('q-eve');
      const key = await keyOf('q-eve');
      const now = Date.now();
      await seatOf(key).standing(ask(key, now));
      await seatOf(key).compare(factsOf(key, 'PLATINUM'), now);
      expect(await seatOf(key).standing(ask(key, now))).toMatchObject({ weight: 1_200_000 });
      await sample('q-eve', 12);
      expect(await seatOf(key).standing(ask(key, now + 1000))).toMatchObject({
        weight: 900_000,
        capacity: 100_000,
        overloaded: true,
      });
    }),
  );
});
