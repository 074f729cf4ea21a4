/** What cron makes of sealed decisions, and what a supervisor sees of a mentor. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { readAgent } from '../../../src/agents/store';
import { fraction } from '../../../src/kernel/fraction';
import { compactDay } from '../../../src/kernel/period';
import { localDay } from '../../../src/kernel/zone';
import { print, sessionsOfEach } from '../../../src/points/mentoring/figures';
import type { Mentored } from '../../../src/points/mentoring/listing';
import { overlapsOf } from '../../../src/points/mentoring/overlap';
import { HOUR, MINUTE, NOON, Stage } from '../../conformance/stage';
import { removeBoard } from '../../worker/io';

afterEach(removeBoard);

const HOURLY = '7 * * * *';

/** A coaching that ended so many minutes after noon. */
const coached = (stage: Stage, id: string, minutes: number, fields: object = {}) =>
  stage.completed({
    eventId: `completed-${id}`,
    coachingSessionId: id,
    occurredAt: new Date(NOON + minutes * MINUTE).toISOString(),
    ...fields,
  });

const mentoring = async (stage: Stage, agent = 'mentor-1'): Promise<Record<string, unknown>> =>
  (await stage.world.must('GET', `/v1/agents/${agent}/mentoring`)) as Record<string, unknown>;

const counts = async (stage: Stage) => {
  const { dump } = await stage.books();
  return {
    overlaps: (await stage.audited('COACHING_OVERLAP'))
      .map(({ detail }) => (JSON.parse(detail ?? '{}') as { overlaps: object[] }).overlaps.length)
      .reduce((sum, pairs) => sum + pairs, 0),
    drifts: (await stage.audited('CALIBRATION_DRIFT')).length,
    notices: dump.split('"kind":"coaching.calibration.drift"').length - 1,
  };
};

describe('overlapping coaching sessions', () => {
  const span = (session: string, from: number, until: number): Mentored =>
    ({ session, mentorKey: 'm', menteeKey: 'x', day: '', from, until }) as Mentored;

  test('share some time; one that begins when another ends does not overlap', () => {
    const spans = [span('a', 0, 10), span('b', 10, 20), span('c', 15, 30), span('d', 5, 40)];
    const pairs = overlapsOf(spans).map(({ sessions, from, until }) => [
      ...sessions.map(({ session }) => session),
      from,
      until,
    ]);
    expect(pairs).toEqual([
      ['a', 'd', 5, 10],
      ['d', 'b', 10, 20],
      ['d', 'c', 15, 30],
      ['b', 'c', 15, 20],
    ]);
    expect(overlapsOf([span('a', 5, 5), span('b', 0, 10)])).toEqual([]);
  });

  test('of one mentor are flagged once, however often cron fires, failed gates included', async () => {
    const stage = await Stage.open();
    await coached(stage, 'a', 0);
    await coached(stage, 'b', 15);
    await coached(stage, 'c', 35);
    await stage.pass(2 * MINUTE);
    await stage.machine.cron(HOURLY);
    await stage.machine.cron(HOURLY);
    expect((await counts(stage)).overlaps).toBe(1);
    // Ten minutes are too short for an award, and lie within the last one.
    await coached(stage, 'd', 30, { sessionDurationSeconds: 600 });
    await stage.pass(2 * MINUTE);
    await Promise.all([stage.machine.cron(HOURLY), stage.machine.cron(HOURLY)]);
    await stage.machine.cron(HOURLY);
    expect((await counts(stage)).overlaps).toBe(2);
    expect(await mentoring(stage)).toMatchObject({
      sessions: 4,
      overlaps: [
        { coachingSessionIds: ['a', 'b'], seconds: 300 },
        { coachingSessionIds: ['c', 'd'], seconds: 600 },
      ],
    });
  });
});

describe('an agent’s mentoring', () => {
  test('shows sessions, award rate and change, before cron has listed anything and after', async () => {
    const stage = await Stage.open();
    const change = (after: number) => ({ mentee: { scoreBefore: 70, scoreAfter: after } });
    await coached(stage, 'a', 0, change(85));
    await coached(stage, 'b', 60, change(75));
    await coached(stage, 'c', 120, { sessionDurationSeconds: 600 });
    await coached(stage, 'd', 180, { qaCalibrationScore: undefined });
    await stage.pass(2 * MINUTE);
    const expected = {
      agentId: 'mentor-1',
      sessions: 4,
      truncated: false,
      outcomes: { AWARDED: 2, RULE_EVALUATION_FAILED: 1, AWAITING_SCORE: 1 },
      awardRate: '0.6667',
      sample: 2,
      meanChange: '10',
      shareImproved: '0.5',
      overlaps: [],
      reciprocal: [],
    };
    expect(await mentoring(stage)).toMatchObject(expected);
    await stage.machine.cron(HOURLY);
    expect(await mentoring(stage)).toMatchObject(expected);
    expect(await mentoring(stage, 'mentee-1')).toMatchObject({ sessions: 0, awardRate: null });
  });

  test('names partners who mentor each other', async () => {
    const stage = await Stage.open();
    await coached(stage, 'a', 0);
    await coached(stage, 'b', 60);
    await coached(stage, 'back', 120, { mentorId: 'mentee-1', menteeId: 'mentor-1' });
    await stage.pass(2 * MINUTE);
    await stage.machine.cron(HOURLY);
    expect((await mentoring(stage)).reciprocal).toEqual([
      { agentId: 'mentee-1', mentored: 2, mentoredBy: 1 },
    ]);
    expect((await mentoring(stage, 'mentee-1')).reciprocal).toEqual([
      { agentId: 'mentor-1', mentored: 1, mentoredBy: 2 },
    ]);
  });

  test('says where a partner has more coaching sessions than are looked at', async () => {
    const stage = await Stage.open();
    await coached(stage, 'a', 0);
    await stage.pass(2 * MINUTE);
    await stage.machine.cron(HOURLY);
    expect((await mentoring(stage)).reciprocalTruncated).toBe(false);
    const [partner, day] = [(await readAgent(env, 'mentee-1'))?.name, localDay(NOON, 'Etc/UTC')];
    const list = async (count: number, nth: string): Promise<unknown> => {
      const sessions = Array.from({ length: count }, (_, n) => `${nth}${n}`).join(' ');
      const id = `${partner}.${compactDay(day)}.${nth}`;
      const insert = env.DB.prepare('INSERT INTO mentorings (id, sessions, seal) VALUES (?, ?, 1)');
      return insert.bind(id, sessions).run();
    };
    await list(1000, 'x');
    expect((await mentoring(stage)).reciprocalTruncated).toBe(false);
    await list(1, 'y');
    expect((await mentoring(stage)).reciprocalTruncated).toBe(true);
  });

  test('looks at a bounded number of coaching sessions of all partners together', () => {
    const read = (partners: number): number => partners * sessionsOfEach(partners);
    expect([0, 1, 10, 200].map(sessionsOfEach)).toEqual([1000, 1000, 1000, 50]);
    expect(Math.max(...Array.from({ length: 200 }, (_, n) => read(n + 1)))).toBeLessThan(10_200);
  });

  test('follows a coaching session to another mentor', async () => {
    const stage = await Stage.open();
    await coached(stage, 'a', 0);
    await stage.pass(2 * MINUTE);
    await stage.machine.cron(HOURLY);
    await coached(stage, 'a', 1, { eventId: 'again', mentorId: 'mentee-of-billing' });
    await stage.pass(2 * MINUTE);
    await stage.machine.cron(HOURLY);
    expect(await mentoring(stage)).toMatchObject({ sessions: 0 });
    expect(await mentoring(stage, 'mentee-of-billing')).toMatchObject({ sessions: 1 });
  });

  test('is refused for strangers and for stretches that are none', async () => {
    const stage = await Stage.open();
    const status = async (path: string) => (await stage.world.operator('GET', path)).status;
    expect(await status('/v1/agents/nobody/mentoring')).toBe(404);
    const path = '/v1/agents/mentor-1/mentoring';
    expect(await status(`${path}?from=2024-02-30`)).toBe(422);
    expect(await status(`${path}?from=2024-03-02&to=2024-03-01`)).toBe(422);
    expect(await status(`${path}?from=2020-01-01&to=2024-03-01`)).toBe(422);
    expect(await status(`${path}?from=2024-01-01&to=2024-12-31`)).toBe(200);
  });

  test('prints shares with four places, rounded once', () => {
    expect(print(fraction(2n, 3n))).toBe('0.6667');
    expect(print(fraction(-1n, 3n))).toBe('-0.3333');
    expect(print(fraction(15n, 2n))).toBe('7.5');
    expect(print(fraction(-10n))).toBe('-10');
  });
});

describe('calibration drift in the books', () => {
  test('is one alert and one notice, whether cron fires often, twice at once or late', async () => {
    const stage = await Stage.open();
    await stage.world.must('PUT', '/v1/programs/Mentorship', { drift: { sessions: 4, below: 2 } });
    for (const [index, score] of [90, 70, 90, 60].entries()) {
      await coached(stage, `s${index}`, index * 60, { qaCalibrationScore: score });
      await stage.pass(2 * MINUTE);
      if (index % 2 === 0) await stage.machine.cron(HOURLY);
    }
    expect((await counts(stage)).drifts).toBe(0);
    await Promise.all([stage.machine.cron(HOURLY), stage.machine.cron(HOURLY)]);
    await stage.machine.cron(HOURLY);
    expect(await counts(stage)).toEqual({ overlaps: 0, drifts: 1, notices: 1 });
    const [alert] = await stage.audited('CALIBRATION_DRIFT');
    expect(JSON.parse(alert?.detail ?? '{}')).toMatchObject({
      sessions: 4,
      below: 2,
      evaluatorId: null,
      scores: [60, 90, 70, 90],
    });
  });

  test('ends the same when no firing came until the end', async () => {
    const stage = await Stage.open();
    await stage.world.must('PUT', '/v1/programs/Mentorship', { drift: { sessions: 3, below: 2 } });
    for (const [index, score] of [60, 60, 95, 95, 95, 60, 60].entries()) {
      await coached(stage, `s${index}`, index * 60, { qaCalibrationScore: score });
      await stage.pass(2 * MINUTE);
    }
    await stage.pass(HOUR);
    await stage.machine.cron(HOURLY);
    expect(await counts(stage)).toEqual({ overlaps: 0, drifts: 2, notices: 2 });
  });
});
