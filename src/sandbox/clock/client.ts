/** How routes and entry reach the sandbox's clock. There is one, and only in sandbox mode. */
import type { Objects } from '../../durable/client';
import type { SandboxClock, SandboxEnv } from '../../durable/sandbox';

export type Advance =
  | { readonly verdict: 'set'; readonly now: number; readonly steps: number }
  | { readonly verdict: 'backwards'; readonly now: number }
  /** More steps than one call may make; the clock stands at `now`, and the same call goes on. */
  | { readonly verdict: 'unfinished'; readonly now: number; readonly steps: number };

/** Steps of one call: due objects and firings of triggers. */
export const MAX_STEPS = 100_000;

export interface ClockControl extends SandboxClock {
  /** Moves the clock, making everything that becomes due on the way. UTC milliseconds. */
  set(to: number): Promise<Advance>;
}

export interface ClockEnv extends SandboxEnv {
  readonly SANDBOX_OBJECT: Objects<ClockControl>;
}

export const clockOf = (env: ClockEnv): ClockControl => env.SANDBOX_OBJECT.getByName('sandbox');
