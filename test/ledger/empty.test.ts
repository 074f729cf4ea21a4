/** Books without a seal: whoever looks at them, and however often, they take their first set. */
import { afterEach, expect, test } from 'vitest';
import { journal, Memory, Network, NOON, note, wrongIn } from './books';

afterEach(async () => {
  expect(await wrongIn()).toBeNull();
});

test('looks at empty books change nothing, and what asks before it writes is committed', async () => {
  const memory = new Memory();
  const books = journal(new Network(), memory);
  for (let look = 0; look < 3; look += 1) {
    expect(await books.health(NOON)).toMatchObject({ status: 'ok', seal: 0, rolledBack: null });
  }
  expect(memory.puts).toBe(0);
  const guarded = note('first');
  const answer = await books.commit(
    {
      rows: [guarded],
      guards: [{ kind: 'absent', table: 'audit', id: String(guarded.values.id) }],
    },
    NOON,
  );
  expect(answer).toEqual({ verdict: 'committed', seal: 1 });
});
