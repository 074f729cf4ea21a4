/** How others reach a source object, and what intake needs of the environment. */
import { callObject, type Objects } from '../durable/client';
import type { LedgerEnv } from '../ledger/client';
import type { SourceMethods } from './object';

export interface IntakeEnv extends LedgerEnv {
  /** One object per source: what is authentic but belongs to no other object. */
  readonly SOURCES: Objects<SourceMethods>;
  /** Seals secrets at rest. */
  readonly SECRETS_KEY: string;
}

/** Calls the object of a source with a fresh stub per attempt; throws what the last one threw. */
export const callSource = <T>(
  env: IntakeEnv,
  id: string,
  call: (source: SourceMethods) => Promise<T>,
): Promise<T> => callObject(() => env.SOURCES.getByName(id), call);
