import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND, Stage } from '../conformance/stage';
import { database } from '../worker/database';
import { quiet, removeBoard } from '../worker/io';
import { readBooks } from './books';
import { JUNIOR_GROUP } from './rules';

const SLOW = { timeout: 300_000 };

afterEach(removeBoard);

async function seals(): Promise<number> {
  const row = await database().prepare('SELECT count(*) AS n FROM seals').first<{ n: number }>();
  return row?.n ?? 0;
}

describe('many at once', () => {
  it('twenty concurrent deliveries of one event are one acceptance and one transaction', async () => {
    const stage = await Stage.open();
    const all = await Promise.all(Array.from({ length: 20 }, () => stage.completed()));
    await quiet(stage.world.board);
    const verdicts = all.flatMap((heard) => heard.verdicts);
    expect(all.every(({ status }) => status === 200)).toBe(true);
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(19);
    await stage.pass(2 * MINUTE);
    const { entries, events } = await readBooks();
    expect(new Set(entries.map(({ tx }) => tx)).size).toBe(1);
    expect(events).toHaveLength(1);
    expect(await stage.points('mentor-1')).toBe(50);
  });

  it(
    'five hundred mentors completing at once are awarded in fewer than a hundred groups',
    SLOW,
    async () => {
      const stage = await Stage.open();
      const mentors = Array.from({ length: 500 }, (_, index) => `crowd-${index}`);
      for (let from = 0; from < mentors.length; from += 50) {
        await Promise.all(
          mentors
            .slice(from, from + 50)
            .map((agentId) => stage.world.addPerson({ agentId, groups: [], attributes: {} })),
        );
      }
      await stage.world.addPerson({ agentId: 'pupil', groups: [JUNIOR_GROUP], attributes: {} });
      const before = await seals();
      const heard = await Promise.all(
        mentors.map((mentorId) =>
          stage.completed({
            mentorId,
            menteeId: 'pupil',
            eventId: `of-${mentorId}`,
            coachingSessionId: `of-${mentorId}`,
          }),
        ),
      );
      expect(heard.every(({ status }) => status === 200)).toBe(true);
      await quiet(stage.world.board);
      stage.world.advanceTo(stage.world.now + 2 * MINUTE);
      const sessions = stage.machine.objects().filter(([place]) => place === 'session');
      expect(sessions).toHaveLength(500);
      await Promise.all(sessions.map(([place, name]) => stage.machine.fire(place, name)));
      await stage.pass(10 * MINUTE);
      const { entries } = await readBooks();
      expect(entries.filter(({ kind }) => kind === 'AWARD')).toHaveLength(500);
      const groups = (await seals()) - before;
      console.log(`five hundred awards in ${groups} groups`);
      expect(groups).toBeLessThan(100);
    },
  );
});

describe('two senders, one coaching session', () => {
  it('a completion from one and a lowered score from another are one award and one reversal', async () => {
    const stage = await Stage.open();
    await stage.completed({}, 'platform');
    await stage.pass(2 * MINUTE);
    await stage.scored(85, 70);
    await stage.pass(2 * MINUTE);
    expect(await stage.kinds()).toEqual(['AWARD', 'REVERSAL']);
    expect(await stage.points('mentor-1')).toBe(0);
    const { entries } = await readBooks();
    const [award, reversal] = entries.toSorted((a, b) => a.seal - b.seal);
    expect(reversal?.reverses).toBe(award?.tx);
  });

  it('the same coaching from the platform and from the LMS is awarded once', async () => {
    const stage = await Stage.open();
    await stage.completed({}, 'platform');
    await stage.pass(20 * SECOND);
    await stage.post(
      {
        type: 'performance.coaching.completed',
        id: 'lms-77',
        timestamp: new Date(stage.world.now).toISOString(),
        coachingSessionId: 'coaching-1',
        sessionType: 'Mentorship_Pairing',
        mentorId: 'mentor-1',
        menteeId: 'mentee-1',
        sessionDuration: 1200,
        qaScore: 88,
      },
      'lms',
    );
    await stage.pass(5 * MINUTE);
    const { entries, events } = await readBooks();
    expect(events).toHaveLength(2);
    expect(new Set(entries.map(({ tx }) => tx)).size).toBe(1);
    expect(await stage.points('mentor-1')).toBe(50);
  });
});
