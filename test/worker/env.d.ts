/** What the Worker under test is given, for `env` and `exports` of `cloudflare:workers`. */
import type { D1Migration } from '@cloudflare/vitest-pool-workers';
import type { Env as WorkerEnv } from '../../src/env';

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {
      readonly TEST_MIGRATIONS: D1Migration[];
      readonly ADMIN_TOKEN: string;
    }
    interface GlobalProps {
      mainModule: typeof import('./entry');
    }
  }
}
