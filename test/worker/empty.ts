/**
 * An empty installation: no rows, no objects, the migrations applied. Whatever was still under way
 * may have woken an object between the two, which then found no tables; it is put away as well.
 */
import { abortAllDurableObjects, applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

export async function emptied(): Promise<void> {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  await abortAllDurableObjects();
}
