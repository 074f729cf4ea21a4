/**
 * Metric events: the log has them first, together with the facts they state, and then everybody who
 * counts is offered them. Decides new, known or clashing by what the journal holds under the
 * event's id. While it cannot say, the source keeps them until it can; those who count find them in
 * the log. Refuses with a throw what neither could keep: sending the same again is safe.
 */
import { cachedAgentKeys } from '../../agents/store';
import { sandboxOf } from '../../durable/sandbox';
import {
  type Arrival,
  contentHashOf,
  type EventOwner,
  eventRow,
  type KeptEvent,
  keep,
  type Taken,
} from '../../events/event';
import { readEvents } from '../../events/store';
import type { Row, RowName } from '../../kernel/change-set';
import { causeId, eventRowIdOf } from '../../kernel/ids';
import { commit } from '../../ledger/client';
import { randomHex } from '../../runtime/chance';
import { log, messageOf } from '../../runtime/log';
import { callSource, type IntakeEnv } from '../client';
import type { FactRows } from '../facts/client';

export interface CountedEvent {
  readonly kept: KeptEvent;
  readonly agentKey: string;
}

/** Somebody who counts metric events. Never throws: what is not taken is found in the log later. */
export type MetricTaker<E> = (
  env: E,
  events: readonly CountedEvent[],
  now: number,
) => Promise<unknown>;

/** Events of one set; each may bring a few facts. */
const EVENTS_A_SET = 100;
/** Turns of a set among many with the same events, before the source keeps them instead. */
const MAX_TURNS = 12;

/** Takes `metric.recorded`. `facts`: rows that an event states, written beside it or not at all. */
export const ownerOfMetrics =
  <E extends IntakeEnv>(
    takers: readonly MetricTaker<E>[],
    facts: readonly FactRows<E>[] = [],
  ): EventOwner<E> =>
  async (env, arrivals, now) => {
    const salt = randomHex(16);
    const firsts = new Map<string, KeptEvent>();
    for (const arrival of arrivals) {
      const id = idOf(arrival);
      const fixed = { receivedAt: now, subject: null, salt: causeId('salt', salt, id) };
      if (!firsts.has(id)) firsts.set(id, keep(arrival, fixed));
    }
    const events = [...firsts.values()];
    const sets = Array.from({ length: Math.ceil(events.length / EVENTS_A_SET) }, (_, index) =>
      events.slice(index * EVENTS_A_SET, (index + 1) * EVENTS_A_SET),
    );
    const clashing = await Promise.all(sets.map((set) => write(env, set, facts, now)));
    const logged = clashing.includes(null)
      ? null
      : await standing(
          env,
          firsts,
          clashing.flatMap((ids) => ids ?? []),
        );
    if (logged === null) return keepAside(env, arrivals, facts, now);
    const known = [...logged.values()].filter(({ isNew }) => !isNew).map(({ kept }) => kept);
    await writeFacts(env, known, facts, now);
    await offer(env, takers, logged, now);
    return verdicts(arrivals, logged);
  };

const idOf = ({ event }: Arrival): string => eventRowIdOf(event.source, event.eventId);

/** What these events state; which of them states which row is not told. */
const stated = async <E>(
  env: E,
  kept: readonly KeptEvent[],
  facts: readonly FactRows<E>[],
): Promise<Row[]> =>
  kept.length === 0 ? [] : (await Promise.all(facts.map((rowsOf) => rowsOf(env, kept)))).flat();

/** Writes events with their facts; ids of those that are there already, null when nobody can say. */
async function write<E extends IntakeEnv>(
  env: E,
  events: readonly KeptEvent[],
  facts: readonly FactRows<E>[],
  now: number,
): Promise<string[] | null> {
  const clashing = new Set<string>();
  const dropped = new Set<string>();
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const left = events.filter(({ id }) => !clashing.has(id));
    if (left.length === 0) return [...clashing];
    // Stated anew by those that are left: what a known event states is not to be written here.
    const all = [...left.map(eventRow), ...(await stated(env, left, facts))];
    const rows = without(all, dropped);
    const answer = await commit(env, { rows, ...(turn > 0 && { resent: true }) }, now);
    if (answer.verdict === 'committed') return [...clashing];
    if (answer.verdict === 'conflict') {
      // Of a fact the first word stands, whoever's event says it again.
      for (const row of answer.rows) (row.table === 'events' ? clashing : dropped).add(idIn(row));
    } else if (answer.verdict !== 'retry') return null;
  }
  return null;
}

/** Each row once, and none of those that were dropped. */
function without(rows: readonly Row[], dropped: ReadonlySet<string>): Row[] {
  const seen = new Set(dropped);
  return rows.filter((row) => !seen.has(nameOf(row)) && seen.add(nameOf(row)));
}

const nameOf = ({ table, id }: RowName): string => `${table} ${id}`;

const idIn = (row: RowName): string => (row.table === 'events' ? row.id : nameOf(row));

interface Logged {
  readonly kept: KeptEvent;
  readonly isNew: boolean;
}

/** Each event as the log has it; null when one that clashed cannot be found there. */
async function standing(
  env: IntakeEnv,
  firsts: ReadonlyMap<string, KeptEvent>,
  clashing: readonly string[],
): Promise<Map<string, Logged> | null> {
  const found = new Map((await readEvents(env.DB, clashing)).map((event) => [event.id, event]));
  const logged = new Map<string, Logged>();
  for (const [id, kept] of firsts) {
    if (!clashing.includes(id)) logged.set(id, { kept, isNew: true });
    else if (!found.has(id)) return null;
    // Of an erased event nothing is left to compare with: it is known.
    else logged.set(id, { kept: found.get(id)?.kept ?? kept, isNew: false });
  }
  return logged;
}

/**
 * Facts of known events: whoever was cut off before them sends the same again. What the journal
 * does not take, their sources hold for it.
 */
async function writeFacts<E extends IntakeEnv>(
  env: E,
  known: readonly KeptEvent[],
  facts: readonly FactRows<E>[],
  now: number,
): Promise<void> {
  for (let at = 0; at < known.length; at += EVENTS_A_SET) {
    const some = known.slice(at, at + EVENTS_A_SET);
    if (await isWritten(env, await stated(env, some, facts), now)) continue;
    for (const [source, own] of Map.groupBy(some, ({ event }) => event.source)) {
      const held = await stated(env, own, facts);
      await callSource(env, source, (object) => object.hold(held, now));
    }
  }
}

/** True when the books have each of these or another under its name. */
async function isWritten(env: IntakeEnv, rows: readonly Row[], now: number): Promise<boolean> {
  const dropped = new Set<string>();
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const left = without(rows, dropped);
    if (left.length === 0) return true;
    const answer = await commit(env, { rows: left, resent: true }, now);
    if (answer.verdict === 'committed') return true;
    if (answer.verdict === 'conflict') for (const row of answer.rows) dropped.add(nameOf(row));
    else if (answer.verdict !== 'retry') return false;
  }
  return false;
}

/**
 * While the journal cannot write, the source keeps events and facts until it can. Facts are those
 * of the events that were kept first: a repeat without its own time would state another day.
 */
async function keepAside<E extends IntakeEnv>(
  env: E,
  arrivals: readonly Arrival[],
  facts: readonly FactRows<E>[],
  now: number,
): Promise<Taken[]> {
  const taken = new Map<Arrival, Taken>();
  await Promise.all(
    [...Map.groupBy(arrivals, ({ event }) => event.source)].map(async ([source, group]) => {
      const answers = await callSource(env, source, (object) => object.accept(group, now));
      const kept = answers.filter(isHeld).map((one) => one.kept);
      const rows = await stated(env, kept, facts);
      if (rows.length > 0) await callSource(env, source, (object) => object.hold(rows, now));
      group.forEach((arrival, index) => {
        const answer = answers[index];
        if (answer !== undefined) taken.set(arrival, answer);
      });
    }),
  );
  return arrivals.flatMap((arrival) => taken.get(arrival) ?? []);
}

/** A known event too: its sender may have been cut off between it and its facts. */
const isHeld = ({ verdict }: Taken): boolean => verdict === 'accepted' || verdict === 'duplicate';

async function offer<E extends IntakeEnv>(
  env: E,
  takers: readonly MetricTaker<E>[],
  logged: ReadonlyMap<string, Logged>,
  now: number,
): Promise<void> {
  const all = [...logged.values()].map(({ kept }) => kept);
  try {
    const people = all.map(({ event }) => ({
      platform: event.platform,
      id: String(event.data.agentId),
    }));
    const clockSet = sandboxOf(env) !== null;
    const keys = await cachedAgentKeys(env, people, { now, clockSet });
    const counted = all.flatMap((kept, index): CountedEvent[] => {
      const agentKey = keys[index] ?? null;
      return agentKey === null ? [] : [{ kept, agentKey }];
    });
    await Promise.all(takers.map((take) => take(env, counted, now)));
  } catch (thrown) {
    log('warn', 'metrics.not-offered', { message: messageOf(thrown) });
  }
}

/** First under its id: accepted. The same again: duplicate. Other content: conflict, the first stands. */
function verdicts(arrivals: readonly Arrival[], logged: ReadonlyMap<string, Logged>): Taken[] {
  const seen = new Set<string>();
  return arrivals.flatMap((arrival): Taken[] => {
    const id = idOf(arrival);
    const one = logged.get(id);
    if (one === undefined) return [];
    const { kept, isNew } = one;
    if (isNew && !seen.has(id)) {
      seen.add(id);
      return [{ verdict: 'accepted', kept, logged: true }];
    }
    const isSame = kept.contentHash === contentHashOf(arrival.event);
    return [{ verdict: isSame ? 'duplicate' : 'conflict', kept }];
  });
}
