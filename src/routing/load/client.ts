/**
 * How samples of load reach the seats of their agents, from webhooks and from the route. Decides
 * the target where a sample does not say one: the agent's attribute, else the policy's. An event is
 * answered when its seat has it in memory; it leaves no row, so that a sample every few seconds
 * costs nothing. Refuses samples without a usable target or quantity.
 */
import { cachedAgentKeys, readLatestAgents } from '../../agents/store';
import { type Arrival, type EventOwner, keep, type Taken } from '../../events/event';
import { eventRowIdOf } from '../../kernel/ids';
import { randomHex } from '../../runtime/chance';
import { type RoutingPolicy, TARGET_ATTRIBUTE, targetText } from '../policy/policy';
import { type RoutingSetting, settingOf } from '../policy/store';
import { callSeat, type SeatsEnv } from '../seats/client';
import type { Sampled } from '../seats/object';
import { type SaidLoad, type Sample, sampleOf } from './load';

export interface LoadEnv extends SeatsEnv {
  readonly SECRETS_KEY: string;
}

/** A sample as it was said; `target` null: it says none. */
export interface Said {
  readonly agentKey: string;
  readonly said: Omit<SaidLoad, 'targetConcurrent'> & { readonly targetConcurrent?: unknown };
  /** UTC ms. */
  readonly at: number;
  readonly cause: string;
}

export type SaidAnswer =
  | Sampled
  | { readonly verdict: 'refused'; readonly field: string; readonly overloaded: null };

/** Gives samples to their seats, those of one agent in one call; answers in their order. */
export async function sendSamples(
  env: LoadEnv,
  setting: RoutingSetting,
  said: readonly Said[],
  now: number,
): Promise<SaidAnswer[]> {
  const targets = await targetsOf(env, setting.policy, said);
  const answers = new Map<Said, SaidAnswer>();
  const usable: { readonly one: Said; readonly sample: Sample }[] = [];
  for (const one of said) {
    const targetConcurrent = one.said.targetConcurrent ?? targets.get(one.agentKey);
    const sample = sampleOf({ ...one.said, targetConcurrent }, one);
    if (sample.ok) usable.push({ one, sample: sample.value });
    else answers.set(one, { verdict: 'refused', field: sample.failure, overloaded: null });
  }
  const byAgent = Map.groupBy(usable, ({ one }) => one.agentKey);
  await Promise.all(
    [...byAgent].map(async ([agentKey, group]) => {
      const samples = group.map(({ sample }) => sample);
      const taken = await callSeat(env, agentKey, (seat) =>
        seat.sample({ agentKey, ...setting, now }, samples),
      );
      group.forEach(({ one }, index) => {
        const answer = taken[index];
        if (answer !== undefined) answers.set(one, answer);
      });
    }),
  );
  return said.flatMap((one) => answers.get(one) ?? []);
}

/** Targets of agents whose samples say none. D1 is read for these alone. */
async function targetsOf(
  env: LoadEnv,
  policy: RoutingPolicy,
  said: readonly Said[],
): Promise<Map<string, string>> {
  const silent = said.filter((one) => one.said.targetConcurrent === undefined);
  const keys = [...new Set(silent.map(({ agentKey }) => agentKey))];
  const agents = keys.length === 0 ? [] : await readLatestAgents(env.DB, keys);
  const own = agents.flatMap(({ name, content }): [string, string][] => {
    const parsed = targetText.safeParse(content.attributes[TARGET_ATTRIBUTE]);
    return parsed.success ? [[name, parsed.data]] : [];
  });
  return new Map([...keys.map((key): [string, string] => [key, policy.targetConcurrent]), ...own]);
}

/** Takes `agent.utilization`. Answers in the order of arrivals; throws where a seat is silent. */
export const utilisationOwner: EventOwner<LoadEnv> = async (env, arrivals, now) => {
  // The seat's own clock decides what is old; nothing here must be fresher than half a minute.
  const moment = { now, clockSet: env.SANDBOX === 'true' };
  const lookups = arrivals.map(({ event }) => ({
    platform: event.platform,
    id: String(event.data.agentId),
  }));
  const keys = await cachedAgentKeys(env, lookups, moment);
  const setting = await settingOf(env, moment);
  const said = arrivals.flatMap((arrival, index): (Said & { readonly arrival: Arrival })[] => {
    const agentKey = keys[index] ?? null;
    if (agentKey === null) return [];
    const { event, takenAt } = arrival;
    const cause = eventRowIdOf(event.source, event.eventId);
    const at = event.occurredAt ?? takenAt ?? now;
    return [{ arrival, agentKey, said: saidOf(event.data), at, cause }];
  });
  const answers = await sendSamples(env, setting, said, now);
  const heard = new Map(said.map(({ arrival }, index) => [arrival, answers[index]]));
  const salt = randomHex(16);
  return arrivals.map((arrival): Taken => {
    const kept = keep(arrival, { receivedAt: now, subject: null, salt });
    const answer = heard.get(arrival);
    if (answer === undefined) return { verdict: 'quarantined', kept, reason: 'UNKNOWN_AGENT' };
    if (answer.verdict === 'refused') return { verdict: 'quarantined', kept, reason: 'SCHEMA' };
    return { verdict: answer.verdict, kept, unlogged: true };
  });
};

const saidOf = (data: Arrival['event']['data']): Said['said'] => ({
  concurrent: data.concurrent,
  targetConcurrent: data.targetConcurrent,
  ahtSeconds: data.ahtSeconds,
  targetAhtSeconds: data.targetAhtSeconds,
  queueWaitSeconds: data.queueWaitSeconds,
  ...(typeof data.queueLength === 'number' && { queueLength: data.queueLength }),
  ...(typeof data.queueId === 'string' && { queueId: data.queueId }),
});
