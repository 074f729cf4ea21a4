/**
 * An empty installation: no rows, no objects, the migrations applied. A reset of the stage reaches
 * only objects that run: one that was put away, by an eviction, a crash or ten idle seconds, would
 * keep all it has, so every object is woken first. What was under way may wake one meanwhile, or
 * write after all; then everything is emptied once more.
 */
import {
  abortAllDurableObjects,
  applyD1Migrations,
  reset,
  runInDurableObject,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { journalHealth } from '../../src/ledger/client';
import { database } from './database';
import { evictionsOver } from './evict';
import { BINDINGS, objectsMade, type Place } from './io';

const MOST_ATTEMPTS = 5;

async function awake(id: string, place: Place): Promise<void> {
  if (place === 'worker') return;
  const namespace = env[BINDINGS[place]] as unknown as DurableObjectNamespace;
  const stub = namespace.get(namespace.idFromString(id));
  await runInDurableObject(stub, () => undefined);
}

export async function emptied(): Promise<void> {
  await evictionsOver();
  for (let attempt = 1; ; attempt += 1) {
    await Promise.all([...objectsMade()].map(([id, place]) => awake(id, place)));
    await reset();
    objectsMade().clear();
    await applyD1Migrations(database(), env.TEST_MIGRATIONS);
    // Whatever was woken too early forgets what it saw.
    await abortAllDurableObjects();
    const { status, seal } = await journalHealth(env, Date.now());
    if (status === 'ok' && (seal ?? 0) === 0) return;
    if (attempt === MOST_ATTEMPTS) throw new Error(`still ${status} at seal ${seal}`);
  }
}
