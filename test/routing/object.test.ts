/** Seats as objects: what they write, what they read, and what a crash leaves behind. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventRowIdOf } from '../../src/kernel/ids';
import { sampleOf } from '../../src/routing/load/load';
import { HELD_MS } from '../../src/routing/seats/seat';
import { billOf, printed } from '../bill/meter';
import { type Board, installBoard, type Mode, removeBoard } from '../worker/io';
import { ask, DAY, decide, factsOf, HOUR, hire, keyOf, MINUTE, seatOf } from './desk';

/** Far enough ahead that no real alarm interferes with what a test pokes by hand. */
const NOW = Date.UTC(2090, 0, 4, 12);

let board: Board;
let made = 0;

beforeEach(() => {
  board = installBoard();
});

afterEach(removeBoard);

const newKey = (): string => {
  made += 1;
  return `seat${String(made).padStart(12, 'a')}`;
};

const asked = (key: string, interactionId: string, now = NOW) =>
  seatOf(key).decide({ ...ask(key, now), interactionId, resetApplied: null });

const sampled = (key: string, percent: number, now: number, cause = `c${now}`) => {
  const said = sampleOf({ concurrent: percent, targetConcurrent: 100 }, { at: now, cause });
  if (!said.ok) throw new Error(said.failure);
  return seatOf(key).sample(ask(key, now), [said.value]);
};

const putAway = (key: string): Promise<void> => evictDurableObject(seatOf(key));

const auditOf = async (key: string): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    'SELECT action FROM audit WHERE subject = ?1 ORDER BY at',
  )
    .bind(`seat:${key}`)
    .all<{ action: string }>();
  return results.map(({ action }) => action);
};

describe('a warm decision', () => {
  it('is one call of one object, reads no D1 beyond the key that asks, and writes one row', async () => {
    await hire('warm-1');
    await decide('warm-1', 'first');
    const count = (what: RegExp) =>
      [...board.met].filter(([name]) => what.test(name)).reduce((sum, [, n]) => sum + n, 0);
    const before = {
      calls: count(/worker SEATS.* before/),
      reads: count(/worker DB.* before/),
      seat: count(/^seat DB/),
    };
    const key = await keyOf('warm-1');
    const bill = await billOf(board, 100, async () => {
      for (let turn = 0; turn < 100; turn += 1) await decide('warm-1', `call-${turn}`);
    });
    console.log(printed('a warm decision', bill));
    expect(count(/worker SEATS.* before/) - before.calls).toBe(100);
    // One read each is the bearer key: those are never remembered.
    expect(count(/worker DB.* before/) - before.reads).toBe(100);
    expect(count(/^seat DB/)).toBe(before.seat);
    expect(bill.parts).toEqual({ 'seat put': 1 });
    expect(await seatOf(key).release('call-1')).toBe(true);
  });

  it('asked again for its interaction writes nothing', async () => {
    const key = newKey();
    await asked(key, 'one');
    const bill = await billOf(board, 1, async () => {
      await asked(key, 'one');
    });
    expect(bill.total).toBe(0);
  });

  it('of a cold seat reads the books once, however many ask at once', async () => {
    const key = newKey();
    await Promise.all(Array.from({ length: 10 }, (_, n) => asked(key, `at-once-${n}`)));
    const reads = (): number =>
      [...board.met]
        .filter(([name]) => /^seat DB.*before/.test(name))
        .reduce((sum, [, n]) => sum + n, 0);
    const ofTen = reads();
    await asked(newKey(), 'alone');
    expect(reads()).toBe(2 * ofTen);
  });
});

describe('what a seat holds', () => {
  it('stands after an eviction between any two calls', async () => {
    const key = newKey();
    const first = await asked(key, 'call');
    for (let turn = 1; turn < 5; turn += 1) {
      await putAway(key);
      expect(await asked(key, 'call', NOW + turn * HOUR)).toEqual(first);
    }
    await putAway(key);
    expect(await seatOf(key).release('call')).toBe(true);
    await putAway(key);
    expect(await asked(key, 'call', NOW + 6 * HOUR)).not.toEqual(first);
  });

  it('ends after 24 hours when nobody released it, and leaves no row', async () => {
    const key = newKey();
    const first = await asked(key, 'call');
    expect(await asked(key, 'call', NOW + HELD_MS - 1)).toEqual(first);
    await seatOf(key).poke(NOW + HELD_MS);
    const kept = await runInDurableObject(
      seatOf(key),
      (_, state) => [...state.storage.kv.list({ prefix: 'held/' })].length,
    );
    expect(kept).toBe(0);
    const anew = await asked(key, 'call', NOW + HELD_MS);
    expect(anew).toMatchObject({ kind: 'decided', decision: { at: NOW + HELD_MS } });
  });

  it('is at most 2,000 interactions: the next is told to come again', async () => {
    const key = newKey();
    await asked(key, 'first');
    await runInDurableObject(seatOf(key), (_, state) => {
      const held = state.storage.kv.get('held/first');
      for (let n = 1; n < 2000; n += 1) state.storage.kv.put(`held/${n}`, held);
    });
    await putAway(key);
    expect(await asked(key, 'too much')).toEqual({ kind: 'full' });
    expect(await asked(key, 'first')).toMatchObject({ kind: 'decided' });
    await seatOf(key).release('7');
    expect(await asked(key, 'too much')).toMatchObject({ kind: 'decided' });
  });

  it('is forgotten with everything else when its agent is', async () => {
    const key = newKey();
    await asked(key, 'call');
    await sampled(key, 120, NOW);
    await seatOf(key).empty(NOW);
    const left = await runInDurableObject(seatOf(key), async (_, state) => [
      [...state.storage.kv.list()].length,
      await state.storage.getAlarm(),
    ]);
    expect(left).toEqual([0, null]);
    expect(await auditOf(key)).toEqual(['ROUTING_OVERLOAD_BEGAN']);
  });
});

describe('a season that has ended', () => {
  const ending = (key: string) =>
    factsOf(key, 'PLATINUM', { seasonStart: NOW - 90 * DAY, seasonEnd: NOW + HOUR, number: 3 });

  it('is honoured by no decision: the books are read before the first one after it (S9)', async () => {
    const key = newKey();
    await asked(key, 'wake');
    await seatOf(key).compare(ending(key), NOW);
    expect(await asked(key, 'before', NOW + HOUR - 1)).toMatchObject({
      decision: { tier: 'PLATINUM' },
    });
    expect(await asked(key, 'after', NOW + HOUR)).toMatchObject({ decision: { tier: 'BRONZE' } });
    expect(await asked(key, 'before', NOW + HOUR)).toMatchObject({
      decision: { tier: 'PLATINUM' },
    });
  });

  it('is honoured by nobody while the books are silent either', async () => {
    const key = newKey();
    await asked(key, 'wake');
    await seatOf(key).compare(ending(key), NOW);
    board.d1Away = true;
    const heard = await asked(key, 'after', NOW + HOUR);
    expect(heard).toMatchObject({
      decision: { tier: 'BRONZE', why: [{ verdict: 'NOT_KNOWN' }, {}, {}, {}, {}, {}] },
    });
    expect(await asked(newKey(), 'cold', NOW)).toEqual({ kind: 'silent' });
    board.d1Away = false;
    expect(await asked(key, 'later', NOW + HOUR + 2000)).toMatchObject({
      decision: { why: [{ verdict: 'PASSED' }, {}, {}, {}, {}, {}] },
    });
  });
});

describe('an overload', () => {
  it('leaves one row when it begins and one when it ends, and samples leave none', async () => {
    const key = newKey();
    await asked(key, 'wake');
    const bill = await billOf(board, 1, async () => {
      for (let turn = 0; turn < 50; turn += 1) await sampled(key, 90, NOW + turn * 10_000);
    });
    expect(bill.total).toBe(0);
    await sampled(key, 120, NOW + 10 * MINUTE);
    await seatOf(key).poke(NOW + 10 * MINUTE);
    expect(await auditOf(key)).toEqual(['ROUTING_OVERLOAD_BEGAN']);
    for (let turn = 1; turn < 50; turn += 1)
      await sampled(key, 118, NOW + 10 * MINUTE + turn * 1000);
    await sampled(key, 80, NOW + 11 * MINUTE);
    await seatOf(key).poke(NOW + 11 * MINUTE);
    expect(await auditOf(key)).toEqual(['ROUTING_OVERLOAD_BEGAN', 'ROUTING_OVERLOAD_ENDED']);
  });

  it('stands after an eviction, and ends by what is said after it', async () => {
    const key = newKey();
    await asked(key, 'wake');
    await sampled(key, 120, NOW);
    await putAway(key);
    expect(await asked(key, 'busy', NOW + MINUTE)).toMatchObject({
      decision: { overloaded: true },
    });
    await sampled(key, 90, NOW + 2 * MINUTE);
    expect(await asked(key, 'calm', NOW + 2 * MINUTE)).toMatchObject({
      decision: { overloaded: false },
    });
  });

  it('of which nobody speaks any more is ended by its alarm', async () => {
    const key = newKey();
    await sampled(key, 120, NOW);
    await sampled(key, 119, NOW + 10 * MINUTE);
    await seatOf(key).poke(NOW + 15 * MINUTE);
    await seatOf(key).poke(NOW + 24 * MINUTE);
    expect(await auditOf(key)).toEqual(['ROUTING_OVERLOAD_BEGAN']);
    await seatOf(key).poke(NOW + 31 * MINUTE);
    await seatOf(key).poke(NOW + 31 * MINUTE);
    expect(await auditOf(key)).toEqual(['ROUTING_OVERLOAD_BEGAN', 'ROUTING_OVERLOAD_ENDED']);
  });

  it('is recorded once, wherever the journal or the seat is cut off', async () => {
    const modes: Mode[] = ['throw', 'abort', 'flush-abort'];
    for (const mode of modes) {
      for (const phase of ['before', 'after'] as const) {
        const key = newKey();
        await sampled(key, 120, NOW);
        board.decide = (point) =>
          point.place === 'seat' && point.actor === key && point.phase === phase && point.nth === 1
            ? mode
            : null;
        await seatOf(key)
          .poke(NOW)
          .catch(() => undefined);
        board.decide = () => null;
        await seatOf(key).poke(NOW + MINUTE);
        await seatOf(key).poke(NOW + 2 * MINUTE);
        expect(await auditOf(key), `${mode} ${phase}`).toEqual(['ROUTING_OVERLOAD_BEGAN']);
        const left = await runInDurableObject(
          seatOf(key),
          (_, state) => state.storage.kv.get<{ outbox: unknown[] }>('state')?.outbox,
        );
        expect(left, `${mode} ${phase}`).toEqual([]);
      }
    }
  });

  it('keeps of one event one sample: again it is a duplicate, with other content a conflict', async () => {
    const key = newKey();
    const cause = eventRowIdOf('platform', 'e1');
    const [first] = await sampled(key, 90, NOW, cause);
    const [again] = await sampled(key, 90, NOW + 1, cause);
    const [other] = await sampled(key, 130, NOW + 2, cause);
    expect([first, again, other].map((one) => one?.verdict)).toEqual([
      'accepted',
      'duplicate',
      'conflict',
    ]);
    expect(other?.overloaded).toBe(false);
  });
});

describe('a decision that is cut off', () => {
  it('is made whole or not at all, and asked again it is the same', async () => {
    for (const mode of ['throw', 'abort', 'flush-abort'] as const) {
      for (const phase of ['before', 'after'] as const) {
        const key = newKey();
        board.decide = (point) =>
          point.place === 'seat' && point.actor === key && point.phase === phase && point.nth === 1
            ? mode
            : null;
        const heard = await asked(key, 'call').catch(() => null);
        board.decide = () => null;
        const again = await asked(key, 'call', NOW + 2000);
        if (heard?.kind === 'decided') expect(again, `${mode} ${phase}`).toEqual(heard);
        else expect(again, `${mode} ${phase}`).toMatchObject({ kind: 'decided' });
        expect(await asked(key, 'call', NOW + HOUR)).toEqual(again);
      }
    }
  });
});
