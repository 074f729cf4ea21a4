/** What the crash matrices leave out, and that it is another case again. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { CRASHES, casesOf, crashesOf } from './crashes';
import { database } from './database';

const objectOf = (name: string) => env.GOALS.getByName(name) as unknown as DurableObjectStub;

/** What is left of a write of an object that is aborted afterwards. */
async function leftOf(name: string, between: () => Promise<unknown>): Promise<unknown> {
  const crashed = runInDurableObject(objectOf(name), async (_, state) => {
    state.storage.kv.put('written', 1);
    await between();
    state.abort('crash of the simulation');
  });
  await crashed.catch(() => undefined);
  return runInDurableObject(objectOf(name), (_, state) => state.storage.kv.get('written'));
}

describe('a crash matrix', () => {
  it('fails every point in every way, but a Worker by a throw alone and nothing after a read', () => {
    expect(crashesOf('goal JOURNAL.commit before 1')).toEqual(CRASHES);
    expect(crashesOf('goal JOURNAL.commit after 1')).toEqual(CRASHES);
    expect(crashesOf('goal DB.read before 1')).toEqual(CRASHES);
    expect(crashesOf('goal DB.look after 1')).toEqual([]);
    expect(crashesOf('worker cron GOALS.due after 2')).toEqual(['throw']);
    const names = ['goal DB.read before 1', 'goal DB.read after 1'];
    expect(casesOf(names, 'alarm').map(({ mode }) => mode)).toEqual(CRASHES);
  });

  it('finds durable after a read what was written before it', async () => {
    const read = () => database().prepare('SELECT 1').all();
    expect(await leftOf('before', async () => undefined)).toBe(undefined);
    expect(await leftOf('after', read)).toBe(1);
  });
});
