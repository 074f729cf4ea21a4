/** What a goal's object holds of its periods: bounded, and each on its own. */
import { env } from 'cloudflare:workers';
import { afterEach, expect, it } from 'vitest';
import type { Lock } from '../../src/goals/goal';
import type { SettlementFacts } from '../../src/goals/settlement/settlement';
import { MAX_MEMBERS } from '../../src/goals/teams/team';
import { Count } from '../../src/goals/tracking/count';
import { answered, decide, keepingAsked } from '../../src/goals/tracking/decide';
import {
  asked,
  emptyState,
  type GoalState,
  MAX_PERIODS,
  patched,
} from '../../src/goals/tracking/state';
import { removeBoard } from '../worker/io';
import { goalOf, RowsInMemory, teamOf, teamVersion, worldOf } from './build';
import { DAY, GoalStage, HOUR, metric, OCTOBER, SEPTEMBER } from './stage';

afterEach(removeBoard);

const NOVEMBER = OCTOBER + 31 * DAY;
/** A value of an object's storage holds so much at most. */
const MOST_BYTES = 2 * 1024 * 1024;

const FACTS: SettlementFacts = {
  now: NOVEMBER,
  secretsKey: 'a key of the tests',
  calendar: { timeZone: 'Etc/UTC', weekStart: 'MONDAY' },
  locked: null,
  steps: [],
  pool: null,
  held: 0n,
  bornAt: 0,
  cohort: null,
  people: new Map(),
  destinations: new Map(),
  delivered: new Map(),
  resting: [],
  causers: { writers: [], menders: [] },
};

it('the state of a weekly goal of the largest team fits into one value, however many weeks it holds', () => {
  const members = Array.from({ length: MAX_MEMBERS }, (_, at) => ({
    agentKey: `AGENT${String(at).padStart(11, '0')}`,
    from: null,
    until: null,
  }));
  const goal = goalOf({ evaluationFrequency: 'WEEKLY' });
  const world = worldOf(goal, [teamVersion(teamOf({ members }))]);
  const count = new Count(world, new RowsInMemory());
  let state: GoalState = count.plan(emptyState('goal'), NOVEMBER).state;
  const labels = Object.keys(state.periods);
  let largest = 0;
  for (const label of labels) {
    const decision = decide(count, state, label, { facts: FACTS, covered: 1, kept: null });
    expect(decision?.keep?.members).toHaveLength(MAX_MEMBERS);
    state = decision?.state ?? state;
    largest = Math.max(largest, sizeOf(state));
    const frozen = state.periods[label]?.frozen;
    if (frozen == null) throw new Error('nothing was frozen');
    const answer = { verdict: 'committed', seal: 1 } as const;
    state = patched(state, label, answered(frozen, answer, null, NOVEMBER));
  }
  expect(labels.length).toBeGreaterThan(15);
  expect(largest).toBeLessThan(MOST_BYTES / 4);
  expect((sizeOf(state) / labels.length) * MAX_PERIODS).toBeLessThan(MOST_BYTES / 10);
});

const sizeOf = (state: GoalState): number =>
  JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))
    .length;

it('what is asked for while a period is being looked at has it looked at once more', () => {
  const goal = goalOf({ evaluationFrequency: 'WEEKLY' });
  const world = worldOf(goal, [teamVersion(teamOf({ members: [] }))]);
  const { state } = new Count(world, new RowsInMemory()).plan(emptyState('goal'), NOVEMBER);
  const [label = ''] = Object.keys(state.periods);
  const lock = { status: 'BEHIND', value: 0n } as unknown as Lock;
  const locked = patched(state, label, { lock });
  const seen = locked.periods[label] ?? {};
  const answer = (meanwhile: GoalState) =>
    keepingAsked(meanwhile, patched(meanwhile, label, { settleAt: NOVEMBER + DAY }), label, seen)
      .periods[label]?.settleAt;
  expect(answer(locked)).toBe(NOVEMBER + DAY);
  expect(answer(asked(locked, label, NOVEMBER))).toBe(NOVEMBER);
  // Before there is a lock nothing is settled: asking says only that it is owed.
  expect(answer(asked(patched(locked, label, { lock: null }), label, NOVEMBER))).toBe(
    NOVEMBER + DAY,
  );
});

it('a period that cannot be read holds up no other of its goal', async () => {
  const stage = await GoalStage.open();
  await stage.pass(OCTOBER + HOUR);
  expect(await stage.status('2032-09')).toMatchObject({ snapshotLocked: true });
  const trigger = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'goal_locks' AND sql LIKE '%UPDATE%'",
  ).first<string>('name');
  await env.DB.exec(`DROP TRIGGER IF EXISTS ${trigger}`);
  await env.DB.exec("UPDATE goal_locks SET members = 'torn' WHERE period = '2032-09'");
  await stage.pass(NOVEMBER - HOUR);
  const late = { occurredAt: new Date(SEPTEMBER + 3 * DAY).toISOString() };
  await stage.post(metric({ ...late, eventId: 'late', interactionId: 'i1', value: 1 }));
  await stage.pass(NOVEMBER + HOUR);
  expect(await stage.status('2032-10')).toMatchObject({ snapshotLocked: true });
});
