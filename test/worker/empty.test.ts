/** The stage of the tests itself: what one history leaves behind is nothing to the next. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { emptied } from './empty';

const stub = (): DurableObjectStub =>
  (env.SEASONS as unknown as DurableObjectNamespace).getByName('left-behind');

const note = (): Promise<void> =>
  runInDurableObject(stub(), (_, { storage }) => storage.put('noted', true));

const noted = (): Promise<unknown> =>
  runInDurableObject(stub(), (_, { storage }) => storage.get('noted'));

test('an object that was put away is emptied', async () => {
  await note();
  await evictDurableObject(stub());
  await emptied();
  expect(await noted()).toBe(undefined);
});

test('an object that crashed is emptied', async () => {
  await note();
  await runInDurableObject(stub(), (_, state) => state.storage.sync());
  await runInDurableObject(stub(), (_, state) => state.abort('a crash')).catch(() => undefined);
  await emptied();
  expect(await noted()).toBe(undefined);
});
