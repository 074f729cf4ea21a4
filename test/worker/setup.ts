/** Every test file begins with a migrated, empty database; `database.ts` says which one. */
import { applyD1Migrations, evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { database, standInForD1, useDatabase } from './database';
import { evictAlways } from './evict';

const asked = env as { readonly TEST_D1?: string; readonly EVICT?: string };

standInForD1();
useDatabase(asked.TEST_D1 === 'emulator' ? 'emulator' : 'object');
await applyD1Migrations(database(), env.TEST_MIGRATIONS);

if (asked.EVICT === 'always') evictAlways(evictDurableObject);
