/** Placeholder until agents/ is here. */
import type { Call } from '../../http/route';
import type { IntakeEnv } from '../client';
import type { AgentLookup } from './verdict';

export async function unknownAmong(
  _call: Pick<Call<IntakeEnv>, 'env' | 'now' | 'clockSet'>,
  _lookups: readonly AgentLookup[],
): Promise<ReadonlySet<string>> {
  return new Set();
}
