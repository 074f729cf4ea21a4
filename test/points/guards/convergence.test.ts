/** Caps in workerd: whatever order the events come in, the ledger ends where the sorted set says. */
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { sessionKeyOf } from '../../../src/kernel/ids';
import { DAY, HOUR, MINUTE, NOON, Stage } from '../../conformance/stage';
import { type Candidate, counted, type OracleCaps } from '../../oracle/caps';
import { latestDecisions } from '../../simulation/books';
import { quiet, removeBoard } from '../../worker/io';

afterEach(removeBoard);

const POINTS = 500_000n;

interface Coached {
  readonly id: string;
  readonly mentor: string;
  readonly mentee: string;
  /** Hours after the first noon. */
  readonly hour: number;
  /** Scores after the completion's 85, an hour apart each. */
  readonly scores: readonly number[];
}

const instantOf = ({ hour }: Coached): number => NOON + hour * HOUR;

async function stageWith(caps: OracleCaps): Promise<Stage> {
  const stage = await Stage.open();
  await stage.world.must('PUT', '/v1/programs/Mentorship', { caps, lockSeconds: 5 });
  const person = { attributes: {}, groups: ['Junior_Agent_Group_ID'] };
  await stage.world.addPerson({ ...person, agentId: 'mentor-2' });
  await stage.world.addPerson({ ...person, agentId: 'mentee-2' });
  return stage;
}

const completed = (stage: Stage, coached: Coached) =>
  stage.completed({
    eventId: `completed-${coached.id}`,
    coachingSessionId: coached.id,
    mentorId: coached.mentor,
    menteeId: coached.mentee,
    occurredAt: new Date(instantOf(coached)).toISOString(),
  });

const scored = (stage: Stage, coached: Coached, place: number) =>
  stage.scored(coached.scores[place - 1] ?? 85, coached.scores[place] ?? 85, {
    eventId: `score-${coached.id}-${place}`,
    coachingSessionId: coached.id,
    occurredAt: new Date(instantOf(coached) + (place + 1) * HOUR).toISOString(),
  });

/** Ids of the coaching sessions that stand at points in the ledger. */
async function paid(stage: Stage, all: readonly Coached[]): Promise<string[]> {
  const { entries } = await stage.books();
  const nets = new Map<string, bigint>();
  for (const { cause, from_account, amount } of entries) {
    const key = cause.split('.')[0] ?? '';
    const signed = from_account.startsWith('program:') ? BigInt(amount) : -BigInt(amount);
    nets.set(key, (nets.get(key) ?? 0n) + signed);
  }
  for (const net of nets.values()) expect([0n, POINTS]).toContain(net);
  return all.map(({ id }) => id).filter((id) => nets.get(sessionKeyOf('default', id)) === POINTS);
}

/** What the document's words say: every standing score of 80 or more is a candidate. */
function expectedOf(all: readonly Coached[], caps: OracleCaps): string[] {
  const candidates = all
    .filter(({ scores }) => (scores.at(-1) ?? 85) >= 80)
    .map(
      (one): Candidate => ({
        key: sessionKeyOf('default', one.id),
        mentor: one.mentor,
        mentee: one.mentee,
        occurredAt: instantOf(one),
        worth: POINTS,
      }),
    );
  const kept = counted(candidates, caps);
  return all.map(({ id }) => id).filter((id) => kept.has(sessionKeyOf('default', id)));
}

const one = (id: string, hour: number, more: Partial<Coached> = {}): Coached => ({
  id,
  hour,
  mentor: 'mentor-1',
  mentee: 'mentee-1',
  scores: [],
  ...more,
});

describe('a programme with caps', () => {
  const caps: OracleCaps = { perMentor: { count: 2, period: 'DAY' } };

  test('displaces a later coaching session when an earlier one comes in late', async () => {
    const stage = await stageWith(caps);
    const all = [one('c', 3), one('b', 2), one('a', 1)];
    for (const coached of all) {
      await completed(stage, coached);
      await stage.pass(MINUTE);
    }
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['b', 'a']);
    const decision = latestDecisions(await stage.books()).get(sessionKeyOf('default', 'c'));
    expect(decision?.outcome).toBe('CAPPED');
    const shown = (await stage.world.must('GET', '/v1/coaching-sessions/c')) as {
      decisions: { awards: { amount: string; capped: object }[] }[];
    };
    expect(shown.decisions.at(-1)?.awards[0]).toMatchObject({
      amount: '0',
      capped: { by: 'perMentor', period: 'DAY', limit: '2', before: 2, amount: '50' },
    });
  });

  test('frees a place when a coaching session loses its award', async () => {
    const stage = await stageWith(caps);
    const all = [one('a', 1), one('b', 2, { scores: [70] }), one('c', 3)];
    for (const coached of all) await completed(stage, coached);
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['a', 'b']);
    await scored(stage, one('b', 2, { scores: [70] }), 0);
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['a', 'c']);
  });

  test('re-settles a neighbour that has long forgotten itself', async () => {
    const stage = await stageWith({ perMentor: { count: 1, period: 'MONTH' } });
    const all = [one('late', 1), one('first', 2)];
    await completed(stage, one('first', 2));
    await stage.pass(DAY);
    await stage.pass(5 * DAY);
    await stage.machine.cron('*/5 * * * *');
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['first']);
    await completed(stage, one('late', 1));
    await stage.pass(5 * MINUTE);
    expect(await paid(stage, all)).toEqual(['late']);
  });

  test('comes to one end for twenty coaching sessions of one mentor settled at once', async () => {
    const stage = await stageWith(caps);
    const all = Array.from({ length: 20 }, (_, index) => one(`s${index}`, index / 20));
    await Promise.all(all.map((coached) => completed(stage, coached)));
    await quiet(stage.world.board);
    const { board } = stage.world;
    stage.world.advanceTo(stage.world.now + MINUTE);
    const due = [...board.alarms.keys()];
    board.alarms.clear();
    await Promise.all(due.map((key) => stage.machine.fire('session', key.split(' ')[1] ?? '')));
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['s0', 's1']);
  });

  test('is put right by cron when a settlement was cut off before it told its neighbours', async () => {
    const stage = await stageWith(caps);
    const all = [one('c', 3), one('b', 2), one('a', 1)];
    const { board } = stage.world;
    board.decide = ({ call, phase }) =>
      call === 'SESSIONS.nudge' && phase === 'before' ? 'throw' : null;
    for (const coached of all) {
      await completed(stage, coached);
      await stage.pass(MINUTE);
    }
    expect(await paid(stage, all)).toEqual(['c', 'b', 'a']);
    board.decide = () => null;
    for (const key of board.alarms.keys()) board.alarms.delete(key);
    stage.world.advanceTo(stage.world.now + 10 * MINUTE);
    await stage.machine.cron('*/5 * * * *');
    await stage.pass(MINUTE);
    expect(await paid(stage, all)).toEqual(['b', 'a']);
  });

  test('writes no claim where no programme has caps', async () => {
    const stage = await Stage.open();
    await stage.completed();
    await stage.pass(MINUTE * 2);
    await stage.machine.cron('*/5 * * * *');
    const { dump } = await stage.books();
    expect(dump).toContain('AWARDED');
    expect(dump).toContain('["cap_claims",[]]');
  });
});

describe('any order of events', () => {
  const count = fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    period: fc.constantFrom('DAY', 'WEEK', 'MONTH'),
  });
  const anyCaps = fc
    .record(
      {
        perMentor: count,
        perPair: count,
        points: fc.constant({ amount: '120', period: 'WEEK' }),
      },
      { requiredKeys: [] },
    )
    .filter((caps) => Object.keys(caps).length > 0) as fc.Arbitrary<OracleCaps>;
  const anyCoached = fc
    .array(
      fc.record({
        mentor: fc.constantFrom('mentor-1', 'mentor-1', 'mentor-2'),
        mentee: fc.constantFrom('mentee-1', 'mentee-2'),
        hour: fc.constantFrom(1, 2, 3, 13, 14, 40, 41, 100, 101, 700),
        scores: fc.array(fc.constantFrom(70, 90), { maxLength: 2 }),
      }),
      { minLength: 2, maxLength: 9 },
    )
    .map((drawn) => drawn.map((each, index): Coached => ({ ...each, id: `s${index}` })));
  const anyOrder = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 0, 7, 60)), {
    minLength: 30,
    maxLength: 30,
  });

  test('and of settlements between them ends at the same ledger', {
    timeout: 600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(anyCaps, anyCoached, anyOrder, async (caps, all, order) => {
        const stage = await stageWith(caps);
        stage.world.advanceTo(NOON + 705 * HOUR);
        const waiting = all.flatMap((coached) => [
          () => completed(stage, coached),
          ...coached.scores.map((_, place) => () => scored(stage, coached, place)),
        ]);
        for (const [which, seconds] of order) {
          const [send] = waiting.splice(which % Math.max(1, waiting.length), 1);
          await send?.();
          if (seconds > 0) await stage.pass(seconds * 1000);
        }
        await stage.pass(5 * MINUTE);
        await stage.machine.cron('*/5 * * * *');
        await stage.pass(5 * MINUTE);
        expect(await paid(stage, all)).toEqual(expectedOf(all, caps));
      }),
      { numRuns: 20 },
    );
  });
});
