/**
 * The seam through which a sandbox moves time. Outside sandbox mode there is no such binding and
 * everything here falls through to the machine's clock. Decides nothing itself.
 */
import { systemNow } from '../runtime/clock';
import type { Objects } from './client';

/** What the sandbox's clock object offers to the objects and routes of the Worker. */
export interface SandboxClock {
  /** The instant the clock is set to, or null while real time runs. */
  now(): Promise<number | null>;
  /** Remembers that the named object of a binding has something due at an instant. */
  register(binding: string, name: string, at: number): Promise<void>;
}

export interface SandboxEnv {
  /** 'true' in sandbox mode. */
  readonly SANDBOX?: string;
  readonly SANDBOX_OBJECT?: Objects<SandboxClock>;
}

export const sandboxOf = (env: SandboxEnv): SandboxClock | null =>
  env.SANDBOX === 'true' && env.SANDBOX_OBJECT !== undefined
    ? env.SANDBOX_OBJECT.getByName('sandbox')
    : null;

export interface Moment {
  /** UTC milliseconds. */
  readonly now: number;
  /** True while a sandbox clock is set: then no cache is used. */
  readonly set: boolean;
}

/** The instant of a request or job: the sandbox's where one is set, else the machine's. */
export async function moment(env: SandboxEnv): Promise<Moment> {
  const sandboxed = await sandboxOf(env)?.now();
  return sandboxed === undefined || sandboxed === null
    ? { now: systemNow(), set: false }
    : { now: sandboxed, set: true };
}
