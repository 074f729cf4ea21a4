/**
 * Whatever was not offered is found in the log: late goals, mended memberships, cut fan-outs, events
 * kept aside while the journal was away. And what is offered twenty times counts once.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import { quiet, removeBoard } from '../worker/io';
import {
  DAY,
  GOAL,
  GoalStage,
  HOUR,
  MEMBERS,
  MINUTE,
  metric,
  OCTOBER,
  SEPTEMBER,
  TEAM,
} from './stage';

let stage: GoalStage;

beforeEach(async () => {
  stage = await GoalStage.open();
});
afterEach(removeBoard);

const value = async (goal = GOAL): Promise<unknown> =>
  (await stage.status('2032-09', goal)).metricValue;

const catchUp = (): Promise<void> => stage.machine.cron('*/5 * * * *');

const rows = async (table: string): Promise<number> => {
  const row = await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>();
  return row?.n ?? 0;
};

describe('one event', () => {
  it('counts once however often it comes, twenty times at once among them', async () => {
    const body = metric({ eventId: 'e1', interactionId: 'i1', value: 7 });
    const heard = await Promise.all(Array.from({ length: 20 }, () => stage.post(body)));
    await quiet(stage.world.board);
    const verdicts = heard.flatMap((one) => one.verdicts);
    expect(verdicts.filter((verdict) => verdict === 'accepted')).toHaveLength(1);
    expect(verdicts.filter((verdict) => verdict === 'duplicate')).toHaveLength(19);
    expect(await value()).toBe(7);
    expect(await rows('events')).toBe(1);
  });

  it('with other content under its id is a conflict, and the first stands', async () => {
    const first = await stage.post(metric({ eventId: 'e1', value: 7 }));
    const other = await stage.post(metric({ eventId: 'e1', value: 8 }));
    const [one, two] = (
      await stage.post([metric({ eventId: 'e2', value: 1 }), metric({ eventId: 'e2', value: 2 })])
    ).verdicts;
    expect([first.verdicts, other.verdicts, one, two]).toEqual([
      ['accepted'],
      ['conflict'],
      'accepted',
      'conflict',
    ]);
    expect(await value()).toBe(8);
  });

  it('of an interaction counts by its highest revision, in whatever order', async () => {
    const of = (revision: number, amount: number, eventId: string): object =>
      metric({ eventId, interactionId: 'i1', revision, value: amount });
    await stage.post([of(2, 30, 'c'), of(0, 10, 'a')]);
    await stage.post(of(1, 20, 'b'));
    await stage.post(of(2, 30, 'same-revision-from-elsewhere'));
    expect(await value()).toBe(30);
    await stage.post([metric({ eventId: 'x', value: 1 }), metric({ eventId: 'y', value: 1 })]);
    expect(await value()).toBe(32);
  });

  it('of somebody who is no member, or outside the filter, counts nowhere and says so', async () => {
    await stage.world.addPerson({ agentId: 'stranger', groups: [], attributes: {} });
    await stage.post(metric({ eventId: 'e1', agentId: 'stranger', value: 5 }));
    await stage.post(metric({ eventId: 'e2', attributes: { callType: 'OUTBOUND' }, value: 5 }));
    await stage.post(metric({ eventId: 'e3', value: 5 }));
    await quiet(stage.world.board);
    expect(await value()).toBe(5);
    const { items } = (await stage.world.must('GET', '/v1/events?type=metric.recorded')) as {
      items: { id: string; eventId: string }[];
    };
    const counts = new Map<string, unknown>();
    for (const { id, eventId } of items) {
      const { counts: said } = (await stage.world.must('GET', `/v1/events/${id}`)) as {
        counts: unknown;
      };
      counts.set(eventId, said);
    }
    const said = (why: string | null): object[] => [
      { goalId: GOAL, period: '2032-09', counts: why === null, why },
    ];
    expect(counts.get('e1')).toEqual(said('NOT_A_MEMBER'));
    expect(counts.get('e2')).toEqual(said('FILTERED'));
    expect(counts.get('e3')).toEqual(said(null));
  });
});

describe('a goal that was not told', () => {
  it('finds what the log held before the goal was written', async () => {
    await stage.post(metric({ eventId: 'e1', value: 40 }));
    await stage.put('/v1/goals/late', GOAL_EXAMPLE);
    expect(await value('late')).toBe(40);
  });

  it('finds what a cut fan-out did not bring, with the next firing and before it locks', async () => {
    stage.world.board.decide = ({ call, phase }) =>
      call === 'GOALS.offer' && phase === 'before' ? 'throw' : null;
    const { verdicts } = await stage.post(metric({ eventId: 'e1', value: 40 }));
    expect(verdicts).toEqual(['accepted']);
    expect(await value()).toBe(0);
    await catchUp();
    expect(await value()).toBe(40);
    await stage.post(metric({ eventId: 'e2', value: 2 }));
    stage.world.board.decide = () => null;
    expect(await value()).toBe(40);
    await stage.pass(OCTOBER);
    expect(await stage.status()).toMatchObject({ metricValue: 42, snapshotLocked: true });
  });

  it('counts again when a membership is mended, back to its beginning', async () => {
    await stage.world.addPerson({ agentId: 'late-comer', groups: [], attributes: {} });
    const at = (day: number): string => new Date(SEPTEMBER + day * DAY).toISOString();
    await stage.post([
      metric({ eventId: 'e1', agentId: 'late-comer', value: 5, occurredAt: at(2) }),
      metric({ eventId: 'e2', agentId: 'late-comer', value: 6, occurredAt: at(6) }),
      metric({ eventId: 'e3', agentId: MEMBERS[0], value: 7, occurredAt: at(2) }),
      metric({ eventId: 'e4', agentId: MEMBERS[0], value: 8, occurredAt: at(6) }),
    ]);
    expect(await value()).toBe(15);
    const mended = {
      ...TEAM_EXAMPLE,
      memberIds: MEMBERS.slice(1),
      members: [
        { agentId: 'late-comer', from: at(5) },
        { agentId: MEMBERS[0], until: at(5) },
      ],
      effectiveFrom: '2032-01-01T00:00:00Z',
    };
    await stage.world.must('PUT', `/v1/teams/${TEAM}`, mended);
    await catchUp();
    expect(await value()).toBe(13);
  });

  it('forgets what it counted by another filter and counts the log anew', async () => {
    await stage.post([
      metric({ eventId: 'e1', value: 5 }),
      metric({ eventId: 'e2', value: 6, attributes: { callType: 'OUTBOUND' } }),
    ]);
    const [definition] = TEAM_EXAMPLE.metricDefinitions;
    const clauses = [{ field: 'callType', operator: 'NE', values: ['INBOUND'] }];
    const metricDefinitions = [{ ...definition, filter: { type: 'AND', clauses } }];
    await stage.world.must('PUT', `/v1/teams/${TEAM}`, { ...TEAM_EXAMPLE, metricDefinitions });
    await catchUp();
    expect(await value()).toBe(6);
  });

  it('finds what its source kept while the journal was away', async () => {
    await stage.post(metric({ eventId: 'e0', value: 1 }));
    stage.world.board.d1Away = true;
    const { verdicts } = await stage.post(metric({ eventId: 'e1', value: 9 }));
    expect(verdicts).toEqual(['accepted']);
    stage.world.board.d1Away = false;
    stage.world.advanceTo(stage.now + MINUTE);
    await stage.pass(stage.now + 5 * MINUTE);
    await catchUp();
    expect(await value()).toBe(10);
  });
});

describe('a boundary', () => {
  it('that alarm, cron and an operator reach at once is locked once', async () => {
    await stage.post(metric({ eventId: 'e1', value: 9 }));
    stage.world.advanceTo(OCTOBER);
    await Promise.all([
      stage.machine.fire('goal', GOAL),
      stage.machine.cron('7 * * * *'),
      stage.machine.cron('*/5 * * * *'),
      stage.world.operator('POST', `/v1/goals/${GOAL}/close`),
    ]);
    await stage.machine.cron('7 * * * *');
    expect([await rows('goal_locks'), await rows('notices')]).toEqual([1, 1]);
    const audit = await env.DB.prepare(
      "SELECT count(*) AS n FROM audit WHERE action = 'GOAL_LOCKED'",
    ).first();
    expect(audit).toEqual({ n: 1 });
  });

  it('that nobody came by at is locked late, with the same words, and health says so till then', async () => {
    await stage.post(metric({ eventId: 'e1', value: 9 }));
    stage.world.advanceTo(OCTOBER + 3 * DAY);
    const health = async () => {
      const { checks } = (await stage.world.must('GET', '/v1/health')) as {
        checks: { name: string; status: string }[];
      };
      return checks.find(({ name }) => name === 'goals')?.status;
    };
    expect(await health()).toBe('late');
    await stage.machine.cron('7 * * * *');
    stage.world.advanceTo(stage.now + HOUR);
    expect(await health()).toBe('ok');
    expect(await stage.status()).toMatchObject({
      snapshotLocked: true,
      metricValue: 9,
      evaluatedAt: '2032-10-01T00:00:00Z',
    });
  });

  it('stands through a crash at every I/O of the lock', async () => {
    await stage.post(metric({ eventId: 'e1', value: 9 }));
    await stage.machine.evict('goal', GOAL);
    let crashes = 0;
    for (let nth = 1; nth < 40; nth += 1) {
      let met = 0;
      stage.world.board.decide = ({ place }) => {
        if (place !== 'goal') return null;
        met += 1;
        return met === nth ? (nth % 2 === 0 ? 'abort' : 'flush-abort') : null;
      };
      stage.world.advanceTo(OCTOBER + nth * HOUR);
      await stage.machine.cron('7 * * * *');
      if (met < nth) break;
      crashes += 1;
    }
    stage.world.board.decide = () => null;
    expect(crashes).toBeGreaterThan(8);
    await stage.machine.cron('7 * * * *');
    expect(await rows('goal_locks')).toBe(1);
    expect(await stage.status()).toMatchObject({ metricValue: 9, snapshotLocked: true });
  });
});
