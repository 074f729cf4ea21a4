/** Teams and goals over HTTP: the guide's bodies as printed, refusals with their reasons, versions. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOAL_EXAMPLE } from '../../src/goals/routes';
import { TEAM_EXAMPLE } from '../../src/goals/teams/routes';
import type { Answer } from '../simulation/sender';
import { removeBoard } from '../worker/io';
import { GOAL, GoalStage, TEAM } from './stage';

let stage: GoalStage;

beforeEach(async () => {
  stage = await GoalStage.bare();
});
afterEach(removeBoard);

const errorsOf = ({ status, body }: Answer): (string | number)[] => [
  status,
  ...((body as { errors?: { pointer: string }[] }).errors ?? []).map(({ pointer }) => pointer),
];

const reasonOf = ({ body }: Answer): string =>
  (body as { errors: { detail: string }[] }).errors[0]?.detail ?? '';

const putGoal = (fields: object = {}): Promise<Answer> =>
  stage.put(`/v1/goals/${GOAL}`, { ...GOAL_EXAMPLE, ...fields });

const putTeam = (fields: object = {}, id = TEAM): Promise<Answer> =>
  stage.put(`/v1/teams/${id}`, { ...TEAM_EXAMPLE, ...fields });

describe('a team', () => {
  it('is taken as the guide prints it, under an id of ours or the writer’s', async () => {
    const made = await stage.world.operator('POST', '/v1/teams', TEAM_EXAMPLE);
    expect([made.status, made.body]).toMatchObject([201, { ...TEAM_EXAMPLE, version: 1 }]);
    const { id } = made.body as { id: string };
    expect(id).toMatch(/^team_[0-9a-f]{16}$/);
    expect(await stage.world.must('GET', `/v1/teams/${id}`)).toEqual(made.body);
    expect((await putTeam()).status).toBe(201);
    expect((await putTeam()).status).toBe(200);
    expect(await stage.world.must('GET', '/v1/teams')).toMatchObject({
      items: [{ id }, { id: TEAM, version: 1 }],
    });
  });

  it('is taken with members nobody knows yet, and says so', async () => {
    const answer = await putTeam({ memberIds: ['agent_uuid_1', 'somebody-new'] });
    const { memberIds, warnings } = answer.body as { memberIds: string[]; warnings: string[] };
    expect([answer.status, memberIds]).toEqual([201, ['agent_uuid_1', 'somebody-new']]);
    expect(warnings[0]).toContain('somebody-new');
  });

  it('refuses scopes, operators and joins that nobody defined', async () => {
    const clause = { field: 'callType', operator: 'GT', values: ['INBOUND'] };
    const [definition] = TEAM_EXAMPLE.metricDefinitions;
    const scoped = await putTeam({ teamScope: 'QUEUE' });
    expect(errorsOf(scoped)).toEqual([422, '#/teamScope']);
    expect(reasonOf(scoped)).toContain('nobody joins it through a queue');
    expect(
      errorsOf(
        await putTeam({
          metricDefinitions: [{ ...definition, filter: { type: 'OR', clauses: [clause] } }],
        }),
      ),
    ).toEqual([
      422,
      '#/metricDefinitions/0/filter/type',
      '#/metricDefinitions/0/filter/clauses/0/operator',
    ]);
    const ratio = { metricId: 'aht', aggregation: 'RATIO', dividend: 'x', divisor: 'x' };
    expect(errorsOf(await putTeam({ metricDefinitions: [ratio] }))).toEqual([
      422,
      '#/metricDefinitions/0/divisor',
    ]);
  });

  it('refuses to hold itself, through whichever other', async () => {
    await putTeam({}, 'east');
    await putTeam({ teamIds: ['east'] }, 'all');
    expect(errorsOf(await putTeam({ teamIds: ['all'] }, 'east'))).toEqual([422, '#/teamIds/0']);
    expect(errorsOf(await putTeam({ teamIds: ['nowhere'] }))).toEqual([422, '#/teamIds/0']);
    for (const id of ['left', 'right']) await putTeam({}, id);
    const both = await Promise.all([
      putTeam({ teamIds: ['right'] }, 'left'),
      putTeam({ teamIds: ['left'] }, 'right'),
    ]);
    const statuses = both.map(({ status }) => status).toSorted();
    expect([
      [200, 409],
      [200, 422],
    ]).toContainEqual(statuses);
  });

  it('may average, but never under a goal that pays', async () => {
    await putTeam();
    expect((await putGoal()).status).toBe(201);
    const averaged = await putTeam({ aggregationType: 'AVERAGE' });
    expect(errorsOf(averaged)).toEqual([422, '#/aggregationType']);
    expect(reasonOf(averaged)).toContain('one strong member lifts the mean');
    expect((await putTeam({ aggregationType: 'AVERAGE' }, 'other')).status).toBe(201);
    expect(errorsOf(await putGoal({ teamId: 'other' }))).toEqual([422, '#/teamId']);
    expect((await putGoal({ teamId: 'other', customFields: {} })).status).toBe(200);
  });
});

describe('a goal', () => {
  beforeEach(() => putTeam());

  it('is taken as the guide prints it, in versions', async () => {
    const made = await putGoal();
    expect([made.status, made.body]).toMatchObject([
      201,
      { id: GOAL, version: 1, ...GOAL_EXAMPLE },
    ]);
    expect((await putGoal()).status).toBe(200);
    const next = await putGoal({ name: 'Another name' });
    expect([next.status, next.body]).toMatchObject([200, { version: 2 }]);
    expect(await stage.world.must('GET', `/v1/goals/${GOAL}`)).toEqual(next.body);
    const stale = await stage.world.operator('PUT', `/v1/goals/${GOAL}`, GOAL_EXAMPLE, {
      'if-match': '"1"',
    });
    expect(stale.status).toBe(412);
    expect(await stage.world.must('GET', '/v1/goals')).toMatchObject({ items: [{ id: GOAL }] });
  });

  it('warns where doing less would be paid', async () => {
    const { body } = await putGoal();
    expect((body as { warnings: string[] }).warnings[0]).toContain('reached by doing less');
  });

  it.each(['REALTIME', 'HOURLY'])(
    'refuses %s, because it would pay at the best moment',
    async (evaluationFrequency) => {
      const answer = await putGoal({ evaluationFrequency });
      expect(errorsOf(answer)).toEqual([422, '#/evaluationFrequency']);
      expect(reasonOf(answer)).toContain('pay a team at its best moment');
    },
  );

  it('refuses to pay without a snapshot', async () => {
    for (const snapshotEvaluation of [undefined, false]) {
      const answer = await putGoal({ snapshotEvaluation });
      expect(errorsOf(answer)).toEqual([422, '#/snapshotEvaluation']);
      expect(reasonOf(answer)).toContain('one value locked at the end of the period');
    }
    expect((await putGoal({ snapshotEvaluation: undefined, customFields: {} })).status).toBe(201);
  });

  it('refuses teams and metrics that are not there, and periods of another length', async () => {
    expect(errorsOf(await putGoal({ teamId: 'nobody' }))).toEqual([422, '#/teamId']);
    const metric = await putGoal({ metricId: 'acd.handle.time.avg' });
    expect(errorsOf(metric)).toEqual([422, '#/metricId']);
    expect(reasonOf(metric)).toContain('acd.handle.time.sum');
    await putGoal();
    expect(errorsOf(await putGoal({ evaluationFrequency: 'WEEKLY' }))).toEqual([
      422,
      '#/evaluationFrequency',
    ]);
  });

  it('answers for periods by their names and refuses others', async () => {
    await putGoal();
    for (const period of ['2032-Q3', '2032-W37', '2032-13', 'x']) {
      const answer = await stage.world.operator('GET', `/v1/goals/${GOAL}/status?period=${period}`);
      expect([answer.status, reasonOf(answer)]).toMatchObject([
        422,
        expect.stringContaining('2024-09'),
      ]);
    }
    expect(await stage.status('2032-08')).toMatchObject({ period: '2032-08', metricValue: 0 });
    expect(await stage.world.must('GET', `/v1/goals/${GOAL}/status`)).toMatchObject({
      period: '2032-09',
      status: 'ACHIEVED',
    });
    const none = await stage.world.operator('GET', '/v1/goals/nothing/status?period=2032-09');
    expect(none.status).toBe(404);
  });
});
