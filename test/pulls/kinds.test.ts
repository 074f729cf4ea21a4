/** Pulls of actuals and of Genesys Cloud as it is: evaluations, coachings, daily sums. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readActuals } from '../../src/pay/actuals/store';
import { readResultsOfPeriod } from '../../src/quality/store';
import { ask, hireAll, OCTOBER } from '../facts/desk';
import { deliver } from '../intake/sender';
import { connect, FakePlatform, gaps, pull, pullAll } from './platform';

let platform = new FakePlatform();
let [ann, ben] = ['', ''];

beforeAll(async () => {
  [ann = '', ben = ''] = await hireAll('ann', 'ben', 'coach');
});

beforeEach(() => {
  platform = new FakePlatform();
  platform.install();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const scores = async (agentKey: string) =>
  ((await readResultsOfPeriod(env.DB, [agentKey], OCTOBER, 1e9)).get(agentKey) ?? []).map(
    ({ score }) => score,
  );

describe('Genesys Cloud as it is', () => {
  const evaluation = (id: string, totalScore: number, more: object = {}) => ({
    id,
    agent: { id: 'ben' },
    status: 'FINISHED',
    evaluationForm: { id: 'form-1', contextId: 'family' },
    conversation: { id: 'conv' },
    answers: { totalScore },
    assignedDate: '2023-10-20T00:00:00Z',
    changedDate: '2023-10-21T00:00:00Z',
    ...more,
  });

  it('is asked agent by agent for evaluations; what the topic told is seen', async () => {
    await connect('g1', 'genesys-cloud', ['results']);
    const told = evaluation('ev-1', 71);
    await deliver('g1', {
      topicName: 'v2.quality.evaluations',
      eventBody: {
        id: 'ev-1',
        agent: { id: 'ben' },
        status: 'Finished',
        evaluationFormId: 'form-1',
        scoringSet: { totalScore: 71 },
        changedDate: '2023-10-21T00:00:00Z',
      },
    });
    const lowered = { changedDate: '2023-10-25T00:00:00Z' };
    platform.evaluations = [told, evaluation('ev-2', 93, lowered)];
    await pull('g1');
    await pullAll('g1');
    expect(platform.asked[0]).toContain('expandAnswerTotalScores=true');
    expect(await gaps('g1')).toMatchObject([{ apiCount: 2, seen: 1, fetched: 1, refused: 0 }]);
    expect(await scores(ben)).toEqual(expect.arrayContaining(['71/1', '93/1']));
    platform.evaluations = [told, evaluation('ev-2', 50, { changedDate: '2023-10-30T00:00:00Z' })];
    await pull('g1');
    await pullAll('g1');
    expect(await scores(ben)).toEqual(expect.arrayContaining(['71/1', '50/1']));
  });

  it('gives coachings nobody told of to the same engine, as if they had been sent', async () => {
    await connect('g2', 'genesys-cloud', ['coaching']);
    const appointment = (id: string) => ({
      id,
      name: 'Coaching',
      status: 'Completed',
      dateStart: '2023-10-10T10:00:00.000Z',
      dateCompleted: '2023-10-10T10:31:00.000Z',
      lengthInMinutes: 30,
      facilitator: { id: 'coach' },
      attendees: [{ id: 'ann' }],
    });
    const half = (user: string, relationship: string) => ({
      topicName: `v2.users.${user}.wem.coaching.notifications`,
      eventBody: {
        id: `note-${user}`,
        actionType: 'StatusChange',
        appointment: { id: 'appt-told' },
        relationship,
        dateStart: '2023-10-10T10:00:00.000Z',
        lengthInMinutes: 30,
        status: 'Completed',
      },
    });
    await deliver('g2', half('coach', 'Facilitator'));
    await deliver('g2', half('ann', 'Attendee'));
    await vi.waitFor(async () => {
      const { body } = await ask('GET', '/v1/events?sourceId=g2');
      expect(body.items).toHaveLength(2);
    });
    const crowd = { ...appointment('appt-crowd'), attendees: [{ id: 'ann' }, { id: 'ben' }] };
    platform.appointments = [appointment('appt-told'), appointment('appt-lost'), crowd];
    await pull('g2');
    await pullAll('g2');
    expect(await gaps('g2')).toMatchObject([
      { kind: 'coaching', apiCount: 3, seen: 1, fetched: 1, refused: 1 },
    ]);
    const { body } = await ask('GET', '/v1/events?sourceId=g2');
    const fetched = (body.items as { eventId: string; signature: object; type: string }[]).find(
      ({ eventId }) => eventId === 'coaching:appt-lost:Completed',
    );
    expect(fetched).toMatchObject({
      type: 'performance.coaching.completed',
      signature: { verdict: 'PULLED' },
    });
    const { body: kept } = await ask('GET', '/v1/quarantine?sourceId=g2');
    expect(kept.items).toMatchObject([{ reason: 'MISSING_PARTICIPANTS' }]);
  });

  it('gives the times of users by day from its aggregates', async () => {
    await connect('g3', 'genesys-cloud', ['actuals']);
    platform.actuals.set('coach 2023-10-03', { INTERACTING: 1000, IDLE: 500.25 });
    await pull('g3');
    await pullAll('g3');
    expect(await gaps('g3')).toMatchObject([{ apiCount: 1, fetched: 1 }]);
    const { body } = await ask(
      'GET',
      '/v1/wfm-actuals?agentId=coach&from=2023-10-01&until=2023-10-31',
    );
    expect(JSON.stringify(body.items)).toContain('"idle":500250,"interacting":1000000');
  });
});

describe('actuals of the documents’ platform', () => {
  it('are asked for by fifty users and seven days; changed days are revisions', async () => {
    await connect('w1', 'seed', ['actuals']);
    await hireAll(...Array.from({ length: 52 }, (_, n) => `crowd-${n}`));
    platform.actuals.set('ann 2023-10-01', { talk: 100 });
    platform.actuals.set('ann 2023-10-09', { talk: 200, aux: 5 });
    platform.actuals.set('ben 2023-10-02', { talk: 300 });
    await pull('w1');
    await pullAll('w1');
    const asked = platform.asked.map((path) => new URL(path, 'https://x.example').searchParams);
    expect(asked.every((query) => String(query.get('user_ids')).split(',').length <= 50)).toBe(
      true,
    );
    expect(new Set(asked.map((query) => query.get('start_date'))).size).toBe(5);
    expect(await gaps('w1')).toMatchObject([{ kind: 'actuals', apiCount: 3, seen: 0, fetched: 3 }]);
    const millis = async () =>
      (await readActuals(env.DB, [ann], OCTOBER, 1e9)).get(ann)?.millisByCode;
    expect(await millis()).toEqual({ talk: 300_000, aux: 5000 });
    for (const talk of [150, 100]) {
      platform.actuals.set('ann 2023-10-01', { talk });
      await pull('w1');
      await pullAll('w1');
      expect(await millis()).toEqual({ talk: 200_000 + talk * 1000, aux: 5000 });
    }
    expect((await gaps('w1'))[0]).toMatchObject({ apiCount: 3, seen: 2, fetched: 1 });
  });
});
