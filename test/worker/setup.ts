/** Every test file begins with a migrated, empty D1. */
import { applyD1Migrations, evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { evictAlways } from './evict';

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

if ((env as { readonly EVICT?: string }).EVICT === 'always') evictAlways(evictDurableObject);
