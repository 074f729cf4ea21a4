/**
 * An empty installation: no rows, no objects, the migrations applied. A reset of the stage reaches
 * only objects that run: one that was put away, by an eviction or because it was idle for ten
 * seconds, keeps all it has, so whatever is still listed is emptied by name. What was under way may
 * wake an object meanwhile, or write after all; then everything is emptied once more.
 */
import {
  abortAllDurableObjects,
  applyD1Migrations,
  listDurableObjectIds,
  reset,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { journalHealth } from '../../src/ledger/client';
import { evictionsOver } from './evict';
import { BINDINGS } from './io';

const MOST_ATTEMPTS = 5;

async function emptyListed(): Promise<void> {
  for (const binding of Object.values(BINDINGS)) {
    const namespace = env[binding] as unknown as DurableObjectNamespace;
    for (const id of await listDurableObjectIds(namespace)) {
      await runInDurableObject(namespace.get(id), async (_, { storage }) => {
        await storage.deleteAlarm();
        await storage.deleteAll();
      });
    }
  }
}

export async function emptied(): Promise<void> {
  await evictionsOver();
  for (let attempt = 1; ; attempt += 1) {
    await reset();
    await emptyListed();
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
    // Whatever was woken too early forgets what it saw.
    await abortAllDurableObjects();
    const { status, seal } = await journalHealth(env);
    if (status === 'ok' && (seal ?? 0) === 0) return;
    if (attempt === MOST_ATTEMPTS) throw new Error(`still ${status} at seal ${seal}`);
  }
}
