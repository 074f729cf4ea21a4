import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { pokeSession } from '../../src/points/coaching/client';
import { MAX_EVENTS } from '../../src/points/coaching/state';
import { readDecisions } from '../../src/points/coaching/store';
import { DAY, MINUTE, MONDAY } from './build';
import { completion, hire, keyOf, netOf, openBooks, score, send, sessionStub } from './world';

beforeAll(openBooks);

const poke = (id: string, now: number): Promise<void> => pokeSession(env, keyOf(id), now);
const outcomes = async (id: string): Promise<string[]> =>
  (await readDecisions(env.DB, keyOf(id))).map((decision) => decision.outcome);
const mentor = 'agent:keymentor1:points:Mentorship:none';

/** Far enough ahead that no real alarm interferes with what the test pokes by hand. */
const NOW = Date.UTC(2100, 0, 4);
const at = (minutes: number): number => NOW + minutes * MINUTE;

describe('a coaching session object', () => {
  test('takes twenty copies of one event at once as one event and nineteen duplicates', async () => {
    const event = completion('twenty', {}, NOW);
    const taken = await Promise.all(Array.from({ length: 20 }, () => send([event], NOW)));
    const verdicts = taken.flat().map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(19);
  });

  test('answers other content under a known id as a conflict and lets the first stand (DEC-23)', async () => {
    await send([completion('conflict', {}, NOW)], NOW);
    const [second] = await send([completion('conflict', { qaCalibrationScore: 10 }, NOW)], NOW);
    expect(second).toMatchObject({ verdict: 'conflict' });
    expect(second?.kept.event.data.qaCalibrationScore).toBe(85);
  });

  test('holds its lock window from the first event, however many follow (M3, DEC-10)', async () => {
    await send([completion('lock', {}, NOW)], NOW);
    await send([score('lock', 85, 86, NOW + 1)], NOW + 30_000);
    const alarm = await runInDurableObject(sessionStub('lock'), (_, state) =>
      state.storage.getAlarm(),
    );
    expect(alarm).toBe(NOW + 60_000);
    await poke('lock', NOW + 59_999);
    expect(await outcomes('lock')).toEqual([]);
  });

  test('settles a re-grade during the lock window as one transaction', async () => {
    const before = await netOf(mentor);
    await send([completion('regrade', {}, NOW)], NOW);
    await send([score('regrade', 85, 75, NOW + 1000)], NOW + 1000);
    await send([score('regrade', 75, 91, NOW + 2000)], NOW + 2000);
    await poke('regrade', at(2));
    const decisions = await readDecisions(env.DB, keyOf('regrade'));
    expect(decisions.map((one) => [one.outcome, one.postings.length])).toEqual([['AWARDED', 1]]);
    expect((await netOf(mentor)) - before).toBe(500_000);
  });

  test('takes back and reinstates after the lock window, and the ledger ends at the fold', async () => {
    const before = await netOf(mentor);
    await send([completion('later', {}, NOW)], NOW);
    await poke('later', at(2));
    await send([score('later', 85, 70, at(10))], at(10));
    await poke('later', at(12));
    expect((await netOf(mentor)) - before).toBe(0);
    await send([score('later', 70, 88, at(20))], at(20));
    await poke('later', at(22));
    expect((await netOf(mentor)) - before).toBe(500_000);
    expect(await outcomes('later')).toEqual(['AWARDED', 'REVOKED', 'AWARDED']);
  });

  test('settles nothing twice when it is poked again, evicted or restarted', async () => {
    await send([completion('again', {}, NOW)], NOW);
    await Promise.all([poke('again', at(2)), poke('again', at(2))]);
    await evictDurableObject(sessionStub('again'));
    await poke('again', at(3));
    expect(await outcomes('again')).toEqual(['AWARDED']);
  });

  test('sends a frozen settlement again after a restart and hears that it is there', async () => {
    await send([completion('frozen', {}, NOW)], NOW);
    await poke('frozen', at(2));
    await evictDurableObject(sessionStub('frozen'));
    const frozen = await runInDurableObject(sessionStub('frozen'), (_, state) =>
      state.storage.kv.get<{ frozen: unknown }>('state'),
    );
    expect(frozen?.frozen).not.toBeNull();
    await send([score('frozen', 85, 60, at(5))], at(5));
    await poke('frozen', at(7));
    expect(await outcomes('frozen')).toEqual(['AWARDED', 'REVOKED']);
  });

  test('forgets itself when D1 holds everything, and still knows a repetition and a late score', async () => {
    await send([completion('forget', {}, NOW)], NOW);
    await poke('forget', at(2));
    await poke('forget', NOW + 4 * DAY);
    const kept = await runInDurableObject(sessionStub('forget'), (_, state) =>
      state.storage.kv.get('state'),
    );
    expect(kept).toBeUndefined();
    const later = NOW + 5 * DAY;
    const [again] = await send([completion('forget', {}, NOW)], later);
    expect(again?.verdict).toBe('duplicate');
    const [other] = await send([completion('forget', { qaCalibrationScore: 1 }, NOW)], later);
    expect(other?.verdict).toBe('conflict');
    await send([score('forget', 85, 60, later)], later);
    await poke('forget', later + 2 * MINUTE);
    expect(await outcomes('forget')).toEqual(['AWARDED', 'REVOKED']);
  });

  test('stays while the mentee is measured, posts the difference, and then forgets itself', async () => {
    const before = await netOf(mentor);
    await send([completion('measure', { mentee: { scoreBefore: 70 } }, NOW)], NOW);
    await poke('measure', at(2));
    await poke('measure', NOW + 5 * DAY);
    const kept = await runInDurableObject(sessionStub('measure'), (_, state) =>
      state.storage.kv.get('state'),
    );
    expect(kept).toBeDefined();
    await poke('measure', NOW + 14 * DAY);
    expect((await netOf(mentor)) - before).toBe(500_000);
    const gone = await runInDurableObject(sessionStub('measure'), (_, state) =>
      state.storage.kv.get('state'),
    );
    expect(gone).toBeUndefined();
  });

  test('lets the first coaching session keep an event id that a second one claims', async () => {
    const first = completion('owner', {}, NOW);
    await send([first], NOW);
    await poke('owner', at(2));
    const stolen = {
      ...first,
      event: { ...first.event, data: { ...first.event.data, coachingSessionId: 'thief' } },
    };
    await send([stolen], NOW);
    await poke('thief', at(2));
    expect(await outcomes('thief')).toEqual([]);
    const audited = await env.DB.prepare(
      "SELECT count(*) AS n FROM audit WHERE action = 'EVENT_CONFLICT'",
    ).first();
    expect(audited).toEqual({ n: 1 });
  });

  test('lists a completion of persons nobody knows, and awards once they are known', async () => {
    await send([completion('stranger', { mentorId: 'mentor-9' }, NOW)], NOW);
    await poke('stranger', at(2));
    const kept = await env.DB.prepare(
      "SELECT count(*) AS n FROM quarantine WHERE reason = 'UNKNOWN_AGENT'",
    ).first();
    expect(kept).toEqual({ n: 1 });
    await hire('mentor-9');
    await poke('stranger', at(3));
    expect(await outcomes('stranger')).toEqual(['UNKNOWN_AGENT', 'AWARDED']);
  });

  test('asks once for the evaluation of a completion without a score', async () => {
    await send([completion('unscored', { qaCalibrationScore: null }, NOW)], NOW);
    await poke('unscored', at(2));
    await poke('unscored', at(3));
    const notices = await env.DB.prepare(
      "SELECT count(*) AS n FROM notices WHERE kind = 'coaching.evaluation.requested'",
    ).first();
    expect(notices).toEqual({ n: 1 });
    expect(await outcomes('unscored')).toEqual(['AWAITING_SCORE']);
  });

  test('keeps at most a thousand events and says TOO_MANY to the next', async () => {
    const many = Array.from({ length: MAX_EVENTS }, (_, index) =>
      score('many', 80, 81, NOW + index),
    );
    for (let from = 0; from < many.length; from += 250)
      await send(many.slice(from, from + 250), NOW);
    const [next] = await send([score('many', 80, 82, NOW)], NOW);
    expect(next).toMatchObject({ verdict: 'quarantined', reason: 'TOO_MANY' });
    await poke('many', at(2));
    expect(await outcomes('many')).toEqual(['AWAITING_COMPLETION']);
  });

  test('dates nothing by the clock: events without a time get that of their first acceptance', async () => {
    await send([completion('undated', {}, null)], MONDAY);
    const [again] = await send([completion('undated', {}, null)], MONDAY + DAY);
    expect(again).toMatchObject({ verdict: 'duplicate', kept: { occurredAt: MONDAY } });
  });
});
