/**
 * Reads platforms back (S4): what each agent of a batch has against what was told, and who is missing
 * on either side. Decides which updates go again. Refuses to take an answer that did not come for a
 * difference: then nothing is known, and the batch is looked at later.
 */
import { addressOf, ownAddress } from '../../../agents/agent';
import { readHoldings } from '../../../agents/store';
import { askDestination } from '../../../delivery/ask/client';
import { orderDeliveries } from '../../../delivery/client';
import type { Json, JsonObject } from '../../../events/event';
import { commit } from '../../../ledger/client';
import type { SeasonsEnv } from '../../client';
import { readTracks } from '../../standing/store';
import { againOf, type Expected, type NamedDestination } from '../../telling/batch';
import {
  attributesIn,
  differences,
  objectOf,
  platformsOf,
  speaksCxone,
  toldOf,
} from '../../telling/telling';
import type { Setting } from '../plan';
import { type Batch, type Difference, runName, type Saga } from '../run';
import { hoursOf } from '../window';

/** Questions at one time; deliveries have as many. */
const AT_ONCE = 5;

/**
 * What platforms must hold of a batch now: what it told, and of agents whose tier has changed in the
 * meantime what they were told since. Whichever came last to the platform, this is what it must say.
 */
export async function expectedNow(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  { seasons, next }: Setting,
  batch: Batch,
): Promise<Expected[]> {
  const keys = batch.agents.map(({ agentKey }) => agentKey);
  const tracks = await readTracks(env.DB, seasons, keys);
  return batch.expected.map((one) => {
    const change = tracks.get(one.agentKey)?.changes.find(({ season }) => season === next.id);
    const named = destinations.find(({ id }) => id === one.destination);
    if (change === undefined || named === undefined) return one;
    const { honoured: tier, graceUntil, points } = change;
    const telling = { season: next.id, tier, graceUntil, points, skills: [], withoutSkills: [] };
    const [told] = toldOf(named.destination, one.userId, telling);
    return { ...one, attributes: { ...one.attributes, ...told?.expected } };
  });
}

/** What a reading of a batch came to. */
export interface Reading {
  /** Expectations that are not met. */
  readonly differing: readonly {
    readonly expected: Expected;
    readonly fields: readonly string[];
  }[];
  /** Expectations about users a platform does not know. */
  readonly missing: readonly Expected[];
  /** True where a platform did not answer: look again. */
  readonly silent: boolean;
}

type Found = 'met' | 'missing' | 'silent' | readonly string[];

export async function readBack(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  expected: readonly Expected[],
  now: number,
): Promise<Reading> {
  const waiting = [...expected];
  const differing: { expected: Expected; fields: readonly string[] }[] = [];
  const missing: Expected[] = [];
  let silent = false;
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined && !silent; one = waiting.shift()) {
      const found = await look(env, destinations, one, now);
      if (found === 'silent') silent = true;
      else if (found === 'missing') missing.push(one);
      else if (found !== 'met') differing.push({ expected: one, fields: found });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { differing, missing, silent };
}

async function look(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  { destination, userId, attributes }: Expected,
  now: number,
): Promise<Found> {
  const named = destinations.find(({ id }) => id === destination);
  if (named === undefined) return 'met';
  const isCustomData = named.destination.preset === 'seed' && speaksCxone(named.destination);
  const operation = isCustomData ? 'custom-data-read' : 'user-attributes-read';
  const answer = await askDestination(env, destination, operation, { userId }, now);
  if (answer.ok) {
    const fields = differences(attributes, attributesIn(answer.value));
    return fields.length === 0 ? 'met' : fields;
  }
  if (answer.failure.kind === 'not-found') return 'missing';
  return answer.failure.kind === 'unavailable' ? 'silent' : Object.keys(attributes);
}

/** Orders once more what was found to differ; the ids of the deliveries. */
export async function tellAgain(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  { saga, setting }: { readonly saga: Saga; readonly setting: Setting },
  { batch, differing }: { readonly batch: Batch; readonly differing: readonly Expected[] },
  now: number,
): Promise<Batch['deliveries']> {
  const about = {
    cause: `${runName(saga.run)}.${batch.number}.again.${batch.retries + 1}`,
    subject: `season:${saga.run.next}`,
    at: saga.at,
    hours: hoursOf(setting.season),
  };
  const ordered = againOf(destinations, differing, about);
  if (ordered.rows.length === 0) return [];
  const answer = await commit(env, { rows: ordered.rows }, now);
  // A conflict: an earlier reading ordered the same retry, and its bytes stand.
  if (answer.verdict !== 'committed' && answer.verdict !== 'conflict')
    throw new Error(`the journal answered ${answer.verdict}`);
  for (const { destination, id } of ordered.deliveries) {
    await orderDeliveries(env, destination, [id], now);
  }
  return ordered.deliveries;
}

export const differenceOf = (
  { agentKey, destination }: Expected,
  fields: readonly string[],
): Difference => ({
  agentKey,
  destination,
  fields,
});

const PAGE_USERS = 100;

/** Users of a platform, page by page, that the directory does not know; null: it did not answer. */
export async function strangersOn(
  env: SeasonsEnv,
  { id, destination }: NamedDestination,
  page: number,
  now: number,
): Promise<{ readonly strangers: readonly string[]; readonly last: boolean } | null> {
  const fields = { pageSize: PAGE_USERS, pageNumber: page };
  const answer = await askDestination(env, id, 'users', fields, now);
  if (!answer.ok)
    return answer.failure.kind === 'unavailable' ? null : { strangers: [], last: true };
  const users = listIn(answer.value).flatMap((user) => idOf(user) ?? []);
  const platforms = platformsOf(destination);
  const addresses = users.flatMap((user) => [
    ownAddress(user),
    ...platforms.map((platform) => addressOf(platform, user)),
  ]);
  const holdings = await readHoldings(env, [...new Set(addresses)]);
  const isKnown = (user: string): boolean =>
    [ownAddress(user), ...platforms.map((platform) => addressOf(platform, user))].some(
      (address) => {
        const holding = holdings.get(address);
        return holding !== undefined && (holding.owner !== null || holding.erased != null);
      },
    );
  return { strangers: users.filter((user) => !isKnown(user)), last: users.length < PAGE_USERS };
}

function listIn(answer: Json): readonly Json[] {
  const { entities, agents, users } = objectOf(answer);
  const found = entities ?? agents ?? users;
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

function idOf(user: Json): string | null {
  const { id, agentId } = objectOf(user) as JsonObject;
  const found = id ?? agentId ?? null;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : null;
}
