/**
 * An empty installation: no rows, no objects, the migrations applied. What was still under way may
 * wake an object between the two, or write after both; then everything is emptied once more.
 */
import {
  abortAllDurableObjects,
  applyD1Migrations,
  reset,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { journalHealth } from '../../src/ledger/client';
import { takeAway } from './evict';

const MOST_ATTEMPTS = 5;

export async function emptied(): Promise<void> {
  for (const [id, binding] of await takeAway()) {
    const namespace = (env as unknown as Record<string, DurableObjectNamespace>)[binding];
    if (namespace === undefined) continue;
    const stub = namespace.get(namespace.idFromString(id));
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAll());
  }
  for (let attempt = 1; ; attempt += 1) {
    await reset();
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
    // Whatever was woken too early forgets what it saw.
    await abortAllDurableObjects();
    const { status, seal } = await journalHealth(env);
    if (status === 'ok' && (seal ?? 0) === 0) return;
    if (attempt === MOST_ATTEMPTS) throw new Error(`still ${status} at seal ${seal}`);
  }
}
