/**
 * Thousands of metric events in disorder, with repetitions and revisions, into one goal and into
 * fifty: every goal ends at a sum that is computed here without it.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import { quiet, removeBoard } from '../worker/io';
import { DAY, GOAL, GoalStage, MEMBERS, metric, SEPTEMBER, TEAM } from './stage';

afterEach(removeBoard);

const SLOW = { timeout: 120_000 };
const LIST = 500;

/** A stream of whole numbers that is the same in every run. */
function* dice(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state >>> 8;
  }
}

interface Drawn {
  readonly interaction: number;
  readonly revision: number;
  readonly cents: number;
  readonly agent: number;
  readonly isInbound: boolean;
}

/** Revisions 0 to 2 of interactions, so that about half of the events are replaced by others. */
function draw(count: number, seed: number): Drawn[] {
  const die = dice(seed);
  const next = (below: number): number => Number(die.next().value) % below;
  const made = Array.from({ length: count }, (): Drawn => {
    const interaction = next(count / 2);
    return {
      interaction,
      revision: next(3),
      cents: next(60_000),
      agent: interaction % MEMBERS.length,
      isInbound: next(10) > 0,
    };
  });
  return [...new Map(made.map((one) => [`${one.interaction}.${one.revision}`, one])).values()];
}

const bodyOf = (one: Drawn): object =>
  metric({
    eventId: `e${one.interaction}.${one.revision}`,
    interactionId: `i${one.interaction}`,
    revision: one.revision,
    value: one.cents / 100,
    agentId: MEMBERS[one.agent],
    occurredAt: new Date(SEPTEMBER + (one.interaction % 20) * DAY).toISOString(),
    attributes: { callType: one.isInbound ? 'INBOUND' : 'OUTBOUND' },
  });

/** The highest revision of each interaction, where it is inbound. */
function sumOf(all: readonly Drawn[]): number {
  const highest = new Map<number, Drawn>();
  for (const one of all) {
    if ((highest.get(one.interaction)?.revision ?? -1) < one.revision) {
      highest.set(one.interaction, one);
    }
  }
  return [...highest.values()].reduce((sum, one) => sum + (one.isInbound ? one.cents : 0), 0) / 100;
}

async function storm(stage: GoalStage, all: readonly Drawn[], repetitions: number): Promise<void> {
  const die = dice(7);
  const again = all.slice(0, repetitions).flatMap((one) => Array.from({ length: 20 }, () => one));
  const keyed = [...all, ...again].map((one) => [Number(die.next().value), one] as const);
  const sent = keyed.toSorted(([a], [b]) => a - b).map(([, one]) => bodyOf(one));
  const lists = Array.from({ length: Math.ceil(sent.length / LIST) }, (_, index) =>
    sent.slice(index * LIST, (index + 1) * LIST),
  );
  for (let from = 0; from < lists.length; from += 4) {
    const heard = await Promise.all(lists.slice(from, from + 4).map((list) => stage.post(list)));
    for (const { status } of heard) expect(status).toBe(200);
    await quiet(stage.world.board);
  }
}

describe('a metric storm', () => {
  it('of three thousand events ends at the right sum in one goal', SLOW, async () => {
    const stage = await GoalStage.open();
    const all = draw(3_000, 1);
    await storm(stage, all, 50);
    expect((await stage.status()).metricValue).toBe(sumOf(all));
    await stage.machine.evict('goal', GOAL);
    expect((await stage.status()).metricValue).toBe(sumOf(all));
  });

  it('ends at the same sum in fifty goals at once', SLOW, async () => {
    const stage = await GoalStage.bare();
    await stage.world.must('PUT', `/v1/teams/${TEAM}`, TEAM_EXAMPLE);
    const goals = Array.from({ length: 50 }, (_, index) => `goal-${index}`);
    for (const goal of goals) {
      await stage.world.must('PUT', `/v1/goals/${goal}`, { ...GOAL_EXAMPLE, customFields: {} });
    }
    const all = draw(300, 2);
    await storm(stage, all, 10);
    const values = await Promise.all(
      goals.map(async (goal) => (await stage.status('2032-09', goal)).metricValue),
    );
    expect(new Set(values)).toEqual(new Set([sumOf(all)]));
  });
});
