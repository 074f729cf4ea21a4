/**
 * Whether events speak of people the directory knows. Decides from memory where it may, asks D1
 * before it says that someone is unknown, and takes everybody for known while D1 is silent: what is
 * authentic is then accepted, and the settlement looks again.
 */
import { resolveAgentKeys } from '../../agents/store';
import { RECHECK_MS, StaleCache } from '../../durable/cache';
import type { Call } from '../../http/route';
import { within } from '../../runtime/clock';
import type { IntakeEnv } from '../client';

/** A platform's id of a person. */
export interface Person {
  readonly platform: string;
  readonly id: string;
}

type Asking = Pick<Call<IntakeEnv>, 'env' | 'now' | 'clockSet'>;

/** How long a request waits for D1 to say whom it knows. */
const SILENT_AFTER_MS = 1_000;
const FRESH_MS = 30_000;
const known = new StaleCache<string, boolean>({ maxEntries: 20_000, pauseMs: 0 });

/** Those of the ids that nobody in the directory has. */
export async function unknownAmong(
  call: Asking,
  people: readonly Person[],
): Promise<ReadonlySet<string>> {
  const all = new Map(people.map((person): [string, Person] => [nameOf(person), person]));
  if (all.size === 0) return new Set();
  const suspects = call.clockSet ? [...all.keys()] : await missing(call, all, [...all.keys()]);
  const confirmed =
    suspects.length === 0 ? [] : await missing(call, all, suspects, call.clockSet ? 0 : RECHECK_MS);
  return new Set(confirmed.flatMap((name) => all.get(name)?.id ?? []));
}

const nameOf = ({ platform, id }: Person): string => `${platform}\u0000${id}`;

/** Names that are unknown by what was read within `maxAgeMs`; none where D1 did not answer. */
async function missing(
  call: Asking,
  all: ReadonlyMap<string, Person>,
  names: readonly string[],
  maxAgeMs: number = FRESH_MS,
): Promise<string[]> {
  let silent = false;
  const load = async (wanted: readonly string[]): Promise<boolean[]> => {
    const people = wanted.flatMap((name) => all.get(name) ?? []);
    const keys = await within(SILENT_AFTER_MS, resolveAgentKeys(call.env, people), null);
    silent = keys === null;
    if (keys === null) throw new Error('the directory is silent');
    return keys.map((key) => key !== null);
  };
  try {
    const found = await known.getAll(names, call.now, load, maxAgeMs);
    return silent ? [] : names.filter((_, index) => found[index] === false);
  } catch {
    return [];
  }
}
