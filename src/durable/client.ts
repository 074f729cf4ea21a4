/**
 * How an object is called: a new stub for every attempt (a failed one is dead), a retry only where
 * the runtime says that it helps and the object is not overloaded, with jitter. Anything else is an
 * unknown outcome and goes to the caller, who sends the same again with the same ids.
 */
import { jittered } from '../runtime/chance';
import { pause } from '../runtime/clock';

/**
 * A namespace of objects by name, as its callers see it: plain methods that return promises. The
 * platform's own stub type spreads unions of answers into unions of promises.
 */
export interface Objects<Methods> {
  getByName(name: string): Methods;
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;

interface RuntimeError {
  readonly retryable?: boolean;
  readonly overloaded?: boolean;
}

/** True for errors of the platform on which the same call may be made again at once. */
export function mayCallAgain(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { retryable, overloaded } = thrown as RuntimeError;
  return retryable === true && overloaded !== true;
}

/** Calls with a fresh stub per attempt. Throws what the last attempt threw. */
export async function callObject<Stub, T>(
  stub: () => Stub,
  call: (stub: Stub) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(stub());
    } catch (thrown) {
      if (attempt >= MAX_ATTEMPTS || !mayCallAgain(thrown)) throw thrown;
      await pause(jittered(FIRST_PAUSE_MS * 2 ** (attempt - 1)));
    }
  }
}
