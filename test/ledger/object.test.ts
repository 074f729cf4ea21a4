import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { commit, journalHealth } from '../../src/ledger/client';
import type { JournalObject } from '../../src/ledger/object';
import { awardSet, count, NOON, note, rollBackTo, verdicts, wrongIn } from './books';

/** The platform's own stub, as the tools of the runtime want it. */
function stub(): DurableObjectStub<JournalObject> {
  const journals = env.JOURNAL as unknown as DurableObjectNamespace<JournalObject>;
  return journals.get(journals.idFromName('ledger'));
}

test('500 callers at once are answered in fewer than 100 groups', async () => {
  const before = await count('seals');
  const sets = Array.from({ length: 500 }, (_, index) => awardSet(`called-${index}`));
  const answers = await Promise.all(sets.map((set) => commit(env, set, NOON)));
  expect(verdicts(answers)).toEqual({ committed: 500 });
  expect((await count('seals')) - before).toBeLessThan(100);
  expect(await wrongIn()).toBeNull();
});

test('sets sent together are answered in order, each on its own', async () => {
  const journal = env.JOURNAL.getByName('ledger');
  const answers = await journal.commitAll(
    [awardSet('in-order'), { rows: [] }, awardSet('in-order'), awardSet('in-order', undefined, 1)],
    NOON,
  );
  const expected = ['committed', 'rejected', 'committed', 'conflict'];
  expect(answers.map(({ verdict }) => verdict)).toEqual(expected);
});

test('an object that starts anew goes on where D1 stands', async () => {
  const first = await commit(env, awardSet('before-eviction'), NOON);
  await evictDurableObject(stub());
  expect(await commit(env, awardSet('before-eviction'), NOON)).toEqual(first);
  expect((await commit(env, awardSet('after-eviction'), NOON)).verdict).toBe('committed');
  expect(await wrongIn()).toBeNull();
});

test('the object keeps the last seal and what was not acceptable', async () => {
  const kept = await runInDurableObject(stub(), (_object, state) => [...state.storage.kv.list()]);
  expect(kept.map(([key]) => key)).toEqual(['anchor', 'rejected']);
});

test('a set the validator refuses never reaches the journal', async () => {
  const answer = await commit(env, { rows: [note('twice'), note('twice')] }, NOON);
  expect(answer.verdict).toBe('rejected');
});

test('health tells of a rollback before anybody writes', async () => {
  const last = await commit(env, awardSet('soon-gone'), NOON);
  if (last.verdict !== 'committed') throw new Error('not committed');
  await rollBackTo(last.seal - 1);
  const health = await journalHealth(env, NOON);
  expect(health).toMatchObject({ status: 'stuck', reason: 'ROLLED_BACK' });
  expect((await commit(env, awardSet('refused'), NOON)).verdict).toBe('busy');
});
