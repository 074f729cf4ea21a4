import { describe, expect, it, vi } from 'vitest';
import { api, DAY, HOUR, newBoard, people, post, SEED_BOARD, standings } from './stage';

const NOON = Date.UTC(2032, 8, 15, 12);
vi.useFakeTimers({ toFake: ['Date'] });
vi.setSystemTime(NOON);

/** The body as the document prints it, byte for byte. */
const PRINTED = `{
"name": "Senior Mentorship Leaderboard",
"description": "Rolling 30-day leaderboard tracking validated mentorship points with decay",
"enabled": true,
"pointCategory": "Mentorship",
"evaluationWindow": {
"type": "ROLLING",
"durationDays": 30
},
"decayConfiguration": {
"enabled": true,
"decayRatePercentPerDay": 1.5,
"minimumPointValue": 0
},
"eligibility": {
"userGroups": ["Senior_Agent_Group_ID", "Mentor_Certified_Group_ID"],
"statusFilter": "ACTIVE"
},
"rewardTiers": [
{
"rankRange": "1-3",
"rewardType": "CASH_BONUS",
"value": 150
},
{
"rankRange": "4-10",
"rewardType": "EXTRA_PTO",
"value": 4
}
]
}
`;

const refusal = async (fields: object): Promise<string[]> => {
  const told = await api('POST', '/v1/leaderboards', { ...SEED_BOARD, ...fields });
  expect(told.status).toBe(422);
  return (told.body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
};

describe('a leaderboard', () => {
  it('is taken as printed, without a warning', async () => {
    const made = await api('POST', '/v1/leaderboards', PRINTED);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...JSON.parse(PRINTED),
      version: 1,
      rewardPeriod: 'MONTHLY',
      warnings: [],
    });
    const read = await api('GET', `/v1/leaderboards/${made.body.id}`);
    expect(read.body).toEqual(made.body);
    expect(read.headers.get('etag')).toBe('"1"');
    const again = await api('POST', '/v1/leaderboards', PRINTED);
    expect(again.body.id).not.toBe(made.body.id);
    expect(again.body.warnings).toHaveLength(1);
    const list = await api('GET', '/v1/leaderboards?limit=1');
    expect(list.body.items).toHaveLength(1);
    expect(list.body.nextCursor).not.toBeNull();
  });

  it('takes a board without decay or with a static window, and warns', async () => {
    const variants = [
      { decayConfiguration: undefined },
      { decayConfiguration: { enabled: false } },
      { decayConfiguration: { enabled: true, decayRatePercentPerDay: 0 } },
      { evaluationWindow: { type: 'STATIC', durationDays: 30 } },
      { evaluationWindow: { type: 'STATIC' } },
    ];
    for (const variant of variants) {
      const told = await api('POST', '/v1/leaderboards', {
        ...SEED_BOARD,
        rewardTiers: [],
        ...variant,
      });
      expect([told.status, (told.body.warnings as unknown[]).length]).toEqual([201, 1]);
    }
  });

  it('mixes no categories', async () => {
    expect(await refusal({ pointCategory: ['Mentorship', 'Quality'] })).toEqual([
      '#/pointCategory',
    ]);
    expect(await refusal({ pointCategory: 'Mentorship,Quality' })).toEqual(['#/pointCategory']);
    expect(await refusal({ pointCategories: ['Mentorship', 'AHT'] })).toEqual([
      '#/pointCategories',
    ]);
  });

  it('takes ranks n or n-m that do not overlap', async () => {
    const tier = (rankRange: string, value: unknown = 1) => ({
      rankRange,
      rewardType: 'CASH_BONUS',
      value,
    });
    for (const bad of ['0', '3-1', '1-', '-3', '1-3-5', 'first', '01', ' 1', '1 - 3', '']) {
      expect([bad, await refusal({ rewardTiers: [tier(bad)] })]).toEqual([
        bad,
        ['#/rewardTiers/0/rankRange'],
      ]);
    }
    expect(await refusal({ rewardTiers: [tier('1-3'), tier('3-5')] })).toEqual([
      '#/rewardTiers/1/rankRange',
    ]);
    expect(await refusal({ rewardTiers: [tier('4'), tier('1-10')] })).toEqual([
      '#/rewardTiers/1/rankRange',
    ]);
    expect(await refusal({ rewardTiers: [tier('1', 150.001)] })).toEqual(['#/rewardTiers/0/value']);
    expect(await refusal({ rewardTiers: [tier('1', 0)] })).toEqual(['#/rewardTiers/0/value']);
    expect(await refusal({ rewardTiers: [tier('1', '1e3')] })).toEqual(['#/rewardTiers/0/value']);
    const told = await api('POST', '/v1/leaderboards', {
      ...SEED_BOARD,
      rewardTiers: [tier('1'), tier('2-3', '99.99'), tier('4-10')],
    });
    expect(told.status).toBe(201);
  });

  it('refuses windows, rates and minimums that mean nothing', async () => {
    const decay = SEED_BOARD.decayConfiguration;
    expect(await refusal({ evaluationWindow: { type: 'ROLLING', durationDays: 0 } })).toEqual([
      '#/evaluationWindow/durationDays',
    ]);
    expect(await refusal({ evaluationWindow: { type: 'HOPPING' } })).toHaveLength(1);
    for (const rate of [-1, 100.5, '1.23456', 'NaN']) {
      expect(
        await refusal({ decayConfiguration: { ...decay, decayRatePercentPerDay: rate } }),
      ).toEqual(['#/decayConfiguration/decayRatePercentPerDay']);
    }
    expect(await refusal({ decayConfiguration: { enabled: true } })).toEqual([
      '#/decayConfiguration/decayRatePercentPerDay',
    ]);
    expect(await refusal({ decayConfiguration: { ...decay, minimumPointValue: 0.00001 } })).toEqual(
      ['#/decayConfiguration/minimumPointValue'],
    );
  });

  it('is replaced by versions, never for the past', async () => {
    const id = await newBoard();
    const next = { ...SEED_BOARD, name: 'Renamed', rewardPeriod: 'WEEKLY' };
    const put = await api('PUT', `/v1/leaderboards/${id}`, next);
    expect([put.status, put.body.version]).toEqual([200, 2]);
    expect((await api('PUT', `/v1/leaderboards/${id}`, next)).body.version).toBe(2);
    const past = { ...SEED_BOARD, effectiveFrom: '2030-01-01T00:00:00Z' };
    expect((await api('PUT', `/v1/leaderboards/${id}`, past)).status).toBe(422);
    expect((await api('PUT', '/v1/leaderboards/nobody', next)).status).toBe(404);
    expect((await api('GET', '/v1/leaderboards/nobody/standings')).status).toBe(404);
  });
});

describe('standings', () => {
  it('rank 1, 2, 2, 4, the one who reached a score first before the other', async () => {
    await people(['ann', 'bob', 'cid', 'dan', 'eve', 'fay'], NOON);
    const award = (agentId: string, points: number, at: number) => ({
      agentId,
      session: `ranked-${agentId}`,
      number: 1,
      points,
      at,
    });
    await post(
      [
        award('ann', 50, NOON - 3 * HOUR),
        award('bob', 50, NOON - 4 * HOUR),
        award('cid', 75, NOON - HOUR),
        award('dan', 40, NOON - 2 * HOUR),
        award('fay', 40, NOON - 2 * HOUR),
      ],
      NOON,
    );
    const id = await newBoard();
    const { items, participants } = await standings(id);
    expect(items.map(({ rank, agentId, score }) => [rank, agentId, score])).toEqual([
      [1, 'cid', '75'],
      [2, 'bob', '50'],
      [2, 'ann', '50'],
      [4, 'dan', '40'],
      [4, 'fay', '40'],
    ]);
    expect(participants).toBe(5);
    expect(items.map(({ reward }) => reward?.rewardType)).toEqual([
      'CASH_BONUS',
      'CASH_BONUS',
      'CASH_BONUS',
      'EXTRA_PTO',
      'EXTRA_PTO',
    ]);
    vi.setSystemTime(NOON + DAY);
    const [first] = (await standings(id)).items;
    expect([first?.exactScore, first?.reward?.unit]).toEqual(['73.875', 'USD']);
    vi.setSystemTime(NOON);
  });

  it('show what was recorded at an earlier instant', async () => {
    const id = await newBoard({ pointCategory: 'Past' });
    const posted = (session: string, points: number, at: number, recordedAt = at) => {
      const number = recordedAt - at + 1;
      return post([{ agentId: 'ann', session, number, points, at, category: 'Past' }], recordedAt);
    };
    await posted('past-1', 50, NOON);
    vi.setSystemTime(NOON + DAY);
    await posted('past-2', 20, NOON + DAY);
    vi.setSystemTime(NOON + 2 * DAY);
    await posted('past-1', -50, NOON, NOON + 2 * DAY);
    const scoreAt = async (query: string) => (await standings(id, query)).items[0]?.exactScore;
    const iso = (instant: number) => new Date(instant).toISOString();
    expect(await scoreAt(`&as_of=${iso(NOON + HOUR)}`)).toBe('50');
    expect(await scoreAt(`&as_of=${iso(NOON + DAY - HOUR)}`)).toBe('49.25');
    expect(await scoreAt(`&as_of=${iso(NOON + DAY + HOUR)}`)).toBe('69.25');
    expect(await scoreAt('')).toBe('19.7');
    expect(await scoreAt(`&effective=2032-09-16`)).toBe('20');
    expect(await scoreAt(`&effective=2032-09-16&as_of=${iso(NOON + DAY + HOUR)}`)).toBe('69.25');
    expect(await scoreAt(`&as_of=${iso(NOON - HOUR)}`)).toBeUndefined();
    const future = await api('GET', `/v1/leaderboards/${id}/standings?as_of=2040-01-01T00:00:00Z`);
    expect(future.status).toBe(422);
    vi.setSystemTime(NOON);
  });

  it('page through one state of the books while it goes on', async () => {
    const id = await newBoard({ pointCategory: 'Pages' });
    const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
    await people(ids, NOON);
    await post(
      ids.map((agentId, index) => ({
        agentId,
        session: `page-${agentId}`,
        number: 1,
        points: 50 - index,
        at: NOON,
        category: 'Pages',
      })),
      NOON,
    );
    const page = async (cursor: string) => {
      const { body } = await api('GET', `/v1/leaderboards/${id}/standings?limit=2${cursor}`);
      const items = body.items as { agentId: string }[];
      const ids = items.map(({ agentId }) => agentId);
      return { ids, next: body.nextCursor as string | null, asOf: body.asOf };
    };
    const first = await page('');
    expect(first.ids).toEqual(['p1', 'p2']);
    await post(
      [{ agentId: 'p5', session: 'page-late', number: 1, points: 99, at: NOON, category: 'Pages' }],
      NOON,
    );
    const second = await page(`&cursor=${first.next}`);
    expect(second).toMatchObject({ ids: ['p3', 'p4'], asOf: first.asOf });
    const third = await page(`&cursor=${second.next}`);
    expect(third).toEqual({ ids: ['p5'], next: null, asOf: first.asOf });
    expect((await page('')).ids).toEqual(['p5', 'p1']);
    const bad = await api('GET', `/v1/leaderboards/${id}/standings?cursor=bm9wZQ`);
    expect(bad.status).toBe(422);
  });
});
