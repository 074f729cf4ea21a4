/**
 * Whether events speak of people the directory knows. Takes everybody for known while D1 is silent:
 * what is authentic is then accepted, and the settlement looks again.
 */
import { cachedAgentKeys, type Lookup, readErasedKeys } from '../../agents/store';
import type { Call } from '../../http/route';
import { within } from '../../runtime/clock';
import type { IntakeEnv } from '../client';

/** How long a request waits for D1 to say whom it knows. */
const SILENT_AFTER_MS = 1_000;

/** Those of the platform's ids that nobody in the directory has. */
export async function unknownAmong(
  call: Pick<Call<IntakeEnv>, 'env' | 'now' | 'clockSet'>,
  people: readonly Lookup[],
): Promise<ReadonlySet<string>> {
  const all = [...new Map(people.map((person) => [nameOf(person), person])).values()];
  if (all.length === 0) return new Set();
  const keys = await within(SILENT_AFTER_MS, cachedAgentKeys(call.env, all, call), null);
  if (keys === null) return new Set();
  return new Set(all.filter((_, index) => keys[index] === null).map(({ id }) => id));
}

/**
 * Those of the ids under which somebody was erased. Asked only for what cannot be used anyway, so it
 * costs known people nothing. Nobody while D1 is silent.
 */
export async function erasedAmong(
  env: IntakeEnv,
  people: readonly Lookup[],
): Promise<ReadonlySet<string>> {
  const all = [...new Map(people.map((person) => [nameOf(person), person])).values()];
  if (all.length === 0) return new Set();
  const keys = await within(SILENT_AFTER_MS, readErasedKeys(env, all), []);
  return new Set(all.filter((_, index) => (keys[index] ?? null) !== null).map(({ id }) => id));
}

const nameOf = ({ platform, id }: Lookup): string => `${platform}\u0000${id}`;
