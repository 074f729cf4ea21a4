/** A goal that a platform evaluates: told, asked, locked, settled, and what does not happen. */
import { describe, expect, it } from 'vitest';
import { quiet } from '../../worker/io';
import { cleanedUp } from '../settlement/installed';
import { REWARDS } from '../settlement/treasury';
import { DAY, HOUR, MEMBERS, MINUTE, OCTOBER } from '../stage';
import { DETAILS, locked, Platform, STATUS, total } from './platform';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;
const EQUAL = { [ONE]: 3334, [TWO]: 3333, [THREE]: 3333 };

describe('a goal that a platform evaluates', () => {
  it('pays once the platform says that its snapshot is locked, and is asked again for the metric', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    await treasury.pass(OCTOBER + MINUTE);
    expect(await platform.tell()).toEqual(['accepted']);
    await treasury.pass(OCTOBER + HOUR);
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    expect(await treasury.stage.status()).toEqual(locked());
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'CONFIRMED' });
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(treasury.network.lines(REWARDS)).toHaveLength(3);
    expect([platform.asked(STATUS), platform.asked(DETAILS) > 0]).toEqual([1, true]);
    await treasury.balanced();
  });

  it('answers a webhook that comes again with 200 and does nothing', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + HOUR);
    const before = await treasury.moves();
    // The same bytes, and the same change told at another time.
    expect(await platform.tell()).toEqual(['duplicate']);
    expect(await platform.tell({ timestamp: '2032-10-01T00:00:07Z' })).toEqual(['duplicate']);
    await treasury.pass(OCTOBER + 2 * HOUR);
    expect(await treasury.moves()).toEqual(before);
    await treasury.pass(STABLE + HOUR);
    expect(await platform.tell({ timestamp: '2032-10-01T00:00:09Z' })).toEqual(['duplicate']);
    await treasury.pass(STABLE + DAY);
    expect(treasury.network.lines(REWARDS)).toHaveLength(3);
  });

  it('is asked again while its snapshot is not locked, or it does not answer', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    platform.answers({ [STATUS]: locked({ snapshotLocked: false }) });
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + 2 * HOUR);
    expect(await treasury.moves()).toEqual([]);
    platform.answers({ [STATUS]: null });
    await treasury.pass(OCTOBER + 4 * HOUR);
    expect(platform.asked(STATUS)).toBeGreaterThan(4);
    platform.answers({ [STATUS]: locked() });
    await treasury.pass(OCTOBER + 6 * HOUR);
    expect(await treasury.holding('pending')).toEqual(EQUAL);
  });

  it('is given up to a person after a day, who may pay by what was told or let it be', async () => {
    for (const [decision, pending] of [
      ['APPROVE', EQUAL],
      ['REJECT', {}],
    ] as const) {
      const platform = await Platform.open();
      const { treasury } = platform;
      platform.answers({ [STATUS]: locked({ snapshotLocked: false }) });
      await treasury.pass(OCTOBER + MINUTE);
      await platform.tell();
      await treasury.pass(OCTOBER + 26 * HOUR);
      expect(await treasury.moves()).toEqual([]);
      const [review] = await treasury.reviews();
      const shown = await treasury.stage.world.must('GET', `/v1/reviews/${review?.id}`);
      const promised = (amount: string) =>
        expect.objectContaining({ kind: 'REWARD_PROVISIONAL', amount, later: true });
      expect(shown).toMatchObject({
        state: 'OPEN',
        outcomes: {
          APPROVED: {
            postings: [
              expect.objectContaining({ from: 'pool:RPOOL_2024_Q3', amount: '100.00' }),
              promised('33.34'),
              promised('33.33'),
              promised('33.33'),
            ],
          },
          REJECTED: { postings: [] },
        },
      });
      await treasury.decide(decision);
      await treasury.pass(OCTOBER + 27 * HOUR);
      expect([decision, await treasury.holding('pending')]).toEqual([decision, pending]);
    }
  });

  it('is gone on with by cron where the word of a person’s decision was lost', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    const { board } = treasury.stage.world;
    platform.answers({ [STATUS]: null });
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + 26 * HOUR);
    board.decide = ({ place }) => (place === 'platform-goal' ? 'throw' : null);
    await treasury.decide('APPROVE');
    board.decide = () => null;
    expect([...board.fired.keys()]).toEqual(['platform-goal DB.read before throw']);
    expect(await treasury.holding('pending')).toEqual({});
    await treasury.pass(OCTOBER + 27 * HOUR);
    expect(await treasury.holding('pending')).toEqual(EQUAL);
  });

  it('is not paid where the platform has locked another status than it told', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    platform.answers({ [STATUS]: locked({ status: 'ON_TRACK', metricValue: 300 }) });
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + 2 * DAY);
    expect(await treasury.moves()).toEqual([]);
    expect(await treasury.stage.status()).toMatchObject({ status: 'ON_TRACK', metricValue: 300 });
  });

  it('waits for the boundary where the status changes before it', async () => {
    const platform = await Platform.open();
    await platform.tell({ timestamp: '2032-09-20T14:00:00Z' });
    await platform.treasury.pass(OCTOBER - MINUTE);
    expect(platform.asked(STATUS)).toBe(0);
    await platform.treasury.pass(OCTOBER + MINUTE);
    expect(await platform.treasury.holding('pending')).toEqual(EQUAL);
  });

  it('takes a later change as evidence: it pays nothing and brings the comparison forward', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + DAY);
    const fall = { previousStatus: 'ACHIEVED', currentStatus: 'ON_TRACK', metricValue: 301 };
    platform.answers({ [DETAILS]: total(280) });
    expect(await platform.tell(fall)).toEqual(['accepted']);
    await treasury.pass(OCTOBER + 25 * HOUR);
    // Within the tolerance: the window goes on.
    expect(await treasury.reviews()).toEqual([]);
    platform.answers({ [DETAILS]: total(301) });
    await platform.tell({ ...fall, timestamp: '2032-10-02T03:00:00Z' });
    await treasury.pass(OCTOBER + 28 * HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'REVIEW', restated: '301' });
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    await treasury.decide('REJECT');
    await treasury.pass(OCTOBER + 30 * HOUR);
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, members: 0 });
  });

  it('is looked at again where a change was told while it was being looked at', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'CONFIRMED' });
    const fall = { previousStatus: 'ACHIEVED', currentStatus: 'ON_TRACK', metricValue: 301 };
    let isFirst = true;
    treasury.network.instead = async ({ url }) => {
      if (!isFirst || !url.includes(DETAILS)) return null;
      isFirst = false;
      platform.answers({ [DETAILS]: total(301) });
      await platform.tell({ ...fall, timestamp: '2032-10-04T02:30:00Z' });
      await quiet(treasury.stage.world.board);
      return Response.json(total(280));
    };
    await platform.tell({ ...fall, timestamp: '2032-10-04T02:00:00Z' });
    await treasury.pass(STABLE + DAY);
    expect(isFirst).toBe(false);
    expect(await treasury.reviews()).toHaveLength(1);
  });

  it('shares by what the platform says of its members under PROPORTIONAL', async () => {
    const platform = await Platform.open({ distributionType: 'PROPORTIONAL' });
    const { treasury } = platform;
    platform.answers({
      [DETAILS]: {
        results: [
          { agentId: ONE, value: 50 },
          { agentId: TWO, value: 150 },
          { teamId: 'team_uuid_east', agentId: THREE, value: 0 },
        ],
      },
    });
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + HOUR);
    expect(await treasury.holding('pending')).toEqual({ [ONE]: 2500, [TWO]: 7500 });
  });

  it('pays nobody for a period that had ended before it was written until a person has looked', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    platform.answers({ [STATUS]: locked({ period: '2032-07' }) });
    await platform.tell({ evaluationPeriod: '2032-07', timestamp: '2032-08-01T00:00:00Z' });
    await treasury.pass(OCTOBER - DAY);
    expect(await treasury.step('OPENED')).toMatchObject({
      outcome: 'REVIEW',
      reason: 'ENDED_BEFORE',
    });
    expect(await treasury.balances()).toMatchObject({ aside: 10_000, members: 0 });
  });

  it('waits a day for the restated metric, then a person decides', async () => {
    const platform = await Platform.open();
    const { treasury } = platform;
    await treasury.pass(OCTOBER + MINUTE);
    await platform.tell();
    await treasury.pass(OCTOBER + DAY);
    platform.answers({ [DETAILS]: null });
    await treasury.pass(STABLE + 20 * HOUR);
    expect(await treasury.steps()).not.toContain('001.4-JUDGED');
    await treasury.pass(STABLE + 26 * HOUR);
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'REVIEW', branch: 'NO_VALUE' });
  });
});

describe('a status change that cannot be', () => {
  it('is quarantined with its reason', async () => {
    const platform = await Platform.open();
    await platform.treasury.putGoal({}, {}, 'goal_here');
    const cases: [object, string][] = [
      [{ goalId: 'nobody' }, 'UNKNOWN_GOAL'],
      [{ goalId: 'goal_here' }, 'EVALUATED_HERE'],
      [{ teamId: 'another' }, 'OTHER_TEAM'],
      [{ evaluationPeriod: '2032-Q3' }, 'UNKNOWN_PERIOD'],
      [{ previousStatus: 'ACHIEVED', currentStatus: 'AT_RISK' }, 'ILLEGAL_TRANSITION'],
      [{ previousStatus: 'ACHIEVED' }, 'SCHEMA'],
    ];
    for (const [fields] of cases) expect(await platform.tell(fields)).toEqual(['quarantined']);
    await quiet(platform.treasury.stage.world.board);
    expect((await platform.reasons()).sort()).toEqual(cases.map(([, reason]) => reason).sort());
    expect(await platform.treasury.moves()).toEqual([]);
  });
});
