/**
 * Reads platforms back (S4): what each agent of a batch has against what was told, and who is missing
 * on either side. Decides which updates go again; an answer that cannot be read shows nothing, so what
 * it is about differs. Refuses to take an answer that did not come for a difference: then nothing is
 * known, and the batch is looked at later.
 */
import { readLatestAgents } from '../../../agents/store';
import { askDestination } from '../../../delivery/ask/client';
import { orderDeliveries } from '../../../delivery/client';
import { commit } from '../../../ledger/client';
import { log } from '../../../runtime/log';
import type { SeasonsEnv } from '../../client';
import { saltBy } from '../../salt';
import { tableOf } from '../../season';
import { readTracks } from '../../standing/store';
import {
  againOf,
  type Differing,
  type Expected,
  nameOf,
  SKILLS_FIELD,
  userIdsOf,
} from '../../telling/batch';
import { READ, skillsIn } from '../../telling/skill';
import { type NamedDestination, speaksCxone } from '../../telling/target';
import {
  attributesIn,
  differences,
  type SkillsThere,
  skillsOf,
  toldOf,
} from '../../telling/telling';
import type { Setting } from '../plan';
import type { Difference, PassedBecause } from '../report';
import { type Batch, runEnds, runName, type Saga, type Unmet } from '../run';
import { hoursOf } from '../window';

/** Questions at one time; deliveries have as many. */
const AT_ONCE = 5;

/**
 * What platforms must hold of a batch now: what it told, and of agents whose tier has changed in the
 * meantime what they were told since, skills included. Whichever came last to the platform, this is
 * what it must say.
 */
export async function expectedNow(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  { run, seasons, next, table }: Setting,
  batch: Batch,
): Promise<Expected[]> {
  const keys = batch.agents.map(({ agentKey }) => agentKey);
  const [tracks, agents] = await Promise.all([
    readTracks(env.DB, seasons, keys),
    readLatestAgents(env.DB, keys),
  ]);
  const known = new Map(agents.map(({ name, content }) => [name, content]));
  return batch.expected.map((one) => {
    const { archived = [], changes = [] } = tracks.get(one.agentKey) ?? {};
    const opened = archived.find(({ season }) => season === run.season)?.nextSeason ?? next.id;
    const change = changes.find(({ season }) => season === opened);
    const named = destinations.find(({ id }) => id === one.destination);
    const agent = known.get(one.agentKey);
    if (change === undefined || named === undefined || agent === undefined) return one;
    const { honoured: tier, graceUntil, points } = change;
    const skillsDue = skillsOf(tableOf(next, table), tier);
    const telling = { season: opened, tier, graceUntil, points, ...skillsDue };
    const { attributes, skills } = toldOf(named, userIdsOf(agent, named), telling);
    return {
      ...one,
      attributes: { ...one.attributes, ...attributes },
      ...(skills !== null && { skills }),
    };
  });
}

/** What a reading of a batch came to, with what was found earlier in it. */
export interface Reading {
  /** Expectations that are not met. */
  readonly differing: readonly Differing[];
  /** Expectations about users a platform does not know. */
  readonly missing: readonly Expected[];
  /** Names of those that are met. */
  readonly met: readonly string[];
  /** The differing and the missing as they are kept. */
  readonly unmet: readonly Unmet[];
  /** Platforms that were asked and did not answer: look again at what is left. */
  readonly silent: readonly string[];
  /** Platforms that were not asked: parked until a probe, or their rate is used up. Look again likewise. */
  readonly unasked: readonly string[];
  /** Platforms that answered for somebody just now. */
  readonly answered: readonly string[];
}

type Found = 'met' | 'missing' | Unheard | readonly string[];

/** No answer: of who was asked, or because nobody was. Only the first says something of a platform. */
export type Unheard = 'silent' | 'unasked';

export const unheard = ({ isUnasked }: { readonly isUnasked?: boolean }): Unheard =>
  isUnasked === true ? 'unasked' : 'silent';

const isUnheard = (found: Found): found is Unheard => found === 'silent' || found === 'unasked';

/** Whether a reading found something that was not known before. */
export const hasFound = ({ met, unmet }: Reading, earlier: Pick<Batch, 'met' | 'unmet'>): boolean =>
  met.length + unmet.length > (earlier.met?.length ?? 0) + (earlier.unmet?.length ?? 0);

/** A reading in which nobody was asked: what was found earlier stands. */
export function readEarlier(
  expected: readonly Expected[],
  { met = [], unmet = [] }: Pick<Batch, 'met' | 'unmet'>,
): Reading {
  const byName = new Map(unmet.map((one) => [one.name, one]));
  const differing: Differing[] = [];
  const missing: Expected[] = [];
  for (const one of expected) {
    const known = byName.get(nameOf(one));
    if (known?.fields === null) missing.push(one);
    else if (known !== undefined) differing.push({ expected: one, fields: known.fields });
  }
  return { differing, missing, met, unmet, silent: [], unasked: [], answered: [] };
}

/**
 * Reads back what was not found earlier in the same reading: a platform may not be asked as often
 * as a batch has agents.
 */
export async function readBack(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  expected: readonly Expected[],
  earlier: Pick<Batch, 'met' | 'unmet'>,
  now: number,
): Promise<Reading> {
  const met = [...(earlier.met ?? [])];
  const unmet = [...(earlier.unmet ?? [])];
  const known = new Set([...met, ...unmet.map(({ name }) => name)]);
  const waiting = expected.filter((one) => !known.has(nameOf(one)));
  const silent = new Set<string>();
  const unasked = new Set<string>();
  const answered = new Set<string>();
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      // Who does not answer for one is not asked for the others now.
      if (silent.has(one.destination) || unasked.has(one.destination)) continue;
      const found = await look(env, destinations, one, now);
      if (isUnheard(found)) {
        (found === 'silent' ? silent : unasked).add(one.destination);
        continue;
      }
      answered.add(one.destination);
      const name = nameOf(one);
      if (found === 'met') met.push(name);
      else unmet.push({ name, fields: found === 'missing' ? null : found });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return {
    ...readEarlier(expected, { met, unmet }),
    silent: [...silent],
    unasked: [...unasked],
    answered: [...answered],
  };
}

/**
 * A whole reading, with what was found otherwise earlier in it read once more. Who is not heard in that
 * is as it was found: what is known is not given up for a silence.
 */
export async function readAnew(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  expected: readonly Expected[],
  { found, earlier }: { readonly found: Reading; readonly earlier: readonly Unmet[] },
  now: number,
): Promise<Reading> {
  const old = new Set(earlier.map(({ name }) => name));
  const fresh = found.unmet.filter(({ name }) => !old.has(name));
  const known = { met: found.met, unmet: fresh };
  const { met, unmet, answered } = await readBack(env, destinations, expected, known, now);
  const heard = new Set([...met, ...unmet.map(({ name }) => name)]);
  const unheardOf = earlier.filter(({ name }) => !heard.has(name));
  return { ...readEarlier(expected, { met, unmet: [...unmet, ...unheardOf] }), answered };
}

async function look(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  expected: Expected,
  now: number,
): Promise<Found> {
  const named = destinations.find(({ id }) => id === expected.destination);
  if (named === undefined) return 'met';
  const attributes = await lookAtAttributes(env, named, expected, now);
  if (attributes === 'missing' || isUnheard(attributes)) return attributes;
  const { skills: due } = expected;
  const skills = due === undefined ? 'met' : await lookAtSkills(env, named, due, now);
  if (skills === 'missing' || isUnheard(skills)) return skills;
  const fields = [attributes, skills].flatMap((found) => (found === 'met' ? [] : found));
  return fields.length === 0 ? 'met' : fields;
}

async function lookAtAttributes(
  env: SeasonsEnv,
  { id, destination }: NamedDestination,
  { userId, attributes }: Expected,
  now: number,
): Promise<Found> {
  if (Object.keys(attributes).length === 0) return 'met';
  const isCustomData = destination.preset === 'seed' && speaksCxone(destination);
  const operation = isCustomData ? 'custom-data-read' : 'user-attributes-read';
  const answer = await askDestination(env, id, operation, { userId }, now);
  if (answer.ok) {
    const fields = differences(attributes, attributesIn(answer.value));
    return fields.length === 0 ? 'met' : fields;
  }
  const { failure } = answer;
  if (failure.kind === 'not-found') return 'missing';
  return failure.kind === 'unavailable' ? unheard(failure) : Object.keys(attributes);
}

async function lookAtSkills(
  env: SeasonsEnv,
  { id }: NamedDestination,
  { userId, has, not }: SkillsThere,
  now: number,
): Promise<Found> {
  const answer = await askDestination(env, id, READ, { userId }, now);
  if (!answer.ok) {
    const { failure } = answer;
    if (failure.kind === 'not-found') return 'missing';
    return failure.kind === 'unavailable' ? unheard(failure) : [SKILLS_FIELD];
  }
  const there = skillsIn(answer.value);
  if (there === null) {
    log('warn', 'skills.unreadable', { destination: id });
    return [SKILLS_FIELD];
  }
  const isMet = has.every((one) => there.has(one)) && !not.some((one) => there.has(one));
  return isMet ? 'met' : [SKILLS_FIELD];
}

/** Orders once more what was found to differ; the ids of the deliveries. */
export async function tellAgain(
  env: SeasonsEnv,
  destinations: readonly NamedDestination[],
  { saga, setting }: { readonly saga: Saga; readonly setting: Setting },
  { batch, differing }: { readonly batch: Batch; readonly differing: readonly Differing[] },
  now: number,
): Promise<Batch['deliveries']> {
  const about = {
    cause: `${runName(saga.run)}.${batch.number}.again.${batch.retries + 1}`,
    subject: `season:${saga.run.next}`,
    at: saga.at,
    hours: hoursOf(setting.season),
    unless: runEnds(saga.run),
    saltOf: saltBy(env),
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
  reason?: PassedBecause,
): Difference => ({
  agentKey,
  destination,
  fields,
  ...(reason !== undefined && { reason }),
});
